//! Every option there is: the one table behind the checks, the commented example, the JSON
//! schema and the reference. A test keeps it equal to the typed model.

mod agent;
mod audit;
mod backend;
mod night;
mod openai;
mod worker;

use super::shape::{Map, Opt, Shape, Text};

pub use openai::{PROMPTS, SCRIPTS};
pub use worker::READY_WORKERS;

/// Names of the scoring profiles that need no configuration.
pub const BUILT_IN_PROFILES: [&str; 10] = [
    "strict",
    "default",
    "grapheme",
    "ko-jamo",
    "lenient",
    "compat:jiwer",
    "compat:dinglehopper",
    "compat:paddleocr",
    "compat:omnidocbench",
    "compat:getomni",
];

const ANY: Shape = Shape::Text(Text::Any);
const LINE: Shape = Shape::Text(Text::Line);
const PATH: Shape = Shape::Text(Text::Path);
const INSIDE: Shape = Shape::Text(Text::Inside);
const DURATION: Shape = Shape::Text(Text::Duration);
const SIZE: Shape = Shape::Text(Text::Size);

/// The tables of the file, in the order of the example.
pub(super) const OPTIONS: &[Opt] = &[
    Opt::new(
        "project",
        Shape::Table(PROJECT),
        "Names, places and conventions of the project.",
    ),
    Opt::new(
        "workspace",
        Shape::Table(WORKSPACE),
        "Where a night works, and what guards its changes.",
    ),
    Opt::new(
        "run",
        Shape::Table(night::RUN),
        "Limits and policies of every step; a step's own settings go first.",
    ),
    Opt::new(
        "secrets",
        Shape::Table(night::SECRETS),
        "What must never be written down. Well-known forms of tokens are left out anyway.",
    ),
    Opt::new(
        "notify",
        Shape::Table(night::NOTIFY),
        "Who is told about a night.",
    ),
    Opt::new(
        "agent",
        Shape::Table(agent::AGENT),
        "A coding agent that steps of prose may be given to, with `agent` in place of `run`.",
    ),
    Opt::new(
        "scoring",
        Shape::Table(SCORING),
        "How predictions are scored unless a command says otherwise.",
    ),
    Opt::new(
        "profiles",
        Shape::Map(&Map {
            name: Text::Name,
            samples: &["receipts"],
            value: Shape::Table(PROFILE),
        }),
        "Scoring profiles of your own: a built-in one, changed.",
    ),
    Opt::new(
        "datasets",
        Shape::Map(&Map {
            name: Text::Name,
            samples: &["validation"],
            value: Shape::Table(DATASET),
        }),
        "Datasets by name, for `--dataset NAME`.",
    ),
    Opt::new(
        "backends",
        Shape::Map(&Map {
            name: Text::Name,
            samples: &["ppocr", "tesseract", "mine", "qwen"],
            value: Shape::Kinds(backend::KINDS),
        }),
        "Backends by name, for `--backend NAME`. `ppocr` and `tesseract` can be used without \
         being configured.",
    ),
    Opt::new(
        "audit",
        Shape::Table(audit::AUDIT),
        "What the auditor looks at.",
    ),
    Opt::new(
        "steps",
        Shape::Map(&Map {
            name: Text::Step,
            samples: &["1.1.1"],
            value: Shape::Table(STEP),
        }),
        "Bindings: what a step of the plan runs, by its address (phase.task.step). \
         `overnight plan explain PLAN` shows the addresses.",
    ),
    Opt::new(
        "criteria",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["make quality-check passes"],
            value: Shape::Table(CRITERION),
        }),
        "What proves a line of the plan's checklists, by the beginning of the line.",
    ),
];

