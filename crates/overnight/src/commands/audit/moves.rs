//! Documents moved to where they belong, and the links in and out rewritten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use overnight_audit::links::{Move, relink};
use overnight_audit::{Document, Edit, Files, apply, is_markdown};
use overnight_record::store;

use super::repository;
use crate::context::Context;

/// What moving did.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// The moves that were made.
    pub(super) made: Vec<Move>,
    /// Files whose links were rewritten, by their new paths.
    pub(super) relinked: Vec<String>,
    /// What could not be done, one line each.
    pub(super) failures: Vec<String>,
}

/// Makes `moves`, with `git mv` where git knows the file, and rewrites every link to and from
/// what moved, in all Markdown of the project. A move that fails leaves its document and the
/// links to it as they are.
pub(super) fn make(moves: &[Move], context: &Context) -> Moved {
    let mut moved = Moved::default();
    // Read before anything moves: links are resolved from the old places.
    let documents = match documents(context) {
        Ok(documents) => documents,
        Err(problem) => {
            moved.failures.push(problem);
            return moved;
        }
    };
    let tracked: BTreeSet<String> = repository::tracked(context).into_iter().collect();
    for there in moves {
        match relocate(there, tracked.contains(&there.from), context) {
            Ok(()) => moved.made.push(there.clone()),
            Err(problem) => moved
                .failures
                .push(format!("failed to move {}: {problem}", there.from)),
        }
    }
    let places: BTreeMap<&str, &str> = moved
        .made
        .iter()
        .map(|there| (there.from.as_str(), there.to.as_str()))
        .collect();
    let existed = |path: &str| places.contains_key(path) || context.project.join(path).exists();
    let mut edits: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    for edit in relink(&documents, &moved.made, &existed) {
        edits.entry(edit.path.clone()).or_default().push(edit);
    }
    for document in &documents {
        let Some(edits) = edits.get(&document.path) else {
            continue;
        };
        let place = places.get(document.path.as_str()).copied();
        let path = place.unwrap_or(&document.path);
        let written = apply(&document.bytes, edits)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                store::write_atomically(&context.project.join(path), &bytes)
                    .map_err(|error| error.to_string())
            });
        match written {
            Ok(()) => moved.relinked.push(path.to_owned()),
            Err(problem) => moved.failures.push(format!("links of {path}: {problem}")),
        }
    }
    moved
}

/// A move as git shows it in a diff.
pub(super) fn shown(there: &Move) -> String {
    let Move { from, to } = there;
    format!(
        "diff --git a/{from} b/{to}\nsimilarity index 100%\nrename from {from}\nrename to {to}\n"
    )
}

fn documents(context: &Context) -> Result<Vec<Document>, String> {
    let listing = repository::listing(context);
    let files = Files {
        project: &context.project,
        listing: listing.as_deref(),
    };
    let files = files
        .collect(&[String::new()], is_markdown)
        .map_err(|error| error.to_string())?;
    files
        .into_iter()
        .map(|path| match fs::read(context.project.join(&path)) {
            Ok(bytes) => Ok(Document::new(path, bytes, None)),
            Err(error) => Err(format!("failed to read {path}: {error}")),
        })
        .collect()
}

fn relocate(there: &Move, is_tracked: bool, context: &Context) -> Result<(), String> {
    let to = context.project.join(&there.to);
    if to.symlink_metadata().is_ok() {
        return Err(format!("{} is there already", there.to));
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    if is_tracked {
        return repository::rename(context, &there.from, &there.to);
    }
    fs::rename(context.project.join(&there.from), to).map_err(|error| error.to_string())
}
