//! A message to a topic of ntfy: <https://docs.ntfy.sh/publish/>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::Answer;
use super::error::DeliveryError;
use super::http::Http;
use super::message::{Message, MessageEvent, Priority};

pub(super) fn deliver(
    http: &Http,
    url: &str,
    token: Option<&str>,
    message: &Message,
) -> Result<Answer, DeliveryError> {
    let priority = match message.priority {
        Priority::Normal => "3",
        Priority::High => "4",
        Priority::Urgent => "5",
    };
    // Tags that ntfy knows are shown as small pictures.
    let tag = match (message.event, message.priority) {
        (MessageEvent::Test, _) => "wave",
        (MessageEvent::Ended, Priority::Normal) => "white_check_mark",
        (MessageEvent::Ended, _) => "warning",
        (MessageEvent::Stuck | MessageEvent::FailedToStart, _) => "rotating_light",
    };
    let headers = [
        ("Title", header_text(&message.title)),
        ("Priority", priority.to_owned()),
        ("Tags", tag.to_owned()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
    ];
    http.post(url, token, &headers, message.text().as_bytes())
}

/// Headers are ASCII; ntfy decodes what RFC 2047 says about others.
fn header_text(text: &str) -> String {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        text.to_owned()
    } else {
        format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_ascii() {
        assert_eq!(header_text("4 of 5 done"), "4 of 5 done");
        assert_eq!(header_text("영수증"), "=?UTF-8?B?7JiB7IiY7Kad?=");
    }
}
