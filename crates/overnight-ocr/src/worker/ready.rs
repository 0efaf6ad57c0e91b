//! Workers that come with the program: Python files, written to disk before they are started,
//! so that tracebacks show their lines and a person can start them by hand.

use std::path::{Path, PathBuf};

use overnight_record::store::{self, StoreError, sha256_hex};

const PROTOCOL_NAME: &str = "overnight_worker.py";
const PROTOCOL: &str = include_str!("../../../../workers/overnight_worker.py");

/// A worker that comes with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadyWorker {
    /// RapidOCR 3.x on ONNX Runtime.
    RapidOcr,
    /// PaddleOCR 3.x.
    PaddleOcr,
    /// EasyOCR.
    EasyOcr,
    /// Any Python callable, as `package.module:name`.
    Callable(String),
}

impl ReadyWorker {
    /// The ready worker of this name in the configuration.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "rapidocr" => Self::RapidOcr,
            "paddleocr" => Self::PaddleOcr,
            "easyocr" => Self::EasyOcr,
            _ => return None,
        })
    }

    /// The Python package it needs, as it is imported; `None` when that is the user's own.
    pub fn package(&self) -> Option<&'static str> {
        match self {
            Self::RapidOcr => Some("rapidocr"),
            Self::PaddleOcr => Some("paddleocr"),
            Self::EasyOcr => Some("easyocr"),
            Self::Callable(_) => None,
        }
    }

    /// What `pip install` gets it with.
    pub fn requirement(&self) -> Option<&'static str> {
        match self {
            Self::RapidOcr => Some("rapidocr onnxruntime"),
            Self::PaddleOcr => Some("paddleocr paddlepaddle"),
            Self::EasyOcr => Some("easyocr"),
            Self::Callable(_) => None,
        }
    }

    fn script(&self) -> (&'static str, &'static str) {
        match self {
            Self::RapidOcr => (
                "overnight_rapidocr.py",
                include_str!("../../../../workers/overnight_rapidocr.py"),
            ),
            Self::PaddleOcr => (
                "overnight_paddleocr.py",
                include_str!("../../../../workers/overnight_paddleocr.py"),
            ),
            Self::EasyOcr => (
                "overnight_easyocr.py",
                include_str!("../../../../workers/overnight_easyocr.py"),
            ),
            Self::Callable(_) => (
                "overnight_callable.py",
                include_str!("../../../../workers/overnight_callable.py"),
            ),
        }
    }

    /// SHA-256 of all it is made of, in hex.
    pub(super) fn sha256(&self) -> String {
        let (name, text) = self.script();
        sha256_hex(format!("{name}\0{text}\0{PROTOCOL}").as_bytes())
    }

    /// Writes its files below `folder`, in a subfolder named after their content: another
    /// version of the program that runs at the same time keeps its own. Returns the script.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf, StoreError> {
        let folder = folder.join(&self.sha256()[..12]);
        let (name, text) = self.script();
        for (name, text) in [(PROTOCOL_NAME, PROTOCOL), (name, text)] {
            let path = folder.join(name);
            if std::fs::read(&path).is_ok_and(|now| now == text.as_bytes()) {
                continue;
            }
            store::write_atomically(&path, text.as_bytes())?;
        }
        Ok(folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_worker_is_written_beside_its_protocol_and_mended() {
        let dir = tempfile::tempdir().unwrap();
        let script = ReadyWorker::RapidOcr.write(dir.path()).unwrap();
        let text = std::fs::read_to_string(&script).unwrap();
        assert!(text.contains("serve(load)"));
        assert!(script.with_file_name("overnight_worker.py").exists());
        std::fs::write(&script, "broken").unwrap();
        assert_eq!(ReadyWorker::RapidOcr.write(dir.path()).unwrap(), script);
        assert_eq!(std::fs::read_to_string(&script).unwrap(), text);
        let other = ReadyWorker::EasyOcr.write(dir.path()).unwrap();
        assert_ne!(other.parent(), script.parent());
    }
}
