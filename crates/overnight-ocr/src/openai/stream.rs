//! From the bytes of a response to an answer. Pure.
//!
//! A streamed answer is server-sent events with a JSON object each; servers that do not
//! stream send one JSON document. Which of the two came is told by its first byte, not by
//! what was asked for. `[DONE]`, usage and even the reason for the end may be missing.

use overnight_record::Usage;
use serde::Deserialize;

/// Bytes of an answer, at most.
const MOST_BYTES: usize = 16 << 20;

/// What a model answered, as far as it arrived.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    /// The text.
    pub(super) text: String,
    /// What the model wrote apart from it while it thought.
    pub(super) reasoning: String,
    pub(super) finish_reason: Option<String>,
    pub(super) usage: Option<Usage>,
    /// An error the server sent in place of the rest.
    pub(super) error: Option<SentError>,
    /// Whether its end was told, by `[DONE]`, a reason for the end or a whole document.
    pub(super) is_complete: bool,
}

/// An error inside a response with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentError {
    /// The HTTP status it names.
    pub(super) code: Option<u16>,
    pub(super) text: String,
}

/// A response that is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

/// Reads a response piece by piece.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Bytes that are no whole line yet, or the whole document.
    rest: Vec<u8>,
    /// `data:` lines that are no whole object yet.
    event: String,
    form: Option<Form>,
    bytes: usize,
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Events,
    Document,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<ServerUsage>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    /// Of a streamed answer.
    #[serde(default)]
    delta: Option<Message>,
    /// Of a whole one.
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default, alias = "reasoning")]
    reasoning_content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct ServerUsage {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
}

