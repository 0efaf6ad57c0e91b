//! A vision language model behind an HTTP interface as OpenAI's (docs/vlm.md): vLLM, llama.cpp,
//! Ollama and others.
//!
//! Synchronous outside; inside, requests run side by side on a runtime of their own. A sample
//! whose request fails has a status, with every request kept beside it.

mod answer;
mod client;
mod error;
mod failure;
mod identity;
mod journal;
mod limiter;
mod look;
mod picture;
mod prompt;
mod request;
mod retry;
mod sample;
mod served;
mod server;
mod shared;
mod smart_size;
mod spec;
mod start;
mod stream;

use std::ops::ControlFlow;
use std::sync::Arc;

use overnight_record::result::BackendInfo;
use overnight_record::{Prediction, PredictionStatus, StopFlag, TimingsMs};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::intake::without_text;
use crate::{Backend, ImageInput};
use shared::Shared;

pub use answer::{CLEANER, Judgement, Rules, Script, judge};
pub use error::OpenaiError;
pub use look::{Models, Seen, look};
pub use prompt::{AnswerForm, Prompt};
pub use spec::{ApiKey, Deadlines, OpenaiSpec, PictureSpec, Sampling, ServeSpec};

/// A served model. Dropping it ends the server, when it is ours.
#[derive(Debug)]
pub struct Openai {
    shared: Arc<Shared>,
    /// Ends before the server does.
    runtime: Option<Runtime>,
}

impl Openai {
    /// Starts the server when there is none and the spec says how, waits until it answers, and
    /// checks that it knows the model. A requested `stop` ends every wait; an urgent one also
    /// ends requests that are on their way.
    ///
    /// # Errors
    /// [`OpenaiError`]; a server that was started is then gone.
    pub fn load(name: &str, spec: &OpenaiSpec, stop: &StopFlag) -> Result<Self, OpenaiError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("overnight-requests")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| OpenaiError::Runtime {
                name: name.to_owned(),
                source,
            })?;
        let shared = runtime.block_on(start::shared(name, spec, stop))?;
        Ok(Self {
            shared: Arc::new(shared),
            runtime: Some(runtime),
        })
    }

    async fn read_all(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        let shared = &self.shared;
        shared.server.reconsider().await;
        let mut reading: JoinSet<(usize, Prediction)> = JoinSet::new();
        let mut next = 0;
        let mut is_ended = false;
        loop {
            // One more than may be on its way, so that its picture is ready in time.
            let most = shared.limiter.limit() + 1;
            while !is_ended && next < batch.len() && reading.len() < most {
                let index = next;
                next += 1;
                if let Some(reason) = shared.server.given_up() {
                    let skipped = skipped(&shared.info, &batch[index], reason);
                    is_ended |= hand_over(index, skipped).is_break();
                    continue;
                }
                let (shared, input) = (Arc::clone(shared), batch[index].clone());
                reading.spawn(async move { (index, sample::read(shared, input).await) });
            }
            match reading.join_next().await {
                None if is_ended || next == batch.len() => return,
                None => {}
                Some(Ok((index, prediction))) => {
                    is_ended |= hand_over(index, prediction).is_break();
                }
                // Who asked sees that an image has no answer.
                Some(Err(panic)) => tracing::error!("reading an image failed: {panic}"),
            }
        }
    }
}

impl Backend for Openai {
    fn info(&self) -> &BackendInfo {
        &self.shared.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        let mut predictions: Vec<Option<Prediction>> = batch.iter().map(|_| None).collect();
        self.recognize_each(batch, &mut |index, prediction| {
            predictions[index] = Some(prediction);
            ControlFlow::Continue(())
        });
        let unread = |index: usize| {
            let reason = "reading it failed inside".to_owned();
            let status = PredictionStatus::Crashed;
            let timings = TimingsMs::default();
            without_text(self.info(), &batch[index], status, timings, Some(reason))
        };
        let predictions = predictions.into_iter().enumerate();
        predictions
            .map(|(index, prediction)| prediction.unwrap_or_else(|| unread(index)))
            .collect()
    }

    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        if let Some(runtime) = &self.runtime {
            runtime.block_on(self.read_all(batch, hand_over));
        }
    }
}

impl Drop for Openai {
    fn drop(&mut self) {
        // Who stopped in the middle goes on from here, with what was counted.
        if !self.shared.stop.is_requested() {
            self.shared.journal.clear();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The prediction for an image nobody has sent.
fn skipped(info: &BackendInfo, input: &ImageInput, reason: String) -> Prediction {
    Prediction {
        attempts: 0,
        ..without_text(
            info,
            input,
            PredictionStatus::Skipped,
            TimingsMs::default(),
            Some(reason),
        )
    }
}
