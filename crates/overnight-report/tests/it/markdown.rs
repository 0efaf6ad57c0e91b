//! The named reports as text.

use overnight_report::{NAMED_REPORTS, Rendered};

use crate::{bad_night, good_night};

fn text(rendered: &Rendered, name: &str) -> String {
    let file = rendered
        .files
        .iter()
        .find(|file| file.name == name)
        .unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

#[test]
fn every_report_of_a_good_night() {
    let night = good_night::build();
    let rendered = overnight_report::render(&night.path).unwrap();
    assert_eq!(rendered.notes, Vec::<String>::new());
    for name in NAMED_REPORTS {
        insta::assert_snapshot!(format!("good_{name}"), text(&rendered, name));
    }
}

#[test]
fn every_report_of_a_bad_night() {
    let night = bad_night::build();
    let rendered = overnight_report::render(&night.path).unwrap();
    for name in NAMED_REPORTS {
        let report = text(&rendered, name);
        assert!(report.contains("status: \"draft\""), "{name}");
        for word in [
            "done",
            "complete",
            "completed",
            "success",
            "successful",
            "passed",
            "repaired",
        ] {
            let words = report.split(|c: char| !c.is_alphabetic());
            assert!(
                !words.clone().any(|w| w.eq_ignore_ascii_case(word)),
                "{name} says `{word}`:\n{report}"
            );
        }
        for number in ["CER micro", "items/s", "images/s", " %"] {
            assert!(
                !report.contains(number),
                "{name} has the number {number}:\n{report}"
            );
        }
        insta::assert_snapshot!(format!("bad_{name}"), report);
    }
}

#[test]
fn front_matter_has_every_field_a_rule_may_ask_for() {
    let rendered = overnight_report::render(&good_night::build().path).unwrap();
    for name in NAMED_REPORTS {
        let report = text(&rendered, name);
        let block = report.split("---").nth(1).unwrap();
        for field in [
            "title",
            "date",
            "type",
            "category",
            "status",
            "version",
            "ads_version",
        ] {
            assert!(
                block.contains(&format!("\n{field}: \"")),
                "{name} lacks {field}"
            );
        }
        assert!(block.contains("date: \"2026-11-23 22:00 (KST)\""));
    }
}
