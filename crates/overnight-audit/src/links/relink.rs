//! Links rewritten for files that move.

use std::collections::BTreeMap;

use super::destination::rewrite;
use super::page::read_page;
use super::run::says_the_same;
use super::target::{LocalTarget, Target};
use crate::{Document, Edit, apply, place};

/// A file or folder that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its path now, relative to the project.
    pub from: String,
    /// Its path afterwards.
    pub to: String,
}

/// The edits that keep every link whole when `moves` are made.
///
/// `documents` are the Markdown documents as they are before the moves; the edits name them
/// by their old paths and are to be applied to their old bytes. A link to or from something
/// that moves is rewritten in its own spelling; its fragment stays. Links that lead nowhere
/// (`exists` decides, for paths as they are now) and links out of the project stay as they
/// are, as do documents that are no UTF-8 and destinations whose place in the text is not
/// certain. A moved folder takes along what is below it.
///
/// ```
/// use overnight_audit::Document;
/// use overnight_audit::links::{Move, relink};
/// let page = Document::new("docs/a.md".into(), b"[b](b.md#x)".to_vec(), None);
/// let moves = [Move { from: "docs/b.md".into(), to: "docs/new/b.md".into() }];
/// let edits = relink(&[page], &moves, &|path| path == "docs/b.md");
/// assert_eq!(edits[0].replacement, "new/b.md#x");
/// ```
pub fn relink(documents: &[Document], moves: &[Move], exists: &dyn Fn(&str) -> bool) -> Vec<Edit> {
    let moves: BTreeMap<&str, &str> = moves
        .iter()
        .map(|step| (step.from.as_str(), step.to.as_str()))
        .collect();
    documents
        .iter()
        .filter(|document| document.is_text())
        .flat_map(|document| edits_of(document, &moves, exists))
        .collect()
}

