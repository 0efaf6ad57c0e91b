//! A message to an incoming webhook of Slack.

use serde_json::json;

use super::answer::Answer;
use super::error::DeliveryError;
use super::http::Http;
use super::message::Message;

pub(super) fn deliver(
    http: &Http,
    url: &str,
    token: Option<&str>,
    message: &Message,
) -> Result<Answer, DeliveryError> {
    let text = format!("*{}*\n{}", escape(&message.title), escape(&message.text()));
    let headers = [("Content-Type", "application/json".to_owned())];
    let document = json!({ "text": text });
    http.post(url, token, &headers, document.to_string().as_bytes())
}

/// The three characters that Slack reads as markup of its own.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
