//! The body of a request.

use serde_json::{Map, Value, json};

use super::spec::OpenaiSpec;

/// The body of a chat completion about one image, given as a data URL.
pub(super) fn body(
    spec: &OpenaiSpec,
    data_url: &str,
    temperature: f64,
    with_usage: bool,
) -> Vec<u8> {
    let mut messages = Vec::new();
    if let Some(system) = &spec.prompt.system {
        messages.push(json!({ "role": "system", "content": system }));
    }
    messages.push(json!({
        "role": "user",
        "content": [
            { "type": "image_url", "image_url": { "url": data_url } },
            { "type": "text", "text": spec.prompt.text },
        ],
    }));
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(spec.model));
    body.insert("messages".to_owned(), Value::Array(messages));
    let sampling = &spec.sampling;
    body.insert("temperature".to_owned(), json!(temperature));
    let max_tokens = sampling.max_tokens_field.clone();
    body.insert(max_tokens, json!(sampling.max_tokens));
    if let Some(top_p) = sampling.top_p {
        body.insert("top_p".to_owned(), json!(top_p));
    }
    if let Some(seed) = sampling.seed {
        body.insert("seed".to_owned(), json!(seed));
    }
    body.insert("stream".to_owned(), json!(spec.stream));
    if spec.stream && with_usage {
        let options = json!({ "include_usage": true });
        body.insert("stream_options".to_owned(), options);
    }
    body.extend(spec.extra_body.clone());
    Value::Object(body).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_fields_go_last_and_replace_ours() {
        let mut spec = OpenaiSpec::new("http://127.0.0.1/v1", "m");
        spec.extra_body.insert("grammar".to_owned(), json!("root"));
        spec.extra_body.insert("max_tokens".to_owned(), json!(7));
        spec.prompt.system = Some("be brief".to_owned());
        let body: Value =
            serde_json::from_slice(&body(&spec, "data:image/png;base64,AA", 0.3, true)).unwrap();
        assert_eq!(body["max_tokens"], 7);
        assert_eq!(
            (&body["grammar"], &body["stream"]),
            (&json!("root"), &json!(true))
        );
        assert_eq!(body["stream_options"]["include_usage"], true);
        assert_eq!(body["temperature"], 0.3);
        assert_eq!(body["messages"][0]["role"], "system");
        let content = &body["messages"][1]["content"];
        assert_eq!(content[0]["image_url"]["url"], "data:image/png;base64,AA");
        assert_eq!(content[1]["text"], spec.prompt.text);
    }
}
