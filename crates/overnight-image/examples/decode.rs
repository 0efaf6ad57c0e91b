//! Decodes images and says what became of each, how long it took and how much memory the
//! process has held so far:
//!
//! ```text
//! cargo run --release -p overnight-image --example decode -- [--enough PIXELS] [--png DIR] FILE...
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;
use std::time::Instant;

use overnight_image::{Encoding, Enough, Limits, decode_enough, encode};

fn main() {
    let mut enough = Enough::WHOLE;
    let mut folder = None;
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--enough") => {
                let pixels = args.next().and_then(|value| value.to_str()?.parse().ok());
                enough = Enough {
                    pixels: pixels.expect("--enough takes a number of pixels"),
                    shorter_side: 0,
                };
            }
            Some("--png") => folder = args.next().map(PathBuf::from),
            _ => tell(&PathBuf::from(arg), enough, folder.as_ref()),
        }
    }
}

fn tell(path: &PathBuf, enough: Enough, folder: Option<&PathBuf>) {
    let bytes = std::fs::read(path).expect("a readable file");
    let start = Instant::now();
    let decoded = decode_enough(&bytes, &Limits::default(), enough);
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    let peak = peak_rss_kib().map_or_else(String::new, |kib| format!(", {} MiB", kib / 1024));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match decoded {
        Ok(decoded) => {
            let (width, height) = decoded.image.dimensions();
            let notes = decoded.notes.join("; ");
            println!(
                "{name}: {} {width}x{height}, {ms:.1} ms{peak}. {notes}",
                decoded.format
            );
            if let Some(folder) = folder {
                let png = encode(&decoded.image, Encoding::Png).expect("a PNG file");
                std::fs::write(folder.join(format!("{name}.png")), png).expect("a written file");
            }
        }
        Err(error) => println!("{name}: {error}, {ms:.1} ms{peak}"),
    }
}

/// Most memory this process has had resident, where the system says.
fn peak_rss_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
