//! The options of a backend that is a served vision language model.

use super::super::shape::{Map, Opt, Shape, Text};
use super::{ANY, DURATION, INSIDE, LINE, SIZE};

/// Prompts that come with the program.
pub const PROMPTS: [&str; 3] = ["transcribe", "markdown", "receipt-json"];

/// Scripts that can be told apart in an answer.
pub const SCRIPTS: [&str; 10] = [
    "latin",
    "hangul",
    "han",
    "kana",
    "cyrillic",
    "greek",
    "arabic",
    "hebrew",
    "thai",
    "devanagari",
];

pub(super) const OPENAI: &[Opt] = &[
    Opt::new(
        "base_url",
        LINE,
        "Where the interface begins; `/chat/completions` and `/models` are added.",
    )
    .required()
    .such_as("\"http://127.0.0.1:8001/v1\""),
    Opt::new("model", LINE, "The model's name, as the server knows it.")
        .required()
        .such_as("\"Qwen/Qwen2.5-VL-7B-Instruct-AWQ\""),
    Opt::new(
        "api_key_env",
        LINE,
        "The environment variable that holds the key, when the server wants one.",
    )
    .such_as("\"VLM_API_KEY\""),
    Opt::new(
        "prompt",
        Shape::Text(Text::OneOf(&PROMPTS)),
        "What is asked: the text as it stands, a page as Markdown, or a receipt as JSON (docs/vlm.md \
         has the words).",
    )
    .or("\"transcribe\""),
    Opt::new(
        "prompt_text",
        ANY,
        "A prompt of your own in place of `prompt`.",
    )
    .such_as("\"Write down the text of this image.\""),
    Opt::new(
        "prompt_file",
        INSIDE,
        "A file with a prompt of your own in place of `prompt`.",
    )
    .such_as("\"prompts/receipt.txt\""),
    Opt::new("system", ANY, "A system message before the prompt.")
        .such_as("\"You transcribe documents.\""),
    Opt::new(
        "answer",
        Shape::Text(Text::OneOf(&["text", "markdown", "receipt-json"])),
        "The form of the answer to a prompt of your own; `text` when left out. Marks of \
         `markdown` are taken off before scoring.",
    )
    .such_as("\"text\""),
    Opt::new(
        "scripts",
        Shape::List(&Shape::Text(Text::OneOf(&SCRIPTS))),
        "Scripts the text may be written in; an answer mostly in others is noted.",
    )
    .or("[]")
    .such_as("[\"hangul\", \"latin\"]"),
    Opt::new(
        "temperature",
        Shape::Number(0.0),
        "Sampling temperature of the first request.",
    )
    .or("0.0"),
    Opt::new(
        "loop_temperatures",
        Shape::List(&Shape::Number(0.0)),
        "Temperatures of further requests after an answer that repeats itself; none switches \
         them off.",
    )
    .or("[0.3, 0.7]"),
    Opt::new(
        "top_p",
        Shape::Number(0.0),
        "Nucleus sampling; the server's own value when left out.",
    )
    .such_as("0.9"),
    Opt::new(
        "seed",
        Shape::Integer(0, i64::MAX),
        "Seed of the sampling; the server's own choice when left out.",
    )
    .such_as("42"),
    Opt::new(
        "max_tokens",
        Shape::Integer(1, 1_000_000),
        "Most tokens of an answer; one that is cut off there is `truncated`.",
    )
    .or("4096"),
    Opt::new(
        "max_tokens_field",
        Shape::Text(Text::OneOf(&["max_tokens", "max_completion_tokens"])),
        "What the server calls that limit.",
    )
    .or("\"max_tokens\""),
    Opt::new(
        "extra_body",
        Shape::Free,
        "Further fields of every request; they replace ours of the same name.",
    )
    .or("{}")
    .such_as("{ repetition_penalty = 1.05 }"),
    Opt::new(
        "stream",
        Shape::Flag,
        "Ask for the answer piece by piece, which also tells the time to its first token.",
    )
    .or("true"),
    Opt::new(
        "patch",
        Shape::Integer(1, 1024),
        "Sides of images are made multiples of so many pixels: 28 for Qwen2-VL and Qwen2.5-VL, \
         32 for Qwen3-VL.",
    )
    .or("28"),
    Opt::new(
        "min_pixels",
        Shape::Integer(1, 1_000_000_000),
        "Least pixels of an image as it is sent.",
    )
    .or("3136"),
    Opt::new(
        "max_pixels",
        Shape::Integer(1, 1_000_000_000),
        "Most pixels of an image as it is sent; with `patch = 28`, 784 of them are a token.",
    )
    .or("2007040"),
    Opt::new(
        "image",
        LINE,
        "How images are sent: `png`, or `jpeg:q95` with a quality from 1 to 100.",
    )
    .or("\"jpeg:q95\""),
    Opt::new(
        "concurrency",
        Shape::Integer(1, 1024),
        "Most requests at once; fewer while the server says that it has too much to do.",
    )
    .or("8"),
    Opt::new(
        "bytes_in_flight",
        SIZE,
        "Most bytes of requests on their way at once.",
    )
    .or("\"64MiB\""),
    Opt::new("connect_timeout", DURATION, "Time limit of a connection.").or("\"10s\""),
    Opt::new(
        "first_byte_timeout",
        DURATION,
        "Time limit from a request to the first byte of its answer, and from there to the \
         next, when it comes piece by piece.",
    )
    .or("\"2m\""),
    Opt::new(
        "timeout",
        DURATION,
        "Time limit from a request to the end of its answer.",
    )
    .or("\"10m\""),
    Opt::new(
        "max_attempts",
        Shape::Integer(1, 100),
        "Most requests for one image, for whatever reason; kept across a kill.",
    )
    .or("4"),
    Opt::new(
        "give_up_after",
        DURATION,
        "How long a server may be away, or answer nobody, before the rest of the images is given \
         up.",
    )
    .or("\"10m\""),
    Opt::new(
        "serve",
        Shape::Words,
        "Program and arguments that start the server when none answers; it runs in the \
         project's folder, and is ended with the work.",
    )
    .such_as("[\"vllm\", \"serve\", \"Qwen/Qwen2.5-VL-7B-Instruct-AWQ\", \"--port\", \"8001\"]"),
    Opt::new(
        "serve_env",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["CUDA_VISIBLE_DEVICES"],
            value: ANY,
        }),
        "Further environment variables of that program.",
    )
    .or("{}")
    .such_as("{ CUDA_VISIBLE_DEVICES = \"0\" }"),
    Opt::new(
        "serve_restarts",
        Shape::Integer(0, 1000),
        "How often in a row it is started again when it ends or hangs; one that answered for \
         ten minutes counts anew.",
    )
    .or("3"),
    Opt::new(
        "start_timeout",
        DURATION,
        "Time limit from its start until it answers.",
    )
    .or("\"10m\""),
];
