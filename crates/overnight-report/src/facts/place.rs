//! Where a file lies that a result names: what people call it, and where the page finds it.

use std::path::{Component, Path, PathBuf};

use super::Night;

/// A file that a result names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its path as one names it from the project.
    pub(crate) shown: String,
    /// Its path from the report's folder, fit for a link; `None` when nothing is there.
    pub(crate) href: Option<String>,
}

impl Night {
    /// The place of `recorded` in a result that lies in `dir`. A path that is not absolute
    /// begins at the result's folder or at the project, wherever something is.
    pub(crate) fn place(&self, dir: &Path, recorded: &str) -> Place {
        let begins = [dir, Path::new(&self.record.project_dir)];
        let found = begins
            .iter()
            .map(|begin| begin.join(recorded))
            .find(|path| !recorded.is_empty() && path.exists());
        Place {
            shown: self.shown(found.as_deref().unwrap_or(Path::new(recorded))),
            href: found.and_then(|path| link(&self.dir.join("report"), &path)),
        }
    }
}

/// The relative link from a page in `folder` to `path`; `None` where there is none.
fn link(folder: &Path, path: &Path) -> Option<String> {
    let (folder, path) = (plain(folder)?, plain(path)?);
    let shared = folder
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = path.components().skip(shared).map(|part| match part {
        Component::Normal(name) => Some(encoded(name.as_encoded_bytes())),
        // Another drive, or a root of its own: no way leads there.
        _ => None,
    });
    let parts: Option<Vec<String>> = up.map(Some).chain(down).collect();
    parts
        .filter(|parts| !parts.is_empty())
        .map(|it| it.join("/"))
}

/// The absolute path without `.` and `..`, as a browser resolves it: links are not followed.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).ok()?.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    Some(plain)
}

/// A part of a path as a part of a link (RFC 3986): all but letters, digits and `-._~` as `%`
/// and two digits.
fn encoded(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(*byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_report(path: &str) -> Option<String> {
        link(Path::new("/p/logs/run/report"), Path::new(path))
    }

    #[test]
    fn a_link_leads_from_the_report_to_the_file() {
        let link = |path| from_report(path).unwrap();
        assert_eq!(
            link("/p/logs/run/steps/1.1.1/a.jsonl"),
            "../steps/1.1.1/a.jsonl"
        );
        assert_eq!(link("/p/data/x.jsonl"), "../../../data/x.jsonl");
        assert_eq!(link("/p/logs/../data/./x.jsonl"), "../../../data/x.jsonl");
        assert_eq!(link("/other/x"), "../../../../other/x");
        assert_eq!(from_report("/p/logs/run/report"), None);
    }

    #[test]
    fn a_name_stays_a_name() {
        assert_eq!(
            from_report("/p/logs/run/report/javascript:alert(1)").unwrap(),
            "javascript%3Aalert%281%29"
        );
        assert_eq!(
            from_report("/p/logs/run/a b\"<?#%\u{202e}.jsonl").unwrap(),
            "../a%20b%22%3C%3F%23%25%E2%80%AE.jsonl"
        );
    }
}
