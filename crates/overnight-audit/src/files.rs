//! Which files an audit looks at.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use overnight_record::{Diagnose, ExitCode};
use walkdir::WalkDir;

use crate::place;

/// Folders that hold other people's files or caches, left out where git does not say.
const FOREIGN: [&str; 5] = [
    "node_modules",
    "__pycache__",
    "venv",
    "target",
    "site-packages",
];

/// A path that was named and cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It is not there.
    #[error("failed to find {}", path.display())]
    Absent {
        /// The path as named.
        path: PathBuf,
    },
    /// It is reached through a symbolic link, perhaps outside the project.
    #[error("failed to audit {}: it is reached through a link", path.display())]
    Linked {
        /// The path as named.
        path: PathBuf,
    },
}

impl Diagnose for FilesError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Absent { .. } => {
                "name files or folders inside the project, or mend the path in overnight.toml"
                    .to_owned()
            }
            Self::Linked { .. } => "audits follow no links; name the real folder".to_owned(),
        })
    }
}

/// The files of the project an audit may look at.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// Absolute path of the project.
    pub project: &'a Path,
    /// Every file git knows or would add, relative to the project; `None` without git.
    pub listing: Option<&'a [String]>,
}

impl Files<'_> {
    /// The files at and below `paths` (relative to the project; empty means all of it) whose
    /// name satisfies `wanted`, sorted. Links are not followed. A folder git ignores is
    /// walked all the same when it is named itself.
    ///
    /// # Errors
    /// [`FilesError`] for a path that is not there or is reached through a link.
    pub fn collect(
        &self,
        paths: &[String],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, FilesError> {
        let mut found = BTreeSet::new();
        for path in paths {
            let full = self.project.join(path);
            let Ok(meta) = fs::metadata(&full) else {
                return Err(FilesError::Absent {
                    path: PathBuf::from(if path.is_empty() { "." } else { path }),
                });
            };
            if is_linked(self.project, path) {
                return Err(FilesError::Linked {
                    path: PathBuf::from(path),
                });
            }
            if meta.is_dir() {
                found.extend(self.below(path).into_iter().filter(|file| wanted(file)));
            } else {
                found.insert(path.clone());
            }
        }
        Ok(found.into_iter().collect())
    }

    fn below(&self, folder: &str) -> Vec<String> {
        let listed: Vec<String> = self
            .listing
            .unwrap_or_default()
            .iter()
            .filter(|file| place::is_within(file, folder))
            .filter(|file| is_plain_file(&self.project.join(file)) || file.contains('\u{fffd}'))
            .cloned()
            .collect();
        if listed.is_empty() && (self.listing.is_none() || !folder.is_empty()) {
            self.walk(folder)
        } else {
            listed
        }
    }

    fn walk(&self, folder: &str) -> Vec<String> {
        let is_own = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || FOREIGN.contains(&name.as_ref()))
        };
        WalkDir::new(self.project.join(folder))
            .into_iter()
            .filter_entry(is_own)
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .filter_map(|entry| {
                let relative = entry.path().strip_prefix(self.project).ok()?;
                Some(relative.to_string_lossy().replace('\\', "/"))
            })
            .collect()
    }
}

fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
}

/// Whether `path`, or a folder above it inside the project, is a symbolic link.
pub fn is_linked(project: &Path, path: &str) -> bool {
    let mut full = project.to_owned();
    Path::new(path).components().any(|component| {
        full.push(component);
        fs::symlink_metadata(&full).is_ok_and(|meta| meta.is_symlink())
    })
}

/// Whether a file is Markdown by its name.
pub fn is_markdown(path: &str) -> bool {
    has_extension(path, &["md", "markdown"])
}

/// Whether a file is Python by its name, a notebook included.
pub fn is_python(path: &str) -> bool {
    has_extension(path, &["py", "pyi", "ipynb"])
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .is_some_and(|(_, extension)| {
            extensions
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        })
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;

    #[test]
    fn git_decides_where_it_can_and_links_are_not_followed() {
        let project = TestProject::new();
        project
            .file("docs/a.md", "")
            .file("docs/sub/b.MD", "")
            .file("docs/c.txt", "")
            .file("docs/node_modules/x.md", "")
            .file("docs/.hidden/x.md", "")
            .file("local/z.md", "");
        std::os::unix::fs::symlink(
            project.path().join("local"),
            project.path().join("docs/link"),
        )
        .unwrap();
        let walked = Files {
            project: project.path(),
            listing: None,
        };
        let paths = |list: &[&str]| list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            walked.collect(&paths(&["docs"]), is_markdown).unwrap(),
            ["docs/a.md", "docs/sub/b.MD"]
        );
        let listing = paths(&[
            "docs/a.md",
            "docs/gone.md",
            "docs/link",
            "docs/.hidden/x.md",
        ]);
        let listed = Files {
            project: project.path(),
            listing: Some(&listing),
        };
        assert_eq!(
            listed.collect(&paths(&[""]), is_markdown).unwrap(),
            ["docs/.hidden/x.md", "docs/a.md"]
        );
        assert_eq!(
            listed.collect(&paths(&["local"]), is_markdown).unwrap(),
            ["local/z.md"]
        );
        assert_eq!(
            listed
                .collect(&paths(&["docs/c.txt"]), is_markdown)
                .unwrap(),
            ["docs/c.txt"]
        );
        for (path, linked) in [
            ("nowhere", false),
            ("docs/link", true),
            ("docs/link/z.md", true),
        ] {
            let error = listed.collect(&paths(&[path]), is_markdown).unwrap_err();
            assert_eq!(matches!(error, FilesError::Linked { .. }), linked, "{path}");
        }
    }
}
