//! Records that are broken, and rendering that repeats.

use std::fs;

use crate::{bad_night, good_night};

#[test]
fn rendering_is_a_function_of_the_folder() {
    let night = good_night::build();
    let first = overnight_report::render(&night.path).unwrap();
    let paths = overnight_report::write(&night.path).unwrap();
    assert_eq!(overnight_report::render(&night.path).unwrap(), first);
    assert_eq!(paths.len(), first.files.len());
    for (path, file) in paths.iter().zip(&first.files) {
        assert_eq!(fs::read(path).unwrap(), file.bytes);
    }
}

#[test]
fn copies_of_the_named_reports_are_the_reports() {
    let night = good_night::build();
    let folder = tempfile::tempdir().unwrap();
    assert!(overnight_report::copy_named(&night.path, folder.path()).is_err());
    overnight_report::write(&night.path).unwrap();
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
