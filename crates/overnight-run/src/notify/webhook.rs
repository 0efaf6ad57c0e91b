//! A JSON document posted to a URL.

use serde_json::json;

use super::answer::Answer;
use super::error::DeliveryError;
use super::http::Http;
use super::message::Message;

/// The document's format. Fields are only ever added to it.
const SCHEMA: &str = "overnight.notification/1";

pub(super) fn deliver(
    http: &Http,
    url: &str,
    token: Option<&str>,
    channel: &str,
    message: &Message,
) -> Result<Answer, DeliveryError> {
    let key = message.key_for(channel);
    let document = json!({
        "schema": SCHEMA,
        "event": message.event,
        "run": message.run,
        "title": message.title,
        "text": message.text(),
        "lines": message.lines,
        "priority": message.priority,
        "at": message.at,
        "key": key,
    });
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Idempotency-Key", header_text(&key)),
    ];
    http.post(url, token, &headers, document.to_string().as_bytes())
}

/// Headers are ASCII.
fn header_text(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .collect()
}
