//! A place where one process of a worker sits: asked, and filled anew when the process dies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use overnight_record::PredictionStatus;
use serde_json::json;

use super::answer::{self, Answer, Reading, Saying};
use super::child::{Child, Heard};
use super::hello::Hello;
use super::image_file::ImageFile;
use super::output::{MOST_LINE, Output};
use super::program::{Noise, Program, difference};

/// Deaths without an answer between them after which a worker is given up. An image that
/// kills it is tried twice, so these are five such images in a row.
const MOST_DEATHS: u32 = 10;
/// Starts that fail in a row before a worker is given up.
const MOST_FAILED_STARTS: u32 = 3;
/// Lines that are passed over for one request.
const MOST_NOISE: usize = 10_000;
/// How long the end of a request may take to be told after its last answer.
const DONE_GRACE: std::time::Duration = std::time::Duration::from_secs(2);

/// Numbers of requests and images: each is used once, so that no answer is taken for another.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// One image to ask about.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) file: &'a ImageFile,
    /// The image as the dataset names it, for the worker's own messages.
    pub(super) name: &'a str,
}

/// Why there is no reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) status: PredictionStatus,
    pub(super) reason: String,
}

/// What became of one request.
#[derive(Debug)]
pub(super) struct Round {
    /// One entry for each image, in order; `None` for those the worker did not come to.
    pub(super) answers: Vec<Option<Result<Reading, Trouble>>>,
    /// Why the worker did not come to some: it died, hung or was given up.
    pub(super) end: Option<Trouble>,
    /// From sending to the last answer, in milliseconds.
    pub(super) wall_ms: f64,
}

/// A place for one process.
#[derive(Debug)]
pub(super) struct Seat {
    child: Option<Child>,
    hello: Hello,
    /// Most images in one request; shrinks when memory runs out.
    batch_size: usize,
    /// Deaths since the last reading.
    deaths: u32,
    /// Whether it tells the end of a request.
    tells_done: bool,
    /// Why it was given up.
    given_up: Option<String>,
}

impl Seat {
    pub(super) fn new(child: Child, hello: Hello, batch_size: usize) -> Self {
        Self {
            child: Some(child),
            hello,
            batch_size,
            deaths: 0,
            tells_done: true,
            given_up: None,
        }
    }

    pub(super) fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Asks for at most `limit` images at once from now on.
    pub(super) fn shrink(&mut self, limit: usize) {
        self.batch_size = self.batch_size.min(limit).max(1);
    }

    /// Why nothing more can be asked here; `None` while something can.
    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Closes the process's stdin, so that several can end side by side.
    pub(super) fn close(&mut self) {
        if let Some(child) = &mut self.child {
            child.close();
        }
    }

