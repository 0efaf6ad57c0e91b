//! Options of `[audit]`.

use super::{ANY, DURATION, INSIDE, LINE};
use crate::config::shape::{Map, Opt, Shape, Text};

pub(super) const AUDIT: &[Opt] = &[
    Opt::new(
        "docs",
        Shape::Table(AUDIT_DOCS),
        "Which documents must look how.",
    ),
    Opt::new(
        "links",
        Shape::Table(AUDIT_LINKS),
        "Where links are judged.",
    ),
    Opt::new("code", Shape::Table(AUDIT_CODE), "Which code is judged."),
];

const AUDIT_DOCS: &[Opt] = &[
    Opt::new(
        "preset",
        Shape::Text(Text::OneOf(&["generic", "agentqms"])),
        "Rules that come ready-made: none, or those of AgentQMS with the project's \
         `.agentqms/settings.yaml`. What is set below goes before the preset.",
    )
    .or("\"generic\""),
    Opt::new(
        "root",
        INSIDE,
        "Folder of the documents; when left out, `docs` or the preset's.",
    )
    .such_as("\"docs\""),
    Opt::new(
        "exclude",
        Shape::List(&LINE),
        "Names of folders that are left out wherever they occur below `root`; when left out, \
         none or the preset's.",
    )
    .such_as("[\"archive\"]"),
    Opt::new(
        "required",
        Shape::List(&LINE),
        "Front-matter fields every document has; when empty, the preset's.",
    )
    .or("[]")
    .such_as("[\"title\", \"date\", \"type\", \"status\"]"),
    Opt::new(
        "defaults",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["status"],
            value: ANY,
        }),
        "Values `--fix` fills in for missing fields; `date`, `title` and `type` are derived.",
    )
    .or("{}")
    .such_as("{ status = \"draft\" }"),
    Opt::new(
        "allowed",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["status"],
            value: Shape::List(&ANY),
        }),
        "Allowed values by field.",
    )
    .or("{}")
    .such_as("{ status = [\"draft\", \"active\", \"completed\"] }"),
    Opt::new(
        "dates",
        Shape::List(&LINE),
        "Front-matter fields that hold dates in `date_format`; when empty, the preset's.",
    )
    .or("[]")
    .such_as("[\"date\"]"),
    Opt::new(
        "date_format",
        LINE,
        "How dates are written, as `strftime` has it; `%Z` is the abbreviation of the project's \
         time zone and stands last. When left out, `%Y-%m-%d %H:%M (%Z)`.",
    )
    .such_as("\"%Y-%m-%d %H:%M (%Z)\""),
    Opt::new(
        "stamp",
        Shape::Flag,
        "Whether file names begin with a time stamp `YYYY-MM-DD_HHMM_`, where `types` are set; \
         they do when this is left out.",
    )
    .such_as("true"),
    Opt::new(
        "words",
        Shape::Flag,
        "Whether file names are words in lower case behind their prefix; when left out, the \
         preset says so.",
    )
    .such_as("true"),
    Opt::new(
        "pattern",
        LINE,
        "A regular expression that whole file names match, extension included.",
    )
    .such_as("\"[0-9]{4}-[a-z-]+[.]md\""),
    Opt::new(
        "schema",
        INSIDE,
        "A file with the JSON Schema of the front matter of every document.",
    )
    .such_as("\"docs/front-matter.schema.json\""),
    Opt::new(
        "index",
        Shape::Flag,
        "Whether every folder of a kind has an `INDEX.md` that lists its documents; when left \
         out, the preset says so.",
    )
    .such_as("true"),
    Opt::new(
        "stale_after_days",
        Shape::Integer(1, 36_500),
        "After how many days without a commit a document at work is reported; never when left \
         out.",
    )
    .such_as("180"),
    Opt::new(
        "types",
        Shape::Map(&Map {
            name: Text::Line,
            samples: &["assessment"],
            value: Shape::Table(AUDIT_TYPE),
        }),
        "Kinds of document, by the value of the field `type`.",
    ),
];

const AUDIT_TYPE: &[Opt] = &[
    Opt::new(
        "prefix",
        ANY,
        "What its file names begin with, after the time stamp.",
    )
    .required()
    .such_as("\"assessment-\""),
    Opt::new(
        "directory",
        INSIDE,
        "The folder it belongs in, relative to `root`.",
    )
    .required()
    .such_as("\"assessments\""),
    Opt::new(
        "schema",
        INSIDE,
        "A file with the JSON Schema of its front matter.",
    )
    .such_as("\"docs/assessment.schema.json\""),
];

const AUDIT_LINKS: &[Opt] = &[Opt::new(
    "paths",
    Shape::List(&INSIDE),
    "Files and folders whose Markdown is read.",
)
.or("[\".\"]")];

const AUDIT_CODE: &[Opt] = &[
    Opt::new(
        "ruff",
        Shape::List(&INSIDE),
        "What `ruff` looks at; nothing switches it off.",
    )
    .or("[\".\"]"),
    Opt::new(
        "mypy",
        Shape::List(&INSIDE),
        "What `mypy` looks at, each on its own; nothing switches it off.",
    )
    .or("[]")
    .such_as("[\"ocr/utils\", \"ocr/inference\"]"),
    Opt::new("timeout", DURATION, "Time limit of one tool.").or("\"10m\""),
];
