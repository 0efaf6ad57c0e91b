//! What one value says about another.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::check::{Checker, written};
use super::options::BUILT_IN_PROFILES;
use super::origin::Places;
use super::{Backend, Config, Ppocr, validate_night, validate_openai, validate_worker};
use crate::near::suggestion;

/// Checks a configuration whose values are right each for itself.
pub(super) fn validate(config: &Config, places: &Places, checker: &mut Checker<'_>) {
    profiles(config, places, checker);
    for (name, backend) in &config.backends {
        match backend {
            Backend::Ppocr(ppocr) => networks(name, ppocr, config, places, checker),
            Backend::Tesseract(_) => {}
            Backend::Worker(worker) => validate_worker::validate(name, worker, places, checker),
            Backend::Openai(openai) => validate_openai::validate(name, openai, places, checker),
        }
    }
    validate_night::validate(config, places, checker);
    outputs(config, places, checker);
    for (address, step) in &config.steps {
        variables(&step.env, &["steps", address, "env"], places, checker);
    }
}

/// Names of environment variables, of the table under `key`.
pub(super) fn variables(
    env: &BTreeMap<String, String>,
    key: &[&str],
    places: &Places,
    checker: &mut Checker<'_>,
) {
    for name in env.keys().filter(|name| name.contains(['=', '\0'])) {
        let message = format!("`{name}` cannot be the name of a variable");
        let key: Vec<&str> = key.iter().copied().chain([name.as_str()]).collect();
        report(places, checker, &key, message, None);
    }
}

/// Reports a problem where the value under `key` was written, or the nearest table around it.
pub(super) fn report(
    places: &Places,
    checker: &mut Checker<'_>,
    key: &[&str],
    message: String,
    hint: Option<String>,
) {
    let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
    let at = (1..=key.len())
        .rev()
        .find_map(|length| places.get(&key[..length]))
        .copied()
        .unwrap_or_default();
    checker.report(at, written(&key), message, hint);
}

/// A folder of outputs ignores itself, which the project must not.
fn outputs(config: &Config, places: &Places, checker: &mut Checker<'_>) {
    let is_project = |path: &Path| path.components().all(|part| part == Component::CurDir);
    if config.workspace.outputs.iter().any(|path| is_project(path)) {
        let message = "the project itself cannot be a folder of outputs".to_owned();
        let hint = "name a folder in it".to_owned();
        report(
            places,
            checker,
            &["workspace", "outputs"],
            message,
            Some(hint),
        );
    }
}

fn profiles(config: &Config, places: &Places, checker: &mut Checker<'_>) {
    for name in config.profiles.keys() {
        if BUILT_IN_PROFILES.contains(&name.as_str()) {
            let message = format!("`{name}` is a built-in profile and cannot be changed");
            let hint = "give the profile a name of its own, with `base`".to_owned();
            report(places, checker, &["profiles", name], message, Some(hint));
        }
    }
    let known: Vec<&str> = BUILT_IN_PROFILES
        .into_iter()
        .chain(config.profiles.keys().map(String::as_str))
        .collect();
    let profile = config.scoring.profile.as_str();
    if !known.contains(&profile) {
        let message = format!("there is no profile `{profile}`");
        let hint = suggestion(profile, "profiles", &known);
        report(
            places,
            checker,
            &["scoring", "profile"],
            message,
            Some(hint),
        );
    }
}

/// What belongs together in a `ppocr` backend.
fn networks(
    name: &str,
    ppocr: &Ppocr,
    config: &Config,
    places: &Places,
    checker: &mut Checker<'_>,
) {
    let mut complain = |key: &str, message: String, hint: &str| {
        let key = ["backends", name, key];
        report(places, checker, &key, message, Some(hint.to_owned()));
    };
    if ppocr.dictionary.is_some() && ppocr.recognition.is_none() {
        complain(
            "dictionary",
            "`dictionary` belongs to a recogniser of your own".to_owned(),
            "name `recognition`, or leave it out",
        );
    }
    if ppocr.classification.is_some() && !ppocr.turn_lines {
        complain(
            "classification",
            "`classification` does nothing without `turn_lines`".to_owned(),
            "set `turn_lines = true`, or leave it out",
        );
    }
    if ppocr.runtime == "rten" && ppocr.device != "cpu" {
        complain(
            "device",
            format!("the runtime rten cannot compute on `{}`", ppocr.device),
            "use `runtime = \"onnxruntime\"` for a GPU",
        );
    }
    for (key, value) in [
        ("sure_from", Some(ppocr.sure_from)),
        ("pixel_threshold", ppocr.pixel_threshold),
        ("box_threshold", ppocr.box_threshold),
    ] {
        if let Some(value) = value.filter(|value| *value > 1.0) {
            let message = format!("`{key}` is a share from 0 to 1, not {value}");
            complain(key, message, "write 0.5 for one half");
        }
    }
    for other in &ppocr.recognisers {
        let is_ppocr = matches!(config.backends.get(other), Some(Backend::Ppocr(_)));
        if other == name || !is_ppocr {
            complain(
                "recognisers",
                format!("`{other}` is not another `ppocr` backend"),
                "describe it as [backends.NAME] with kind = \"ppocr\"",
            );
        }
    }
}
