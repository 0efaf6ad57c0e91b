//! What one value says about another.

use std::collections::BTreeMap;

use super::check::{Checker, written};
use super::options::BUILT_IN_PROFILES;
use super::origin::Places;
use super::{Backend, Config, Ppocr, validate_night, validate_worker};
use crate::near::suggestion;

/// Checks a configuration whose values are right each for itself.
pub(super) fn validate(config: &Config, places: &Places, checker: &mut Checker<'_>) {
    profiles(config, places, checker);
    for (name, backend) in &config.backends {
        match backend {
            Backend::Ppocr(ppocr) => networks(name, ppocr, places, checker),
            Backend::Tesseract(_) => {}
            Backend::Worker(worker) => validate_worker::validate(name, worker, places, checker),
        }
    }
    validate_night::validate(config, places, checker);
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

/// A known set of weights, or both networks of one's own.
fn networks(name: &str, ppocr: &Ppocr, places: &Places, checker: &mut Checker<'_>) {
    let has_own = ppocr.detection.is_some() || ppocr.recognition.is_some();
    let problem = if ppocr.model.is_some() && has_own {
        Some((
            "model",
            "`model` does not go together with networks of your own",
            "leave out `model`, or `detection` and `recognition`",
        ))
    } else if ppocr.detection.is_some() && ppocr.recognition.is_none() {
        Some((
            "detection",
            "`detection` needs `recognition`",
            "name both networks",
        ))
    } else if ppocr.recognition.is_some() && ppocr.detection.is_none() {
        Some((
            "recognition",
            "`recognition` needs `detection`",
            "name both networks",
        ))
    } else if ppocr.dictionary.is_some() && ppocr.recognition.is_none() {
        Some((
            "dictionary",
            "`dictionary` belongs to a recogniser of your own",
            "name `detection` and `recognition`, or leave it out",
        ))
    } else {
        None
    };
    if let Some((key, message, hint)) = problem {
        report(
            places,
            checker,
            &["backends", name, key],
            message.to_owned(),
            Some(hint.to_owned()),
        );
    }
}