    /// Asks for images; at most [`Self::batch_size`] of them.
    pub(super) fn ask(&mut self, program: &Program, questions: &[Question<'_>]) -> Round {
        let mut round = Round {
            answers: questions.iter().map(|_| None).collect(),
            end: None,
            wall_ms: 0.0,
        };
        if let Err(trouble) = self.fill(program) {
            round.end = Some(trouble);
            return round;
        }
        let Some(mut child) = self.child.take() else {
            return round;
        };
        let request = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut talk = Talk {
            request,
            places: HashMap::new(),
            round,
            open: questions.len(),
            noise: Noise::default(),
            is_done: false,
        };
        let line = talk.line(questions);
        let sent = Instant::now();
        child.send(line);
        match talk.listen(&mut child, program, &mut self.tells_done, sent) {
            Ok(()) => self.child = Some(child),
            Err(trouble) => {
                talk.round.end = Some(trouble);
                self.deaths += 1;
            }
        }
        let mut round = talk.round;
        if round.answers.iter().flatten().any(Result::is_ok) {
            self.deaths = 0;
        }
        if self.deaths >= MOST_DEATHS && self.given_up.is_none() {
            let last = round.end.as_ref().map_or("", |end| end.reason.as_str());
            self.given_up = Some(format!(
                "the worker was given up after {MOST_DEATHS} deaths without a reading between \
                 them, the last: {last}"
            ));
        }
        if round.wall_ms == 0.0 {
            round.wall_ms = crate::intake::ms_since(sent);
        }
        round
    }

    /// Puts a process into an empty seat.
    fn fill(&mut self, program: &Program) -> Result<(), Trouble> {
        let skipped = |reason: String| Trouble {
            status: PredictionStatus::Skipped,
            reason,
        };
        if let Some(reason) = &self.given_up {
            return Err(skipped(reason.clone()));
        }
        if self.child.is_some() {
            return Ok(());
        }
        let mut last = String::new();
        for _ in 0..MOST_FAILED_STARTS {
            match program.start() {
                Ok((child, hello)) => {
                    if let Some(difference) = difference(&self.hello, &hello) {
                        last = format!("the worker came back as another one: {difference}");
                        break;
                    }
                    self.child = Some(child);
                    self.tells_done = true;
                    return Ok(());
                }
                Err(error) => last = crate::intake::reason_of(&error),
            }
            if program.is_abandoned() {
                return Err(skipped("interrupted".to_owned()));
            }
        }
        self.given_up = Some(last.clone());
        Err(skipped(last))
    }
}

/// One request on its way.
struct Talk {
    request: u64,
    /// Place of each image by the id it was sent with.
    places: HashMap<String, usize>,
    round: Round,
    /// Images without an answer.
    open: usize,
    noise: Noise,
    is_done: bool,
}

impl Talk {
    /// The request as one line.
    fn line(&mut self, questions: &[Question<'_>]) -> Vec<u8> {
        let mut batch = Vec::with_capacity(questions.len());
        for (place, question) in questions.iter().enumerate() {
            let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
            batch.push(json!({
                "id": id,
                "image": question.file.path.to_string_lossy(),
                "width": question.file.width,
                "height": question.file.height,
                "name": question.name,
            }));
            self.places.insert(id, place);
        }
        let request = json!({ "type": "recognize", "request": self.request, "batch": batch });
        format!("{request}\n").into_bytes()
    }

    /// Listens until every image is answered and the request is told to be done. The process
    /// is gone when this fails.
    fn listen(
        &mut self,
        child: &mut Child,
        program: &Program,
        tells_done: &mut bool,
        sent: Instant,
    ) -> Result<(), Trouble> {
        let images = u32::try_from(self.open).unwrap_or(u32::MAX);
        let limit = program.timeout().saturating_mul(images);
        let mut until = sent + limit;
        let stop = || program.is_abandoned();
        loop {
            if self.is_done || (self.open == 0 && !*tells_done) {
                return Ok(());
            }
            match child.hear(until, &stop) {
                Heard::Said(said) => self.take(&said),
                Heard::Ended(end) => {
                    return Err(Trouble {
                        status: match end.is_out_of_memory {
                            true => PredictionStatus::Oom,
                            false => PredictionStatus::Crashed,
                        },
                        reason: self.with_noise(end.reason),
                    });
                }
                Heard::Nothing if program.is_abandoned() => {
                    child.kill();
                    return Err(Trouble {
                        status: PredictionStatus::Skipped,
                        reason: "interrupted".to_owned(),
                    });
                }
                // Every answer is there; only the word that it was the last is missing.
                Heard::Nothing if self.open == 0 => *tells_done = false,
                Heard::Nothing => return Err(self.hung(child, limit.as_secs_f64())),
            }
            if self.noise.count > MOST_NOISE {
                child.kill();
                return Err(Trouble {
                    status: PredictionStatus::ParseError,
                    reason: self.with_noise("it prints without end".to_owned()),
                });
            }
            if self.open == 0 && self.round.wall_ms == 0.0 {
                self.round.wall_ms = crate::intake::ms_since(sent);
                until = Instant::now() + DONE_GRACE;
            } else if self.open > 0 && Instant::now() >= until {
                return Err(self.hung(child, limit.as_secs_f64()));
            }
        }
    }

    fn hung(&self, child: &mut Child, limit_s: f64) -> Trouble {
        let words = child.kill();
        let mut reason = match self.round.answers.len() {
            1 => format!("no answer within {limit_s} s"),
            n => format!("no answers to all of {n} images within {limit_s} s"),
        };
        if !words.is_empty() {
            reason.push_str(&format!(": {words}"));
        }
        Trouble {
            status: PredictionStatus::Timeout,
            reason: self.with_noise(reason),
        }
    }

    /// A reason, with what was printed in place of answers.
    fn with_noise(&self, reason: String) -> String {
        match &self.noise.first {
            None => reason,
            Some(first) => format!(
                "{reason} ({} lines that are no answers, first `{first}`)",
                self.noise.count
            ),
        }
    }

    fn take(&mut self, said: &Output) {
        match said {
            Output::Line(line) => match answer::parse(line) {
                Saying::Noise => self.noise.note(line),
                Saying::Done(request) if request == self.request => self.finish(),
                // Of a request that was settled before.
                Saying::Done(_) => {}
                Saying::About(id, answer) => self.settle(&id, answer, line),
            },
            Output::TooLong(start) => match answer::salvaged_id(start) {
                Some(id) => {
                    let reason = format!("it is longer than {} MiB", MOST_LINE >> 20);
                    self.settle(&id, Err(reason), start);
                }
                None => self.noise.note(start),
            },
        }
    }

    fn settle(&mut self, id: &str, answer: Result<Answer, String>, line: &[u8]) {
        let Some(&place) = self.places.get(id) else {
            // About something we did not ask for.
            self.noise.note(line);
            return;
        };
        let wrong = |reason: String| Trouble {
            status: PredictionStatus::ParseError,
            reason,
        };
        let entry = &mut self.round.answers[place];
        if entry.is_some() {
            // Which of the two is right cannot be known.
            *entry = Some(Err(wrong("it was answered twice".to_owned())));
            return;
        }
        self.open -= 1;
        *entry = Some(match answer {
            Ok(Answer::Read(reading)) => Ok(reading),
            Ok(Answer::Failed { status, reason }) => Err(Trouble { status, reason }),
            Err(reason) => Err(wrong(format!("the worker's answer is wrong: {reason}"))),
        });
    }

    /// The worker says that it is done; what it left out will not come.
    fn finish(&mut self) {
        self.is_done = true;
        let reason = self.with_noise("the worker gave no answer to this image".to_owned());
        for entry in self
            .round
            .answers
            .iter_mut()
            .filter(|entry| entry.is_none())
        {
            *entry = Some(Err(Trouble {
                status: PredictionStatus::ParseError,
                reason: reason.clone(),
            }));
        }
        self.open = 0;
    }
}

/// What becomes of a request number 0 about the images with the ids 1 to `n` when the worker
/// says this until it is done, and how many of them are then without an answer.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn round_of(n: usize, said: &[Output]) -> (Round, usize) {
    let mut talk = Talk {
        request: 0,
        places: (0..n)
            .map(|place| ((place + 1).to_string(), place))
            .collect(),
        round: Round {
            answers: (0..n).map(|_| None).collect(),
            end: None,
            wall_ms: 0.0,
        },
        open: n,
        noise: Noise::default(),
        is_done: false,
    };
    for line in said {
        if talk.is_done {
            break;
        }
        talk.take(line);
    }
    (talk.round, talk.open)
}
