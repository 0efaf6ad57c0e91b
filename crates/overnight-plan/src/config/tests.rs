//! The checks, the example and the documents made from the table of options.

use std::collections::BTreeSet;
use std::path::Path;

use overnight_record::Diagnose;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("overnight.toml"))
}

/// The error and its hint as a person sees them.
fn complaint(text: &str) -> String {
    let error = parse(text).expect_err("a configuration that is wrong");
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

#[test]
fn the_example_says_what_the_defaults_say() {
    let mut config = parse(&Config::example()).unwrap();
    config.origin = Origin::default();
    assert_eq!(config, Config::default());
    assert_eq!(parse("").unwrap().project, Config::default().project);
}

/// The example with everything that is off switched on.
fn everything() -> String {
    let mut text = String::new();
    for line in Config::example().lines() {
        let is_off = line.starts_with('#') && !line.starts_with("# ") && line != "#";
        text.push_str(if is_off { &line[1..] } else { line });
        text.push('\n');
    }
    text
}

/// Keys from the root to every value, names of the user's choice written as `*`.
fn keys_of(value: &Value, trail: &str, keys: &mut BTreeSet<String>) {
    const NAMED: [&str; 15] = [
        "run.retries",
        "notify.channels",
        "profiles",
        "datasets",
        "backends",
        "backends.worker.settings",
        "backends.worker.env",
        "backends.openai.extra_body",
        "backends.openai.serve_env",
        "steps",
        "criteria",
        "audit.docs.types",
        "audit.docs.defaults",
        "audit.docs.allowed",
        "steps.*.env",
    ];
    match value {
        Value::Object(table) => {
            if NAMED.contains(&trail) {
                keys.insert(trail.to_owned());
            }
            for (key, value) in table {
                let kind = value.get("kind").and_then(Value::as_str);
                let key = match kind {
                    Some(kind) => kind,
                    None if NAMED.contains(&trail) => "*",
                    None => key,
                };
                let dot = if trail.is_empty() { "" } else { "." };
                keys_of(value, &format!("{trail}{dot}{key}"), keys);
            }
        }
        _ => {
            keys.insert(trail.to_owned());
        }
    }
}

#[test]
fn every_option_of_the_model_occurs_in_the_example() {
    let text = everything();
    // Options that exclude each other are on, so only the typed reading is used.
    let config: Config = toml::from_str(&text).unwrap();
    let mut of_model = BTreeSet::new();
    keys_of(&serde_json::to_value(&config).unwrap(), "", &mut of_model);
    let mut of_example = BTreeSet::new();
    let example: Value = toml::from_str(&text).unwrap();
    keys_of(&example, "", &mut of_example);
    assert_eq!(of_example, of_model);
    assert!(
        of_model.contains("backends.ppocr.dictionary"),
        "{of_model:?}"
    );
    for kind in
        ["ppocr", "tesseract", "worker", "openai"].map(|kind| format!("backends.{kind}.kind"))
    {
        assert!(of_model.contains(&kind), "every kind has an example");
    }
}

#[test]
fn the_checks_know_every_option() {
    let text = everything();
    let error = parse(&text).unwrap_err().to_string();
    // Nothing but the contradictions the example contains when all is on.
    let places: Vec<&str> = error
        .lines()
        .skip(1)
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    assert_eq!(
        places,
        [
            "notify.channels.hook.url_env",
            "notify.channels.phone.url_env",
            "notify.channels.team.url_env",
            "backends.ppocr.classification",
            "backends.mine.ready",
            "backends.qwen.prompt_file",
            "steps.\"1.1.1\".agent",
            "steps.\"1.1.1\".agent",
            "steps.\"1.1.1\".agent",
        ],
        "{error}"
    );
}

#[test]
fn the_example_reads_well() {
    insta::assert_snapshot!(Config::example());
}

#[test]
fn slips_of_the_pen_are_named_with_their_place() {
    let text = "\
[project]
timezon = \"Asia/Seoul\"
plan_updates = \"inplace\"
logs = \"/var/log\"
commit_prefix = \"\"

[workspce]
mode = \"worktree\"

[workspace]
mode = \"fast\"
share = [\"data\", 3]
gate = [[], [\"make\"]]
gate_timeout = \"15 minutes\"

[scoring]
seed = -1
hard_threshold = \"0.2\"

[datasets.\"../x\"]
formt = \"sroie\"

[backends.a]
kind = \"ppocrs\"

[backends.b]
kind = \"tesseract\"
psm = 99
language = \"kor\"

[backends.c]
model = \"x\"

[steps.\"1.1\"]
run = \"\"
shell = \"yes\"
needs = [\"1.1.1.1\"]

[criteria.\"make quality-check passes\"]
chekc = \"make\"
";
    insta::assert_snapshot!(complaint(text));
}

#[test]
fn one_problem_is_one_line_with_a_hint() {
    assert_eq!(
        complaint("[workspace]\noutputs = ['a/b', './']\n"),
        "failed to read overnight.toml: line 2, column 1: workspace.outputs: the project itself \
         cannot be a folder of outputs\nhint: name a folder in it"
    );
    assert_eq!(
        complaint("# comment\n[project]\n  timezon = 'UTC'\n"),
        "failed to read overnight.toml: line 3, column 3: project.timezon: unknown key \
         `timezon` in [project]\nhint: did you mean `timezone`?"
    );
    assert_eq!(
        complaint("[project]\ntimezone = \"Asia/Soul\"\n"),
        "failed to read overnight.toml: line 2, column 12: project.timezone: `Asia/Soul` is \
         not a time zone of this machine\nhint: write an IANA name such as `Asia/Seoul`, \
         `Europe/Berlin` or `UTC`"
    );
    assert_eq!(
        complaint("x = 1\n").lines().next(),
        Some("failed to read overnight.toml: line 1, column 1: x: unknown key `x` in the file")
    );
}

#[test]
fn broken_toml_is_named_with_its_place() {
    let error = complaint("[project]\nname = \"a\n");
    assert!(
        error.starts_with("failed to read overnight.toml: line 2, column"),
        "{error}"
    );
    assert!(complaint("a = 1\na = 2\n").contains("line 2, column 1"));
}

const OPENAI: &str =
    "[backends.q]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\n";

const WORKER: &str = "[backends.mine]\nkind = \"worker\"\ncommand = [\"a\"]\n";

#[test]
fn values_that_contradict_each_other_are_refused() {
    let own = "[backends.own]\nkind = \"ppocr\"\n";
    for (text, message) in [
        (
            format!("{own}turn_lines = false\nclassification = \"c\""),
            "line 4, column 1: backends.own.classification: `classification` does nothing",
        ),
        (
            format!("{own}runtime = \"rten\"\ndevice = \"cuda\""),
            "line 4, column 1: backends.own.device: the runtime rten cannot compute on `cuda`",
        ),
        (
            format!("{own}box_threshold = 45"),
            "line 3, column 1: backends.own.box_threshold: `box_threshold` is a share from 0 to 1",
        ),
        (
            format!("{own}recognisers = [\"own\"]"),
            "line 3, column 1: backends.own.recognisers: `own` is not another `ppocr` backend",
        ),
        (
            format!("{own}dictionary = \"c\""),
            "line 3, column 1: backends.own.dictionary: `dictionary` belongs to",
        ),
        (
            "[scoring]\nprofile = \"recepts\"\n[profiles.receipts]\n".to_owned(),
            "line 2, column 1: scoring.profile: there is no profile `recepts`",
        ),
        (
            "[profiles.strict]\n".to_owned(),
            "line 1, column 11: profiles.strict: `strict` is a built-in profile",
        ),
        (
            "[steps.\"1.1.1\"]\nrun = \"a\"\nenv = { \"A=B\" = \"c\" }\n".to_owned(),
            "line 3, column 9: steps.\"1.1.1\".env.\"A=B\": `A=B` cannot be",
        ),
        (
            OPENAI.replace("http://127", "http://user:pw@127"),
            "line 3, column 1: backends.q.base_url: `base_url` holds a user or a key",
        ),
        (
            OPENAI.replace("/v1", "/v1/chat/completions"),
            "backends.q.base_url: `base_url` ends before `/chat/completions`",
        ),
        (
            OPENAI.replace("model = \"m\"\n", ""),
            "backends.q: the key `model` is missing",
        ),
        (
            format!("{OPENAI}api_key_env = \"sk-abc\""),
            "line 5, column 1: backends.q.api_key_env: `api_key_env` is the name",
        ),
        (
            format!("{OPENAI}answer = \"text\""),
            "line 5, column 1: backends.q.answer: `answer` belongs to a prompt of your own",
        ),
        (
            format!("{OPENAI}image = \"webp:q80\""),
            "line 5, column 1: backends.q.image: `webp:q80` is no form images can be sent in",
        ),
        (
            format!("{OPENAI}min_pixels = 5000\nmax_pixels = 4000"),
            "line 6, column 1: backends.q.max_pixels: `max_pixels` (4000) is less than",
        ),
        (
            format!("{OPENAI}scripts = [\"korean\"]"),
            "`korean` is not allowed",
        ),
        (
            "[backends.mine]\nkind = \"worker\"\n".to_owned(),
            "line 2, column 1: backends.mine.kind: a worker needs `command`, `ready` or",
        ),
        (
            format!("{WORKER}ready = \"rapidocr\""),
            "line 4, column 1: backends.mine.ready: `command` and `ready` do not go together",
        ),
        (
            format!("{WORKER}python = \"python3\""),
            "line 4, column 1: backends.mine.python: `python` does not go together",
        ),
        (
            format!("{WORKER}env = {{ \"A=B\" = \"c\" }}"),
            "line 4, column 9: backends.mine.env.\"A=B\": `A=B` cannot be",
        ),
        (
            format!("{WORKER}settings = {{ a = [{{ b = 2026-11-25 }}] }}"),
            "line 4, column 25: backends.mine.settings.a.b: a date cannot be handed on",
        ),
        (
            format!("{WORKER}settings = {{ a = nan }}"),
            "line 4, column 18: backends.mine.settings.a: a number that is not finite",
        ),
        (
            format!("{WORKER}settings = 3"),
            "line 4, column 12: backends.mine.settings: a table was expected",
        ),
        (
            format!("{WORKER}ready = \"rapidocrs\""),
            "line 4, column 9: backends.mine.ready: `rapidocrs` is not allowed",
        ),
        (
            "[backends.mine]\nkind = \"worker\"\ncallable = \"a.b\"\n".to_owned(),
            "line 3, column 1: backends.mine.callable: `a.b` does not name a callable",
        ),
    ] {
        let found = complaint(&text);
        assert!(found.contains(message), "{found}\nlacks\n{message}");
    }
    assert!(
        complaint("[scoring]\nprofile = \"recepts\"\n[profiles.receipts]\n")
            .ends_with("did you mean `receipts`?")
    );
}

#[test]
fn byte_order_mark_and_line_ends_make_no_difference() {
    let text = "\u{feff}[project]\r\nname = \"영수증\"\r\ntimezon = \"UTC\"\r\n";
    assert!(complaint(text).contains("line 3, column 1: project.timezon"));
    let config = parse(&text.replace("timezon ", "timezone ")).unwrap();
    assert_eq!(config.project.name.as_deref(), Some("영수증"));
}

#[test]
fn a_real_configuration_is_read() {
    let text = r#"
[project]
timezone = "Asia/Seoul"
[workspace]
share = ["data", ".venv"]
gate = [["make", "quality-check"]]
[profiles.receipts]
case_fold = true
[datasets.validation]
format = "sroie"
path = "../data/receipts"
[backends.tess]
kind = "tesseract"
languages = "kor+eng"
[backends.own]
kind = "ppocr"
detection = "d.onnx"
recognition = "r.onnx"
[backends.mine]
kind = "worker"
callable = "my_project.ocr:Reader"
settings = { Global = { use_cls = false, sizes = [1, 2.5, "x"] } }
processes = 2
[steps."3.1.1"]
run = ["python", "a b.py"]
timeout = "4h"
needs = ["1.1", "2"]
env = { A = "b" }
[criteria."make quality-check passes"]
check = "make quality-check"
"#;
    let config = parse(text).unwrap();
    assert_eq!(config.backends.len(), 3);
    let Backend::Worker(worker) = &config.backends["mine"] else {
        panic!("a worker");
    };
    let settings = serde_json::json!({"Global": {"use_cls": false, "sizes": [1, 2.5, "x"]}});
    assert_eq!(Value::Object(worker.settings.clone()), settings);
    assert_eq!(config.steps["3.1.1"].needs.len(), 2);
    assert_eq!(config.origin.line(&["steps", "3.1.1"]), Some(24));
    assert_eq!(config.origin.line(&["steps", "9.9.9"]), None);
}

/// A file in the repository that is made from the table of options.
fn assert_fresh(relative: &str, make: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(relative);
    let now = std::fs::read_to_string(&path).unwrap_or_default();
    let fresh = make(&now);
    if std::env::var_os("OVERNIGHT_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    } else {
        assert!(
            now == fresh,
            "{relative} is stale; run the tests with OVERNIGHT_UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_shipped_schema_is_fresh() {
    assert_fresh("schemas/overnight.schema.json", |_| {
        format!("{:#}\n", Config::json_schema())
    });
}

#[test]
fn the_reference_is_fresh() {
    const MARK: &str = "<!-- From here on made from the table of options by the tests. -->\n";
    assert_fresh("docs/configuration.md", |now| {
        let by_hand = now.split(MARK).next().unwrap_or_default();
        format!("{by_hand}{MARK}\n{}", Config::reference().trim_end()) + "\n"
    });
}

#[test]
fn the_file_that_is_not_utf8_or_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("overnight.toml");
    assert!(matches!(Config::load(&path), Err(ConfigError::Read { .. })));
    std::fs::write(&path, b"a = 1\n# \xff\n").unwrap();
    let error = Config::load(&path).unwrap_err();
    assert!(error.to_string().ends_with("line 2 is not UTF-8 text"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mutation_of_the_example_panics(at in 0usize..20_000, cut in 0usize..20, new in "[\\[\\]\"=.\n#a0가]{0,4}") {
        let mut text: Vec<char> = everything().chars().collect();
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        text.splice(at..end, new.chars());
        let _ = parse(&text.into_iter().collect::<String>());
    }
}
