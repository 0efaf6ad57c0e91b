//! Files a verb leaves beside its result.

use std::path::Path;

use overnight_record::result::Artifact;
use overnight_record::store;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;

/// Collects the files a verb writes.
#[derive(Debug)]
pub(crate) struct Artifacts<'a> {
    context: &'a Context,
    verb: &'static str,
    written: Vec<Artifact>,
}

impl<'a> Artifacts<'a> {
    pub(crate) fn new(context: &'a Context, verb: &'static str) -> Self {
        Self {
            context,
            verb,
            written: Vec::new(),
        }
    }

    /// Writes rows, one JSON object a line, beside the result.
    pub(crate) fn rows<T: Serialize>(
        &mut self,
        name: &str,
        kind: &str,
        rows: &[T],
    ) -> Result<(), Failure> {
        let path = self.context.output_dir(self.verb).join(name);
        self.write(&path, kind, rows)
    }

    /// Writes rows among the large artifacts, under a name that tells the steps of a run apart.
    pub(crate) fn large_rows<T: Serialize>(
        &mut self,
        name: &str,
        kind: &str,
        rows: &[T],
    ) -> Result<(), Failure> {
        let step = self.context.step.step_dir.as_deref();
        let name = match step.and_then(Path::file_name) {
            Some(step) => format!("{}-{name}", step.to_string_lossy()),
            None => name.to_owned(),
        };
        let path = self.context.artifacts_dir(self.verb).join(name);
        self.write(&path, kind, rows)
    }

    /// Names a file that lies already where it belongs. Returns its path as the result has it.
    pub(crate) fn add(&mut self, path: &Path, kind: &str) -> String {
        let shown = self.shown(path);
        self.written.push(Artifact {
            path: shown.clone(),
            kind: kind.to_owned(),
        });
        shown
    }

    /// Everything that was written.
    pub(crate) fn into_list(self) -> Vec<Artifact> {
        self.written
    }

    fn write<T: Serialize>(&mut self, path: &Path, kind: &str, rows: &[T]) -> Result<(), Failure> {
        store::write_json_lines(path, rows)?;
        self.add(path, kind);
        Ok(())
    }

    /// Relative to the folder of `result.json` when it lies there, absolute otherwise.
    fn shown(&self, path: &Path) -> String {
        let result = self.context.step.result.as_deref();
        let folder = result.and_then(Path::parent);
        folder
            .and_then(|folder| path.strip_prefix(folder).ok())
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    }
}

/// The files, one a line, for people.
pub(crate) fn listed(artifacts: &[Artifact]) -> String {
    artifacts
        .iter()
        .map(|artifact| format!("{}: {}\n", artifact.kind, artifact.path))
        .collect()
}

/// Text as a part of a file name: letters, digits, `.`, `_` and `-`, the rest `-`.
pub(crate) fn name_part(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.chars()
        .map(|c| if safe(c) { c } else { '-' })
        .collect::<String>()
        .trim_start_matches(['.', '-'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(name_part("webp:q80"), "webp-q80");
        assert_eq!(name_part("sroie:../data/r"), "sroie-..-data-r");
        assert_eq!(name_part("../x"), "x");
    }
}
