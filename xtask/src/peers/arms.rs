//! Which programs are measured, and how each is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Our own arms: the others are compared with these.
pub(super) const OURS: [&str; 2] = ["overnight-onnxruntime", "overnight-rten"];

/// Everything that can be measured, in the order of the table.
pub(super) const ALL: [&str; 7] = [
    OURS[0],
    OURS[1],
    "faster-paddle",
    "oar-ocr",
    "ocrust",
    "rapidocr-nocls",
    "rapidocr",
];

/// Where `benches/peers/setup` puts things.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The folder `benches/peers`.
    folder: PathBuf,
}

impl Places {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn python(&self) -> PathBuf {
        self.folder.join(".venv/bin/python")
    }

    /// The shared library of the Python package `onnxruntime`, which every arm uses that can
    /// be told which to use.
    pub(super) fn onnxruntime(&self) -> anyhow::Result<PathBuf> {
        let lib = self.folder.join(".venv/lib");
        for version in files(&lib)? {
            let capi = version.join("site-packages/onnxruntime/capi");
            let library = files(&capi).unwrap_or_default().into_iter().find(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("libonnxruntime.so")
            });
            if let Some(library) = library {
                return Ok(library);
            }
        }
        bail!("no libonnxruntime.so below {}", lib.display());
    }

    /// How an arm is started, held to `cpus` where given; `version` is what ours calls itself.
    pub(super) fn command(
        &self,
        arm: &str,
        version: &str,
        cpus: Option<&str>,
    ) -> anyhow::Result<Command> {
        let built = |name: &str| self.folder.join("target/release").join(name);
        let script = |name: &str| self.folder.join("python").join(name).into_os_string();
        let models = self.folder.join("models").into_os_string();
        let ours = |runtime: &str| -> (PathBuf, Vec<OsString>) {
            let arguments = vec![runtime.into(), models.clone(), version.into()];
            (built("peer-overnight"), arguments)
        };
        let (program, arguments) = match arm {
            "overnight-onnxruntime" => ours("onnxruntime"),
            "overnight-rten" => ours("rten"),
            "oar-ocr" => (built("peer-oar-ocr"), vec![models]),
            "faster-paddle" => (self.python(), vec![script("faster_paddle_arm.py")]),
            "ocrust" => (self.python(), vec![script("ocrust_arm.py")]),
            "rapidocr" => (self.python(), vec![script("rapidocr_arm.py")]),
            "rapidocr-nocls" => {
                let arguments = vec![script("rapidocr_arm.py"), "--no-cls".into()];
                (self.python(), arguments)
            }
            other => bail!("no arm is called `{other}`; there are {}", ALL.join(", ")),
        };
        if !program.exists() {
            bail!(
                "{} is not there: run benches/peers/setup",
                program.display()
            );
        }
        let mut command = match cpus {
            Some(cpus) => {
                let mut held = Command::new("taskset");
                held.args(["-c", cpus]).arg(program);
                held
            }
            None => Command::new(program),
        };
        command.args(arguments);
        command.env("ORT_DYLIB_PATH", self.onnxruntime()?);
        Ok(command)
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = folder.read_dir();
    let entries = entries.with_context(|| format!("failed to list {}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}
