//! Proposals for broken links, from the strongest evidence to the weakest.
//!
//! The order, the kinds and what each rests on are described in `docs/links.md`.

mod likeness;
mod living;
mod meaning;
mod proposal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use overnight_record::ProofCommit;

use self::living::{Living, is_generic};
use self::meaning::{at_each_depth, split_lines, without_steps};
pub(crate) use self::proposal::Proposal;
use self::proposal::named;
use super::History;
use super::history::{Step, Trail, base_name};
use crate::place;

/// Similarity in percent from which git's word that a file was renamed is enough even where
/// the file's own name changed.
const SURE_RENAME: u8 = 70;

/// Finds where broken links should lead.
#[derive(Debug)]
pub(super) struct Repairer<'a> {
    living: Living<'a>,
    history: &'a History,
    /// Names of folders that checkouts of this project have.
    checkout_names: Vec<String>,
}

/// A broken link as far as repair needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken<'a> {
    /// Path of the document.
    pub(super) document: &'a str,
    /// The decoded path of the link, or of its `file:` URL.
    pub(super) path: &'a str,
    /// Whether the path is absolute on some machine.
    pub(super) is_absolute: bool,
}

impl<'a> Repairer<'a> {
    /// `files` are the project's files, relative to it.
    pub(super) fn new(
        project: &'a Path,
        files: Vec<String>,
        history: &'a History,
        checkout_names: &[String],
    ) -> Self {
        let own = project
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Self {
            living: Living::new(project, files),
            history,
            checkout_names: own.into_iter().chain(checkout_names.to_vec()).collect(),
        }
    }

    /// The best-proven target.
    ///
    /// # Errors
    /// Why there is none, in words; `None` when nothing is known.
    pub(super) fn propose(&self, broken: Broken<'_>) -> Result<Proposal, Option<String>> {
        let (path, lines) = split_lines(broken.path);
        let broken = Broken { path, ..broken };
        let found = self.by_lines(broken, lines.is_some());
        match found.or_else(|| self.by_evidence(broken)) {
            Some(mut proposal) => {
                proposal.fragment = lines;
                Ok(proposal)
            }
            None => Err(self.loss(broken)),
        }
    }

    /// Only the line numbers are wrong.
    fn by_lines(&self, broken: Broken<'_>, has_lines: bool) -> Option<Proposal> {
        let target = self.meant(broken).into_iter().next()?.0;
        (has_lines && self.living.has_file(&target)).then(|| {
            Proposal::safe(
                "line-number",
                &target,
                "the path exists without the line number".to_owned(),
            )
        })
    }

    fn by_evidence(&self, broken: Broken<'_>) -> Option<Proposal> {
        let meant = self.meant(broken);
        let depths = self.depths(broken);
        let is_over = self.is_over(broken);
        self.where_meant(&meant)
            .or_else(|| self.letter_case(broken))
            .or_else(|| {
                self.right_depth(broken, &depths)
                    .or_else(|| only(self.reached(broken, &depths, |path| self.reach(path, None))))
                    .map(|found| found.only_suggested_if(is_over))
            })
            .or_else(|| self.checkout(broken))
            .or_else(|| {
                let moved = |path: &str| self.folder_move(path);
                let mut found: Vec<Proposal> =
                    meant.iter().filter_map(|(path, _)| moved(path)).collect();
                let others = self.reached(broken, &depths, moved).into_iter();
                found.extend(others.map(|found| found.only_suggested_if(is_over)));
                only(found)
            })
            .or_else(|| self.by_likeness(broken))
    }

    /// Where what the path meant is today. A document that was moved may have been written
    /// for its old place or its new one; when both lead somewhere, a person should look.
    fn where_meant(&self, meant: &[(String, Option<ProofCommit>)]) -> Option<Proposal> {
        let mut found: Vec<Proposal> = meant
            .iter()
            .filter_map(|(path, moved)| self.reach(path, moved.as_ref()))
            .collect();
        let is_agreed = found
            .windows(2)
            .all(|pair| pair[0].proof.target == pair[1].proof.target);
        let first = if found.is_empty() {
            None
        } else {
            Some(found.swap_remove(0))
        };
        first.map(|found| found.only_suggested_if(!is_agreed))
    }

    /// What the path means in the document, then what it meant where the document was
    /// before, with the commit that moved it.
    fn meant(&self, broken: Broken<'_>) -> Vec<(String, Option<ProofCommit>)> {
        if broken.is_absolute {
            return Vec::new();
        }
        let resolve = |document: &str| match broken.path.strip_prefix('/') {
            Some(from_root) => place::join("", from_root),
            None => place::join(folder_of(document), broken.path),
        };
        let here = resolve(broken.document).map(|path| (path, None));
        let before = self.history.origins(broken.document).into_iter();
        here.into_iter()
            .chain(before.filter_map(|(document, commit)| {
                resolve(&document).map(|path| (path, Some(commit)))
            }))
            .collect()
    }