impl Reader {
    /// What has arrived so far.
    pub(super) fn so_far(&self) -> &Answer {
        &self.answer
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Unreadable`] when they cannot belong to an answer.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            let reason = format!("the response is longer than {} MiB", MOST_BYTES >> 20);
            return Err(Unreadable(reason));
        }
        self.rest.extend_from_slice(bytes);
        if self.form.is_none() {
            let first = self.rest.iter().find(|byte| !byte.is_ascii_whitespace());
            self.form = first.map(|first| match first {
                b'{' => Form::Document,
                _ => Form::Events,
            });
        }
        if self.form != Some(Form::Events) {
            return Ok(());
        }
        let rest = std::mem::take(&mut self.rest);
        let end = rest.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        for line in rest[..end].split(|b| *b == b'\n') {
            self.take_line(line)?;
        }
        self.rest = rest[end..].to_vec();
        Ok(())
    }

    /// The answer, once nothing more comes. It is not complete when it broke off.
    ///
    /// # Errors
    /// [`Unreadable`] when there is none.
    pub(super) fn finish(mut self) -> Result<Answer, Unreadable> {
        match self.form {
            None => Ok(self.answer),
            Some(Form::Events) => {
                let rest = std::mem::take(&mut self.rest);
                // A line without its end may be half a line.
                let _ = self.take_line(&rest);
                Ok(self.answer)
            }
            Some(Form::Document) => {
                let chunk: Chunk = serde_json::from_slice(&self.rest)
                    .map_err(|error| Unreadable(format!("the response is no answer: {error}")))?;
                let is_answer = chunk.error.is_some() || chunk.choices.is_some();
                if !is_answer {
                    let reason = "the response is JSON without an answer".to_owned();
                    return Err(Unreadable(reason));
                }
                self.take_chunk(chunk);
                self.answer.is_complete = true;
                Ok(self.answer)
            }
        }
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Unreadable> {
        let line = String::from_utf8_lossy(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.trim().is_empty() {
            // The end of an event.
            if self.event.is_empty() {
                return Ok(());
            }
            let event = std::mem::take(&mut self.event);
            let start: String = event.chars().take(80).collect();
            return Err(Unreadable(format!(
                "an event of the answer is no JSON: {start}"
            )));
        }
        let Some((field, value)) = line.split_once(':') else {
            return self.stray(line);
        };
        match field {
            "data" | "error" => {}
            // A comment, as a sign of life.
            "" | "event" | "id" | "retry" => return Ok(()),
            _ => return self.stray(line),
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        if value.trim() == "[DONE]" {
            self.answer.is_complete = true;
            return Ok(());
        }
        if !self.event.is_empty() {
            self.event.push('\n');
        }
        self.event.push_str(value);
        // Some servers forget the empty line after an event.
        let parsed = match field {
            "error" => serde_json::from_str(&self.event).map(|error| Chunk {
                choices: None,
                usage: None,
                error: Some(error),
            }),
            _ => serde_json::from_str::<Chunk>(&self.event),
        };
        if let Ok(chunk) = parsed {
            self.event.clear();
            self.take_chunk(chunk);
        }
        Ok(())
    }

    /// A line that is none of an event stream.
    fn stray(&self, line: &str) -> Result<(), Unreadable> {
        let start: String = line.chars().take(80).collect();
        Err(Unreadable(format!("the response is no answer: {start}")))
    }

    fn take_chunk(&mut self, chunk: Chunk) {
        let answer = &mut self.answer;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            answer.error = Some(sent_error(&error));
        }
        if let Some(usage) = chunk.usage
            && let (Some(prompt_tokens), completion_tokens) =
                (usage.prompt_tokens, usage.completion_tokens)
        {
            answer.usage = Some(Usage {
                prompt_tokens,
                completion_tokens: completion_tokens.unwrap_or(0),
            });
        }
        let Some(choice) = chunk.choices.into_iter().flatten().next() else {
            return;
        };
        if let Some(message) = choice.delta.or(choice.message) {
            match message.content {
                Some(Content::Text(text)) => answer.text.push_str(&text),
                Some(Content::Parts(parts)) => {
                    for part in parts {
                        answer.text.push_str(&part.text.unwrap_or_default());
                    }
                }
                None => {}
            }
            let thought = message.reasoning_content.unwrap_or_default();
            answer.reasoning.push_str(&thought);
            // A model that declines in a field of its own declines all the same.
            answer.text.push_str(&message.refusal.unwrap_or_default());
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            answer.finish_reason = Some(reason);
            answer.is_complete = true;
        }
    }
}

fn sent_error(error: &serde_json::Value) -> SentError {
    let code = error.get("code").and_then(serde_json::Value::as_u64);
    let text = error.get("message").and_then(serde_json::Value::as_str);
    SentError {
        code: code.and_then(|code| u16::try_from(code).ok()),
        text: text.map_or_else(|| error.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same bytes in pieces of every size give the same answer.
    fn read(bytes: &str) -> Result<Answer, Unreadable> {
        let whole = read_in(bytes, usize::MAX);
        for size in [1, 2, 7] {
            assert_eq!(read_in(bytes, size), whole, "in pieces of {size}");
        }
        whole
    }

    fn read_in(bytes: &str, size: usize) -> Result<Answer, Unreadable> {
        let mut reader = Reader::default();
        for piece in bytes.as_bytes().chunks(size.min(bytes.len().max(1))) {
            reader.feed(piece)?;
        }
        reader.finish()
    }

    #[test]
    fn a_stream_is_put_together() {
        let stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n\
            : still here\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"합계 \"}}]}\r\n\r\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"5.00\"},\"finish_reason\":\"stop\"}]}\n\n\
            data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n\
            data: [DONE]\n\n";
        let answer = read(stream).unwrap();
        assert_eq!(answer.text, "합계 5.00");
        assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
        assert_eq!(answer.usage.unwrap().completion_tokens, 3);
        assert!(answer.is_complete);
        // Without `[DONE]`, usage and the empty line at the end.
        let bare =
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}";
        let answer = read(bare).unwrap();
        assert_eq!((answer.text.as_str(), answer.is_complete), ("a", true));
        assert_eq!(answer.usage, None);
    }

    #[test]
    fn a_document_is_read_as_well() {
        let whole = r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"}]},
            "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        let answer = read(whole).unwrap();
        assert_eq!((answer.text.as_str(), answer.is_complete), ("a", true));
        let error = r#"{"error":{"code":400,"message":"too long"}}"#;
        let error = read(error).unwrap().error.unwrap();
        assert_eq!((error.code, error.text.as_str()), (Some(400), "too long"));
    }

    #[test]
    fn what_breaks_off_is_not_complete() {
        let cut = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choi";
        let answer = read(cut).unwrap();
        assert_eq!((answer.text.as_str(), answer.is_complete), ("a", false));
        assert!(!read("").unwrap().is_complete);
        let sent = "error: {\"code\":500,\"message\":\"no\"}\n\n";
        assert_eq!(read(sent).unwrap().error.unwrap().code, Some(500));
    }

    #[test]
    fn other_things_are_refused() {
        for other in [
            "<html>\n<body>Bad gateway</body>\n",
            "{\"hello\": 1}",
            "{\"choices\": [",
            "data: {nonsense}\n\ndata: [DONE]\n\n",
        ] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
