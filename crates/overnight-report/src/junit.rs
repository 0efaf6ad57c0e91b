//! `junit.xml`: the night as test results, for servers and viewers that collect those.
//!
//! A phase is a suite, a step a test case; the success criteria are a suite of their own. A
//! step whose work was judged and found wanting is a failure, one whose end says nothing
//! about its work (lost, interrupted, never seen to end) an error, one that was not begun is
//! skipped.

use overnight_record::StepOutcome;

use crate::boxes::Evidence;
use crate::facts::{Criterion, Night, State, Step};
use crate::text;

/// File name of the report for machines.
pub const JUNIT_REPORT: &str = "junit.xml";

/// The document.
pub(crate) fn render(night: &Night) -> String {
    let mut suites: Vec<Suite> = night
        .record
        .phases
        .iter()
        .map(|phase| {
            let mut suite = Suite::new(format!("Phase {}: {}", phase.number, phase.title));
            for task in &phase.tasks {
                let name = format!("{} {}", task.id, task.title);
                let steps = task.steps.iter().filter_map(|step| night.step(step.id));
                suite
                    .cases
                    .extend(steps.map(|step| case_of_step(night, step, &name)));
            }
            suite
        })
        .collect();
    if !night.criteria.is_empty() {
        let mut suite = Suite::new("Success criteria".to_owned());
        suite.cases = night.criteria.iter().map(case_of_criterion).collect();
        suites.push(suite);
    }
    let count = |kind| -> usize { suites.iter().map(|suite| suite.count(kind)).sum() };
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let mut xml = Xml::default();
    xml.open(
        "testsuites",
        &[
            ("name", night.record.run.to_string()),
            ("tests", tests.to_string()),
            ("failures", count(Kind::Failure).to_string()),
            ("errors", count(Kind::Error).to_string()),
            ("time", seconds(night.duration_s())),
        ],
    );
    for suite in &suites {
        suite.write(&mut xml, night);
    }
    xml.close("testsuites");
    xml.finish()
}

/// What a test case that did not pass is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Error,
    Skipped,
}

