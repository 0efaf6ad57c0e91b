//! Records that are broken, and rendering that repeats.

use std::fs;

use overnight_record::StepOutcome;

use crate::run_folder::RunFolder;
use crate::{bad_night, good_night};

#[test]
fn rendering_is_a_function_of_the_folder() {
    let night = good_night::build();
    let first = overnight_report::render(&night.path).unwrap();
    let paths = overnight_report::write(&night.path, &|text| text.into()).unwrap();
    assert_eq!(overnight_report::render(&night.path).unwrap(), first);
    assert_eq!(paths.len(), first.files.len());
    for (path, file) in paths.iter().zip(&first.files) {
        assert_eq!(fs::read(path).unwrap(), file.bytes);
    }
}

#[test]
fn every_file_is_cleared_before_it_is_written() {
    let night = good_night::build();
    let said_before = overnight_report::render(&night.path).unwrap();
    let word = "night";
    let paths = overnight_report::write(&night.path, &|text| text.replace(word, "[secret]").into());
    let mut cleared = 0;
    for (path, file) in paths.unwrap().iter().zip(&said_before.files) {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains(word), "{}", path.display());
        let before = String::from_utf8(file.bytes.clone()).unwrap();
        assert_eq!(text, before.replace(word, "[secret]"));
        cleared += usize::from(before.contains(word));
    }
    assert!(cleared >= 2, "the test has something to look for");
}

#[test]
fn copies_of_the_named_reports_are_the_reports() {
    let night = good_night::build();
    let folder = tempfile::tempdir().unwrap();
    assert!(overnight_report::copy_named(&night.path, folder.path()).is_err());
    overnight_report::write(&night.path, &|text| text.into()).unwrap();
    let copies = overnight_report::copy_named(&night.path, folder.path()).unwrap();
    assert_eq!(copies.len(), overnight_report::NAMED_REPORTS.len());
    for copy in copies {
        let original = night.path.join("report").join(copy.file_name().unwrap());
        assert_eq!(fs::read(&copy).unwrap(), fs::read(original).unwrap());
    }
}

#[test]
fn broken_results_are_noted_and_nothing_stops() {
    let rendered = overnight_report::render(&bad_night::build().path).unwrap();
    let notes = rendered.notes.join("\n");
    assert!(notes.contains("step 1.1.2 is not valid JSON"), "{notes}");
    assert!(
        notes.contains("`overnight.bench/9` is not known"),
        "{notes}"
    );
}

#[test]
fn a_score_of_boxes_is_what_a_score_leaves() {
    let night = good_night::build();
    let result = serde_json::json!({
        "schema": "overnight.score-boxes/1", "status": "ok",
        "summary": {"metric": "cleval", "detection_hmean": 0.875},
    });
    night.write("3.1.2", "result.json", result.to_string().as_bytes());
    let rendered = overnight_report::render(&night.path).unwrap();
    assert_eq!(rendered.notes, Vec::<String>::new());
    let page = rendered.files.iter().find(|file| file.name == "index.html");
    let page = String::from_utf8(page.expect("the page").bytes.clone()).unwrap();
    assert!(page.contains("overnight.score-boxes/1") && page.contains("0.875"));
}

#[test]
fn torn_and_missing_events_are_noted() {
    let night = good_night::build();
    let path = night.path.join("events.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let rendered = overnight_report::render(&night.path).unwrap();
    assert!(
        rendered
            .notes
            .iter()
            .any(|note| note.contains("events.jsonl was left out"))
    );
    fs::remove_file(&path).unwrap();
    let rendered = overnight_report::render(&night.path).unwrap();
    assert!(
        rendered
            .headline
            .contains("none of 10 steps is done: 10 not started"),
        "{}",
        rendered.headline
    );
}

#[test]
fn a_result_that_contradicts_itself_is_noted() {
    let night = good_night::build();
    let path = night.step_dir("1.1.2").join("result.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"before\": 9", "\"before\": 8")).unwrap();
    let rendered = overnight_report::render(&night.path).unwrap();
    assert!(
        rendered
            .notes
            .iter()
            .any(|note| note.contains("contradicts itself")),
        "{:?}",
        rendered.notes
    );
}

#[test]
fn a_folder_that_is_no_run_is_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = overnight_report::render(dir.path()).unwrap_err();
    assert!(
        error.to_string().starts_with("failed to read the run in"),
        "{error}"
    );
    fs::write(dir.path().join("run.json"), "{}").unwrap();
    assert!(overnight_report::render(dir.path()).is_err());
}

#[test]
fn a_difference_the_test_does_not_support_is_not_called_sure() {
    let night = good_night::build();
    let path = night.step_dir("3.2.1").join("result.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"p\": 2e-7"), "the fixture's p value moved");
    fs::write(&path, text.replace("\"p\": 2e-7", "\"p\": 0.195")).unwrap();
    let rendered = overnight_report::render(&night.path).unwrap();
    for name in ["index.html", "VLM_GAP_ANALYSIS.md"] {
        let file = rendered.files.iter().find(|f| f.name == name).unwrap();
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(text.contains("that is not sure at n = 39"), "{name}");
    }
}

#[test]
fn a_missing_program_is_one_decision_with_its_remedy() {
    let mut night = RunFolder::new(
        &[(
            "One",
            &[(
                "Task",
                &[
                    ("Read", Some("overnight infer --backend b --dataset d")),
                    ("Compare", Some("overnight compare --dataset d")),
                ],
            )],
        )],
        &[],
    );
    night.start("1.1.1", 1);
    let document = br#"{"schema": "overnight.error/1", "status": "skipped", "message": "m", "hint": "apt-get install tesseract-ocr", "exit_code": 3}"#;
    night.write("1.1.1", "result.json", document);
    let reason = Some("the program `tesseract` is not on this machine");
    night.finish("1.1.1", 1, StepOutcome::Skipped, 0.1, reason, None);
    let waits = Some("it needs 1.1.1, which ended skipped");
    night.finish("1.1.2", 0, StepOutcome::Skipped, 0.0, waits, None);
    night.close();
    let rendered = overnight_report::render(&night.path).unwrap();
    let page = String::from_utf8_lossy(&rendered.files[0].bytes);
    let (_, section) = page.split_once("id=\"h-decisions\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    let commands: Vec<&str> = section
        .split("<code>")
        .skip(1)
        .map(|part| part.split("</code>").next().unwrap())
        .filter(|code| code.contains(' '))
        .collect();
    assert_eq!(
        commands,
        [
            "apt-get install tesseract-ocr",
            "overnight run --resume 2026-11-23_2200_receipts --retry-failed"
        ]
    );
}