    fn depths(&self, broken: Broken<'_>) -> Vec<String> {
        if broken.is_absolute {
            return Vec::new();
        }
        at_each_depth(folder_of(broken.document), broken.path)
            .into_iter()
            .map(|(_, path)| path)
            .collect()
    }

    /// What is at `path` today, or where it went.
    fn reach(&self, path: &str, moved: Option<&ProofCommit>) -> Option<Proposal> {
        let since = |commit: &ProofCommit| {
            format!(
                "the document was moved in {}; there the path led to",
                named(commit)
            )
        };
        if let Some(commit) = moved
            && self.living.has(path)
            && !path.is_empty()
        {
            let text = format!("{} `{path}`", since(commit));
            return Some(Proposal::safe("document-moved", path, text).witnessed([commit.clone()]));
        }
        if let Some(Trail::Lives(steps)) = self.follow(path) {
            let found = self.renamed(path, &steps);
            let text = match moved {
                Some(commit) => format!("{} `{path}`, {}", since(commit), found.proof.text),
                None => found.proof.text.clone(),
            };
            let mut found = found.witnessed(moved.cloned());
            found.proof.text = text;
            return Some(found);
        }
        self.package(path)
    }

    /// The proposal for a chain of renames.
    fn renamed(&self, path: &str, steps: &[Step]) -> Proposal {
        let target = steps.last().map_or(path, |step| &step.to);
        let mut from = path;
        let mut doubts = false;
        let mut text = Vec::new();
        for step in steps {
            let is_unlike = step.similarity < SURE_RENAME && base_name(from) != base_name(&step.to);
            doubts |= is_unlike || (step.has_twin && !self.moved_with_folder(from, &step.to));
            text.push(format!(
                "renamed to `{}` in {}, {} % alike",
                step.to,
                named(&step.commit),
                step.similarity
            ));
            from = &step.to;
        }
        Proposal::safe("rename", target, text.join("; then "))
            .witnessed(steps.iter().map(|step| step.commit.clone()))
            .only_suggested_if(doubts)
    }

    /// Whether a folder above a file went where the file went.
    fn moved_with_folder(&self, from: &str, to: &str) -> bool {
        self.history
            .folder_moves(from)
            .iter()
            .any(|moved| format!("{}{}", moved.to, &from[moved.from.len()..]) == to)
    }

    fn follow(&self, path: &str) -> Option<Trail> {
        self.history
            .follow(path, &|path| self.living.has_file(path))
    }

    /// The same path in other letters, which some file systems take for the same.
    fn letter_case(&self, broken: Broken<'_>) -> Option<Proposal> {
        let path = self.meant(broken).into_iter().next()?.0;
        let target = self.living.in_other_case(&path)?;
        let text = "the path differs in upper and lower case only".to_owned();
        Some(Proposal::safe("letter-case", target, text))
    }

    /// The package a module became.
    fn package(&self, path: &str) -> Option<Proposal> {
        let target = format!("{}/__init__.py", path.strip_suffix(".py")?);
        self.living.has_file(&target).then(|| {
            let text = format!("the module `{path}` is now a package");
            Proposal::safe("package", &target, text)
        })
    }

    /// The only folder above the document below which the path is a file.
    fn right_depth(&self, broken: Broken<'_>, depths: &[String]) -> Option<Proposal> {
        let tail = without_steps(broken.path);
        if !tail.contains('/') && is_generic(tail) {
            return None;
        }
        let fitting: Vec<&String> = depths
            .iter()
            .filter(|path| self.living.has_file(path))
            .collect();
        let is_from_root = !broken.path.starts_with('.');
        let at_root = fitting.iter().find(|path| ***path == tail);
        match (fitting.as_slice(), at_root) {
            ([only], Some(_)) if is_from_root => Some(Proposal::safe(
                "from-root",
                only,
                "the path is written from the project root".to_owned(),
            )),
            ([only], _) => Some(Proposal::safe(
                "depth",
                only,
                "of all folders above the document, only one makes the path a file".to_owned(),
            )),
            (_, Some(path)) if is_from_root => Some(Proposal::suggested(
                "from-root",
                path,
                "the path is a file from the project root, and from another folder".to_owned(),
            )),
            _ => None,
        }
    }

    /// What the path, seen from the folders above the document, became.
    fn reached(
        &self,
        broken: Broken<'_>,
        depths: &[String],
        find: impl Fn(&str) -> Option<Proposal>,
    ) -> Vec<Proposal> {
        let tail = without_steps(broken.path);
        if !tail.contains('/') && is_generic(tail) {
            return Vec::new();
        }
        depths.iter().filter_map(|path| find(path)).collect()
    }

