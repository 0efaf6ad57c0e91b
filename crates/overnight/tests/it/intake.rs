//! Odd and broken images through the whole program.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use overnight_testkit::{Overnight, Shared, TestProject, skip};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");
const MOST_KIB: u64 = 1_000_000;
const MOST_TIME: Duration = Duration::from_secs(300);

/// File and status of each odd image, from the table in docs/intake.md; a long name is cut
/// there.
fn documented() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/intake.md");
    let page = std::fs::read_to_string(page).expect("docs/intake.md");
    let (_, table) = page
        .split_once("<!-- odd images: begin -->")
        .expect("a table");
    table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| file "))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (
                cells[1].trim_end_matches("...").to_owned(),
                cells[3].to_owned(),
            )
        })
        .collect()
}

/// Waits for the end: most memory the process itself had resident, in KiB.
fn watch(child: &mut Child) -> u64 {
    let begin = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        assert!(begin.elapsed() < MOST_TIME, "the program hangs");
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = kib.unwrap_or(0).max(peak);
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

#[test]
fn every_odd_image_ends_in_its_documented_status() {
    let test = "every_odd_image_ends_in_its_documented_status";
    let Some(folder) = Shared::path(test, "data/odd_images") else {
        return;
    };
    if std::process::Command::new("tesseract")
        .arg("--version")
        .output()
        .is_err()
    {
        skip(test, "tesseract");
        return;
    }
    let project = TestProject::new();
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path
            .extension()
            .is_some_and(|ending| ending == "tsv" || ending == "md")
        {
            let name = path.file_name().expect("a name").to_string_lossy();
            project.copy(&path, &format!("odd/{name}"));
            files += 1;
        }
    }
    project.file(
        "overnight.toml",
        "[datasets.odd]\nformat = \"folder\"\npath = \"odd\"\n\
         [backends.tesseract]\nkind = \"tesseract\"\nlanguages = \"eng\"\npsm = 6\n",
    );
    let mut child = Overnight::new(BINARY, &project)
        .args(["infer", "--backend", "tesseract", "--dataset", "odd"])
        .args(["--out", "odd.jsonl"])
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let peak = watch(&mut child);
    let ended = child.wait().expect("an end");
    assert_eq!(ended.code(), Some(1), "some images are undecodable");
    assert!((1..MOST_KIB).contains(&peak), "{peak} KiB");

    let written = project.read("odd.jsonl");
    let rows: Vec<Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), files);
    let documented = documented();
    assert_eq!(documented.len(), files);
    let mut wrong = BTreeMap::new();
    for row in &rows {
        let image = row["image"].as_str().expect("an image");
        let name = image.strip_prefix("odd/").unwrap_or(image);
        let status = row["status"].as_str().expect("a status");
        let has_reason = row["error"].as_str().is_some_and(|error| !error.is_empty());
        let expected = documented
            .iter()
            .find(|(file, _)| name.starts_with(file.as_str()))
            .map(|(_, status)| status.as_str());
        let is_right = match expected {
            Some("read") => matches!(status, "ok" | "empty"),
            Some("`undecodable`") => status == "undecodable" && has_reason,
            _ => false,
        };
        if !is_right {
            wrong.insert(name.to_owned(), format!("{status}: {}", row["error"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let turned = rows.iter().find(|row| row["id"] == "img_exif_orientation");
    let turned = turned.expect("the image of a sentence on its head");
    assert_eq!(
        turned["notes"],
        serde_json::json!(["turned upright (orientation 3)"])
    );
}
