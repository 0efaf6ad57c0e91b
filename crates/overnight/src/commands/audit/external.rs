//! Whether pages of other sites are there, asked slowly and remembered.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_audit::links::PageStatus;
use overnight_record::store;
use overnight_run::Web;
use serde::{Deserialize, Serialize};

use crate::context::Context;

/// Time between two questions to one host.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a page that was there is believed to be there.
const GOOD_FOR_HOURS: i64 = 7 * 24;
/// How long any other answer is believed.
const BAD_FOR_HOURS: i64 = 1;

/// One remembered answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    asked: Timestamp,
    answer: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Asks, at most once a second per host, and keeps the answers in `.overnight/cache`.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    context: &'a Context,
    web: Web,
    file: PathBuf,
    known: RefCell<BTreeMap<String, Remembered>>,
    last: RefCell<HashMap<String, Instant>>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        let file = context.state_dir().join("cache/external-links.json");
        // A cache that is missing or cannot be read is an empty one.
        let known = store::read_json(&file).unwrap_or_default();
        Self {
            context,
            web: Web::default(),
            file,
            known: RefCell::new(known),
            last: RefCell::default(),
        }
    }

    pub(super) fn ask(&self, url: &str) -> PageStatus {
        let now = Timestamp::now();
        let remembered = self.known.borrow().get(url).cloned();
        if let Some(remembered) = remembered.filter(|answer| answer.is_fresh(now)) {
            return remembered.told(now);
        }
        if self.context.stop.is_requested() {
            return PageStatus {
                answer: None,
                problem: Some("the audit was stopped".to_owned()),
                asked: "not any more".to_owned(),
            };
        }
        self.wait_for_turn(url);
        let answer = self.web.status(url);
        let fresh = Remembered {
            asked: now,
            problem: answer.as_ref().err().cloned(),
            answer: answer.ok(),
        };
        let told = fresh.told(now);
        self.known.borrow_mut().insert(url.to_owned(), fresh);
        told
    }

    /// Keeps the answers for the next audit; a cache that cannot be written is only slower.
    pub(super) fn save(&self) {
        if self.last.borrow().is_empty() {
            return;
        }
        let folder = self.file.parent().map(std::fs::create_dir_all);
        let written = store::write_json(&self.file, &*self.known.borrow());
        if let (Some(Err(_)), _) | (_, Err(_)) = (folder, written) {
            tracing::warn!(
                "failed to keep the answers of other sites in {}",
                self.file.display()
            );
        }
    }

    fn wait_for_turn(&self, url: &str) {
        let host = url
            .split('/')
            .nth(2)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let before = self.last.borrow().get(&host).copied();
        if let Some(rest) = before.and_then(|at| INTERVAL.checked_sub(at.elapsed())) {
            thread::sleep(rest);
        }
        self.last.borrow_mut().insert(host, Instant::now());
    }
}

impl Remembered {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let hours = match self.answer {
            Some(200..=399) => GOOD_FOR_HOURS,
            _ => BAD_FOR_HOURS,
        };
        now.as_second() - self.asked.as_second() < hours * 3600
    }

    fn told(&self, now: Timestamp) -> PageStatus {
        let minutes = (now.as_second() - self.asked.as_second()).max(0) / 60;
        let asked = match minutes {
            0 => "now".to_owned(),
            1..120 => format!("{minutes} min ago"),
            _ => format!("{} h ago", minutes / 60),
        };
        PageStatus {
            answer: self.answer,
            problem: self.problem.clone(),
            asked,
        }
    }
}
