//! The folder a night works in.

use std::fs;
use std::path::{Path, PathBuf};

use overnight_record::{RunId, store};

use super::git::CEILING;
use super::share::{ignore_line, link_shared};
use super::{Git, Repository, WorkspaceError};

/// Where a night works and what it shares with the checkout.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// Absolute path of the project in the user's checkout.
    pub project: &'a Path,
    /// `.overnight` of the project.
    pub state_dir: &'a Path,
    /// The run.
    pub run: &'a RunId,
    /// Files and folders to share by link, relative to the project.
    pub share: Vec<PathBuf>,
    /// Work in the checkout itself.
    pub in_place: bool,
}

/// A tree under git that steps run in and whose changes are kept or undone.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Git in [`Self::top`], with what every call needs.
    pub(super) git: Git,
    /// Absolute path of the tree's top folder.
    pub(super) top: PathBuf,
    /// The project relative to it.
    prefix: PathBuf,
    /// The branch that takes the commits; `None` when the user's checkout is detached.
    pub(super) branch: Option<String>,
    /// Whether it is a worktree of the night's own.
    pub(super) is_worktree: bool,
    /// An ignore file that hides the shared links from git.
    ignore_file: Option<PathBuf>,
    /// The lock of the night's own index; `None` in the user's checkout.
    pub(super) lock: Option<PathBuf>,
    /// The commit the night stands on.
    pub(super) tip: String,
}

/// The branch of a run.
pub fn branch_of(run: &RunId) -> String {
    format!("overnight/{run}")
}

/// The worktree of a run.
pub fn worktree_of(state_dir: &Path, run: &RunId) -> PathBuf {
    state_dir.join("worktrees").join(run.as_str())
}

impl Workspace {
    /// Makes the workspace of a new run, from the repository's last commit.
    ///
    /// # Errors
    /// [`WorkspaceError::Dirty`] for a night in place on uncommitted changes,
    /// [`WorkspaceError::NotCommitted`], or git's own.
    pub fn create(repository: &Repository, place: &Place<'_>) -> Result<Self, WorkspaceError> {
        if place.in_place {
            if !repository.uncommitted()?.is_empty() {
                return Err(WorkspaceError::Dirty {
                    checkout: repository.top.clone(),
                });
            }
            return Self::open_in_place(repository);
        }
        let top = worktree_of(place.state_dir, place.run);
        let branch = branch_of(place.run);
        let git = quiet(&repository.top);
        let path = top.to_string_lossy();
        git.text(
            "make the night's worktree",
            &[
                "worktree",
                "add",
                "--quiet",
                "-b",
                &branch,
                &path,
                &repository.head,
            ],
        )?;
        Self::open_worktree(repository, place, repository.head.clone())
    }

    /// Opens the workspace of a run that is taken up again; a worktree that was removed is
    /// made again from its branch. `tip` is the last commit the ledger knows.
    ///
    /// # Errors
    /// [`WorkspaceError::BranchGone`], or git's own.
    pub fn reopen(
        repository: &Repository,
        place: &Place<'_>,
        tip: String,
    ) -> Result<Self, WorkspaceError> {
        if place.in_place {
            let mut workspace = Self::open_in_place(repository)?;
            workspace.tip = tip;
            return Ok(workspace);
        }
        let branch = branch_of(place.run);
        let git = quiet(&repository.top);
        let reference = format!("refs/heads/{branch}");
        if !git.holds(&["show-ref", "--verify", "--quiet", &reference])? {
            return Err(WorkspaceError::BranchGone { branch });
        }
        let top = worktree_of(place.state_dir, place.run);
        if !is_intact(repository, &top)? {
            set_aside(&top)?;
            let path = top.to_string_lossy();
            git.text("forget the lost worktree", &["worktree", "prune"])?;
            git.text(
                "make the night's worktree again",
                &["worktree", "add", "--quiet", "--force", &path, &branch],
            )?;
        }
        Self::open_worktree(repository, place, tip)
    }

    fn open_in_place(repository: &Repository) -> Result<Self, WorkspaceError> {
        let git = with_identity(quiet(&repository.top))?;
        Ok(Self {
            git,
            top: repository.top.clone(),
            prefix: repository.prefix.clone(),
            branch: repository.branch.clone(),
            is_worktree: false,
            ignore_file: None,
            lock: None,
            tip: repository.head.clone(),
        })
    }

