//! The `tesseract` program as a backend: one process an image.

mod desk;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod spacing;
mod tsv;

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use overnight_image::Enough;
use overnight_record::result::{BackendInfo, ModelFile};
use overnight_record::store::sha256_hex;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};

use desk::Desk;

use crate::assemble::prediction_of;
use crate::fingerprint::Fingerprint;
use crate::intake::{Upright, ms_since, upright, without_text};
use crate::process::{self, Ended};
use crate::side_by_side::{each_side_by_side, side_by_side};
use crate::{Backend, BackendError, ImageInput, LoadOptions};

/// Version of the step from TSV to lines: raised when code changes what is read.
const POST_PROCESSOR: u32 = 3;
/// Time limit for questions that need no image.
const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// What a `tesseract` backend is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TesseractSpec {
    /// The program: a name looked up in `PATH`, or a path.
    pub program: PathBuf,
    /// Languages joined by `+`, such as `kor+eng`.
    pub languages: String,
    /// Page segmentation mode, from 0 to 13.
    pub psm: u8,
    /// Time limit for one image.
    pub timeout: Duration,
}

impl Default for TesseractSpec {
    fn default() -> Self {
        Self {
            program: PathBuf::from("tesseract"),
            languages: "eng".to_owned(),
            psm: 3,
            timeout: Duration::from_secs(120),
        }
    }
}

/// Tesseract, found and asked for its version.
#[derive(Debug)]
pub struct Tesseract {
    info: BackendInfo,
    spec: TesseractSpec,
}

type Failure = (PredictionStatus, String);

impl Tesseract {
    /// Finds the program and checks that it has the languages.
    ///
    /// # Errors
    /// [`BackendError`] with the package to install.
    pub fn load(
        name: &str,
        spec: &TesseractSpec,
        options: &LoadOptions,
    ) -> Result<Self, BackendError> {
        let version = version_of(spec)?;
        let languages = Languages::of(spec)?;
        let mut models = Vec::new();
        let mut fingerprint = Fingerprint::default()
            .with("kind", "tesseract")
            .with("version", &version)
            .with("languages", &spec.languages)
            .with("psm", spec.psm)
            .with("post_processor", POST_PROCESSOR);
        for language in spec.languages.split('+') {
            languages.check(language)?;
            if let Some(file) = languages.data_file(language) {
                fingerprint = fingerprint.with("language", &file.sha256);
                models.push(file);
            }
        }
        Ok(Self {
            info: BackendInfo {
                name: name.to_owned(),
                kind: "tesseract".to_owned(),
                fingerprint: fingerprint.finish(),
                runtime: format!("tesseract {version}"),
                device: "cpu".to_owned(),
                threads: options.thread_count(),
                models,
            },
            spec: spec.clone(),
        })
    }

    fn recognize_one(&self, input: &ImageInput) -> Prediction {
        let start = Instant::now();
        let mut timings = TimingsMs::default();
        let mut notes = Vec::new();
        let outcome = self.read(input, &mut timings, &mut notes);
        timings.total = ms_since(start);
        let prediction = match outcome {
            Ok(lines) => prediction_of(&self.info, input, lines, timings),
            Err((status, error)) => without_text(&self.info, input, status, timings, Some(error)),
        };
        Prediction {
            notes,
            ..prediction
        }
    }

    fn read(
        &self,
        input: &ImageInput,
        timings: &mut TimingsMs,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Line>, Failure> {
        let crashed = |reason: String| (PredictionStatus::Crashed, reason);
        let Upright {
            image,
            decode_ms,
            notes: done,
            ..
        } = upright(input, Enough::WHOLE)
            .map_err(|reason| (PredictionStatus::Undecodable, reason))?;
        timings.decode = decode_ms;
        notes.extend(done);
        // Always our own decoded pixels: both backends then see the same upright image,
        // whatever the file's format. PPM needs no time to write.
        let desk = Desk::with(&image)
            .map_err(|error| crashed(format!("failed to write a temporary image: {error}")))?;
        let start = Instant::now();
        let mut command = Command::new(&self.spec.program);
        command
            .args([desk.image(), desk.answer()])
            .args(["-l", &self.spec.languages])
            .args(["--psm", &self.spec.psm.to_string(), "txt", "tsv"])
            // As many processes as threads run at once; each must keep to one.
            .env("OMP_THREAD_LIMIT", "1");
        let finished = process::run(command, self.spec.timeout)
            .map_err(|error| crashed(format!("failed to start tesseract: {error}")))?;
        timings.request = Some(ms_since(start));
        match finished.ended {
            Ended::TimedOut => Err((
                PredictionStatus::Timeout,
                format!("no answer within {} s", self.spec.timeout.as_secs_f64()),
            )),
            Ended::Exited(status) if !status.success() => Err(crashed(format!(
                "tesseract ended with {status}: {}",
                one_line(&finished.stderr)
            ))),
            Ended::Exited(_) => {
                let start = Instant::now();
                let table = desk
                    .read("tsv")
                    .map_err(|error| crashed(format!("tesseract left no table behind: {error}")))?;
                let plain = desk.read("txt").unwrap_or_default();
                let lines = tsv::lines(&table, &plain)
                    .map_err(|error| (PredictionStatus::ParseError, error.to_string()))?;
                timings.post = Some(ms_since(start));
                Ok(lines)
            }
        }
    }
}

impl Backend for Tesseract {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        side_by_side(self.info.threads, batch.len(), |index, _| {
            self.recognize_one(&batch[index])
        })
    }

    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        let read = |index: usize, _| self.recognize_one(&batch[index]);
        each_side_by_side(self.info.threads, batch.len(), read, hand_over);
    }
}

fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

fn install_hint(languages: &str) -> String {
    let packages: Vec<String> = languages
        .split('+')
        .map(|language| format!("tesseract-ocr-{}", language.replace('_', "-")))
        .collect();
    format!("apt-get install tesseract-ocr {}", packages.join(" "))
}

fn ask(spec: &TesseractSpec, question: &str) -> Result<String, BackendError> {
    let program = spec.program.display().to_string();
    let mut command = Command::new(&spec.program);
    command.arg(question);
    let broken = |reason: String| BackendError::ProgramBroken {
        program: program.clone(),
        reason,
    };
    match process::run(command, QUESTION_LIMIT) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(BackendError::ProgramMissing {
                program,
                install: install_hint(&spec.languages),
            })
        }
        Err(error) => Err(broken(error.to_string())),
        Ok(finished) => match finished.ended {
            Ended::TimedOut => Err(broken("no answer".to_owned())),
            Ended::Exited(status) if !status.success() => {
                Err(broken(format!("{status}: {}", one_line(&finished.stderr))))
            }
            // Version 4 answers on stderr, later ones on stdout.
            Ended::Exited(_) => Ok(format!(
                "{}{}",
                String::from_utf8_lossy(&finished.stdout),
                String::from_utf8_lossy(&finished.stderr)
            )),
        },
    }
}

fn version_of(spec: &TesseractSpec) -> Result<String, BackendError> {
    let answer = ask(spec, "--version")?;
    answer
        .lines()
        .next()
        .and_then(|line| line.trim().strip_prefix("tesseract "))
        .map(|version| version.trim().to_owned())
        .ok_or_else(|| BackendError::ProgramBroken {
            program: spec.program.display().to_string(),
            reason: "its answer to --version does not begin with `tesseract`".to_owned(),
        })
}

/// The languages of an installation.
#[derive(Debug)]
struct Languages {
    folder: Option<PathBuf>,
    names: Vec<String>,
}

impl Languages {
    fn of(spec: &TesseractSpec) -> Result<Self, BackendError> {
        Ok(Self::parse(&ask(spec, "--list-langs")?))
    }

    /// `List of available languages in "/usr/share/.../tessdata/" (2):`, then one a line.
    fn parse(answer: &str) -> Self {
        let mut lines = answer.lines();
        let folder = lines
            .next()
            .and_then(|heading| heading.split('"').nth(1))
            .map(PathBuf::from);
        Self {
            folder,
            names: lines
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect(),
        }
    }

    fn check(&self, language: &str) -> Result<(), BackendError> {
        if self.names.iter().any(|name| name == language) {
            return Ok(());
        }
        Err(BackendError::LanguageMissing {
            language: language.to_owned(),
            known: self.names.clone(),
        })
    }

    /// The language's data, when it lies where the program says.
    fn data_file(&self, language: &str) -> Option<ModelFile> {
        let name = format!("{language}.traineddata");
        let bytes = std::fs::read(self.folder.as_deref()?.join(&name)).ok()?;
        Some(ModelFile {
            role: "language".to_owned(),
            name,
            sha256: sha256_hex(&bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_languages_is_read() {
        let languages = Languages::parse(
            "List of available languages in \"/usr/share/tessdata/\" (2):\neng\nosd\n",
        );
        assert_eq!(
            languages.folder.as_deref(),
            Some(std::path::Path::new("/usr/share/tessdata/"))
        );
        assert_eq!(languages.names, ["eng", "osd"]);
        assert!(languages.check("eng").is_ok());
        let error = languages.check("kor").unwrap_err();
        assert!(error.to_string().contains("it has eng, osd"), "{error}");
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        use overnight_record::{Diagnose as _, ExitCode};
        let spec = TesseractSpec {
            program: PathBuf::from("tesseract-that-is-not-there"),
            languages: "kor+eng".to_owned(),
            ..TesseractSpec::default()
        };
        let options = LoadOptions {
            models_dir: PathBuf::new(),
            threads: Some(1),
        };
        let error = Tesseract::load("t", &spec, &options).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Precondition);
        assert_eq!(
            error.hint().unwrap(),
            "apt-get install tesseract-ocr tesseract-ocr-kor tesseract-ocr-eng"
        );
    }
}
