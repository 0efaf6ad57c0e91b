//! What became of paths that are gone, as git tells it.
//!
//! The binary asks git; this file reads the answer of
//! `git log -z --raw -M --format=`[`LOG_FORMAT`], which may be cut short or begin
//! anywhere: every whole record counts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use overnight_record::ProofCommit;

/// The `--format` whose output [`History::read`] understands.
pub const LOG_FORMAT: &str = "%x01%h%x02%as%x02%s";

/// Renames of a folder's files that make the folder itself count as moved.
const FOLDER_VOTES: usize = 3;

/// Renames and deletions, newest first.
#[derive(Debug, Default)]
pub struct History {
    commits: Vec<ProofCommit>,
    is_known: bool,
    /// What happened to each path, newest first.
    events: HashMap<String, Vec<Event>>,
    /// From where a path came, newest first: the commit and the older path.
    origins: HashMap<String, Vec<(usize, String)>>,
    /// How many files with the same contents a commit took away.
    twins: HashMap<(usize, String), usize>,
    moves: OnceCell<FolderMoves>,
}

#[derive(Debug, Clone)]
struct Event {
    /// Index of its commit; 0 is the newest.
    commit: usize,
    /// The new path and the similarity in percent; `None` for a deletion.
    to: Option<(String, u8)>,
    /// The contents that went, as git abbreviates their name.
    blob: String,
}

/// One rename of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) to: String,
    pub(super) similarity: u8,
    pub(super) commit: ProofCommit,
    /// Whether the same commit took away another file with the very same contents, so that
    /// git had to guess which became which.
    pub(super) has_twin: bool,
}

/// Where a path that is gone leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trail {
    /// To a file that exists.
    Lives(Vec<Step>),
    /// To a deletion, perhaps after renames.
    Deleted(ProofCommit),
    /// To a file of another kind.
    OtherKind(String, ProofCommit),
}

/// How a folder's renamed files voted for its new place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderMove {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) agreeing: usize,
    pub(super) renamed: usize,
    pub(super) commit: ProofCommit,
}

#[derive(Debug, Default)]
struct FolderMoves {
    /// Renames that changed exactly this beginning: old folder -> new folder -> (votes,
    /// newest commit).
    votes: HashMap<String, BTreeMap<String, (usize, usize)>>,
    /// Renames of files below a folder that left it.
    leaving: HashMap<String, usize>,
}

impl History {
    /// Reads a log.
    ///
    /// ```
    /// use overnight_audit::links::History;
    /// let log = "\u{1}ab12\u{2}2025-12-01\u{2}Move it\0\n:100644 100644 a1 a2 R095\0old.md\0new.md\0:100644 000000 a3 00 D\0gone.md\0";
    /// assert_eq!(History::read(log).commit_count(), 1);
    /// ```
    pub fn read(log: &str) -> Self {
        let mut history = Self::default();
        history.append(log);
        history.is_known = true;
        history
    }

    /// Reads a further log, of older commits, and returns how many commits it told of.
    pub fn append(&mut self, log: &str) -> usize {
        let before = self.commits.len();
        let mut words = log.split('\0').map(|word| word.trim_start_matches('\n'));
        while let Some(word) = words.next() {
            if let Some(header) = word.strip_prefix('\u{1}') {
                let mut fields = header.splitn(3, '\u{2}').map(str::to_owned);
                let mut field = || fields.next().unwrap_or_default();
                self.commits.push(ProofCommit {
                    hash: field(),
                    date: field(),
                    subject: field(),
                });
                continue;
            }
            let Some(commit) = self.commits.len().checked_sub(1) else {
                continue;
            };
            // `:100644 100644 1a2b3c 4d5e6f R095`, then one or two paths.
            let mut fields = word.split(' ');
            let blob = fields.nth(2).unwrap_or_default();
            let Some(status) = fields.nth(1).filter(|_| word.starts_with(':')) else {
                continue;
            };
            let (letter, score) = status.split_at(status.len().min(1));
            let Some(from) = words.next() else { break };
            let to = match letter {
                "R" | "C" => {
                    let Some(to) = words.next() else { break };
                    Some((to.to_owned(), score.parse().unwrap_or(0)))
                }
                _ => None,
            };
            if matches!(letter, "R" | "D") {
                let event = Event {
                    commit,
                    to,
                    blob: blob.to_owned(),
                };
                self.add(from, event);
            }
        }
        self.moves = OnceCell::new();
        self.is_known |= self.commits.len() > before;
        self.commits.len() - before
    }

    /// Whether git answered at all, so that what it does not tell never happened.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// How many commits it knows.
    pub fn commit_count(&self) -> usize {
        self.commits.len()
    }

