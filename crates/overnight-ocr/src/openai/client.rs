//! The HTTP interface: chat completions, the list of models, a sign of life.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use tokio::time::timeout_at;

use super::retry::retry_after;
use super::spec::{ApiKey, Deadlines};
use super::stream::{Answer, Reader};
use crate::intake::{ms_since, reason_of};

/// Time limit of a question that needs no model.
const QUESTION: Duration = Duration::from_secs(10);
/// Bytes of an error's body that are kept.
const MOST_BODY: usize = 16 << 10;

/// Talks to a server.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<ApiKey>,
    deadlines: Deadlines,
    /// When a byte of any answer came last.
    heard: Mutex<Instant>,
}

/// What came of one request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) outcome: Result<Answer, CallError>,
    /// When it was asked.
    pub(super) begun: Instant,
    /// What arrived of an answer that failed.
    pub(super) partial: String,
    pub(super) http_status: Option<u16>,
    /// Milliseconds until the first piece of the answer.
    pub(super) first_token_ms: Option<f64>,
    pub(super) total_ms: f64,
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CallError {
    /// No connection: nothing was sent.
    Connect(String),
    /// The connection broke, or the answer did, after something was sent.
    Broken(String),
    /// The server says no.
    Status {
        code: u16,
        retry_after: Option<Duration>,
        body: String,
    },
    /// Nothing came in time, or not all.
    Timeout(String),
    /// What came is no answer.
    Unreadable(String),
}

/// What a server says about its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ModelList {
    /// Their names.
    Names(Vec<String>),
    /// It keeps no list.
    None,
    /// It does not let us in.
    Denied(u16),
}

/// Whether a server is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    Up,
    /// Why not.
    Down(String),
}

#[derive(Deserialize)]
struct Listing {
    data: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
}

