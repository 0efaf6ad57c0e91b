//! Whether served models can be asked: the server, the model, the key, the program that starts
//! it, and, when asked to look closely, whether it takes an image.

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use overnight_image::{Encoding, RgbImage, encode};
use overnight_ocr::openai::{ApiKey, Deadlines, Models, Openai, Seen, look};
use overnight_ocr::{Backend as _, BackendSpec, ImageInput, ImageSource};
use overnight_plan::config::{Backend, Openai as Configured};
use overnight_record::{ExitCode, PredictionStatus, store};

use super::checks::found_or;
use super::{Check, State};
use crate::commands::plan::preflight::is_installed;
use crate::context::Context;
use crate::failure::Failure;
use crate::wiring;

const PURPOSE: &str = "a backend of overnight.toml";
/// How long a server may take to say which models it has.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// How long it may take to read a tiny image.
const IMAGE_LIMIT: Duration = Duration::from_secs(60);
/// Side of that image in pixels: one token of Qwen2-VL.
const SIDE: u32 = 28;
/// Models that are named.
const SHOWN: usize = 5;

/// The checks of every served backend. `deep`: each server that is there is asked to read a
/// tiny image.
pub(super) fn all(context: &Context, deep: bool) -> Vec<Check> {
    let Ok(config) = context.config() else {
        return Vec::new();
    };
    let served: Vec<(&String, &Configured)> = config
        .backends
        .iter()
        .filter_map(|(name, backend)| match backend {
            Backend::Openai(own) => Some((name, own.as_ref())),
            Backend::Ppocr(_) | Backend::Tesseract(_) | Backend::Worker(_) => None,
        })
        .collect();
    let asked: Vec<_> = served
        .iter()
        .map(|(_, own)| (own.base_url.clone(), key_of(own)))
        .collect();
    let mut checks = Vec::new();
    for ((name, own), seen) in served.into_iter().zip(look(&asked, TIME_LIMIT)) {
        checks.extend(key(name, own));
        checks.extend(program(context, name, own));
        let server = server(name, own, &seen);
        let is_usable = matches!(seen, Seen::There(_)) && server.state == State::Ok;
        checks.push(server);
        if deep {
            checks.push(image(context, name, is_usable));
        }
    }
    checks
}

fn key_of(own: &Configured) -> Option<ApiKey> {
    ApiKey::new(&env::var(own.api_key_env.as_ref()?).unwrap_or_default())
}

/// The variable of the key; its value is never shown.
fn key(name: &str, own: &Configured) -> Option<Check> {
    let variable = own.api_key_env.as_ref()?;
    let found = key_of(own).map(|_| format!("{variable} is set"));
    let is_set = found.is_some();
    let mut check = found_or(
        format!("key {name}"),
        PURPOSE,
        found,
        format!("set {variable}, or leave `api_key_env` of [backends.{name}] out"),
    );
    if !is_set {
        check.found = format!("{variable} is not set");
    }
    Some(check)
}

fn program(context: &Context, name: &str, own: &Configured) -> Option<Check> {
    let program = own.serve.as_ref()?.first()?;
    let is_here = is_installed(program, &context.project);
    let mut check = found_or(
        format!("serve {name}"),
        PURPOSE,
        is_here.then(|| format!("{program} is installed")),
        format!("install {program}, or correct `serve` of [backends.{name}]"),
    );
    if !is_here {
        check.found = format!("{program} is not found");
    }
    Some(check)
}

fn server(name: &str, own: &Configured, seen: &Seen) -> Check {
    let (state, found, remedy) = match seen {
        Seen::There(models) => return known(name, own, models),
        Seen::Away(reason) if own.serve.is_some() => (
            State::Note,
            format!(
                "nobody answers at {} yet, and `serve` starts it when it is needed ({reason})",
                own.base_url
            ),
            None,
        ),
        Seen::Away(reason) => (
            State::Missing,
            format!("nobody answers at {}: {reason}", own.base_url),
            Some(format!(
                "start the server, correct `base_url`, or let `serve` of [backends.{name}] start it"
            )),
        ),
        Seen::Denied(status) => (
            State::Missing,
            format!("{} refuses the key (HTTP {status})", own.base_url),
            Some(format!(
                "put a valid key into the variable that `api_key_env` of [backends.{name}] names"
            )),
        ),
    };
    Check {
        state,
        found,
        remedy,
        ..found_or(format!("server {name}"), PURPOSE, None, "")
    }
}

