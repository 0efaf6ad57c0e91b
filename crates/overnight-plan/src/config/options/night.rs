//! Options of `[run]`, `[secrets]` and `[notify]`.

use super::{DURATION, LINE, SIZE};
use crate::config::shape::{Kind, Map, Opt, Shape, Text};

pub(super) const RUN: &[Opt] = &[
    Opt::new(
        "jobs",
        Shape::Integer(1, 256),
        "Steps that may run at once. Only steps with `parallel = true` ever run beside others.",
    )
    .or("1"),
    Opt::new("timeout", DURATION, "Time limit of one try of a step.").or("\"12h\""),
    Opt::new(
        "idle_timeout",
        DURATION,
        "A step that neither writes nor uses the processor for so long is hung and is ended.",
    )
    .or("\"30m\""),
    Opt::new(
        "total_timeout",
        DURATION,
        "Time limit of all tries of a step together, pauses included; none when left out.",
    )
    .such_as("\"13h\""),
    Opt::new(
        "grace",
        DURATION,
        "How long a step may take to end itself after it was asked to.",
    )
    .or("\"10s\""),
    Opt::new(
        "memory",
        SIZE,
        "Memory the processes of a step may hold together; no limit of its own when left out.",
    )
    .such_as("\"12GiB\""),
    Opt::new(
        "log_limit",
        SIZE,
        "What is kept of each stream of a step: its beginning and its end.",
    )
    .or("\"64MiB\""),
    Opt::new(
        "retry_pause",
        DURATION,
        "Pause before a failed step is tried again; doubled with each further try, with jitter.",
    )
    .or("\"20s\""),
    Opt::new("retry_pause_max", DURATION, "Longest such pause.").or("\"10m\""),
    Opt::new(
        "retries",
        Shape::Map(&Map {
            name: Text::FailureClass,
            samples: &["network"],
            value: Shape::Integer(0, 100),
        }),
        "Tries beyond the first by class of failure; docs/runner.md lists the classes and what \
         holds without this.",
    )
    .or("{}")
    .such_as("{ network = 5, timeout = 1 }"),
    Opt::new(
        "report_time",
        DURATION,
        "Time before the deadline that is kept for criteria and reports.",
    )
    .or("\"5m\""),
    Opt::new(
        "disk_min_free",
        SIZE,
        "Free disk space below which the night pauses instead of beginning a step.",
    )
    .or("\"512MiB\""),
    Opt::new(
        "disk_reserve",
        SIZE,
        "Size of a file that is given up when the disk is full, so that ledger and reports can \
         still be written.",
    )
    .or("\"64MiB\""),
    Opt::new(
        "disk_wait",
        DURATION,
        "How long a paused night waits for free space.",
    )
    .or("\"1h\""),
];

pub(super) const SECRETS: &[Opt] = &[
    Opt::new(
        "env",
        Shape::List(&LINE),
        "Environment variables whose values are replaced by `[secret]` wherever a night writes.",
    )
    .or("[]")
    .such_as("[\"OPENAI_API_KEY\", \"HF_TOKEN\"]"),
    Opt::new(
        "files",
        Shape::List(&Shape::Text(Text::Path)),
        "Files whose lines are secret likewise.",
    )
    .or("[]")
    .such_as("[\".secrets/token\"]"),
];

pub(super) const NOTIFY: &[Opt] = &[
    Opt::new(
        "ping",
        LINE,
        "A URL that is asked for while the night lives: a dead-man's switch that calls when it \
         is not asked for any more.",
    )
    .such_as("\"https://hc-ping.com/UUID\""),
    Opt::new("ping_every", DURATION, "How often.").or("\"5m\""),
    Opt::new(
        "stuck_after",
        DURATION,
        "How long a night may stand still (paused, or a step without output or processor time) \
         before somebody is told.",
    )
    .or("\"30m\""),
    Opt::new(
        "channels",
        Shape::Map(&Map {
            name: Text::Name,
            samples: &["hook", "phone", "team", "script"],
            value: Shape::Kinds(CHANNELS),
        }),
        "Where messages go: one summary at the end, one at once when the night is stuck.",
    ),
];

const CHANNELS: &[Kind] = &[
    Kind {
        name: "webhook",
        doc: "A JSON document is posted to a URL.",
        options: HOOK,
    },
    Kind {
        name: "ntfy",
        doc: "A message to a topic of ntfy; the URL ends with the topic.",
        options: HOOK,
    },
    Kind {
        name: "slack",
        doc: "A message to an incoming webhook of Slack.",
        options: HOOK,
    },
    Kind {
        name: "exec",
        doc: "A program is started, with the message in its environment.",
        options: EXEC,
    },
];

const HOOK: &[Opt] = &[
    Opt::new("url", LINE, "Where to; or name `url_env`.").such_as("\"https://ntfy.sh/my-nights\""),
    Opt::new(
        "url_env",
        LINE,
        "The environment variable that holds the URL, when that is itself a secret.",
    )
    .such_as("\"SLACK_WEBHOOK_URL\""),
    Opt::new(
        "token_env",
        LINE,
        "The environment variable that holds a bearer token.",
    )
    .such_as("\"NTFY_TOKEN\""),
];

const EXEC: &[Opt] = &[Opt::new(
    "command",
    Shape::Command,
    "The command; `OVERNIGHT_TITLE`, `OVERNIGHT_MESSAGE` and `OVERNIGHT_EVENT` are in its \
     environment.",
)
.required()
.such_as("[\"notify-send\", \"overnight\"]")];
