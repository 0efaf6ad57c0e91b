//! Where secret values come from.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use overnight_plan::config::{Backend, Channel, Config};
use serde::{Deserialize, Serialize};

use super::redactor::{Redactor, Refused, Secret};

/// Most bytes of a file with secrets.
const FILE_LIMIT_BYTES: u64 = 64 << 10;

/// The names of variables and files whose values are secret. Only these names are handed on
/// and written down; the values are read where they are needed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSources {
    /// Environment variables.
    pub env: Vec<String>,
    /// Files, relative to the project or absolute.
    pub files: Vec<PathBuf>,
}

/// A redactor, and what it could not be told.
#[derive(Debug)]
pub struct Loaded {
    /// Knows every value that could be read.
    pub redactor: Redactor,
    /// What could not be read or is not replaced.
    pub problems: Vec<SecretProblem>,
}

/// A secret that is not replaced.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretProblem {
    /// A file could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than the 64 KiB a file with secrets may have.
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A value cannot be replaced.
    Refused(Refused),
}

impl fmt::Display for SecretProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => {
                write!(
                    f,
                    "failed to read the secrets in {}: {source}",
                    path.display()
                )
            }
            Self::TooLarge { path } => write!(
                f,
                "the secrets in {} are not replaced: the file has more than {} KiB",
                path.display(),
                FILE_LIMIT_BYTES >> 10
            ),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl SecretSources {
    /// What a configuration calls secret: `[secrets]`, and the variables that hold the
    /// addresses and tokens of its notifications and the keys of its backends.
    pub fn of(config: &Config) -> Self {
        let mut env: BTreeSet<String> = config.secrets.env.iter().cloned().collect();
        for channel in config.notify.channels.values() {
            if let Channel::Webhook(hook) | Channel::Ntfy(hook) | Channel::Slack(hook) = channel {
                env.extend(hook.url_env.clone());
                env.extend(hook.token_env.clone());
            }
        }
        for backend in config.backends.values() {
            if let Backend::Openai(openai) = backend {
                env.extend(openai.api_key_env.clone());
            }
        }
        Self {
            env: env.into_iter().collect(),
            files: config.secrets.files.clone(),
        }
    }

    /// Reads the values: variables through `lookup`, files below `project`. A variable that
    /// is not set is no problem: it cannot be printed either.
    pub fn load(&self, lookup: &dyn Fn(&str) -> Option<String>, project: &Path) -> Loaded {
        let mut secrets = Vec::new();
        let mut problems = Vec::new();
        for name in &self.env {
            if let Some(value) = lookup(name).filter(|value| !value.trim().is_empty()) {
                secrets.push(Secret {
                    name: name.clone(),
                    value,
                });
            }
        }
        for file in &self.files {
            match read(&project.join(file)) {
                Ok(text) => {
                    let name = file.display().to_string();
                    secrets.extend(values_in(&text).map(|value| Secret {
                        name: name.clone(),
                        value,
                    }));
                }
                Err(problem) => problems.push(problem),
            }
        }
        let (redactor, refused) = Redactor::new(secrets);
        problems.extend(refused.into_iter().map(SecretProblem::Refused));
        Loaded { redactor, problems }
    }
}

fn read(path: &Path) -> Result<String, SecretProblem> {
    let unreadable = |source| SecretProblem::Unreadable {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_LIMIT_BYTES {
        return Err(SecretProblem::TooLarge {
            path: path.to_owned(),
        });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes)
        .map_err(|error| unreadable(io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// The whole text, and the values of lines like `NAME=value` and `name: value`, as files of
/// environment variables and INI files have them. Values too short to be told from text are
/// left out there: such files hold more than secrets.
fn values_in(text: &str) -> impl Iterator<Item = String> {
    let assigned = text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once(['=', ':'])?;
        let name = name.trim();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        let value = value.trim().trim_matches(['"', '\'']);
        (is_name && value.len() >= super::SHORTEST).then(|| value.to_owned())
    });
    let mut values: Vec<String> = assigned.collect();
    values.push(text.to_owned());
    values.into_iter()
}
