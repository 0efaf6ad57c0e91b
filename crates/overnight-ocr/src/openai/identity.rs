//! What decides a served model's answers, as far as it can be known from outside.

use super::answer::CLEANER;
use super::prompt::AnswerForm;
use super::spec::OpenaiSpec;
use crate::fingerprint::Fingerprint;
use crate::markdown;

/// Version of the way from an image to a request: raised when code changes what is sent.
const REQUEST: u32 = 1;

/// The fingerprint: model, prompt, sampling, further fields, how the image is sent, how the
/// answer is cleaned. Where the server runs is no part of it, so that the machines of a
/// cluster share what is known; which weights a server has under a name cannot be known.
pub(super) fn fingerprint(spec: &OpenaiSpec) -> String {
    let sampling = &spec.sampling;
    let picture = &spec.picture;
    let mut print = Fingerprint::default()
        .with("kind", "openai")
        .with("request", REQUEST)
        .with("cleaner", CLEANER)
        .with("model", &spec.model)
        .with("prompt", &spec.prompt.name)
        .with("prompt_sha256", spec.prompt.sha256())
        .with("form", format!("{:?}", spec.prompt.form))
        .with("temperature", sampling.temperature)
        .with("top_p", format!("{:?}", sampling.top_p))
        .with("seed", format!("{:?}", sampling.seed))
        .with("max_tokens", sampling.max_tokens)
        .with(
            "extra_body",
            serde_json::Value::Object(spec.extra_body.clone()),
        )
        .with("patch", picture.patch)
        .with("min_pixels", picture.min_pixels)
        .with("max_pixels", picture.max_pixels)
        .with("encoding", picture.encoding);
    if spec.prompt.form == AnswerForm::Markdown {
        print = print.with("markdown", markdown::VERSION);
    }
    for temperature in &sampling.loop_temperatures {
        print = print.with("loop_temperature", temperature);
    }
    for script in &spec.scripts {
        print = print.with("script", script.name());
    }
    print.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_the_answer_counts_and_where_it_comes_from_does_not() {
        let spec = OpenaiSpec::new("http://127.0.0.1:1/v1", "m");
        let base = fingerprint(&spec);
        let mut same = spec.clone();
        same.base_url = "http://node2:8001/v1".to_owned();
        same.concurrency = 1;
        same.stream = false;
        assert_eq!(fingerprint(&same), base);
        let changes: [fn(&mut OpenaiSpec); 8] = [
            |spec| spec.model = "n".to_owned(),
            |spec| spec.prompt.text.push('.'),
            |spec| spec.prompt.system = Some("x".to_owned()),
            |spec| spec.prompt.form = AnswerForm::Markdown,
            |spec| spec.sampling.temperature = 0.1,
            |spec| spec.sampling.loop_temperatures.clear(),
            |spec| spec.picture.max_pixels += 1,
            |spec| {
                spec.extra_body.insert("a".to_owned(), 1.into());
            },
        ];
        let mut prints = vec![base];
        for change in changes {
            let mut changed = spec.clone();
            change(&mut changed);
            let print = fingerprint(&changed);
            assert!(!prints.contains(&print));
            prints.push(print);
        }
    }
}
