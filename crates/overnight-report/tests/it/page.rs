//! The page for the browser.

use crate::{bad_night, gap_night, good_night, run_folder::RunFolder};

fn page(night: &RunFolder) -> String {
    let rendered = overnight_report::render(&night.path).unwrap();
    assert_eq!(rendered.files[0].name, overnight_report::HTML_REPORT);
    String::from_utf8(rendered.files[0].bytes.clone()).unwrap()
}

/// The page without its style sheet: what is written, not how it is set.
fn content(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    format!("{head}{body}")
}

#[test]
fn nothing_from_outside_is_markup() {
    for night in [good_night::build(), bad_night::build()] {
        let html = content(&page(&night));
        assert!(html.contains("&#60;script&#62;alert") || html.contains("&lt;script&gt;alert"));
        for bad in [
            "<script",
            "<img src=x",
            "onerror=alert(1)>",
            "<i>",
            "\u{1b}",
            "\u{202e}",
        ] {
            assert!(!html.contains(bad), "{bad:?} is in the page");
        }
        assert!(html.contains("\u{27e8}U+202E\u{27e9}"));
    }
}

#[test]
fn the_page_stands_alone() {
    for night in [good_night::build(), bad_night::build(), gap_night::build()] {
        let html = page(&night);
        for attribute in ["src=\"", "href=\"", "url(", "@import"] {
            for (at, _) in html.match_indices(attribute) {
                let target = html[at + attribute.len()..].to_ascii_lowercase();
                assert!(
                    !target.starts_with("http:")
                        && !target.starts_with("https:")
                        && !target.starts_with("//")
                        && !target.starts_with("javascript:"),
                    "{attribute}{}",
                    &target[..40.min(target.len())]
                );
            }
        }
        assert!(
            !html.contains(" style=\""),
            "the policy forbids style attributes"
        );
        assert!(html.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
        assert!(html.len() < 5_000_000);
    }
}

#[test]
fn every_link_leads_somewhere() {
    for night in [good_night::build(), bad_night::build(), gap_night::build()] {
        overnight_report::write(&night.path, &|text| text.into()).unwrap();
        let html = page(&night);
        for part in html.split("href=\"").skip(1) {
            let target = part.split('"').next().unwrap();
            if let Some(id) = target.strip_prefix('#') {
                assert!(html.contains(&format!("id=\"{id}\"")), "no place {target}");
            } else if target != "data:," {
                assert!(
                    night.path.join("report").join(target).exists(),
                    "no file {target}"
                );
            }
        }
    }
}

#[test]
fn a_bad_night_leads_with_what_is_open_and_praises_nothing() {
    let html = content(&page(&bad_night::build()));
    let (top, rest) = html.split_once("<nav").unwrap();
    let top = top.replace('\u{a0}', " ");
    assert!(top.contains("So far, 2 of 9 steps are done; 1 failed, 1 rolled back, 2 skipped, 1 unbound, 1 running, 1 not started."), "{top}");
    assert!(rest.contains("Not measured"));
    for row in rest.split("<tr id=\"step-").skip(1) {
        let row = row.split("</tr>").next().unwrap();
        let is_done = row.contains("data-state=\"done\"");
        for word in ["done", "complete", "completed", "success", "passed"] {
            let words = row.split(|c: char| !c.is_alphanumeric());
            let says = words.clone().any(|w| w.eq_ignore_ascii_case(word));
            assert!(
                !says || is_done,
                "a step that is not done says `{word}`: {row}"
            );
        }
    }
    // The lost first try of the benchmark left numbers: they are nowhere.
    assert!(!html.contains("1.98"));
}

#[test]
fn a_good_night_shows_every_plot() {
    let html = page(&good_night::build());
    for label in [
        "Pipeline, images per second",
        "Detection, images per second",
        "Recognition, crops per second",
        "Pipeline, mean milliseconds per image",
        "Resident memory, before and peak",
        "Character error rate (micro), %",
        "CER of every sample, %",
        "Difference on the same 39 samples",
        "Difference to no enhancement",
        "Decoding time against bytes",
        "Time line of 10 steps",
    ] {
        assert!(
            html.contains(&format!("aria-label=\"{label}")),
            "no plot {label}"
        );
    }
    assert_eq!(html.matches("data:image/jpeg;base64,").count(), 8);
}

#[test]
fn a_box_has_its_evidence() {
    let html = content(&page(&bad_night::build()));
    let row = |id: &str| {
        let (_, row) = html.split_once(&format!("<tr id=\"step-{id}\"")).unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    let failed = row("2.1.1");
    for said in [
        "box stays open",
        "gpu memory</span> The graphics card ran out of memory",
        "Attempt 1: lost (reboot), 9.0 s",
        "Attempt 2: failed (network), 3.0 s; tried again after 30 s",
        "href=\"../steps/2.1.1/attempt-2/stdout.log\"",
        "href=\"../steps/2.1.1/attempt-3/stderr.log\"",
        "less steps/2.1.1/attempt-3/stderr.log",
    ] {
        assert!(failed.contains(said), "no {said:?} in {failed}");
    }
    assert!(row("1.1.2").contains("box ticked"));
    assert!(row("4.1.1").contains("box stays open"));
    // A pause is part of the night, not a defect of its record.
    let (_, notes) = html.split_once("The record itself is not whole").unwrap();
    assert!(!notes.split("</section>").next().unwrap().contains("paused"));
    let (_, beside) = html.split_once("What happened beside the steps").unwrap();
    assert!(beside.contains("The night paused: "), "{beside}");
}

/// Writes all nights to `target/report-nights` for a look in a browser.
#[test]
#[ignore = "for the eye: cargo test -p overnight-report -- --ignored"]
fn write_all_nights_for_a_look() {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-nights");
    for (name, night) in [
        ("good", good_night::build()),
        ("bad", bad_night::build()),
        ("gap", gap_night::build()),
    ] {
        if let Some(receipts) = overnight_testkit::Shared::path("a look", "data/receipts/img") {
            let mut images: Vec<_> = std::fs::read_dir(receipts)
                .unwrap()
                .map(|e| e.unwrap().path())
                .collect();
            images.sort_by_key(|p| std::fs::metadata(p).unwrap().len());
            let mut images = images.iter().cycle();
            for folder in ["3.2.1/hard", "1.1.2/hard", "1.1.2/suspects"] {
                let Ok(entries) = std::fs::read_dir(night.path.join("steps").join(folder)) else {
                    continue;
                };
                for entry in entries.flatten() {
                    let image = images.next().unwrap();
                    std::fs::copy(image, entry.path()).unwrap();
                }
            }
        }
        for file in overnight_report::render(&night.path).unwrap().files {
            overnight_record::store::write_atomically(
                &target.join(name).join(file.name),
                &file.bytes,
            )
            .unwrap();
        }
    }
}
