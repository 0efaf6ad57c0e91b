//! Repairs of links judged by answers that are known: real renames of a project's history,
//! and files that the test itself moves.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it is"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use overnight_audit::links::{History, LOG_FORMAT, LinksAudit, Target, audit_links, read_page};
use overnight_audit::{Document, FixLevel, is_markdown, place};
use overnight_record::{Applicability, Silent, StopFlag};
use overnight_testkit::{Shared, TestProject};

/// A link by its document and place: line and column from 1.
type Place = (String, u32, u32);

/// Links with known answers and what was proposed for them.
#[derive(Debug, Default)]
struct Tally {
    /// Broken links whose target lives.
    living: usize,
    /// Broken links whose target is gone.
    gone: usize,
    safe_right: usize,
    safe_wrong: usize,
    suggested_right: usize,
    suggested_wrong: usize,
    /// Right and wrong answers by kind of evidence.
    kinds: BTreeMap<String, (usize, usize)>,
    wrong: Vec<String>,
}

impl Tally {
    fn precision(&self) -> f64 {
        ratio(self.safe_right, self.safe_right + self.safe_wrong)
    }

    fn recall(&self) -> f64 {
        ratio(self.safe_right, self.living)
    }

    fn report(&self) -> String {
        let mut text = format!(
            "{} broken links with a living target, {} without; safe: {} right, {} wrong, precision {:.4}, recall {:.4}; suggested: {} right, {} wrong\n",
            self.living,
            self.gone,
            self.safe_right,
            self.safe_wrong,
            self.precision(),
            self.recall(),
            self.suggested_right,
            self.suggested_wrong,
        );
        for (kind, (right, wrong)) in &self.kinds {
            let _ = writeln!(text, "  {kind}: {right} right, {wrong} wrong");
        }
        for line in &self.wrong {
            let _ = writeln!(text, "  {line}");
        }
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of links are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

fn clone(test: &str) -> Option<TestProject> {
    let bundle = Shared::path(test, "fixtures/project-history.bundle")?;
    let project = TestProject::new();
    project.git(&["clone", "-q", "-b", "main", &bundle.to_string_lossy(), "."]);
    Some(project)
}

fn listing(project: &TestProject) -> Vec<String> {
    let listed = project.git(&["ls-files", "-z"]);
    listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Every local link of every document and the file it leads to, when that exists.
fn whole_links(project: &TestProject, files: &[String]) -> BTreeMap<Place, String> {
    let mut found = BTreeMap::new();
    for path in files.iter().filter(|path| is_markdown(path)) {
        let Ok(bytes) = std::fs::read(project.path().join(path)) else {
            continue;
        };
        for (place, target) in links_of(path, bytes) {
            if project.path().join(&target).is_file() {
                found.insert(place, target);
            }
        }
    }
    found
}

fn links_of(path: &str, bytes: Vec<u8>) -> Vec<(Place, String)> {
    let document = Document::new(path.to_owned(), bytes, None);
    let text = document.text();
    let page = read_page(&text, document.body_start());
    page.links
        .iter()
        .filter_map(|link| {
            let Target::Local(local) = Target::parse(&link.destination) else {
                return None;
            };
            let target = match local.path.strip_prefix('/') {
                _ if local.path.is_empty() => return None,
                Some(from_root) => place::join("", from_root)?,
                None => place::join(document.folder(), &local.path)?,
            };
            let before = &text[..link.span.start];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            let number = |n: usize| u32::try_from(n).unwrap();
            Some(((path.to_owned(), number(line), number(column)), target))
        })
        .collect()
}

/// Judges the checkout as it is; `answers` holds the right target of links, `None` where it
/// is gone. Links without an answer do not count.
fn judge(project: &TestProject, answers: &BTreeMap<Place, Option<String>>, tally: &mut Tally) {
    let listing = listing(project);
    let documents: Vec<String> = listing
        .iter()
        .filter(|path| is_markdown(path))
        .cloned()
        .collect();
    let format = format!("--format={LOG_FORMAT}");
    let history = || {
        let log = ["log", "-z", "--raw", "-M", "--diff-filter=RD", &format];
        History::read(&project.git(&log))
    };
    let outcome = audit_links(&LinksAudit {
        project: project.path(),
        files: &documents,
        listing: Some(&listing),
        history: &history,
        checkout_names: &[],
        external: None,
        level: FixLevel::None,
        preview: false,
        progress: &Silent,
        stop: &StopFlag::default(),
    });
    for finding in outcome
        .result
        .findings
        .iter()
        .filter(|f| f.rule == "broken-link")
    {
        let place = (
            finding.path.clone(),
            finding.line.unwrap(),
            finding.column.unwrap(),
        );
        let Some(answer) = answers.get(&place) else {
            continue;
        };
        match answer {
            Some(_) => tally.living += 1,
            None => tally.gone += 1,
        }
        let Some(fix) = &finding.fix else { continue };
        let proof = fix
            .proof
            .as_ref()
            .expect("every repair of a path has its proof");
        assert!(project.path().join(&proof.target).exists(), "{proof:?}");
        let is_right = answer.as_ref() == Some(&proof.target);
        match (fix.applicability, is_right) {
            (Applicability::Safe, true) => tally.safe_right += 1,
            (Applicability::Safe, false) => {
                tally.safe_wrong += 1;
                tally.wrong.push(format!(
                    "{place:?} {}: should lead to {answer:?}, {} says {} ({})",
                    finding.message, proof.kind, proof.target, proof.text
                ));
            }
            (Applicability::Suggested, true) => tally.suggested_right += 1,
            (Applicability::Suggested, false) => tally.suggested_wrong += 1,
        }
        let kind = tally.kinds.entry(proof.kind.clone()).or_default();
        *(if is_right { &mut kind.0 } else { &mut kind.1 }) += 1;
    }
}

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

/// Moves, renames and deletes files in the checkout; what it did to each path.
fn shuffle(
    project: &TestProject,
    dice: &mut Dice,
    round: usize,
    taken: &mut BTreeSet<String>,
) -> BTreeMap<String, Option<String>> {
    let files = listing(project);
    taken.extend(files.iter().cloned());
    let links = whole_links(project, &files);
    let mut moving: BTreeSet<String> = links.values().cloned().collect();
    moving.extend(links.keys().map(|(document, ..)| document.clone()));
    let folders: Vec<String> = files
        .iter()
        .filter_map(|file| file.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut done: BTreeMap<String, Option<String>> = BTreeMap::new();
    if round.is_multiple_of(2) {
        let with_targets: Vec<&String> = folders
            .iter()
            .filter(|folder| {
                folder.contains('/') && moving.iter().any(|file| place::is_within(file, folder))
            })
            .collect();
        let folder = with_targets[dice.below(with_targets.len())];
        let goal = format!("{folder}-moved-{round}");
        for file in files.iter().filter(|file| place::is_within(file, folder)) {
            done.insert(
                file.clone(),
                Some(format!("{goal}{}", &file[folder.len()..])),
            );
        }
        project.git(&["mv", folder, &goal]);
    }
    for file in &moving {
        if done.contains_key(file) || !dice.one_in(3) {
            continue;
        }
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
        let other = folders[dice.below(folders.len())].clone();
        let joined = |folder: &str, name: &str| {
            if folder.is_empty() {
                name.to_owned()
            } else {
                format!("{folder}/{name}")
            }
        };
        let (goal, is_same_kind) = match dice.below(6) {
            0 => (joined(&other, name), true),
            1 => (
                joined(folder, &format!("{stem}_v{round}.{extension}")),
                true,
            ),
            2 => (format!("{other}/round{round}/{stem}-new.{extension}"), true),
            3 => (
                joined(folder, &format!("2026-01-0{}_1200_{name}", round % 9 + 1)),
                true,
            ),
            4 => (joined(folder, &format!("{name}.backup")), false),
            _ => {
                project.git(&["rm", "-q", "--", file]);
                done.insert(file.clone(), None);
                continue;
            }
        };
        if project.path().join(&goal).exists() || taken.contains(&goal) {
            continue;
        }
        if let Some((folder, _)) = goal.rsplit_once('/') {
            std::fs::create_dir_all(project.path().join(folder)).unwrap();
        }
        project.git(&["mv", "--", file, &goal]);
        done.insert(file.clone(), is_same_kind.then(|| goal.clone()));
        if dice.one_in(3) {
            // Links are found by their place, so what is added goes to the end.
            let mut bytes = std::fs::read(project.path().join(&goal)).unwrap();
            let more = "\nMore.\n".repeat(1 + bytes.len() / 80);
            bytes.extend_from_slice(more.as_bytes());
            std::fs::write(project.path().join(&goal), bytes).unwrap();
        }
        if dice.one_in(4) {
            // Another file takes up the name elsewhere.
            let decoy = joined(&folders[dice.below(folders.len())], name);
            if !project.path().join(&decoy).exists() && !taken.contains(&decoy) {
                project.file(&decoy, format!("decoy {round} of {name}\n"));
            }
        }
    }
    project.commit_all();
    done
}

#[test]
fn links_to_files_that_were_moved_are_repaired_and_no_safe_repair_is_wrong() {
    let name = "links_to_files_that_were_moved_are_repaired_and_no_safe_repair_is_wrong";
    let Some(project) = clone(name) else { return };
    let start = project.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let mut tally = Tally::default();
    for round in 0..6 {
        project.git(&["reset", "-q", "--hard", &start]);
        project.git(&["clean", "-qfd"]);
        // A name that is used again would change what a link means.
        let mut taken = BTreeSet::new();
        let mut dice = Dice(2_026 + round as u64);
        // The links as they are, with the place where each target and document is now.
        let links = whole_links(&project, &listing(&project));
        let mut now: Vec<(Place, Option<String>)> = links
            .into_iter()
            .map(|(place, target)| (place, Some(target)))
            .collect();
        for step in 0..1 + round % 3 {
            let done = shuffle(&project, &mut dice, round * 3 + step, &mut taken);
            now.retain_mut(|(place, target)| {
                if let Some(goal) = target.as_ref().and_then(|target| done.get(target)) {
                    target.clone_from(goal);
                }
                match done.get(&place.0) {
                    Some(Some(goal)) => {
                        place.0.clone_from(goal);
                        true
                    }
                    Some(None) => false,
                    None => true,
                }
            });
        }
        judge(&project, &now.into_iter().collect(), &mut tally);
    }
    println!("{}", tally.report());
    assert!(tally.living > 150 && tally.gone > 30, "{}", tally.report());
    assert!(tally.precision() >= 0.99, "{}", tally.report());
    assert!(tally.recall() >= 0.80, "{}", tally.report());
}

/// The blob of every file of a commit.
fn blobs(project: &TestProject, commit: &str) -> BTreeMap<String, String> {
    let listed = project.git(&["ls-tree", "-r", "-z", commit]);
    listed
        .split('\0')
        .filter_map(|line| {
            let (head, path) = line.split_once('\t')?;
            Some((path.to_owned(), head.rsplit(' ').next()?.to_owned()))
        })
        .collect()
}

/// Documents of each snapshot are put, unchanged, where the later ones have them. The
/// answer for a link is the target the project's own people gave it there, or else the only
/// file with the old target's very bytes; nothing else counts as known.
#[test]
fn links_broken_by_the_projects_own_renames_are_repaired() {
    let name = "links_broken_by_the_projects_own_renames_are_repaired";
    let Some(project) = clone(name) else { return };
    let commits = project.git(&["rev-list", "--reverse", "HEAD"]);
    let commits: Vec<&str> = commits.lines().collect();
    let mut tally = Tally::default();
    for (at, before) in commits.iter().enumerate() {
        for after in &commits[at + 1..] {
            project.git(&["reset", "-q", "--hard", before]);
            let old_files = listing(&project);
            let links = whole_links(&project, &old_files);
            let texts: BTreeMap<String, Vec<u8>> = old_files
                .iter()
                .filter(|path| is_markdown(path))
                .filter_map(|path| {
                    Some((path.clone(), std::fs::read(project.path().join(path)).ok()?))
                })
                .collect();
            let (old_blobs, new_blobs) = (blobs(&project, before), blobs(&project, after));
            let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (path, blob) in &new_blobs {
                homes.entry(blob).or_default().push(path);
            }
            let same_bytes =
                |path: &str| match homes.get(old_blobs[path].as_str()).map(Vec::as_slice) {
                    Some([only]) => Some((*only).to_owned()),
                    _ => None,
                };
            let place_now = |path: &str| {
                new_blobs
                    .contains_key(path)
                    .then(|| path.to_owned())
                    .or_else(|| same_bytes(path))
            };
            project.git(&["reset", "-q", "--hard", after]);
            let mut answers = BTreeMap::new();
            for (path, bytes) in &texts {
                // A document that is gone by then is put back where it was.
                let home = place_now(path).unwrap_or_else(|| path.clone());
                let then: Vec<(Place, String)> = links_of(path, bytes.clone());
                let today: Vec<(Place, String)> = std::fs::read(project.path().join(&home))
                    .map(|bytes| links_of(&home, bytes))
                    .unwrap_or_default();
                for (index, (place, _)) in then.iter().enumerate() {
                    let Some(target) = links.get(place) else {
                        continue;
                    };
                    let given = today
                        .get(index)
                        .map(|(_, target)| target.clone())
                        .filter(|_| today.len() == then.len())
                        .filter(|given| project.path().join(given).is_file());
                    if let Some(known) = given.or_else(|| place_now(target)) {
                        answers.insert((home.clone(), place.1, place.2), Some(known));
                    }
                }
                project.file(&home, bytes);
            }
            // The documents put back are known to git as any others are.
            project.git(&["add", "--all", "--force"]);
            judge(&project, &answers, &mut tally);
        }
    }
    println!("{}", tally.report());
    assert!(tally.living > 0, "{}", tally.report());
    assert!(tally.precision() >= 0.99, "{}", tally.report());
}
