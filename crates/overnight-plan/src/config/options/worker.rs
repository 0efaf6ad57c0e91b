//! The options of a backend that is a program of its own.

use super::super::shape::{Map, Opt, Shape, Text};
use super::{ANY, DURATION, LINE, PATH};

/// Names of the workers that come with the program.
pub const READY_WORKERS: [&str; 3] = ["rapidocr", "paddleocr", "easyocr"];

pub(super) const WORKER: &[Opt] = &[
    Opt::new(
        "command",
        Shape::Words,
        "Program and arguments; it runs in the project's folder. One of `command`, `ready` and \
         `callable` is needed.",
    )
    .such_as("[\"python3\", \"workers/mine.py\"]"),
    Opt::new(
        "ready",
        Shape::Text(Text::OneOf(&READY_WORKERS)),
        "A worker that comes with this program; `python` must have its packages.",
    )
    .such_as("\"rapidocr\""),
    Opt::new(
        "callable",
        LINE,
        "A Python function or class, as `package.module:name`, that is given the path of an \
         image.",
    )
    .such_as("\"my_project.ocr:read\""),
    Opt::new(
        "python",
        PATH,
        "The Python for `ready` and `callable`; `.venv/bin/python` of the project if there is \
         one, else `python3`, when left out.",
    )
    .such_as("\".venv-ocr/bin/python\""),
    Opt::new(
        "settings",
        Shape::Free,
        "Handed on to the worker as they are; what a ready worker understands is in \
         docs/workers.md.",
    )
    .or("{}")
    .such_as("{ Global = { use_cls = false } }"),
    Opt::new(
        "batch_size",
        Shape::Integer(1, 1024),
        "Most images in one request; the worker may allow fewer.",
    )
    .or("8"),
    Opt::new(
        "processes",
        Shape::Integer(1, 256),
        "Processes that read different images at the same time.",
    )
    .or("1"),
    Opt::new(
        "threads",
        Shape::Integer(1, 1024),
        "Threads each process should use; when left out, all there are for one process, and an \
         equal share for several.",
    )
    .such_as("2"),
    Opt::new(
        "timeout",
        DURATION,
        "Time limit of one image; a request has as many of them as images.",
    )
    .or("\"2m\""),
    Opt::new(
        "start_timeout",
        DURATION,
        "Time limit from the start of a process until it is ready to read.",
    )
    .or("\"5m\""),
    Opt::new(
        "env",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["CUDA_VISIBLE_DEVICES"],
            value: ANY,
        }),
        "Further environment variables.",
    )
    .or("{}")
    .such_as("{ CUDA_VISIBLE_DEVICES = \"0\" }"),
];
