//! What `overnight models` answers: a row for each model and runtime, with its files.

use std::fmt::Write as _;
use std::path::Path;

use overnight_ocr::models::{KnownModel, KnownRuntime, ModelStore};
use serde::Serialize;

/// `overnight.models/1`, what every action answers.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) schema: &'static str,
    pub(super) status: &'static str,
    pub(super) folder: String,
    pub(super) models: Vec<Row>,
    pub(super) runtimes: Vec<Row>,
}

/// A model or a runtime.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// The scripts a model reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reads: Option<&'static str>,
    /// What a runtime runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs_on: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<&'static str>,
    pub(super) licence: &'static str,
    pub(super) package: String,
    pub(super) bytes: u64,
    pub(super) download_bytes: u64,
    /// `here`, `missing`, `damaged`, `unknown here` (a runtime with no build for this
    /// machine); after a pull also `fetched` and `failed`.
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    pub(super) files: Vec<FileRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct FileRow {
    pub(super) role: &'static str,
    pub(super) package: String,
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: &'static str,
    /// `present` (by size only), `ready` (hashed), `missing`, `damaged`, `fetched`.
    pub(super) state: &'static str,
    #[serde(skip)]
    pub(super) is_optional: bool,
}

impl Answer {
    pub(super) fn new(store: &ModelStore, models: Vec<Row>, runtimes: Vec<Row>) -> Self {
        Self {
            schema: "overnight.models/1",
            status: "ok",
            folder: store.root().display().to_string(),
            models,
            runtimes,
        }
    }
}

impl Row {
    /// A model; `state` says how the file of an index at a path is.
    pub(super) fn model(
        store: &ModelStore,
        model: &KnownModel,
        mut state: impl FnMut(usize, &Path) -> &'static str,
    ) -> Self {
        let packages = model.packages();
        let packages: Vec<String> = packages.iter().map(ToString::to_string).collect();
        let mut row = Self {
            name: model.name,
            description: model.description,
            reads: Some(model.reads),
            runs_on: None,
            origin: Some(model.origin),
            licence: model.licence,
            package: packages.join(", "),
            bytes: model.bytes(),
            download_bytes: model.download_bytes(),
            state: "",
            error: None,
            files: Vec::new(),
        };
        for (index, file) in model.files.iter().enumerate() {
            let path = store.path(model, file);
            row.files.push(FileRow {
                role: file.role.name(),
                package: file.package.to_string(),
                state: state(index, &path),
                path: path.display().to_string(),
                bytes: file.bytes,
                sha256: file.sha256,
                is_optional: file.is_optional(),
            });
        }
        row.state = row.state_of_files();
        row
    }

    /// A runtime, likewise.
    pub(super) fn runtime(
        store: &ModelStore,
        runtime: &KnownRuntime,
        mut state: impl FnMut(usize, &Path) -> &'static str,
    ) -> Self {
        let package = runtime.build().map(|build| build.package);
        let mut row = Self {
            name: runtime.kind.name(),
            description: "ONNX Runtime's shared library",
            reads: None,
            runs_on: Some(runtime.description),
            origin: None,
            licence: runtime.licence,
            package: format!("{}=={}", runtime.kind, runtime.version),
            bytes: 0,
            download_bytes: package.map_or(0, |package| package.download_bytes),
            state: "",
            error: None,
            files: Vec::new(),
        };
        for (index, (file, path)) in store.runtime_files(runtime).into_iter().enumerate() {
            row.bytes += file.bytes;
            row.files.push(FileRow {
                role: if index == 0 { "library" } else { "provider" },
                package: row.package.clone(),
                state: state(index, &path),
                path: path.display().to_string(),
                bytes: file.bytes,
                sha256: file.sha256,
                is_optional: false,
            });
        }
        row.state = row.state_of_files();
        row
    }

    fn state_of_files(&self) -> &'static str {
        let any = |state| self.files.iter().any(|file| file.state == state);
        let mut needed = self.files.iter().filter(|file| !file.is_optional);
        if self.files.is_empty() {
            "unknown here"
        } else if any("damaged") {
            "damaged"
        } else if any("fetched") {
            "fetched"
        } else if needed.any(|file| file.state == "missing") {
            "missing"
        } else {
            "here"
        }
    }

    /// Whether anything of it lies in the store.
    pub(super) fn is_begun(&self) -> bool {
        self.files.iter().any(|file| file.state != "missing")
    }

    pub(super) fn files_table(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            let _ = writeln!(
                text,
                "  {:<14}  {:<8}  {:>7}  {}",
                file.role,
                file.state,
                size(file.bytes),
                file.path
            );
        }
        text
    }
}

/// A size of three digits or so: `35 kB`, `4.8 MB`.
fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}
