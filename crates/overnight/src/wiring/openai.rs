//! A served model: from the configuration, a file with a prompt and a variable with a key.

use std::env;
use std::fs;

use overnight_ocr::OpenaiSpec;
use overnight_ocr::openai::{
    AnswerForm, ApiKey, Deadlines, PictureSpec, Prompt, Sampling, Script, ServeSpec,
};
use overnight_plan::config;
use overnight_record::ExitCode;

use crate::context::Context;
use crate::failure::Failure;

/// What the backend `name` is made of.
pub(super) fn spec(
    context: &Context,
    name: &str,
    own: &config::Openai,
) -> Result<OpenaiSpec, Failure> {
    let encoding = own.image.parse().map_err(|error| {
        Failure::new(
            ExitCode::Usage,
            format!("`image` of [backends.{name}]: {error}"),
        )
    })?;
    let state = context.state_dir();
    Ok(OpenaiSpec {
        api_key: api_key(name, own)?,
        prompt: prompt(context, name, own)?,
        sampling: Sampling {
            temperature: own.temperature,
            loop_temperatures: own.loop_temperatures.clone(),
            top_p: own.top_p,
            seed: own.seed,
            max_tokens: own.max_tokens,
            max_tokens_field: own.max_tokens_field.clone(),
        },
        extra_body: own.extra_body.clone(),
        stream: own.stream,
        scripts: own
            .scripts
            .iter()
            .filter_map(|name| Script::named(name))
            .collect(),
        picture: PictureSpec {
            patch: own.patch,
            min_pixels: own.min_pixels,
            max_pixels: own.max_pixels,
            encoding,
        },
        concurrency: own.concurrency,
        bytes_in_flight: own.bytes_in_flight.0,
        deadlines: Deadlines {
            connect: own.connect_timeout.0,
            first_byte: own.first_byte_timeout.0,
            total: own.timeout.0,
        },
        max_attempts: own.max_attempts,
        give_up_after: own.give_up_after.0,
        serve: own.serve.as_ref().map(|command| ServeSpec {
            command: command.clone(),
            directory: context.project.clone(),
            env: own.serve_env.clone(),
            log: state.join("servers").join(format!("{name}.log")),
            start_timeout: own.start_timeout.0,
            max_restarts: own.serve_restarts,
        }),
        journal: Some(state.join("cache/attempts")),
        ..OpenaiSpec::new(&own.base_url, &own.model)
    })
}

fn api_key(name: &str, own: &config::Openai) -> Result<Option<ApiKey>, Failure> {
    let Some(variable) = &own.api_key_env else {
        return Ok(None);
    };
    let value = env::var(variable).unwrap_or_default();
    ApiKey::new(&value).map(Some).ok_or_else(|| {
        Failure::with_hint(
            ExitCode::Precondition,
            format!("the environment variable {variable} with the key of `{name}` is not set"),
            format!("set {variable}, or leave `api_key_env` of [backends.{name}] out"),
        )
    })
}

fn prompt(context: &Context, name: &str, own: &config::Openai) -> Result<Prompt, Failure> {
    let form = match own.answer.as_deref() {
        Some("receipt-json") => AnswerForm::ReceiptJson,
        Some("markdown") => AnswerForm::Markdown,
        _ => AnswerForm::Text,
    };
    let text = match (&own.prompt_text, &own.prompt_file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(file)) => {
            let path = context.project.join(file);
            let text = fs::read_to_string(&path).map_err(|error| {
                Failure::with_hint(
                    ExitCode::Usage,
                    format!("failed to read the prompt {}: {error}", path.display()),
                    format!("correct `prompt_file` of [backends.{name}]"),
                )
            })?;
            Some(text)
        }
        (None, None) => None,
    };
    let prompt = match text {
        Some(text) => Prompt::own(&text, form),
        // The configuration was checked when it was read.
        None => Prompt::named(&own.prompt).unwrap_or_default(),
    };
    Ok(Prompt {
        system: own.system.clone(),
        ..prompt
    })
}