impl Kind {
    fn element(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

/// Why a test case did not pass.
struct Verdict {
    kind: Kind,
    class: String,
    message: String,
    text: String,
}

struct Case {
    name: String,
    class_name: String,
    time_s: f64,
    verdict: Option<Verdict>,
    output: Option<String>,
    errors: Option<String>,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn new(name: String) -> Self {
        Self {
            name,
            cases: Vec::new(),
        }
    }

    fn count(&self, kind: Kind) -> usize {
        let verdicts = self.cases.iter().filter_map(|case| case.verdict.as_ref());
        verdicts.filter(|verdict| verdict.kind == kind).count()
    }

    fn write(&self, xml: &mut Xml, night: &Night) {
        let record = &night.record;
        let time = self.cases.iter().map(|case| case.time_s).sum();
        xml.open(
            "testsuite",
            &[
                ("name", self.name.clone()),
                ("tests", self.cases.len().to_string()),
                ("failures", self.count(Kind::Failure).to_string()),
                ("errors", self.count(Kind::Error).to_string()),
                ("skipped", self.count(Kind::Skipped).to_string()),
                ("time", seconds(time)),
                (
                    "timestamp",
                    record.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                ),
                ("hostname", record.host.name.clone()),
            ],
        );
        xml.open("properties", &[]);
        for (name, value) in [
            ("run", record.run.as_str()),
            ("plan", &record.plan),
            ("overnight", &record.overnight_version),
        ] {
            let pair = [("name", name.to_owned()), ("value", value.to_owned())];
            xml.empty("property", &pair);
        }
        xml.close("properties");
        for case in &self.cases {
            case.write(xml);
        }
        xml.close("testsuite");
    }
}

impl Case {
    fn write(&self, xml: &mut Xml) {
        let attributes = [
            ("name", self.name.clone()),
            ("classname", self.class_name.clone()),
            ("time", seconds(self.time_s)),
        ];
        if self.verdict.is_none() && self.output.is_none() && self.errors.is_none() {
            xml.empty("testcase", &attributes);
            return;
        }
        xml.open("testcase", &attributes);
        if let Some(verdict) = &self.verdict {
            let mut attributes = vec![("message", verdict.message.clone())];
            // The common schema knows no type of a skipped case.
            if verdict.kind != Kind::Skipped {
                attributes.insert(0, ("type", verdict.class.clone()));
            }
            xml.text(verdict.kind.element(), &attributes, &verdict.text);
        }
        for (element, said) in [("system-out", &self.output), ("system-err", &self.errors)] {
            if let Some(said) = said {
                xml.text(element, &[], said);
            }
        }
        xml.close("testcase");
    }
}

fn case_of_step(night: &Night, step: &Step, task: &str) -> Case {
    let evidence = Evidence::of(night, step);
    let verdict = kind_of(step.state).map(|kind| {
        let mut text = evidence.reason.clone();
        if let Some(next) = &evidence.next {
            text.push_str(&format!("\nGo on with: {next}"));
        }
        if let Some(log) = &evidence.log {
            text.push_str(&format!("\nLog: {log}"));
        }
        let reason = step.reason.as_deref().unwrap_or(step.state.phrase());
        Verdict {
            kind,
            class: match step.class {
                Some(class) => class.name().to_owned(),
                None => step.state.label().replace(' ', "_"),
            },
            message: text::clipped(reason, 300),
            text,
        }
    });
    Case {
        name: format!("{} {}", step.id, step.text),
        class_name: task.to_owned(),
        time_s: step.duration_s.unwrap_or(0.0).max(0.0),
        output: verdict.is_none().then(|| evidence.reason.clone()),
        verdict,
        errors: step.log_tail.clone(),
    }
}

fn kind_of(state: State) -> Option<Kind> {
    let State::Ended(outcome) = state else {
        return Some(Kind::Error);
    };
    match outcome {
        StepOutcome::Done => None,
        StepOutcome::Failed | StepOutcome::TimedOut | StepOutcome::RolledBack => {
            Some(Kind::Failure)
        }
        StepOutcome::Lost | StepOutcome::Interrupted => Some(Kind::Error),
        StepOutcome::Skipped | StepOutcome::Unbound | StepOutcome::NotStarted => {
            Some(Kind::Skipped)
        }
    }
}

fn case_of_criterion(criterion: &Criterion) -> Case {
    let evidence = criterion.evidence.clone();
    let said = evidence.clone().unwrap_or_default();
    let verdict = |kind, class: &str, message: String| Verdict {
        kind,
        class: class.to_owned(),
        message,
        text: match &criterion.check {
            Some(check) => format!("{said}\nCheck: {}", text::line(check)),
            None => said.clone(),
        }
        .trim_start()
        .to_owned(),
    };
    let verdict = match (criterion.holds, &criterion.check) {
        (Some(true), _) => None,
        (Some(false), _) => Some(verdict(
            Kind::Failure,
            "criterion",
            text::clipped(
                if said.is_empty() {
                    "it does not hold"
                } else {
                    &said
                },
                300,
            ),
        )),
        (None, Some(_)) => Some(verdict(
            Kind::Skipped,
            "criterion",
            "its check has not run".to_owned(),
        )),
        (None, None) => Some(verdict(
            Kind::Skipped,
            "criterion",
            "no command is bound to it".to_owned(),
        )),
    };
    Case {
        name: criterion.text.clone(),
        class_name: "criteria".to_owned(),
        time_s: 0.0,
        output: if verdict.is_none() { evidence } else { None },
        verdict,
        errors: None,
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// A document under construction, two spaces a level.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn line(&mut self, markup: &str) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(markup);
        self.text.push('\n');
    }

    fn open(&mut self, element: &str, attributes: &[(&str, String)]) {
        self.line(&format!("<{element}{}>", attributes_of(attributes)));
        self.depth += 1;
    }

    fn close(&mut self, element: &str) {
        self.depth -= 1;
        self.line(&format!("</{element}>"));
    }

    fn empty(&mut self, element: &str, attributes: &[(&str, String)]) {
        self.line(&format!("<{element}{}/>", attributes_of(attributes)));
    }

    fn text(&mut self, element: &str, attributes: &[(&str, String)], said: &str) {
        let attributes = attributes_of(attributes);
        if said.trim().is_empty() {
            self.line(&format!("<{element}{attributes}/>"));
        } else {
            let said = escaped(&text::plain(said));
            self.line(&format!("<{element}{attributes}>{said}</{element}>"));
        }
    }

    fn finish(self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.text)
    }
}

fn attributes_of(attributes: &[(&str, String)]) -> String {
    let pairs = attributes.iter();
    pairs
        .map(|(name, value)| format!(" {name}=\"{}\"", escaped(&text::line(value))))
        .collect()
}

/// Text as character data or as the value of an attribute in double quotes. Control
/// characters were made visible before; what else XML 1.0 does not allow is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
