//! What every arm written in Rust has in common: the protocol of `docs/peers.md`.
//!
//! An arm loads its networks once, says who it is in one line of JSON, and then answers each
//! line `{"images": [PATH, ...]}` with one line, until its input ends.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One file of weights.
#[derive(Debug, Clone, Serialize)]
pub struct Weights {
    /// `detection`, `recognition` or `classification`.
    pub role: &'static str,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

impl Weights {
    /// The file at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(role: &'static str, path: &Path) -> io::Result<Self> {
        let digest = Sha256::digest(fs::read(path)?);
        Ok(Self {
            role,
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

/// Who the arm is: its first line.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Version of the program or package.
    pub version: String,
    /// What executes the networks, with version.
    pub runtime: String,
    /// How many threads it uses, in words.
    pub threads: String,
    /// How it is called, where a reader of the numbers should know.
    pub settings: String,
    /// Its weights.
    pub weights: Vec<Weights>,
    /// Milliseconds from the first line of the program until the networks could be used.
    pub load_ms: f64,
}

/// One line of text as read.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Corners in pixels of the image, clockwise from the start of the text.
    pub polygon: Vec<[f32; 2]>,
    /// Its text.
    pub text: String,
    /// Its confidence in [0, 1].
    pub confidence: Option<f32>,
}

/// What became of one image: its lines, or why there are none.
pub type Reading = Result<Vec<Line>, String>;

#[derive(Deserialize)]
struct Request {
    images: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Image {
    Lines(Vec<Line>),
    Error(String),
}

#[derive(Serialize)]
struct Answer {
    wall_ms: f64,
    images: Vec<Image>,
}

#[derive(Serialize)]
struct Unavailable<'a> {
    unavailable: &'a str,
}

fn write_line(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Says that this arm cannot run here, and why.
///
/// # Errors
/// When the line cannot be written.
pub fn unavailable(reason: &str) -> io::Result<()> {
    write_line(&Unavailable {
        unavailable: reason,
    })
}

/// Answers requests until the input ends. `read` is handed the paths of one request and
/// gives one reading each, in order.
///
/// # Errors
/// When a request is not in the protocol's form or an answer cannot be written.
pub fn serve(ready: &Ready, mut read: impl FnMut(&[String]) -> Vec<Reading>) -> io::Result<()> {
    write_line(ready)?;
    for line in io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        let begun = Instant::now();
        let readings = read(&request.images);
        let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
        let images = readings.into_iter().map(|reading| match reading {
            Ok(lines) => Image::Lines(lines),
            Err(reason) => Image::Error(reason),
        });
        write_line(&Answer {
            wall_ms,
            images: images.collect(),
        })?;
    }
    Ok(())
}
