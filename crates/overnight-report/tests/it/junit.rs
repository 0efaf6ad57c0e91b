//! The report for machines, read with a parser of its own.

use overnight_record::StepOutcome;
use roxmltree::{Document, Node};

use crate::run_folder::RunFolder;
use crate::studies::HOSTILE;
use crate::{bad_night, good_night};

fn xml(night: &RunFolder) -> String {
    let rendered = overnight_report::render(&night.path).unwrap();
    let file = rendered
        .files
        .iter()
        .find(|file| file.name == overnight_report::JUNIT_REPORT)
        .unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// An element, its attributes, those without which it is refused, and its children in order.
type Element = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

/// What the schema that collectors share says.
const SCHEMA: &[Element] = &[
    (
        "testsuites",
        &["name", "tests", "failures", "errors", "disabled", "time"],
        &[],
        &["testsuite"],
    ),
    (
        "testsuite",
        &[
            "name",
            "tests",
            "failures",
            "errors",
            "skipped",
            "disabled",
            "time",
            "timestamp",
            "hostname",
            "id",
            "package",
        ],
        &["name", "tests"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &["name", "value"], &[]),
    (
        "testcase",
        &["name", "classname", "time", "assertions", "status"],
        &["name", "classname"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &["message", "type"], &[], &[]),
    ("error", &["message", "type"], &[], &[]),
    ("skipped", &["message"], &[], &[]),
    ("system-out", &[], &[], &[]),
    ("system-err", &[], &[], &[]),
];

fn check(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let found = SCHEMA.iter().find(|(known, ..)| *known == name);
    let (_, attributes, required, children) = found.unwrap_or_else(|| panic!("<{name}>"));
    for attribute in node.attributes() {
        assert!(
            attributes.contains(&attribute.name()),
            "{name} {attribute:?}"
        );
    }
    for attribute in *required {
        assert!(node.has_attribute(*attribute), "{name} without {attribute}");
    }
    for number in ["tests", "failures", "errors", "skipped"] {
        if let Some(value) = node.attribute(number) {
            value.parse::<u32>().unwrap();
        }
    }
    if let Some(time) = node.attribute("time") {
        assert!(time.parse::<f64>().unwrap() >= 0.0);
    }
    let mut last = 0;
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let place = children.iter().position(|known| *known == name);
        let place = place.unwrap_or_else(|| panic!("<{name}> in {node:?}"));
        assert!(place >= last, "<{name}> comes too late");
        last = place;
        check(child);
    }
}

fn count(node: Node<'_, '_>, name: &str) -> usize {
    node.descendants().filter(|n| n.has_tag_name(name)).count()
}

#[test]
fn both_nights_have_the_structure_collectors_share() {
    for (name, night) in [("good", good_night::build()), ("bad", bad_night::build())] {
        let text = xml(&night);
        let document = Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        check(root);
        let suites: Vec<_> = root.children().filter(Node::is_element).collect();
        for node in suites.iter().copied().chain([root]) {
            for (attribute, element) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                if let Some(n) = node.attribute(attribute) {
                    assert_eq!(n, count(node, element).to_string(), "{attribute}");
                }
            }
        }
        let steps: usize = night
            .record
            .phases
            .iter()
            .flat_map(|p| &p.tasks)
            .map(|t| t.steps.len())
            .sum();
        assert_eq!(suites.len(), night.record.phases.len() + 1);
        assert_eq!(count(root, "testcase"), steps + night.record.criteria.len());
        insta::assert_snapshot!(format!("{name}_junit.xml"), text);
    }
}

#[test]
fn every_character_there_is_makes_a_document() {
    let all: String = (0..=0x300_u32)
        .chain([0xfffe, 0xffff, 0x202e, 0x1f680, 0xd7ff, 0xe000])
        .filter_map(char::from_u32)
        .collect();
    let mut night = RunFolder::new(
        &[(
            &all,
            &[(HOSTILE, &[(&all, Some("make ]]> <!-- &amp; -->"))])],
        )],
        &[(&all, Some(HOSTILE))],
    );
    night.start("1.1.1", 1);
    night.write("1.1.1", "stderr.log", all.as_bytes());
    night.finish("1.1.1", 1, StepOutcome::Failed, 0.5, Some(&all), Some(&all));
    night.close();
    let text = xml(&night);
    let document = Document::parse(&text).unwrap();
    check(document.root_element());
    let failure = document
        .descendants()
        .find(|n| n.has_tag_name("failure"))
        .unwrap();
    let message = failure.attribute("message").unwrap();
    assert!(message.contains("!\"#$%&'()*+,-./"), "{message}");
}