    fn open_worktree(
        repository: &Repository,
        place: &Place<'_>,
        tip: String,
    ) -> Result<Self, WorkspaceError> {
        let top = worktree_of(place.state_dir, place.run);
        let project = top.join(&repository.prefix);
        if !project.is_dir() {
            return Err(WorkspaceError::NotCommitted {
                project: place.project.to_owned(),
            });
        }
        let mut links = Vec::new();
        for entry in &place.share {
            links.extend(link_shared(place.project, &project, entry)?);
        }
        let ignore_file = top.with_extension("ignore");
        write_ignore_file(&ignore_file, &repository.git(), &repository.prefix, &links)?;
        let git = with_identity(quiet(&top).below(&folder_of(&top)))?
            .with(format!("core.excludesFile={}", ignore_file.display()));
        let lock = git.text(
            "find the index",
            &[
                "rev-parse",
                "--path-format=absolute",
                "--git-path",
                "index.lock",
            ],
        )?;
        Ok(Self {
            git,
            prefix: repository.prefix.clone(),
            branch: Some(branch_of(place.run)),
            is_worktree: true,
            ignore_file: Some(ignore_file),
            lock: Some(lock.into()),
            tip,
            top,
        })
    }

    /// The project's folder in this workspace: where steps run.
    pub fn project(&self) -> PathBuf {
        self.top.join(&self.prefix)
    }

    /// The branch that takes the commits; `None` when detached.
    pub fn branch(&self) -> Option<&str> {
        self.branch.as_deref()
    }

    /// Whether it is a worktree of the night's own.
    pub fn is_worktree(&self) -> bool {
        self.is_worktree
    }

    /// The commit the night stands on.
    pub fn tip(&self) -> &str {
        &self.tip
    }

    /// Variables for commands in this tree: their git ignores the shared links, and never
    /// takes the user's checkout for the repository it is in.
    pub fn environment(&self) -> Vec<(String, std::ffi::OsString)> {
        let Some(file) = &self.ignore_file else {
            return Vec::new();
        };
        vec![
            (CEILING.to_owned(), folder_of(&self.top).into()),
            ("GIT_CONFIG_COUNT".to_owned(), "1".into()),
            ("GIT_CONFIG_KEY_0".to_owned(), "core.excludesFile".into()),
            ("GIT_CONFIG_VALUE_0".to_owned(), file.into()),
        ]
    }
}

fn folder_of(top: &Path) -> PathBuf {
    top.parent().unwrap_or(top).to_owned()
}

/// Whether the folder is still a worktree of this repository.
fn is_intact(repository: &Repository, top: &Path) -> Result<bool, WorkspaceError> {
    if !top.join(".git").exists() {
        return Ok(false);
    }
    let question = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
    let own = Git::new(top).below(&folder_of(top)).call(&question)?;
    let users = repository.git().call(&question)?;
    Ok(own.code == Some(0) && own.stdout == users.stdout)
}

/// Moves a folder that lost its `.git` out of the way; it may hold something of worth.
fn set_aside(top: &Path) -> Result<(), WorkspaceError> {
    if !top.exists() {
        return Ok(());
    }
    let aside = (1..)
        .map(|n| top.with_extension(format!("broken-{n}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| top.with_extension("broken"));
    fs::rename(top, &aside).map_err(|source| WorkspaceError::File {
        what: "move",
        path: top.to_owned(),
        source,
    })
}

/// Git without the user's hooks and without colours.
fn quiet(dir: &Path) -> Git {
    Git::new(dir)
        .with("core.hooksPath=/dev/null")
        .with("color.ui=false")
        .with("core.quotePath=false")
        .with("advice.addEmbeddedRepo=false")
}

fn with_identity(git: Git) -> Result<Git, WorkspaceError> {
    Ok(if git.has_identity()? {
        git
    } else {
        git.with("user.name=overnight")
            .with("user.email=overnight@localhost")
    })
}

/// Ignore rules of the user's own plus the links. Git reads one such file only, and a rule
/// like `data/` in the project does not match a link named `data`.
fn write_ignore_file(
    path: &Path,
    user_git: &Git,
    prefix: &Path,
    links: &[PathBuf],
) -> Result<(), WorkspaceError> {
    let mut text = user_ignore_rules(user_git)?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for link in links {
        text.push_str(&ignore_line(&prefix.join(link)));
        text.push('\n');
    }
    store::write_atomically(path, text.as_bytes()).map_err(|error| WorkspaceError::File {
        what: "write",
        path: path.to_owned(),
        source: std::io::Error::other(error),
    })
}

fn user_ignore_rules(git: &Git) -> Result<String, WorkspaceError> {
    let configured = git.call(&["config", "--type=path", "--get", "core.excludesFile"])?;
    let file = if configured.code == Some(0) {
        configured.stdout
    } else {
        // Git itself knows where the home folder is.
        git.clone()
            .with("overnight.ignore=~/.config/git/ignore")
            .call(&["config", "--type=path", "--get", "overnight.ignore"])?
            .stdout
    };
    Ok(fs::read_to_string(file.trim_end_matches('\n')).unwrap_or_default())
}
