//! Whether the weights and the runtime of the backend `ppocr` are here.

use std::collections::BTreeSet;

use overnight_ocr::PpocrSpec;
use overnight_ocr::models::{
    KnownModel, ModelStore, RuntimeKind, known_model, known_models, known_runtime,
};
use overnight_plan::config::Backend;

use super::checks::found_or;
use super::{Check, State};
use crate::context::Context;
use crate::wiring;

const PURPOSE: &str = "the backend `ppocr`";

/// The models the project uses one by one, all others together, then the runtimes. What a
/// working downloader will fetch by itself at first need is worth a note only.
pub(super) fn checks(context: &Context, can_fetch: bool, has_gpu: bool) -> Vec<Check> {
    let store = match wiring::model_store() {
        Ok(store) => store,
        Err(failure) => {
            let remedy = "set OVERNIGHT_MODELS to a folder";
            return vec![Check {
                found: failure.chain().join(": "),
                ..found_or("model weights", PURPOSE, None, remedy)
            }];
        }
    };
    let used = used_models(context);
    let (used, others): (Vec<&KnownModel>, Vec<&KnownModel>) = known_models()
        .iter()
        .partition(|model| used.contains(model.name));
    let mut checks: Vec<Check> = used
        .into_iter()
        .map(|model| used_model(&store, model, can_fetch))
        .collect();
    checks.extend(other_models(&store, &others));
    checks.push(runtime(&store, RuntimeKind::Cpu));
    // Its 250 MB serve nobody who has no such processor.
    if has_gpu || store.runtime_library_of(RuntimeKind::Gpu).is_some() {
        checks.push(runtime(&store, RuntimeKind::Gpu));
    }
    checks
}

/// The known models the project's backends read with; the default one when it has none.
fn used_models(context: &Context) -> BTreeSet<String> {
    let default = PpocrSpec::default().recogniser.model;
    let mut used: BTreeSet<String> = BTreeSet::new();
    if let Ok(config) = context.config() {
        for backend in config.backends.values() {
            if let Backend::Ppocr(own) = backend
                && (own.detection.is_none() || own.recognition.is_none())
            {
                used.insert(own.model.clone());
            }
        }
    }
    if used.iter().all(|name| known_model(name).is_none()) {
        used.insert(default);
    }
    used
}

fn used_model(store: &ModelStore, model: &KnownModel, can_fetch: bool) -> Check {
    if store.is_present(model) {
        let shown = store.root().join(model.name).display().to_string();
        return found_or(model.name, PURPOSE, Some(shown), "");
    }
    let pull = format!("overnight models pull {}", model.name);
    let check = found_or(model.name, PURPOSE, None, pull);
    if !can_fetch {
        return check;
    }
    Check {
        state: State::Note,
        found: "not here yet; fetched at first need".to_owned(),
        ..check
    }
}

fn other_models(store: &ModelStore, models: &[&KnownModel]) -> Option<Check> {
    let (here, absent): (Vec<&KnownModel>, Vec<&KnownModel>) =
        models.iter().partition(|model| store.is_present(model));
    let names = |models: &[&KnownModel]| {
        let names: Vec<&str> = models.iter().map(|model| model.name).collect();
        names.join(", ")
    };
    let mut found: Vec<String> = Vec::new();
    if !here.is_empty() {
        found.push(format!("{} here", names(&here)));
    }
    if !absent.is_empty() {
        found.push(format!("{} not here", names(&absent)));
    }
    (!found.is_empty()).then(|| Check {
        name: "other models".into(),
        purpose: "comparing models",
        essential: false,
        state: State::Note,
        found: found.join("; "),
        remedy: (!absent.is_empty()).then(|| "overnight models pull MODEL, or --all".to_owned()),
    })
}

fn runtime(store: &ModelStore, kind: RuntimeKind) -> Check {
    let purpose = match kind {
        RuntimeKind::Cpu => "reading faster with the backend `ppocr`",
        RuntimeKind::Gpu => "reading with the graphics processor",
    };
    let library = store.runtime_library_of(kind);
    let found = library.map(|library| format!("{}, {}", library.version, library.path.display()));
    if found.is_some() {
        return found_or(kind.name(), purpose, found, "");
    }
    let is_known = known_runtime(kind).build().is_some();
    Check {
        name: kind.name().into(),
        purpose,
        essential: false,
        state: State::Note,
        found: if is_known {
            "not here; the built-in runtime reads without it".to_owned()
        } else {
            "no build is known for this machine; the built-in runtime reads without it".to_owned()
        },
        remedy: is_known.then(|| format!("overnight models pull --runtime {kind}")),
    }
}
