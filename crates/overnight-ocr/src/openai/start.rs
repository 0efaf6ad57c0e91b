//! From a spec to a server that is ready to be asked.

use std::sync::atomic::{AtomicBool, AtomicU32};
use std::time::{Duration, Instant};

use overnight_record::StopFlag;
use overnight_record::result::BackendInfo;

use super::client::{Client, ModelList, Sign};
use super::error::OpenaiError;
use super::identity;
use super::journal::Journal;
use super::limiter::Limiter;
use super::served::Served;
use super::server::{Server, patience};
use super::shared::Shared;
use super::spec::{OpenaiSpec, ServeSpec};

/// How often a server that starts is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Finds or starts the server, and checks that it knows the model.
pub(super) async fn shared(
    name: &str,
    spec: &OpenaiSpec,
    stop: &StopFlag,
) -> Result<Shared, OpenaiError> {
    let client =
        Client::new(&spec.base_url, spec.api_key.as_ref(), spec.deadlines).map_err(|reason| {
            OpenaiError::Address {
                name: name.to_owned(),
                base_url: spec.base_url.clone(),
                reason,
            }
        })?;
    let patience = patience(&client);
    let sign = client.sign_of_life(spec.serve.is_some()).await;
    let served = match (sign, &spec.serve) {
        // A server that is there is used as it is, and followed by one of ours when it goes.
        (Sign::Up, serve) => serve
            .as_ref()
            .map(|serve| Served::standing_by(serve, patience)),
        (Sign::Down(_), Some(serve)) => Some(started(name, serve, &client, stop).await?),
        (Sign::Down(reason), None) => {
            return Err(OpenaiError::Absent {
                name: name.to_owned(),
                base_url: spec.base_url.clone(),
                reason,
            });
        }
    };
    check_model(name, spec, &client).await?;
    let fingerprint = identity::fingerprint(spec);
    let give_up_after = match &spec.serve {
        // There must be time to see that a server of ours hangs, and to start it again.
        Some(_) => spec.give_up_after.max(patience * 2),
        None => spec.give_up_after,
    };
    Ok(Shared {
        info: BackendInfo {
            name: name.to_owned(),
            kind: "openai".to_owned(),
            runtime: format!(
                "{} at {}, prompt {}",
                spec.model, spec.base_url, spec.prompt.name
            ),
            device: "server".to_owned(),
            // As many images at once are worth handing over.
            threads: spec.concurrency.max(1),
            models: Vec::new(),
            fingerprint: fingerprint.clone(),
        },
        server: Server::new(client, served, give_up_after, stop),
        limiter: Limiter::new(spec.concurrency, spec.bytes_in_flight),
        journal: Journal::open(spec.journal.as_deref(), &fingerprint),
        spec: spec.clone(),
        stop: stop.clone(),
        with_usage: AtomicBool::new(true),
        refusals: AtomicU32::new(0),
    })
}

/// Starts the server and waits until it answers.
async fn started(
    name: &str,
    serve: &ServeSpec,
    client: &Client,
    stop: &StopFlag,
) -> Result<Served, OpenaiError> {
    let mut served =
        Served::start(serve, patience(client)).map_err(|source| OpenaiError::Start {
            name: name.to_owned(),
            command: serve.command.join(" "),
            source,
        })?;
    let begun = Instant::now();
    loop {
        if stop.is_requested() {
            return Err(OpenaiError::Interrupted {
                name: name.to_owned(),
            });
        }
        if let Some(reason) = served.end() {
            return Err(OpenaiError::Ended {
                name: name.to_owned(),
                log: serve.log.clone(),
                reason,
            });
        }
        match client.sign_of_life(true).await {
            Sign::Up => {
                served.answers();
                return Ok(served);
            }
            Sign::Down(reason) if begun.elapsed() >= serve.start_timeout => {
                return Err(OpenaiError::Late {
                    name: name.to_owned(),
                    log: serve.log.clone(),
                    limit: serve.start_timeout,
                    reason,
                });
            }
            Sign::Down(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Whether the server has the model, as far as it says which it has.
async fn check_model(name: &str, spec: &OpenaiSpec, client: &Client) -> Result<(), OpenaiError> {
    let listed = client.models().await;
    match listed {
        Ok(ModelList::Names(known)) if !is_known(&spec.model, &known) => {
            Err(OpenaiError::UnknownModel {
                name: name.to_owned(),
                model: spec.model.clone(),
                known,
            })
        }
        Ok(ModelList::Names(_)) => Ok(()),
        Ok(ModelList::None) => {
            tracing::warn!(
                "the server of `{name}` lists no models; `{}` is not checked",
                spec.model
            );
            Ok(())
        }
        Ok(ModelList::Denied(status)) => Err(OpenaiError::Denied {
            name: name.to_owned(),
            base_url: spec.base_url.clone(),
            status,
        }),
        Err(reason) => {
            tracing::warn!("the models of `{name}` are not known: {reason}");
            Ok(())
        }
    }
}

/// Whether a model is among those listed; Ollama's names may leave out the tag `latest`.
pub(super) fn is_known(model: &str, known: &[String]) -> bool {
    known
        .iter()
        .any(|name| name == model || name.strip_suffix(":latest") == Some(model))
}
