//! Servers of models that answer now.

use std::time::Duration;

use overnight_ocr::openai::{Seen, look as look_at};
use overnight_plan::ServedModel;

/// Where servers on this machine listen when nobody told them otherwise: vLLM, vLLM beside
/// another one, llama.cpp, Ollama.
const USUAL: [u16; 4] = [8000, 8001, 8080, 11434];
/// How long one may take to answer.
const TIME_LIMIT: Duration = Duration::from_millis(700);
/// How long one that was named may take.
const NAMED_LIMIT: Duration = Duration::from_secs(5);

/// A backend for each server that lists models: those named, or those at the usual ports of
/// this machine. Also, in a line each, why there is none for one that was named.
pub(super) fn look(named: &[String]) -> (Vec<ServedModel>, Vec<String>) {
    let limit = match named {
        [] => TIME_LIMIT,
        _ => NAMED_LIMIT,
    };
    let addresses: Vec<String> = match named {
        [] => USUAL
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}/v1"))
            .collect(),
        named => named.to_vec(),
    };
    let asked: Vec<_> = addresses.iter().map(|url| (url.clone(), None)).collect();
    let mut found: Vec<ServedModel> = Vec::new();
    let mut silent = Vec::new();
    for (base_url, seen) in addresses.iter().zip(look_at(&asked, limit)) {
        let reason = match seen {
            Seen::There(models) => {
                let taken: Vec<String> = found.iter().map(|one| one.backend.clone()).collect();
                match ServedModel::propose(base_url, &models.names, &taken) {
                    Some(served) => {
                        found.push(served);
                        continue;
                    }
                    None => "it lists no models".to_owned(),
                }
            }
            Seen::Denied(status) => format!("it wants a key (HTTP {status})"),
            Seen::Away(reason) => reason,
        };
        if !named.is_empty() {
            silent.push(format!("no backend for {base_url}: {reason}"));
        }
    }
    (found, silent)
}
