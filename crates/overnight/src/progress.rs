//! The progress of a verb: a bar on stderr by hand, `progress.json` as the step of a night.

mod file;

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use overnight_record::Progress;

use file::ProgressFile;

/// One loop at a time; no bar when stderr is not a terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    enabled: bool,
    shown: Mutex<Shown>,
}

#[derive(Debug)]
struct Shown {
    bar: Option<ProgressBar>,
    file: Option<ProgressFile>,
}

impl Bars {
    /// Bars when `enabled`, and the file in `step_dir` when there is one.
    pub(crate) fn new(enabled: bool, step_dir: Option<&Path>) -> Self {
        Self {
            enabled,
            shown: Mutex::new(Shown {
                bar: None,
                file: step_dir.map(ProgressFile::in_folder),
            }),
        }
    }

    fn with(&self, act: impl FnOnce(&mut Shown)) {
        act(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Bars {
    fn begin(&self, what: &str, total: u64) {
        let target = if self.enabled {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {human_pos}/{human_len} {speed}, {eta} left",
        )
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "speed",
            |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar that cannot be written is not worth more than silence.
                let _ = write!(out, "{:.2}/s", state.per_sec());
            },
        );
        let bar = ProgressBar::with_draw_target(Some(total), target)
            .with_style(style)
            .with_message(what.to_owned());
        self.with(|shown| {
            shown.bar = Some(bar);
            if let Some(file) = &mut shown.file {
                file.begin(what, total);
            }
        });
    }

    fn advance(&self, n: u64) {
        self.with(|shown| {
            if let Some(bar) = &shown.bar {
                bar.inc(n);
            }
            if let Some(file) = &mut shown.file {
                file.advance(n);
            }
        });
    }

    fn end(&self) {
        self.with(|shown| {
            if let Some(bar) = shown.bar.take() {
                bar.finish_and_clear();
            }
            if let Some(file) = &mut shown.file {
                file.end();
            }
        });
    }
}
