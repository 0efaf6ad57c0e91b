//! The kinds of backends, and the options of those that come with this program.

use super::super::shape::{Kind, Opt, Shape, Text};
use super::{DURATION, LINE, PATH, openai, worker};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "ppocr",
        doc: "PP-OCR detection and recognition in this program.",
        options: PPOCR,
    },
    Kind {
        name: "tesseract",
        doc: "The `tesseract` program.",
        options: TESSERACT,
    },
    Kind {
        name: "worker",
        doc: "Any program that reads images and speaks JSON lines, such as Python of your own.",
        options: worker::WORKER,
    },
    Kind {
        name: "openai",
        doc: "A vision language model behind an HTTP interface as OpenAI's (docs/vlm.md).",
        options: openai::OPENAI,
    },
];

const PPOCR: &[Opt] = &[
    Opt::new(
        "model",
        LINE,
        "A known set of weights, for what no network of your own does; `overnight models list` \
         shows them.",
    )
    .or("\"ppocrv6-small\""),
    Opt::new("detection", PATH, "A detection network of your own (ONNX).")
        .such_as("\"models/detection.onnx\""),
    Opt::new(
        "recognition",
        PATH,
        "A recognition network of your own (ONNX).",
    )
    .such_as("\"models/recognition.onnx\""),
    Opt::new(
        "dictionary",
        PATH,
        "Characters of your own recogniser, one a line; from the network's metadata when left \
         out.",
    )
    .such_as("\"models/characters.txt\""),
    Opt::new(
        "recognisers",
        Shape::List(&LINE),
        "Other `ppocr` backends whose recogniser also reads the lines this one is not sure of, \
         such as one for another script; the surest answer is kept.",
    )
    .or("[]"),
    Opt::new(
        "sure_from",
        Shape::Number(0.0),
        "Confidence from which a line is not read by `recognisers`.",
    )
    .or("0.9"),
    Opt::new(
        "turn_lines",
        Shape::Flag,
        "Turn lines that stand on their head, as the angle classifier says.",
    )
    .or("false"),
    Opt::new(
        "classification",
        PATH,
        "An angle classifier of your own (ONNX).",
    )
    .such_as("\"models/classification.onnx\""),
    Opt::new(
        "megapixels",
        Shape::Number(0.01),
        "Most megapixels the detector is shown of an image whose lines are short; others are reduced to 0.4.",
    )
    .or("1.6"),
    Opt::new(
        "pixel_threshold",
        Shape::Number(0.0),
        "Probability above which a pixel belongs to text; the model's own value when left out.",
    )
    .such_as("0.2"),
    Opt::new(
        "box_threshold",
        Shape::Number(0.0),
        "Mean probability below which a box is dropped; the model's own value when left out.",
    )
    .such_as("0.45"),
    Opt::new(
        "unclip_ratio",
        Shape::Number(0.0),
        "How far boxes are grown; the model's own value when left out.",
    )
    .such_as("1.4"),
    Opt::new(
        "runtime",
        Shape::Text(Text::OneOf(&["auto", "rten", "onnxruntime"])),
        "What executes the networks; `auto` takes ONNX Runtime where its library is.",
    )
    .or("\"auto\""),
    Opt::new(
        "library",
        PATH,
        "ONNX Runtime's shared library; the one `overnight models pull --runtime onnxruntime` \
         fetched when left out.",
    )
    .such_as("\"/opt/onnxruntime/lib/libonnxruntime.so\""),
    Opt::new(
        "device",
        Shape::Text(Text::OneOf(&["cpu", "cuda", "tensorrt"])),
        "What the networks compute on; one that cannot be had is an error.",
    )
    .or("\"cpu\""),
    Opt::new(
        "threads",
        Shape::Integer(1, 1024),
        "Threads; all processors when left out.",
    )
    .such_as("4"),
];

const TESSERACT: &[Opt] = &[
    Opt::new("program", PATH, "The program.").or("\"tesseract\""),
    Opt::new(
        "languages",
        LINE,
        "Its `-l` option: languages joined by `+`, such as `kor+eng`.",
    )
    .or("\"eng\""),
    Opt::new(
        "psm",
        Shape::Integer(0, 13),
        "Its `--psm` option: how the page is laid out (3 automatic, 4 one column, 6 one block).",
    )
    .or("3"),
    Opt::new("timeout", DURATION, "Time limit of one image.").or("\"2m\""),
];