impl Client {
    /// A client for the interface that begins at `base`. A server on this machine is never
    /// asked through a proxy.
    ///
    /// # Errors
    /// Why there can be none.
    pub(super) fn new(
        base: &str,
        key: Option<&ApiKey>,
        deadlines: Deadlines,
    ) -> Result<Self, String> {
        let base = base.trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let value = format!("Bearer {}", key.secret());
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| "the key has characters no header can carry".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(url.scheme() == "https")?)
            .connect_timeout(deadlines.connect)
            // A message goes where the configuration says.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("overnight/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers);
        if url.scheme() == "http" {
            // Servers close connections that wait, llama.cpp's without a word, and a request
            // lost on one would count. A new connection costs nothing beside an answer.
            builder = builder.pool_max_idle_per_host(0);
        }
        if matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(|error| reason_of(&error))?,
            base,
            key: key.cloned(),
            deadlines,
            heard: Mutex::new(Instant::now()),
        })
    }

    /// Asks for a completion. `streams`: the answer is to come piece by piece, so that its
    /// first byte has a time limit of its own.
    pub(super) async fn complete(&self, body: Vec<u8>, streams: bool) -> Call {
        let begun = Instant::now();
        let mut call = Call {
            outcome: Err(CallError::Broken(String::new())),
            begun,
            partial: String::new(),
            http_status: None,
            first_token_ms: None,
            total_ms: 0.0,
        };
        let outcome = self.ask(body, streams, begun, &mut call).await;
        call.outcome = outcome.map_err(|error| self.without_key(error));
        call.total_ms = ms_since(begun);
        call
    }

    async fn ask(
        &self,
        body: Vec<u8>,
        streams: bool,
        begun: Instant,
        call: &mut Call,
    ) -> Result<Answer, CallError> {
        let limits = Deadlines {
            first_byte: match streams {
                true => self.deadlines.first_byte.min(self.deadlines.total),
                false => self.deadlines.total,
            },
            ..self.deadlines
        };
        let late = |limit: Duration, what: &str| {
            CallError::Timeout(format!("{what} within {} s", limit.as_secs_f64()))
        };
        let first = (begun + limits.first_byte).into();
        let total = (begun + limits.total).into();
        let request = self
            .http
            .post(format!("{}/chat/completions", self.base))
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let response = timeout_at(first, request.send())
            .await
            .map_err(|_| late(limits.first_byte, "no answer began"))?
            .map_err(failure)?;
        self.hear();
        let code = response.status().as_u16();
        call.http_status = Some(code);
        if !response.status().is_success() {
            let retry_after = header(&response, &RETRY_AFTER)
                .and_then(|value| retry_after(value, SystemTime::now()));
            let body = timeout_at(total, text_of(response)).await;
            let body = body.unwrap_or_default();
            call.partial.clone_from(&body);
            return Err(CallError::Status {
                code,
                retry_after,
                body,
            });
        }
        let mut response = response;
        let mut reader = Reader::default();
        let mut has_begun = false;
        loop {
            // A server that hangs in the middle is not waited for to the very end.
            let still = (Instant::now() + limits.first_byte).into();
            let (limit, until, what) = match has_begun {
                false => (limits.first_byte, first, "no answer began"),
                true if still < total => (limits.first_byte, still, "no more of the answer"),
                true => (limits.total, total, "no whole answer"),
            };
            let piece = match timeout_at(until, response.chunk()).await {
                Ok(Ok(piece)) => piece,
                Ok(Err(error)) => {
                    call.partial.clone_from(&reader.so_far().text);
                    return Err(failure(error));
                }
                Err(_) => {
                    call.partial.clone_from(&reader.so_far().text);
                    return Err(late(limit, what));
                }
            };
            let Some(piece) = piece else {
                break;
            };
            has_begun |= !piece.is_empty();
            self.hear();
            if let Err(unreadable) = reader.feed(&piece) {
                call.partial = String::from_utf8_lossy(&piece).into_owned();
                return Err(CallError::Unreadable(unreadable.0));
            }
            let so_far = reader.so_far();
            let has_words = !so_far.text.is_empty() || !so_far.reasoning.is_empty();
            if has_words && call.first_token_ms.is_none() {
                call.first_token_ms = Some(ms_since(begun));
            }
        }
        let answer = reader
            .finish()
            .map_err(|unreadable| CallError::Unreadable(unreadable.0))?;
        if let Some(error) = answer.error {
            call.partial = answer.text;
            return Err(CallError::Status {
                code: error.code.filter(|code| *code >= 400).unwrap_or(500),
                retry_after: None,
                body: error.text,
            });
        }
        if !answer.is_complete {
            call.partial = answer.text;
            return Err(CallError::Broken("the answer broke off".to_owned()));
        }
        Ok(answer)
    }

    /// The server's list of models.
    ///
    /// # Errors
    /// Why the server cannot be asked.
    pub(super) async fn models(&self) -> Result<ModelList, String> {
        let url = format!("{}/models", self.base);
        let request = self.http.get(url).timeout(QUESTION);
        let response = request
            .send()
            .await
            .map_err(|error| self.scrubbed(&reason_of(&error.without_url())))?;
        let code = response.status().as_u16();
        if matches!(code, 401 | 403) {
            return Ok(ModelList::Denied(code));
        }
        if response.status().is_server_error() {
            let body = text_of(response).await;
            return Err(self.scrubbed(&format!("HTTP {code}: {}", one_line(&body))));
        }
        let body = text_of(response).await;
        let Ok(listing) = serde_json::from_str::<Listing>(&body) else {
            return Ok(ModelList::None);
        };
        let names = listing.data.into_iter();
        let names = names.flat_map(|listed| std::iter::once(listed.id).chain(listed.aliases));
        let mut names: Vec<String> = names.collect();
        names.dedup();
        Ok(match names.is_empty() {
            true => ModelList::None,
            false => ModelList::Names(names),
        })
    }

    /// Whether the server is there and ready. A server that answers at all without an error of
    /// its own is; one that loads its model says 503 as a rule. `strictly`: its `/health` must
    /// not say otherwise. vLLM lists its models also when what runs them has died, and what
    /// stands before servers may have a `/health` of another meaning, so only servers of
    /// ours are asked so.
    pub(super) async fn sign_of_life(&self, strictly: bool) -> Sign {
        let reason = match self.look("/models").await {
            Ok(code) if code < 500 && code != 429 && !strictly => return Sign::Up,
            Ok(code) if code < 500 && code != 429 => None,
            Ok(code) => Some(format!("it answers with HTTP {code}")),
            Err(reason) => return Sign::Down(reason),
        };
        match (self.look("/health").await, reason) {
            (Ok(200..300), _) => Sign::Up,
            (_, Some(reason)) => Sign::Down(reason),
            // Not every server has one.
            (Ok(..500), None) => Sign::Up,
            (Ok(code), None) => Sign::Down(format!("/health answers with HTTP {code}")),
            (Err(reason), None) => Sign::Down(format!("/health: {reason}")),
        }
    }

    /// Longest time one question of [`Self::sign_of_life`] may take.
    pub(super) fn look_limit(&self) -> Duration {
        QUESTION.min(self.deadlines.connect)
    }

    /// When a byte of any answer came last, or the client was made.
    pub(super) fn heard(&self) -> Instant {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    async fn look(&self, path: &str) -> Result<u16, String> {
        let root = match path {
            "/health" => self.base.strip_suffix("/v1").unwrap_or(&self.base),
            _ => &self.base,
        };
        let request = self.http.get(format!("{root}{path}"));
        let request = request.timeout(self.look_limit());
        match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(self.scrubbed(&reason_of(&error.without_url()))),
        }
    }

    /// A text from outside without the key.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.scrub(text),
            None => text.to_owned(),
        }
    }

    fn without_key(&self, error: CallError) -> CallError {
        let clean = |text: String| self.scrubbed(&text);
        match error {
            CallError::Connect(text) => CallError::Connect(clean(text)),
            CallError::Broken(text) => CallError::Broken(clean(text)),
            CallError::Timeout(text) => CallError::Timeout(clean(text)),
            CallError::Unreadable(text) => CallError::Unreadable(clean(text)),
            CallError::Status {
                code,
                retry_after,
                body,
            } => CallError::Status {
                code,
                retry_after,
                body: clean(body),
            },
        }
    }
}

/// TLS by rustls with ring and the certificates of the operating system, which are read only
/// when they are needed.
fn tls(is_needed: bool) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    if is_needed {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!("failed to read the system's certificates: {error}");
        }
        roots.add_parsable_certificates(found.certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn failure(error: reqwest::Error) -> CallError {
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    let reason = reason_of(&error.without_url());
    match (is_connect, is_timeout) {
        (true, _) => CallError::Connect(reason),
        (false, true) => CallError::Timeout(reason),
        (false, false) => CallError::Broken(reason),
    }
}

fn header<'a>(
    response: &'a reqwest::Response,
    name: &reqwest::header::HeaderName,
) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The beginning of a body; what breaks off is a beginning, too.
async fn text_of(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_BODY
        && let Ok(Some(piece)) = response.chunk().await
    {
        bytes.extend_from_slice(&piece);
    }
    bytes.truncate(MOST_BODY);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text from a server in one short line.
pub(super) fn one_line(text: &str) -> String {
    let line: String = text
        .split_whitespace()
        .collect::<Vec<&str>>()
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect();
    match line.is_empty() {
        true => "no explanation".to_owned(),
        false => line,
    }
}
