//! Broken and odd files, as other libraries meet them: each ends as docs/intake.md says, in
//! little memory and time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use overnight_image::{Format, Limits, decode};
use overnight_testkit::Shared;

const FOLDER: &str = "data/odd_images";
/// Names the file that a child process is to decode.
const CHILD_FILE: &str = "OVERNIGHT_TEST_ODD_IMAGE";
/// The largest is a scan of 34.8 megapixels, 104 MB as RGB.
const MOST_KIB: u64 = 256 << 10;
const MOST_TIME: Duration = Duration::from_secs(30);

/// File name and what is odd about it, as the folder's index says.
fn index(folder: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder.join("index.tsv")).expect("an index");
    text.lines()
        .skip(1)
        .map(|row| {
            let fields: Vec<&str> = row.split('\t').collect();
            (fields[0].to_owned(), fields[2].to_owned())
        })
        .collect()
}

/// The table of the documentation, from the files.
fn table(folder: &Path) -> String {
    let mut rows = String::from(
        "| file | what is odd | status | pixels | notes, or the reason |\n|---|---|---|---|---|\n",
    );
    for (name, oddity) in index(folder) {
        let bytes = std::fs::read(folder.join(&name)).expect("a file");
        let (status, pixels, text) = match decode(&bytes, &Limits::default()) {
            Ok(decoded) => {
                let (width, height) = decoded.image.dimensions();
                let pixels = format!("{width}x{height}");
                ("read", pixels, decoded.notes.join("; "))
            }
            Err(error) => ("`undecodable`", String::new(), error.to_string()),
        };
        // A broken file's bytes may stand in the reason.
        let text: String = text
            .chars()
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .collect();
        let name = if name.len() > 40 {
            format!("{}...", &name[..20])
        } else {
            name
        };
        let row = format!("| {name} | {oddity} | {status} | {pixels} | {text} |\n");
        rows.push_str(&row.replace("|  |", "| |"));
    }
    rows
}

#[test]
fn every_odd_image_ends_as_documented() {
    let test = "every_odd_image_ends_as_documented";
    let Some(folder) = Shared::path(test, FOLDER) else {
        return;
    };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/intake.md");
    let now = std::fs::read_to_string(&page).expect("docs/intake.md");
    let (begin, end) = ("<!-- odd images: begin -->\n", "<!-- odd images: end -->");
    let (before, rest) = now.split_once(begin).expect("the table's beginning");
    let (_, after) = rest.split_once(end).expect("the table's end");
    let fresh = format!("{before}{begin}{}{end}{after}", table(&folder));
    if std::env::var_os("OVERNIGHT_UPDATE_DOCS").is_some() {
        std::fs::write(&page, fresh).expect("a written page");
    } else {
        assert!(
            now == fresh,
            "docs/intake.md is stale; run the tests with OVERNIGHT_UPDATE_DOCS=1"
        );
    }
}

#[test]
fn what_another_library_reads_is_read() {
    let Some(folder) = Shared::path("what_another_library_reads_is_read", FOLDER) else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("index.tsv")).expect("an index");
    // Pillow reads on past a run that leaves its line.
    let stricter = ["badrle.bmp"];
    let mut differing = Vec::new();
    for row in text.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let (name, loads) = (fields[0], fields[3].ends_with(" loads"));
        let bytes = std::fs::read(folder.join(name)).expect("a file");
        let decoded = decode(&bytes, &Limits::default());
        if decoded.is_ok() != (loads && !stricter.contains(&name)) {
            differing.push(format!("{name}: {:?}", decoded.map(|d| d.notes)));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}

/// Not a test by itself: the process that [`no_odd_image_takes_much`] measures.
#[test]
#[ignore = "started by another test, once for each file"]
fn child() {
    let path = std::env::var_os(CHILD_FILE).map(PathBuf::from);
    let bytes = std::fs::read(path.expect("started by the other test")).expect("a file");
    let decoded = decode(&bytes, &Limits::default());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!(
        "decoded={} peak={}",
        decoded.is_ok(),
        peak.unwrap_or("0 kB").trim()
    );
}

#[test]
fn no_odd_image_takes_much() {
    let Some(folder) = Shared::path("no_odd_image_takes_much", FOLDER) else {
        return;
    };
    if !Path::new("/proc/self/status").exists() {
        overnight_testkit::skip("no_odd_image_takes_much", "/proc");
        return;
    }
    let mut wrong = Vec::new();
    for (name, _) in index(&folder) {
        match measure(&folder.join(&name)) {
            Ok(kib) if (1..=MOST_KIB).contains(&kib) => {}
            other => wrong.push(format!("{name}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Decodes a file in a process of its own: most memory it had resident, in KiB.
fn measure(file: &Path) -> Result<u64, String> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child", "--ignored", "--nocapture", "--quiet"])
        .env(CHILD_FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program again");
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > MOST_TIME {
            child.kill().expect("a child to kill");
            child.wait().expect("a dead child");
            return Err("hangs".to_owned());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("an output");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_once("peak=")
        .and_then(|(_, rest)| rest.split_once(" kB"))
        .and_then(|(kib, _)| kib.parse().ok())
        .ok_or_else(|| format!("{}: {text}", output.status))
}

#[test]
fn orientation_alpha_and_format_are_told() {
    let test = "orientation_alpha_and_format_are_told";
    let Some(folder) = Shared::path(test, FOLDER) else {
        return;
    };
    let read = |name: &str| {
        let bytes = std::fs::read(folder.join(name)).expect("a file");
        decode(&bytes, &Limits::default()).expect("an image")
    };
    let turned = read("orientation_rectangle.jpg");
    assert_eq!(
        turned.image.dimensions(),
        (1, 2),
        "stored as 2x1, turned by a quarter"
    );
    for name in [
        "hopper_orientation_6.jpg",
        "hopper_orientation_6.webp",
        "xmp_tags_orientation.png",
    ] {
        assert!(
            read(name).notes[0].starts_with("turned upright (orientation "),
            "{name}"
        );
    }
    // A WebP image whose name says JPEG.
    assert_eq!(read("1118.jpg").format, Format::WebP);
    let transparent = read("black_font_color_transparent.png");
    assert_eq!(transparent.image.get_pixel(0, 0).0, [255; 3]);
}
