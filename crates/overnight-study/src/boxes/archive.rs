//! The text files of a zip file, within limits.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::BoxError;
use crate::dataset::natural_order;

/// Pages of one archive.
const MOST_PAGES: usize = 100_000;
/// Bytes of one page.
const MOST_PAGE_BYTES: u64 = 8 << 20;
/// Bytes of all pages of one archive.
const MOST_BYTES: u64 = 256 << 20;

/// The file of one page.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name in the archive.
    pub(super) name: String,
    /// The page: the name without folder, `gt_` or `res_`, and `.txt`.
    pub(super) id: String,
    /// Its text, without a byte order mark.
    pub(super) text: String,
}

/// All pages of an archive, in the natural order of their ids.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) path: PathBuf,
    pub(super) pages: Vec<Entry>,
    /// Files that are no page.
    pub(super) n_ignored: usize,
    by_id: HashMap<String, usize>,
}

impl Archive {
    /// Reads every page. Sizes are counted while a page is unpacked: what an archive says of
    /// itself is not believed.
    pub(super) fn read(path: &Path) -> Result<Self, BoxError> {
        let broken = |reason: String| BoxError::Archive {
            path: path.to_owned(),
            reason,
        };
        let too_large = |what: String, limit: String| BoxError::TooLarge {
            archive: path.to_owned(),
            what,
            limit,
        };
        let file = File::open(path).map_err(|source| BoxError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut zip = zip::ZipArchive::new(file).map_err(|error| broken(error.to_string()))?;
        if zip.len() > MOST_PAGES {
            return Err(too_large(
                "it has".to_owned(),
                format!("{MOST_PAGES} files"),
            ));
        }
        let mut pages: Vec<Entry> = Vec::new();
        let mut n_ignored = 0;
        let mut n_bytes = 0;
        for index in 0..zip.len() {
            let member = zip
                .by_index(index)
                .map_err(|error| broken(format!("file {}: {error}", index + 1)))?;
            let name = member
                .name()
                .map_err(|error| broken(format!("file {}: {error}", index + 1)))?
                .into_owned();
            match page_id(&name) {
                Name::Page(id) => {
                    let mut bytes = Vec::new();
                    let mut limited = member.take(MOST_PAGE_BYTES + 1);
                    limited
                        .read_to_end(&mut bytes)
                        .map_err(|error| broken(format!("{name}: {error}")))?;
                    let size = bytes.len() as u64;
                    n_bytes += size;
                    if size > MOST_PAGE_BYTES {
                        let limit = format!("{} MiB", MOST_PAGE_BYTES >> 20);
                        return Err(too_large(format!("{name} unpacks to"), limit));
                    }
                    if n_bytes > MOST_BYTES {
                        let limit = format!("{} MiB", MOST_BYTES >> 20);
                        return Err(too_large("its files unpack to".to_owned(), limit));
                    }
                    let text = utf8(bytes).map_err(|line| BoxError::Line {
                        archive: path.to_owned(),
                        entry: name.clone(),
                        line,
                        reason: "the text is not UTF-8".to_owned(),
                        expected: "UTF-8 text, with or without a byte order mark".to_owned(),
                    })?;
                    pages.push(Entry { name, id, text });
                }
                Name::Other => n_ignored += 1,
                Name::Chaff => {}
            }
        }
        pages.sort_by(|a, b| natural_order(&a.id, &b.id));
        if let Some(same) = pages.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(BoxError::RepeatedPage {
                archive: path.to_owned(),
                id: same[0].id.clone(),
                first: same[0].name.clone(),
                second: same[1].name.clone(),
            });
        }
        let places = pages.iter().enumerate();
        Ok(Self {
            path: path.to_owned(),
            by_id: places
                .map(|(place, page)| (page.id.clone(), place))
                .collect(),
            pages,
            n_ignored,
        })
    }

    /// The page `id`.
    pub(super) fn page(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|&place| &self.pages[place])
    }
}

/// What a name in an archive stands for.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    Page(String),
    Other,
    /// A folder, or what a file manager added.
    Chaff,
}

fn page_id(name: &str) -> Name {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if base.is_empty() || base.starts_with('.') || name.starts_with("__MACOSX/") {
        return Name::Chaff;
    }
    let Some(stem) = base.strip_suffix(".txt") else {
        return Name::Other;
    };
    let id = stem
        .strip_prefix("gt_")
        .or_else(|| stem.strip_prefix("res_"))
        .unwrap_or(stem);
    Name::Page(id.to_owned())
}

/// The text, or the line from 1 that is not UTF-8.
fn utf8(bytes: Vec<u8>) -> Result<String, usize> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        valid.iter().filter(|byte| **byte == b'\n').count() + 1
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn archive(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("boxes.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        (dir, path)
    }

    #[test]
    fn pages_are_known_by_their_stems() {
        let (_dir, path) = archive(&[
            ("gt/gt_img_10.txt", b"a"),
            ("gt/gt_img_2.txt", "\u{feff}b".as_bytes()),
            ("__MACOSX/gt/._gt_img_2.txt", b"x"),
            ("readme.md", b"x"),
        ]);
        let read = Archive::read(&path).unwrap();
        let pages: Vec<(&str, &str)> = read
            .pages
            .iter()
            .map(|page| (page.id.as_str(), page.text.as_str()))
            .collect();
        assert_eq!(pages, [("img_2", "b"), ("img_10", "a")]);
        assert_eq!(read.n_ignored, 1);
        assert!(read.page("img_3").is_none());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let read = |files: &[(&str, &[u8])]| {
            let (_dir, path) = archive(files);
            Archive::read(&path).unwrap_err().to_string()
        };
        let same = read(&[("gt_1.txt", b""), ("res_1.txt", b"")]);
        assert!(
            same.ends_with("gt_1.txt and res_1.txt are both the page `1`"),
            "{same}"
        );
        let bad = read(&[("1.txt", b"ok\n\xff")]);
        assert!(
            bad.ends_with("1.txt line 2: the text is not UTF-8"),
            "{bad}"
        );
        let bomb = vec![b'0'; (MOST_PAGE_BYTES + 1) as usize];
        let large = read(&[("1.txt", &bomb)]);
        assert!(
            large.ends_with("1.txt unpacks to more than 8 MiB"),
            "{large}"
        );
        let page = vec![b'0'; MOST_PAGE_BYTES as usize];
        let names: Vec<String> = (0..=MOST_BYTES / MOST_PAGE_BYTES)
            .map(|n| format!("{n}.txt"))
            .collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &*page)).collect();
        let large = read(&many);
        assert!(
            large.ends_with("its files unpack to more than 256 MiB"),
            "{large}"
        );
    }
}
