//! The channels of a configuration, ready for use.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use overnight_plan::config::{Channel, CommandLine, Exec, Hook, Notify};
use overnight_record::StopFlag;

use super::answer::Answer;
use super::error::DeliveryError;
use super::http::{self, Http};
use super::message::Message;
use super::{exec, ntfy, slack, webhook};
use crate::secrets::Redactor;

/// Where messages go. Cloning it is cheap.
#[derive(Clone)]
pub struct Channels {
    endpoints: Arc<Vec<(String, Endpoint)>>,
    http: Http,
    project: PathBuf,
    redactor: Redactor,
}

/// Addresses and tokens are never shown.
impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels")
            .field("names", &self.names())
            .finish_non_exhaustive()
    }
}

/// A channel that cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the channel `{channel}` cannot be used: {why}")]
pub struct ChannelProblem {
    /// Its name.
    pub channel: String,
    /// Why.
    pub why: String,
}

enum Endpoint {
    Webhook(Target),
    Ntfy(Target),
    Slack(Target),
    Exec(Vec<String>),
    /// What is wrong with it is said at each delivery.
    Unusable(Box<dyn Fn() -> DeliveryError + Send + Sync>),
}

struct Target {
    url: String,
    token: Option<String>,
}

impl Channels {
    /// The channels of `notify`, with addresses and tokens from variables through `lookup`,
    /// and those that cannot be used. Programs are started in `project`; what receivers
    /// answer passes `redactor`.
    pub fn resolve(
        notify: &Notify,
        lookup: &dyn Fn(&str) -> Option<String>,
        project: PathBuf,
        redactor: Redactor,
    ) -> (Self, Vec<ChannelProblem>) {
        let mut problems = Vec::new();
        let mut with_tls = notify.ping.as_deref().is_some_and(is_https);
        let mut endpoints = Vec::new();
        for (name, channel) in &notify.channels {
            let endpoint = Endpoint::of(channel, lookup);
            match &endpoint {
                Endpoint::Unusable(why) => problems.push(ChannelProblem {
                    channel: name.clone(),
                    why: why().to_string(),
                }),
                Endpoint::Webhook(target) | Endpoint::Ntfy(target) | Endpoint::Slack(target) => {
                    with_tls |= is_https(&target.url);
                }
                Endpoint::Exec(_) => {}
            }
            endpoints.push((name.clone(), endpoint));
        }
        let channels = Self {
            endpoints: Arc::new(endpoints),
            http: Http::new(with_tls),
            project,
            redactor,
        };
        (channels, problems)
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.endpoints
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Delivers a message to one channel now, without secrets. It takes 10 seconds at most,
    /// a program 20; `stop` ends a program.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn deliver(
        &self,
        channel: &str,
        message: &Message,
        stop: &StopFlag,
    ) -> Result<Answer, DeliveryError> {
        let found = self.endpoints.iter().find(|(name, _)| name == channel);
        let Some((_, endpoint)) = found else {
            return Err(DeliveryError::NoChannel {
                channel: channel.to_owned(),
            });
        };
        let message = &message.cleared(&self.redactor);
        let http = &self.http;
        let answer = match endpoint {
            Endpoint::Webhook(to) => {
                webhook::deliver(http, &to.url, to.token.as_deref(), channel, message)
            }
            Endpoint::Ntfy(to) => ntfy::deliver(http, &to.url, to.token.as_deref(), message),
            Endpoint::Slack(to) => slack::deliver(http, &to.url, to.token.as_deref(), message),
            Endpoint::Exec(argv) => exec::deliver(argv, &self.project, message, stop),
            Endpoint::Unusable(why) => Err(why()),
        };
        self.cleared(answer)
    }

    /// Asks for the dead-man's switch.
    pub(super) fn ping(&self, url: &str) -> Result<Answer, DeliveryError> {
        self.cleared(self.http.get(url))
    }

    /// Receivers repeat what they are sent, credentials included.
    fn cleared(&self, answer: Result<Answer, DeliveryError>) -> Result<Answer, DeliveryError> {
        match answer {
            Ok(answer) => Ok(Answer {
                said: self.redactor.redact(&answer.said).into_owned(),
                ..answer
            }),
            Err(error) => Err(error.cleared(&self.redactor)),
        }
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

impl Endpoint {
    fn of(channel: &Channel, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let over_http = |hook: &Hook, make: fn(Target) -> Self| {
            Target::of(hook, lookup).map_or_else(|why| why, make)
        };
        match channel {
            Channel::Webhook(hook) => over_http(hook, Self::Webhook),
            Channel::Ntfy(hook) => over_http(hook, Self::Ntfy),
            Channel::Slack(hook) => over_http(hook, Self::Slack),
            Channel::Exec(Exec { command }) => match words(command) {
                Ok(argv) => Self::Exec(argv),
                Err(why) => Self::Unusable(Box::new(move || DeliveryError::BadCommand {
                    why: why.clone(),
                })),
            },
        }
    }

    fn no_variable(variable: &str) -> Self {
        let variable = variable.to_owned();
        Self::Unusable(Box::new(move || DeliveryError::NoVariable {
            variable: variable.clone(),
        }))
    }
}

impl Target {
    fn of(hook: &Hook, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Endpoint> {
        let value = |name: &String| {
            lookup(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
                .ok_or_else(|| Endpoint::no_variable(name))
        };
        let url = match (&hook.url_env, &hook.url) {
            (Some(name), _) => value(name)?,
            (None, Some(url)) => url.clone(),
            (None, None) => {
                return Err(Endpoint::Unusable(Box::new(|| DeliveryError::NoAddress)));
            }
        };
        if http::host(&url).is_none() {
            return Err(Endpoint::Unusable(Box::new(|| DeliveryError::BadAddress)));
        }
        Ok(Self {
            url,
            token: hook.token_env.as_ref().map(value).transpose()?,
        })
    }
}

fn is_https(url: &str) -> bool {
    url.starts_with("https://")
}

fn words(command: &CommandLine) -> Result<Vec<String>, String> {
    let words = match command {
        CommandLine::Words(words) => words.clone(),
        CommandLine::Line(line) => shell_words::split(line).map_err(|e| e.to_string())?,
    };
    if words.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(words)
}