    fn add(&mut self, path: &str, event: Event) {
        let twins = self.twins.entry((event.commit, event.blob.clone()));
        *twins.or_default() += 1;
        if let Some((to, _)) = &event.to {
            self.origins
                .entry(to.clone())
                .or_default()
                .push((event.commit, path.to_owned()));
        }
        self.events.entry(path.to_owned()).or_default().push(event);
    }

    /// What became of `path`, which no longer exists; `None` when git never lost it.
    pub(super) fn follow(&self, path: &str, lives: &dyn Fn(&str) -> bool) -> Option<Trail> {
        let mut at = path;
        let mut before = usize::MAX;
        let mut steps = Vec::new();
        loop {
            let event = self.events.get(at).and_then(|events| {
                // Events are stored newest first.
                events.first().filter(|event| event.commit < before)
            })?;
            let commit = self.commits[event.commit].clone();
            let Some((to, similarity)) = &event.to else {
                return Some(Trail::Deleted(commit));
            };
            if !same_kind(path, to) {
                return Some(Trail::OtherKind(to.clone(), commit));
            }
            steps.push(Step {
                to: to.clone(),
                similarity: *similarity,
                commit,
                has_twin: self
                    .twins
                    .get(&(event.commit, event.blob.clone()))
                    .is_some_and(|count| *count > 1),
            });
            if lives(to) {
                return Some(Trail::Lives(steps));
            }
            (at, before) = (to, event.commit);
        }
    }

    /// The older paths of a file, newest first.
    pub(super) fn origins(&self, path: &str) -> Vec<(String, ProofCommit)> {
        let mut found = Vec::new();
        let mut at = path.to_owned();
        let mut after = None;
        while let Some((commit, from)) = self.origins.get(&at).and_then(|origins| {
            origins
                .iter()
                .find(|(commit, _)| after.is_none_or(|after| *commit > after))
        }) {
            found.push((from.clone(), self.commits[*commit].clone()));
            after = Some(*commit);
            at = from.clone();
        }
        found
    }

    /// Every path that is gone and has this base name, sorted.
    pub(super) fn lost_with_name(&self, name: &str) -> Vec<&str> {
        let mut paths: Vec<&str> = self
            .events
            .keys()
            .map(String::as_str)
            .filter(|path| base_name(path) == name)
            .collect();
        paths.sort_unstable();
        paths
    }

    /// The newest deletion of anything below `folder`.
    pub(super) fn emptied(&self, folder: &str) -> Option<&ProofCommit> {
        let below = format!("{}/", folder.trim_end_matches('/'));
        self.events
            .iter()
            .filter(|(path, _)| path.starts_with(&below))
            .filter_map(|(_, events)| events.first().map(|event| event.commit))
            .min()
            .map(|commit| &self.commits[commit])
    }

    /// The moves of the folders above `path` that at least three renames, and two thirds of
    /// all renames out of the folder, agree on; deepest folder first.
    pub(super) fn folder_moves(&self, path: &str) -> Vec<FolderMove> {
        let moves = self.moves.get_or_init(|| self.count_moves());
        ancestors(path)
            .chain(std::iter::once(path))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .filter_map(|folder| {
                let (to, (agreeing, commit)) = moves
                    .votes
                    .get(folder)?
                    .iter()
                    .max_by_key(|(_, (votes, _))| *votes)?;
                let renamed = moves.leaving.get(folder).copied().unwrap_or(*agreeing);
                (*agreeing >= FOLDER_VOTES && agreeing * 3 >= renamed * 2).then(|| FolderMove {
                    from: folder.to_owned(),
                    to: to.clone(),
                    agreeing: *agreeing,
                    renamed,
                    commit: self.commits[*commit].clone(),
                })
            })
            .collect()
    }

    fn count_moves(&self) -> FolderMoves {
        let mut moves = FolderMoves::default();
        for (from, events) in &self.events {
            for event in events {
                let Some((to, _)) = &event.to else { continue };
                for folder in ancestors(from) {
                    if !crate::place::is_within(to, folder) {
                        *moves.leaving.entry(folder.to_owned()).or_default() += 1;
                    }
                }
                if let Some((old, new)) = changed_beginning(from, to) {
                    let vote = moves
                        .votes
                        .entry(old.to_owned())
                        .or_default()
                        .entry(new.to_owned())
                        .or_insert((0, usize::MAX));
                    *vote = (vote.0 + 1, vote.1.min(event.commit));
                }
            }
        }
        moves
    }
}

