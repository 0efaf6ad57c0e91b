//! The example project, as it was when the program was built.

use std::path::Path;

use overnight_record::store::{self, StoreError};

/// Path relative to the project, and content. Made by the build script.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/example_files.rs"));

/// The plan of its night.
pub(super) const PLAN: &str = "PLAN.md";

/// Writes the example into `dir`; returns the number of files.
pub(super) fn write(dir: &Path) -> Result<usize, StoreError> {
    for (name, bytes) in FILES {
        store::write_atomically(&dir.join(name), bytes)?;
    }
    Ok(FILES.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use overnight_plan::{Config, Plan, bind};

    fn text(name: &str) -> &'static str {
        let (_, bytes) = FILES.iter().find(|(file, _)| *file == name).unwrap();
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_step_and_every_criterion_of_the_example_is_bound() {
        let plan = Plan::parse(text(PLAN)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("overnight.toml");
        std::fs::write(&path, text("overnight.toml")).unwrap();
        let bound = bind(plan, &Config::load(&path).unwrap()).unwrap();
        let tasks: Vec<_> = bound.plan.phases.iter().flat_map(|p| &p.tasks).collect();
        let steps: usize = tasks.iter().map(|task| task.steps.len()).sum();
        assert_eq!((bound.plan.phases.len(), tasks.len(), steps), (4, 8, 16));
        assert_eq!(bound.bindings.len(), 16);
        assert_eq!(bound.checks.len(), bound.plan.criteria.len());
    }

    #[test]
    fn every_image_of_the_example_has_its_truth() {
        let images = FILES
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("data/receipts/img/"));
        let mut count = 0;
        for image in images {
            let truth = format!("data/receipts/box/{}.csv", image.trim_end_matches(".jpg"));
            assert!(!text(&truth).is_empty());
            count += 1;
        }
        assert_eq!(count, 24);
    }
}