const PROJECT: &[Opt] = &[
    Opt::new(
        "name",
        LINE,
        "Name for headings; the folder's name when left out.",
    )
    .such_as("\"receipts\""),
    Opt::new(
        "timezone",
        Shape::Text(Text::Zone),
        "IANA time zone of run ids and shown times.",
    )
    .or("\"UTC\""),
    Opt::new(
        "commit_prefix",
        LINE,
        "First words of every commit a night makes.",
    )
    .or("\"🤖 Overnight Ops:\""),
    Opt::new(
        "logs",
        INSIDE,
        "Folder of the runs: logs, results, reports.",
    )
    .or("\"logs/overnight_runs\""),
    Opt::new(
        "large_artifacts",
        INSIDE,
        "Folder of large artifacts: predictions, images of hard samples.",
    )
    .or("\"data/vlm_reports\""),
    Opt::new("reports", INSIDE, "Folder the named reports are copied to.").or("\".\""),
    Opt::new(
        "plan_updates",
        Shape::Text(Text::OneOf(&["branch", "in-place"])),
        "Where the plan is ticked: on the night's branch, to be accepted with it, or where it \
         lies. A plan that git does not track is always ticked where it lies.",
    )
    .or("\"branch\""),
];

const WORKSPACE: &[Opt] = &[
    Opt::new(
        "mode",
        Shape::Text(Text::OneOf(&["worktree", "in-place"])),
        "Where steps run: in a git worktree of the night's own, or in the checkout itself, \
         which must then be clean.",
    )
    .or("\"worktree\""),
    Opt::new(
        "share",
        Shape::List(&INSIDE),
        "Untracked files and folders the worktree sees by link.",
    )
    .or("[]")
    .such_as("[\"data\", \"datasets\", \".venv\"]"),
    Opt::new(
        "outputs",
        Shape::List(&INSIDE),
        "Folders that steps save large files to and git shall not keep: each is made in the \
         checkout when it is missing, ignores itself, and is seen by the worktree by link.",
    )
    .or("[]")
    .such_as("[\"datasets/validation/vlm_outputs\"]"),
    Opt::new(
        "gate",
        Shape::List(&Shape::Words),
        "Commands that must not get worse for a change to tracked files to be kept.",
    )
    .or("[]")
    .such_as("[[\"make\", \"quality-check\"]]"),
    Opt::new("gate_timeout", DURATION, "Time limit of one gate.").or("\"15m\""),
];

const SCORING: &[Opt] = &[
    Opt::new(
        "profile",
        ANY,
        "Profile of the studies: a built-in one, or one of [profiles].",
    )
    .or("\"default\""),
    Opt::new(
        "hard_threshold",
        Shape::Number(0.0),
        "CER above which a sample is hard.",
    )
    .or("0.2"),
    Opt::new(
        "equivalence_margin",
        Shape::Number(0.000_001),
        "Difference in CER between two sides that would not matter (0.005 is half a point).",
    )
    .or("0.005"),
    Opt::new(
        "interval",
        Shape::Text(Text::OneOf(&["percentile", "bca"])),
        "Intervals of error rates: plain, or corrected for bias and skewness (BCa).",
    )
    .or("\"percentile\""),
    Opt::new(
        "seed",
        Shape::Integer(0, i64::MAX),
        "Seed of every choice of samples and every resampling.",
    )
    .or("42"),
];

const PROFILE: &[Opt] = &[
    Opt::new(
        "base",
        Shape::Text(Text::OneOf(&BUILT_IN_PROFILES)),
        "The built-in profile it begins from.",
    )
    .or("\"default\""),
    Opt::new(
        "form",
        Shape::Text(Text::OneOf(&["none", "nfc", "nfd", "nfkc"])),
        "Unicode normalisation form; as in the base when left out, as are the others.",
    )
    .such_as("\"nfkc\""),
    Opt::new("case_fold", Shape::Flag, "Compare without regard to case.").such_as("true"),
    Opt::new(
        "equivalences",
        Shape::Flag,
        "Take signs that look or mean the same for one (docs/metrics.md lists them).",
    )
    .such_as("true"),
    Opt::new(
        "remove_whitespace",
        Shape::Flag,
        "Leave all white space out of both texts.",
    )
    .such_as("true"),
    Opt::new(
        "unit",
        Shape::Text(Text::OneOf(&[
            "code-point",
            "grapheme",
            "jamo",
            "utf16",
            "byte",
        ])),
        "What characters are counted in.",
    )
    .such_as("\"grapheme\""),
    Opt::new(
        "words",
        Shape::Text(Text::OneOf(&["white-space", "uax29"])),
        "Where words are split.",
    )
    .such_as("\"uax29\""),
];

