//! The paths an audit was asked to look at, relative to the project.

use std::path::{Component, Path, PathBuf};

use overnight_audit::place;
use overnight_record::ExitCode;

use super::Selection;
use crate::context::Context;
use crate::failure::Failure;

/// The paths given on the command line, which start at the current folder, or else those
/// of the configuration, which start at the project.
pub(super) fn paths(
    selection: &Selection,
    configured: &[PathBuf],
    key: &str,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    if selection.paths.is_empty() {
        return configured
            .iter()
            .map(|path| in_project(path, key, context))
            .collect();
    }
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(
            ExitCode::Usage,
            format!("failed to find the current folder: {error}"),
        )
    })?;
    selection
        .paths
        .iter()
        .map(|path| given(&here, path, context))
        .collect()
}

/// A path of the configuration, which must exist.
pub(super) fn in_project(path: &Path, key: &str, context: &Context) -> Result<String, Failure> {
    let text = path.to_string_lossy();
    let relative = place::join("", &text).filter(|_| !path.is_absolute());
    let relative = relative.ok_or_else(|| {
        Failure::with_hint(
            ExitCode::Usage,
            format!("`{text}` of {key} lies outside the project"),
            "write a path relative to the project's folder",
        )
    })?;
    if context.project.join(&relative).exists() {
        return Ok(relative);
    }
    Err(Failure::with_hint(
        ExitCode::Precondition,
        format!(
            "failed to find {} ({key})",
            context.project.join(&relative).display()
        ),
        format!("set {key} in {}", context.config_path().display()),
    ))
}

fn given(here: &Path, path: &Path, context: &Context) -> Result<String, Failure> {
    let mut full = PathBuf::new();
    for component in here.join(path).components() {
        match component {
            Component::ParentDir => {
                full.pop();
            }
            Component::CurDir => {}
            other => full.push(other),
        }
    }
    if !full.exists() {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("failed to find {}", path.display()),
            "name an existing file or folder",
        ));
    }
    match full.strip_prefix(&context.project) {
        Ok(relative) => Ok(relative.to_string_lossy().into_owned()),
        Err(_) => Err(Failure::with_hint(
            ExitCode::Usage,
            format!(
                "{} lies outside the project {}",
                path.display(),
                context.project.display()
            ),
            "name the project with --project DIR",
        )),
    }
}
