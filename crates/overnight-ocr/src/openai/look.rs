//! A look at a server from outside: whether it is there, and which models it has.

use std::time::Duration;

use tokio::task::JoinSet;

use super::client::{Client, ModelList, Sign};
use super::spec::{ApiKey, Deadlines};
use super::start::is_known;

/// What a look at a server found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nobody answers, or not with what a server of models says; why.
    Away(String),
    /// It wants another key, or one at all: its HTTP status.
    Denied(u16),
    /// It is there.
    There(Models),
}

/// The models of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    /// Their names; empty when the server keeps no list.
    pub names: Vec<String>,
}

impl Models {
    /// Whether it has a model; `None` when it does not say which it has.
    pub fn have(&self, model: &str) -> Option<bool> {
        (!self.names.is_empty()).then(|| is_known(model, &self.names))
    }
}

/// Looks at servers side by side, each at its address with its key, and waits for each at most
/// so long. The answers are in the order of the questions.
pub fn look(servers: &[(String, Option<ApiKey>)], limit: Duration) -> Vec<Seen> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return vec![Seen::Away(error.to_string()); servers.len()],
    };
    let mut answers = vec![Seen::Away("the look at it failed".to_owned()); servers.len()];
    runtime.block_on(async {
        let mut looks = JoinSet::new();
        for (index, (base_url, key)) in servers.iter().cloned().enumerate() {
            looks.spawn(async move { (index, one(&base_url, key.as_ref(), limit).await) });
        }
        while let Some(looked) = looks.join_next().await {
            if let Ok((index, answer)) = looked {
                answers[index] = answer;
            }
        }
    });
    // A name that is still looked up has no time limit of its own.
    runtime.shutdown_background();
    answers
}

async fn one(base_url: &str, key: Option<&ApiKey>, limit: Duration) -> Seen {
    let deadlines = Deadlines {
        connect: limit,
        ..Deadlines::default()
    };
    let client = match Client::new(base_url, key, deadlines) {
        Ok(client) => client,
        Err(reason) => return Seen::Away(reason),
    };
    let asked = tokio::time::timeout(limit, async {
        match client.models().await {
            Ok(ModelList::None) => match client.sign_of_life(false).await {
                Sign::Up => Seen::There(Models { names: Vec::new() }),
                Sign::Down(reason) => Seen::Away(reason),
            },
            Ok(ModelList::Names(names)) => Seen::There(Models { names }),
            Ok(ModelList::Denied(status)) => Seen::Denied(status),
            Err(reason) => Seen::Away(reason),
        }
    });
    asked
        .await
        .unwrap_or_else(|_| Seen::Away(format!("no answer within {} s", limit.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn one_that_is_mute_holds_up_nobody() {
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = |listener: &TcpListener| {
            let port = listener.local_addr().unwrap().port();
            (format!("http://127.0.0.1:{port}/v1"), None)
        };
        let servers = [
            url(&mute),
            url(&closed),
            url(&mute),
            ("no address".to_owned(), None),
        ];
        drop(closed);
        let begun = Instant::now();
        let seen = look(&servers, Duration::from_millis(300));
        assert!(
            begun.elapsed() < Duration::from_millis(900),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(seen.len(), 4);
        let reason = |index: usize| match &seen[index] {
            Seen::Away(reason) => reason.clone(),
            other => panic!("{other:?}"),
        };
        assert!(
            reason(1).to_lowercase().contains("refused"),
            "{}",
            reason(1)
        );
        assert!(!reason(0).is_empty() && reason(0) == reason(2));
        assert!(!reason(3).is_empty());
    }

    #[test]
    fn a_model_is_known_or_not_or_nobody_says() {
        let models = |names: &[&str]| Models {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(models(&["a", "b:latest"]).have("b"), Some(true));
        assert_eq!(models(&["a"]).have("b"), Some(false));
        assert_eq!(models(&[]).have("b"), None);
    }
}
