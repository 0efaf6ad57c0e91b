//! Whether the configured workers start: each is started once, asked for its name, and ended.

use overnight_ocr::worker::Worker;
use overnight_ocr::{Backend as _, BackendSpec, WorkerSpec};
use overnight_plan::config::Backend;

use super::checks::found_or;
use super::{Check, State};
use crate::context::Context;
use crate::failure::Failure;
use crate::wiring;

const PURPOSE: &str = "a backend of overnight.toml";

/// One check a worker.
pub(super) fn all(context: &Context) -> Vec<Check> {
    let Ok(config) = context.config() else {
        return Vec::new();
    };
    let is_worker = |backend: &Backend| matches!(backend, Backend::Worker(_));
    let workers = config.backends.iter().filter(|(_, own)| is_worker(own));
    workers.map(|(name, _)| check(context, name)).collect()
}

fn check(context: &Context, name: &str) -> Check {
    let shown = format!("worker {name}");
    match start(context, name) {
        Ok(found) => found_or(shown, PURPOSE, Some(found), ""),
        Err(failure) => Check {
            state: State::Missing,
            found: failure.chain().join(": ").replace('\n', " "),
            remedy: Some(failure.hint().unwrap_or_else(|| {
                format!("correct [backends.{name}] in overnight.toml; see docs/workers.md")
            })),
            ..found_or(shown, PURPOSE, None, "")
        },
    }
}

/// What a worker says about itself. One process is enough to know that.
fn start(context: &Context, name: &str) -> Result<String, Failure> {
    let BackendSpec::Worker(spec) = wiring::backend_spec(context, name)? else {
        return Ok(String::new());
    };
    let spec = WorkerSpec {
        processes: 1,
        ..spec
    };
    let worker = Worker::load(name, &spec, &context.stop)?;
    let info = worker.info();
    let images = match worker.batch_size() {
        1 => "one image a request".to_owned(),
        n => format!("up to {n} images a request"),
    };
    Ok(format!("{} on {}, {images}", info.runtime, info.device))
}