const DATASET: &[Opt] = &[
    Opt::new(
        "format",
        Shape::Text(Text::OneOf(&["sroie", "jsonl", "folder", "omnidocbench"])),
        "How it lies on disk: `sroie` (img/ID.jpg and box/ID.csv), `jsonl` (a line \
         {\"id\", \"image\", \"text\"} a sample), `folder` (images, each with a .txt beside it), \
         `omnidocbench` (images in img/ or images/, and one JSON file with the pages' elements).",
    )
    .required()
    .such_as("\"sroie\""),
    Opt::new("path", PATH, "Its folder or file.")
        .required()
        .such_as("\"data/receipts\""),
];

const STEP: &[Opt] = &[
    Opt::new(
        "run",
        Shape::Command,
        "The command: one line, split into words as a shell does but run without one, or a \
         list of arguments.",
    )
    .required_without("agent")
    .such_as("\"overnight audit docs --fix\""),
    Opt::new(
        "agent",
        Shape::Instruction,
        "In place of `run`: what the coding agent of [agent] is asked to do, or `true` for what \
         the step's own text says.",
    )
    .such_as("\"Mend the broken links, and nothing else.\""),
    Opt::new("shell", Shape::Flag, "Hand the line to `sh -c`.").or("false"),
    Opt::new(
        "directory",
        INSIDE,
        "Folder it runs in; the project itself when left out.",
    )
    .such_as("\"tools\""),
    Opt::new(
        "timeout",
        DURATION,
        "Time limit of one try; that of [run] when left out.",
    )
    .such_as("\"4h\""),
    Opt::new(
        "idle_timeout",
        DURATION,
        "How long it may neither write nor use the processor; that of [run] when left out.",
    )
    .such_as("\"2h\""),
    Opt::new(
        "retries",
        Shape::Integer(0, 100),
        "Tries beyond the first, whatever the class of failure; by class when left out.",
    )
    .such_as("2"),
    Opt::new(
        "memory",
        SIZE,
        "Memory its processes may hold together; that of [run] when left out.",
    )
    .such_as("\"8GiB\""),
    Opt::new(
        "parallel",
        Shape::Flag,
        "It changes no tracked file and may run beside other such steps.",
    )
    .or("false"),
    Opt::new(
        "lock",
        Shape::List(&LINE),
        "Resources it uses alone, such as `gpu` or `network`: steps that name the same one never \
         run at once.",
    )
    .or("[]")
    .such_as("[\"gpu\"]"),
    Opt::new(
        "on_failure",
        Shape::Text(Text::OneOf(&["continue", "skip-task", "stop-night"])),
        "What happens when it does not succeed: the night goes on, the rest of its task is \
         skipped, or no further step begins.",
    )
    .or("\"continue\""),
    Opt::new(
        "needs",
        Shape::List(&Shape::Text(Text::Address)),
        "Phases, tasks or steps that must have succeeded before; all earlier in the plan.",
    )
    .or("[]"),
    Opt::new(
        "env",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["PYTHONUNBUFFERED"],
            value: ANY,
        }),
        "Further environment variables.",
    )
    .or("{}")
    .such_as("{ PYTHONUNBUFFERED = \"1\" }"),
];

const CRITERION: &[Opt] = &[
    Opt::new(
        "check",
        Shape::Command,
        "The command; the line holds when it ends with exit code 0.",
    )
    .required()
    .such_as("[\"make\", \"quality-check\"]"),
    Opt::new("shell", Shape::Flag, "Hand the line to `sh -c`.").or("false"),
    Opt::new("timeout", DURATION, "Time limit; none when left out.").such_as("\"10m\""),
];