fn edits_of(
    document: &Document,
    moves: &BTreeMap<&str, &str>,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<Edit> {
    let text = document.text();
    let page = read_page(&text, document.body_start());
    let new_place = moved(&document.path, moves);
    let new_folder = new_place.rsplit_once('/').map_or("", |(folder, _)| folder);
    let edits: Vec<Edit> = page
        .links
        .iter()
        .filter_map(|link| {
            let Target::Local(local) = Target::parse(&link.destination) else {
                return None;
            };
            let target = resolve(document, &local).filter(|path| exists(path))?;
            let goal = moved(&target, moves);
            if goal == target && (new_folder == document.folder() || local.path.starts_with('/')) {
                return None;
            }
            let span = link.destination_span.clone()?;
            let written = &text[span.clone()];
            let replacement = rewrite(written, link.form, new_folder, &goal, None)?;
            (replacement != written).then(|| Edit {
                path: document.path.clone(),
                span,
                replacement,
            })
        })
        .collect();
    let Ok(bytes) = apply(&document.bytes, &edits) else {
        return Vec::new();
    };
    let next = Document::new(document.path.clone(), bytes, document.modified);
    let after = read_page(&next.text(), next.body_start());
    if says_the_same(&page, &after, &edits) {
        edits
    } else {
        Vec::new()
    }
}

/// Where a link leads; `None` for a link into its own page, which needs no path.
fn resolve(document: &Document, local: &LocalTarget) -> Option<String> {
    match local.path.strip_prefix('/') {
        _ if local.path.is_empty() => None,
        Some(from_root) => place::join("", from_root),
        None => place::join(document.folder(), &local.path),
    }
}

/// The path after the moves: its own, or that of the nearest folder above it that moves.
fn moved(path: &str, moves: &BTreeMap<&str, &str>) -> String {
    let mut at = path;
    loop {
        if let Some(to) = moves.get(at) {
            return format!("{to}{}", &path[at.len()..]);
        }
        match at.rsplit_once('/') {
            Some((folder, _)) => at = folder,
            None => return path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn document(path: &str, text: &str) -> Document {
        Document::new(path.to_owned(), text.as_bytes().to_vec(), None)
    }

    fn step(from: &str, to: &str) -> Move {
        Move {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn after(document: &Document, moves: &[Move], files: &[&str]) -> String {
        let edits = relink(std::slice::from_ref(document), moves, &|path| {
            files.contains(&path)
        });
        String::from_utf8(apply(&document.bytes, &edits).unwrap()).unwrap()
    }

    #[test]
    fn links_into_and_out_of_what_moves_are_rewritten_in_their_own_spelling() {
        let page = document(
            "docs/a.md",
            "\u{feff}[b](b.md \"t\")\r\n[c](<./c d.md#x>) [r] ![](/img/i.png) <a href='b.md'>\r\n[self](#x) [gone](gone.md) [a](a.md#y) `[b](b.md)`\r\n[dir](img/)\r\n\r\n[r]: c%20d.md\r\n",
        );
        let moves = [
            step("docs/a.md", "docs/x/새 문서.md"),
            step("docs/b.md", "docs/x/b.md"),
            step("docs/img", "pictures"),
        ];
        let files = [
            "docs/a.md",
            "docs/b.md",
            "docs/c d.md",
            "img/i.png",
            "docs/img",
        ];
        assert_eq!(
            after(&page, &moves, &files),
            "\u{feff}[b](b.md \"t\")\r\n[c](<../c d.md#x>) [r] ![](/img/i.png) <a href='b.md'>\r\n[self](#x) [gone](gone.md) [a](새%20문서.md#y) `[b](b.md)`\r\n[dir](../../pictures/)\r\n\r\n[r]: ../c%20d.md\r\n"
        );
    }

    #[test]
    fn what_does_not_move_stays() {
        let page = document("a.md", "[b](./x/../b.md) [c](c.md)");
        assert_eq!(
            after(&page, &[step("c.md", "d/c.md")], &["a.md", "b.md", "c.md"]),
            "[b](./x/../b.md) [c](d/c.md)"
        );
        let broken = Document::new("a.md".to_owned(), b"[b](b.md)\xff".to_vec(), None);
        assert!(relink(&[broken], &[step("b.md", "c.md")], &|_| true).is_empty());
    }

    const PLACES: [&str; 8] = [
        "a.md",
        "b c.md",
        "docs/a.md",
        "docs/한글.md",
        "docs/x/b(1).md",
        "docs/x/y/c.md",
        "docs/x/y/d#1.md",
        "src/e.md",
    ];
    const GOALS: [&str; 6] = [
        "docs/new/z.md",
        "z z.md",
        "docs/x/한 글.md",
        "q/r/s/t.md",
        "docs/p%20q.md",
        "src/(u.md",
    ];

    proptest! {
        #[test]
        fn whole_links_stay_whole_and_nothing_else_changes(
            pairs in proptest::collection::vec((0usize..8, 0usize..8, 0usize..4), 1..12),
            order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
            moving in 0usize..6,
        ) {
            let mut texts: BTreeMap<&str, String> = PLACES.iter().map(|p| (*p, "# H\n".to_owned())).collect();
            let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (from, to, form) in pairs {
                let (from, to) = (PLACES[from], PLACES[to]);
                let folder = from.rsplit_once('/').map_or("", |(f, _)| f);
                let spelled = |form| rewrite("x", form, folder, to, None).unwrap();
                let link = match form {
                    0 => format!("[t]({})\n", spelled(Form::Bare)),
                    1 => format!("![t](<{}> 'w')\n", spelled(Form::Angle)),
                    2 => format!("<img src=\"{}\">\n\n", spelled(Form::Html)),
                    _ => format!("[t]({}#h)\n", spelled(Form::Bare)),
                };
                texts.get_mut(from).unwrap().push_str(&link);
                wanted.entry(from).or_default().push(to);
            }
            let moves: Vec<Move> = order.iter().take(moving).zip(GOALS)
                .map(|(place, goal)| step(PLACES[*place], goal)).collect();
            let map: BTreeMap<&str, &str> = moves.iter().map(|m| (m.from.as_str(), m.to.as_str())).collect();
            let files: BTreeSet<&str> = PLACES.into();
            let documents: Vec<Document> = texts.iter().map(|(p, t)| document(p, t)).collect();
            let edits = relink(&documents, &moves, &|path| files.contains(path));
            for before in &documents {
                let own: Vec<Edit> = edits.iter().filter(|e| e.path == before.path).cloned().collect();
                let bytes = apply(&before.bytes, &own).unwrap();
                let next = Document::new(moved(&before.path, &map), bytes, None);
                let page = read_page(&next.text(), next.body_start());
                let found: Vec<String> = page.links.iter().map(|link| {
                    let Target::Local(local) = Target::parse(&link.destination) else { panic!() };
                    resolve(&next, &local).unwrap()
                }).collect();
                let expected: Vec<String> = wanted.get(before.path.as_str()).into_iter().flatten()
                    .map(|to| moved(to, &map)).collect();
                prop_assert_eq!(found, expected);
            }
            let still: Vec<Move> = Vec::new();
            prop_assert!(relink(&documents, &still, &|_| true).is_empty());
        }
    }

    use crate::links::Form;
}