/// The folders above a path, outermost first.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// What differs between the folders of a file that kept its name.
fn changed_beginning<'a>(from: &'a str, to: &'a str) -> Option<(&'a str, &'a str)> {
    let (mut old, mut new) = (from, to);
    while let (Some((old_rest, old_last)), Some((new_rest, new_last))) =
        (old.rsplit_once('/'), new.rsplit_once('/'))
    {
        if old_last != new_last {
            break;
        }
        (old, new) = (old_rest, new_rest);
    }
    (old.len() < from.len()).then_some((old, new))
}

/// The name without folders.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether both names end in the same extension.
pub(super) fn same_kind(one: &str, other: &str) -> bool {
    let extension = |path| base_name(path).rsplit_once('.').map(|(_, ext)| ext);
    match (extension(one), extension(other)) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\u{1}c3\u{2}2025-03-03\u{2}third\0\n:1 1 b1 0 R100\0b.md\0c.md\0:1 1 b2 0 D\0gone.md\0:1 1 b3 0 A\0new.md\0\0\u{1}c2\u{2}2025-02-02\u{2}second, with, commas\0\n:1 1 b4 0 R090\0a.md\0b.md\0:1 1 b5 0 R100\0x.py\0x.py.backup\0:1 1 b6 0 M\0m.md\0\0\u{1}c1\u{2}2025-01-01\u{2}first\0\n:1 1 b7 0 D\0b.md\0:1 1 x 0 R1";

    fn hashes(trail: &Trail) -> Vec<String> {
        match trail {
            Trail::Lives(steps) => steps
                .iter()
                .map(|s| format!("{}@{} {}", s.to, s.commit.hash, s.similarity))
                .collect(),
            Trail::Deleted(commit) => vec![format!("deleted@{}", commit.hash)],
            Trail::OtherKind(to, commit) => vec![format!("{to}!{}", commit.hash)],
        }
    }

    #[test]
    fn chains_are_followed_from_old_to_new_and_a_cut_record_is_dropped() {
        let history = History::read(LOG);
        assert_eq!(history.commit_count(), 3);
        let follow = |path: &str| {
            history
                .follow(path, &|path| path == "c.md")
                .map(|trail| hashes(&trail))
        };
        assert_eq!(follow("a.md").unwrap(), ["b.md@c2 90", "c.md@c3 100"]);
        assert_eq!(follow("b.md").unwrap(), ["c.md@c3 100"]);
        assert_eq!(follow("gone.md").unwrap(), ["deleted@c3"]);
        assert_eq!(follow("x.py").unwrap(), ["x.py.backup!c2"]);
        assert_eq!(follow("m.md"), None);
        let origins: Vec<String> = history
            .origins("c.md")
            .into_iter()
            .map(|(path, commit)| format!("{path}@{}", commit.hash))
            .collect();
        assert_eq!(origins, ["b.md@c3", "a.md@c2"]);
    }

    #[test]
    fn renames_that_go_in_circles_end() {
        let log = "\u{1}2\u{2}d\u{2}s\0\n:1 1 b8 0 R100\0b\0a\0\0\u{1}1\u{2}d\u{2}s\0\n:1 1 b9 0 R100\0a\0b\0";
        let history = History::read(log);
        assert_eq!(history.follow("a", &|_| false), None);
        assert_eq!(history.origins("a").len(), 2);
    }

    #[test]
    fn a_folder_moves_with_three_files_and_two_thirds() {
        let log = "\u{1}1\u{2}d\u{2}s\0\n:1 1 b10 0 R100\0p/old/a.ts\0p/new/a.ts\0:1 1 b11 0 R100\0p/old/s/b.ts\0p/new/s/b.ts\0:1 1 b12 0 R099\0p/old/s/c.ts\0p/new/s/c.ts\0:1 1 b13 0 R100\0p/old/z.ts\0q.ts\0:1 1 b14 0 R100\0w/a\0v/a\0";
        let history = History::read(log);
        let found = history.folder_moves("p/old/s/gone.ts");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].from.as_str(), found[0].to.as_str()),
            ("p/old", "p/new")
        );
        assert_eq!((found[0].agreeing, found[0].renamed), (3, 4));
        assert!(history.folder_moves("w/b").is_empty());
        assert_eq!(history.folder_moves("p/old").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_log_is_read(log in "[\u{1}\u{2}\0RDAMC:0-9a-c/ \n]{0,60}") {
            let history = History::read(&log);
            for path in ["a", "b", "a/b"] {
                let _ = history.follow(path, &|_| false);
                let _ = history.origins(path);
                let _ = history.folder_moves(path);
            }
        }
    }
}