    /// A file that lies in another checkout where it lies here.
    fn checkout(&self, broken: Broken<'_>) -> Option<Proposal> {
        if !broken.is_absolute && !broken.path.starts_with('/') {
            return None;
        }
        let parts: Vec<&str> = broken.path.split('/').filter(|p| !p.is_empty()).collect();
        (1..parts.len()).find_map(|at| {
            let path = parts[at..].join("/");
            let root = parts[at - 1];
            let is_named = self.checkout_names.iter().any(|name| name == root);
            let is_long = parts.len() - at >= 3 && !is_generic(parts[parts.len() - 1]);
            let found = if self.living.has_file(&path) {
                let text = format!("`{path}` of the checkout `{root}` exists here too");
                Some(Proposal::safe("checkout", &path, text))
            } else if is_named || is_long {
                self.reach(&path, None)
            } else {
                None
            };
            found.map(|found| found.only_suggested_if(!is_named && !is_long))
        })
    }

    /// The same file below the new place of a folder that moved as a whole.
    fn folder_move(&self, path: &str) -> Option<Proposal> {
        self.history
            .folder_moves(path)
            .into_iter()
            .find_map(|moved| {
                let rest = &path[moved.from.len()..];
                let target = format!("{}{rest}", moved.to);
                let target = target.trim_start_matches('/');
                let is_there = if rest.is_empty() {
                    self.living.has(target)
                } else {
                    self.living.has_file(target)
                };
                let text = format!(
                    "{} of {} renames out of `{}` went to `{}`, last in {}",
                    moved.agreeing,
                    moved.renamed,
                    moved.from,
                    moved.to,
                    named(&moved.commit)
                );
                let was_deleted_before = match self.follow(path) {
                    Some(Trail::Deleted(commit) | Trail::OtherKind(_, commit)) => {
                        commit.hash != moved.commit.hash
                    }
                    _ => false,
                };
                is_there.then(|| {
                    Proposal::safe("folder-moved", target, text)
                        .witnessed([moved.commit.clone()])
                        .only_suggested_if(was_deleted_before || self.living.has_below(&moved.from))
                })
            })
    }

    /// Whether git saw a file of this path end.
    fn has_ended(&self, path: &str) -> bool {
        matches!(
            self.follow(path),
            Some(Trail::Deleted(_) | Trail::OtherKind(..))
        )
    }

    /// Whether the path as it stands, here or where the document was before, is that of a file
    /// that git saw end.
    fn is_over(&self, broken: Broken<'_>) -> bool {
        let mut meant = self.meant(broken).into_iter();
        meant.any(|(path, _)| self.has_ended(&path))
    }

    /// Whether git saw a file end that the path may have meant, from any folder above.
    fn was_deleted(&self, broken: Broken<'_>) -> bool {
        let meant = self.meant(broken).into_iter().map(|(path, _)| path);
        meant
            .chain(self.depths(broken))
            .any(|path| self.has_ended(&path))
    }

    /// What became of the target, when nothing can be proposed.
    fn loss(&self, broken: Broken<'_>) -> Option<String> {
        if !self.history.is_known() {
            return None;
        }
        let mut paths: Vec<String> = self.meant(broken).into_iter().map(|(p, _)| p).collect();
        paths.extend(self.depths(broken));
        if broken.is_absolute {
            let parts: Vec<&str> = broken.path.split('/').filter(|p| !p.is_empty()).collect();
            paths.extend((1..parts.len()).map(|at| parts[at..].join("/")));
        }
        paths
            .iter()
            .find_map(|path| match self.follow(path) {
                Some(Trail::Deleted(commit)) => {
                    Some(format!("`{path}` was deleted in {}", named(&commit)))
                }
                Some(Trail::OtherKind(to, commit)) => Some(format!(
                    "`{path}` became `{to}`, a file of another kind, in {}",
                    named(&commit)
                )),
                _ => self
                    .history
                    .emptied(path)
                    .filter(|_| !path.is_empty())
                    .map(|commit| {
                        format!("the last of `{path}/` was removed in {}", named(commit))
                    }),
            })
            .or_else(|| self.namesake_lost(base_name(broken.path)))
            .or_else(|| Some("it never existed, as far as git's history goes".to_owned()))
    }

    /// The deletion of another file of this name.
    fn namesake_lost(&self, name: &str) -> Option<String> {
        if is_generic(name) {
            return None;
        }
        let mut lost = self.history.lost_with_name(name).into_iter();
        lost.find_map(|path| match self.follow(path) {
            Some(Trail::Deleted(commit)) => Some(format!(
                "a file of that name, `{path}`, was deleted in {}",
                named(&commit)
            )),
            _ => None,
        })
    }
}

/// The first proposal, when all lead to one target.
fn only(found: Vec<Proposal>) -> Option<Proposal> {
    let targets: BTreeSet<&str> = found.iter().map(|p| p.proof.target.as_str()).collect();
    if targets.len() == 1 {
        found.into_iter().next()
    } else {
        None
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