/// A server that answers, and whether it has the model.
fn known(name: &str, own: &Configured, models: &Models) -> Check {
    let shown = format!("server {name}");
    let found = match models.have(&own.model) {
        Some(true) => format!("{} has {}", own.base_url, own.model),
        None => format!(
            "{} answers; it lists no models, so nobody knows whether it has {}",
            own.base_url, own.model
        ),
        Some(false) => {
            let known: Vec<&str> = models.names.iter().map(String::as_str).collect();
            let mut list = known[..known.len().min(SHOWN)].join(", ");
            if known.len() > SHOWN {
                list.push_str(&format!(" and {} more", known.len() - SHOWN));
            }
            return Check {
                found: format!(
                    "{} has no model {} (it has {list})",
                    own.base_url, own.model
                ),
                ..found_or(
                    shown,
                    PURPOSE,
                    None,
                    format!("correct `model` of [backends.{name}]"),
                )
            };
        }
    };
    found_or(shown, PURPOSE, Some(found), "")
}

/// Whether it takes an image, by sending one.
fn image(context: &Context, name: &str, is_usable: bool) -> Check {
    let shown = format!("image {name}");
    let purpose = "reading images with a served model";
    if !is_usable {
        return Check {
            state: State::Note,
            found: "not tried: the server is not ready".to_owned(),
            remedy: None,
            ..found_or(shown, purpose, None, "")
        };
    }
    match read_tiny(context, name) {
        Ok(found) => found_or(shown, purpose, Some(found), ""),
        Err(failure) => Check {
            found: failure.chain().join(": ").replace('\n', " "),
            ..found_or(
                shown,
                purpose,
                None,
                failure.hint().unwrap_or_else(|| {
                    "serve a model that reads images (llama.cpp: with --mmproj); see docs/vlm.md"
                        .to_owned()
                }),
            )
        },
    }
}

/// Sends a tiny image once, for a few tokens; what is read in it does not matter.
fn read_tiny(context: &Context, name: &str) -> Result<String, Failure> {
    let BackendSpec::Openai(mut spec) = wiring::backend_spec(context, name)? else {
        return Ok(String::new());
    };
    spec.serve = None;
    spec.journal = None;
    spec.max_attempts = 1;
    spec.give_up_after = Duration::ZERO;
    spec.sampling.max_tokens = 8;
    spec.sampling.loop_temperatures.clear();
    spec.picture.min_pixels = u64::from(spec.picture.patch).pow(2);
    spec.picture.encoding = Encoding::Png;
    spec.deadlines = Deadlines {
        first_byte: IMAGE_LIMIT,
        total: IMAGE_LIMIT,
        ..spec.deadlines
    };
    let backend = Openai::load(name, &spec, &context.stop)?;
    let begun = Instant::now();
    let input = tiny_image()?;
    let prediction = backend.recognize(&[input]).pop();
    let Some(prediction) = prediction else {
        return Err(Failure::new(ExitCode::Temporary, "nothing came back"));
    };
    use PredictionStatus::{Empty, Loop, Ok as Read, ParseError, Refusal, Truncated};
    match prediction.status {
        Read | Empty | Truncated | Loop | ParseError | Refusal => Ok(format!(
            "an image of {SIDE}x{SIDE} pixels was taken in {:.1} s",
            begun.elapsed().as_secs_f64()
        )),
        status => Err(Failure::new(
            ExitCode::Precondition,
            format!(
                "an image was not taken ({status}): {}",
                prediction.error.as_deref().unwrap_or("no explanation")
            ),
        )),
    }
}

/// A dark bar on white.
fn tiny_image() -> Result<ImageInput, Failure> {
    let pixels = (0..SIDE * SIDE).flat_map(|place| {
        let is_dark = (10..18).contains(&(place / SIDE));
        [if is_dark { 40 } else { 255 }; 3]
    });
    let image = RgbImage::from_raw(SIDE, SIDE, pixels.collect());
    let bytes = image.and_then(|image| encode(&image, Encoding::Png).ok());
    let bytes = bytes.ok_or_else(|| Failure::new(ExitCode::Temporary, "no image can be made"))?;
    Ok(ImageInput {
        id: "tiny".to_owned(),
        image: "tiny.png".to_owned(),
        sha256: store::sha256_hex(&bytes),
        source: ImageSource::Encoded(Arc::from(bytes)),
    })
}
