//! Servers that commands name: whether somebody answers at their address.

use std::collections::BTreeMap;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use overnight_record::StepId;

use super::{Findings, Note, Scene};

/// How long an address has to answer.
const TIME_LIMIT: Duration = Duration::from_secs(2);

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let mut servers: BTreeMap<(String, u16), Option<StepId>> = BTreeMap::new();
    for command in scene.commands.iter().filter(|command| !command.is_agent) {
        let env = command.env.into_iter().flat_map(BTreeMap::values);
        for word in command.argv.iter().chain(env) {
            for server in addresses(word) {
                servers.entry(server).or_insert(command.whose.step());
            }
        }
    }
    let (answers, reached) = mpsc::channel();
    for (host, port) in servers.keys().cloned() {
        let answers = answers.clone();
        // Looking a name up has no time limit of its own, so a thread that hangs is left behind.
        thread::spawn(move || {
            let _ = answers.send(((host.clone(), port), answers_at(&host, port)));
        });
    }
    drop(answers);
    let mut silent: BTreeMap<(String, u16), Option<StepId>> = servers;
    let until = std::time::Instant::now() + TIME_LIMIT + TIME_LIMIT / 4;
    while let Ok((server, is_there)) =
        reached.recv_timeout(until.saturating_duration_since(std::time::Instant::now()))
    {
        if is_there {
            silent.remove(&server);
        }
    }
    for ((host, port), step) in silent {
        findings.note(Note {
            kind: "server_not_reached",
            step,
            message: format!("nobody answers at {host}:{port}"),
            hint: Some(
                "start the server before the night, or let an earlier step do it".to_owned(),
            ),
            ..Note::default()
        });
    }
}

fn answers_at(host: &str, port: u16) -> bool {
    let Ok(addresses) = (host, port).to_socket_addrs() else {
        return false;
    };
    // The first two: a name may have an address of each kind.
    addresses
        .take(2)
        .any(|address| TcpStream::connect_timeout(&address, TIME_LIMIT / 2).is_ok())
}

/// Hosts and ports of the web addresses in a word: those with a port, and those of this
/// machine. A host of the open web without a port is no server of the night's.
fn addresses(word: &str) -> Vec<(String, u16)> {
    let mut found = Vec::new();
    for (scheme, usual) in [("http://", 80), ("https://", 443)] {
        for (at, _) in word.match_indices(scheme) {
            let rest = &word[at + scheme.len()..];
            let end = rest
                .find(|c: char| c.is_whitespace() || "/?#\"'`,;)<>".contains(c))
                .unwrap_or(rest.len());
            // What stands before an `@` may be a password.
            let authority = rest[..end].rsplit('@').next().unwrap_or_default();
            let (host, port) = match authority
                .strip_prefix('[')
                .and_then(|v6| v6.split_once(']'))
            {
                Some((host, port)) => (host, port.strip_prefix(':')),
                None => match authority.split_once(':') {
                    Some((host, port)) => (host, Some(port)),
                    None => (authority, None),
                },
            };
            let is_local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok();
            let port = match port {
                Some(port) => port.parse().ok(),
                None => is_local.then_some(usual),
            };
            if let (Some(port), false) = (port, host.is_empty()) {
                found.push((host.to_owned(), port));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_words() {
        let at = |host: &str, port| vec![(host.to_owned(), port)];
        for (word, expected) in [
            ("http://127.0.0.1:8001/v1", at("127.0.0.1", 8001)),
            ("--url=https://localhost", at("localhost", 443)),
            ("http://[::1]:9/x", at("::1", 9)),
            ("{\"u\":\"http://a.b:80\"}", at("a.b", 80)),
            ("http://me:secret@box:1234", at("box", 1234)),
            ("https://huggingface.co/x", Vec::new()),
            ("http://", Vec::new()),
            ("http://a:port", Vec::new()),
            ("http://$HOST:$PORT", Vec::new()),
        ] {
            assert_eq!(addresses(word), expected, "{word}");
        }
        assert_eq!(addresses("http://a:1,http://b:2").len(), 2);
    }

    #[test]
    fn a_listener_answers_and_a_closed_port_does_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(answers_at("127.0.0.1", port));
        drop(listener);
        assert!(!answers_at("127.0.0.1", port));
    }
}
