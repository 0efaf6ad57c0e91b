//! What a failed call says: a status, a reason, and by how much an image is too large.

use overnight_record::PredictionStatus;

use super::client::{CallError, one_line};
use super::spec::OpenaiSpec;

/// The status and the reason that a failed call gives a sample.
pub(super) fn described(error: &CallError) -> (PredictionStatus, String) {
    use PredictionStatus::{HttpError, Timeout};
    match error {
        CallError::Connect(reason) => (HttpError, format!("no connection: {reason}")),
        CallError::Broken(reason) => (HttpError, format!("the connection broke: {reason}")),
        CallError::Timeout(reason) => (Timeout, reason.clone()),
        CallError::Unreadable(reason) => (HttpError, reason.clone()),
        CallError::Status { code, body, .. } => (
            HttpError,
            format!("HTTP {code}: {}", one_line(&message(body))),
        ),
    }
}

/// What the body of an error says.
fn message(body: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let message = parsed.as_ref().and_then(|value| {
        let error = value.get("error").unwrap_or(value);
        let text = error
            .get("message")
            .or(error.get("detail"))
            .unwrap_or(error);
        text.as_str().map(str::to_owned)
    });
    message.unwrap_or_else(|| body.to_owned())
}

/// The share of an image's pixels that lets prompt and answer fit the context, where the server
/// says how large that is, as llama.cpp does; with a margin. The server may have counted fewer
/// tokens than the image would have, because it reduced it itself.
pub(super) fn fitting_share(body: &str, pixels: u64, spec: &OpenaiSpec) -> Option<f64> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let error = value.get("error").unwrap_or(&value);
    let number = |name: &str| error.get(name).and_then(serde_json::Value::as_f64);
    let (prompt, context) = (number("n_prompt_tokens")?, number("n_ctx")?);
    // One token a patch, as in the models the patch is named for.
    let of_image = pixels as f64 / f64::from(spec.picture.patch.max(14)).powi(2);
    let of_text = match prompt > of_image {
        true => prompt - of_image,
        // At most a token a character, and the chat form around it.
        false => spec.prompt.text.chars().count() as f64 + 40.0,
    };
    // Half the context is left to the answer at most.
    let of_answer = f64::from(spec.sampling.max_tokens).min(context / 2.0);
    let room = 0.9 * (context - of_text - of_answer);
    (room > 0.0 && of_image > 0.0).then(|| (room / of_image).clamp(0.01, 0.9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_is_understood() {
        let llama = r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":4140,"n_ctx":4096}}"#;
        assert_eq!(message(llama), "too long");
        let mut spec = OpenaiSpec::new("http://127.0.0.1/v1", "m");
        spec.sampling.max_tokens = 1096;
        // 4,000 tokens of the image and 140 of the text.
        let share = fitting_share(llama, 4000 * 784, &spec).unwrap();
        assert!((share - 0.9 * (4096.0 - 140.0 - 1096.0) / 4000.0).abs() < 1e-9);
        // The server counts fewer than the image has: it would reduce it itself.
        let share = fitting_share(llama, 8000 * 784, &spec).unwrap();
        assert!(share < 0.9 * 3000.0 / 8000.0);
        assert_eq!(message("Internal Server Error"), "Internal Server Error");
        assert_eq!(message(r#"{"detail": "unknown field"}"#), "unknown field");
        assert_eq!(message(r#"{"error": "no such model"}"#), "no such model");
        assert_eq!(fitting_share("plain", 10, &spec), None);
    }
}
