//! Where the predictions of an inference go: files and folders that were named, and in a night
//! the run's own folder.

use std::path::{Path, PathBuf};

use overnight_record::store::Replacement;
use overnight_study::infer::Inferred;
use overnight_study::texts::write_texts;

use crate::context::Context;
use crate::failure::Failure;
use crate::reading::absolute;

/// The places of one inference.
#[derive(Debug)]
pub(super) struct Outputs {
    /// Predictions files; at least one.
    pub(super) files: Vec<PathBuf>,
    /// Folders with a text file a sample.
    pub(super) texts: Vec<PathBuf>,
}

impl Outputs {
    /// What `--out` names; `own` is the file among the run's artifacts, which a night always
    /// keeps and which stands for nothing named. `shard` tells the files of shards in one
    /// folder apart.
    pub(super) fn of(out: &[PathBuf], own: PathBuf, shard: &str, context: &Context) -> Self {
        let mut outputs = Self {
            files: Vec::new(),
            texts: Vec::new(),
        };
        if out.is_empty() || context.step.artifacts_dir.is_some() {
            outputs.files.push(own);
        }
        for named in out {
            let path = absolute(named);
            if is_folder(named, &path) {
                outputs.add_file(path.join(format!("predictions{shard}.jsonl")));
                outputs.texts.push(path.join("texts"));
            } else {
                outputs.add_file(path);
            }
        }
        outputs
    }

    fn add_file(&mut self, path: PathBuf) {
        if !self.files.contains(&path) {
            self.files.push(path);
        }
    }

    /// Fails where no text could be written, before the first image is read.
    pub(super) fn check(&self) -> Result<(), Failure> {
        for folder in &self.texts {
            Replacement::begin(&folder.join("a.txt"))?;
        }
        Ok(())
    }

    /// Writes the texts; returns how many a folder.
    pub(super) fn write_texts(&self, inferred: &Inferred<'_>) -> Result<usize, Failure> {
        let mut n = 0;
        for folder in &self.texts {
            n = write_texts(folder, inferred.predictions())?;
        }
        Ok(n)
    }
}

/// Whether a place is a folder: one that is there, or is named with `/` at its end.
fn is_folder(named: &Path, path: &Path) -> bool {
    named.to_string_lossy().ends_with('/') || path.is_dir()
}
