//! From a specification to loaded networks.

use std::path::{Path, PathBuf};

use overnight_record::result::BackendInfo;
use overnight_record::store::sha256_hex;

use super::classifier::{Classifier, ClassifierSettings};
use super::crop::TURN_RATIO;
use super::db::DbSettings;
use super::detector::{Detector, DetectorSettings};
use super::network::{Network, Source};
use super::pipeline::{DROP_SCORE, ENOUGH, Ppocr};
use super::reader::Reader;
use super::recogniser::{HEIGHT, Recogniser, RecogniserSettings};
use super::spec::{PpocrSpec, RecogniserSpec, known};
use crate::fingerprint::Fingerprint;
use crate::models::{ModelRole, ModelStore, RuntimeKind};
use crate::runtime::{Device, Runtime, open};
use crate::{BackendError, LoadOptions};

/// Version of everything between the networks that no setting names: raised when code
/// changes what is read.
const POST_PROCESSOR: u32 = 4;

impl Ppocr {
    /// Loads the networks and checks that they are what they should be.
    ///
    /// # Errors
    /// [`BackendError`] naming the file.
    pub fn load(name: &str, spec: &PpocrSpec, options: &LoadOptions) -> Result<Self, BackendError> {
        let store = ModelStore::new(&options.models_dir);
        let runtime = open(
            &spec.runtime,
            fetched_library(&store, spec.runtime.device),
            options.thread_count(),
        )?;
        let loader = Loader {
            store: &store,
            runtime: runtime.as_ref(),
        };
        // Hashing and preparing the weights is work for one core; there are several networks.
        let (detector, reader) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| loader.reader(spec));
            let detector = loader.detector(spec);
            let reader = reader
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, BackendError>((detector?, reader?))
        })?;
        let classifier = reader.classifier.iter().map(Classifier::network);
        let recognisers = std::iter::once(&reader.first).chain(&reader.others);
        let networks = std::iter::once(detector.network())
            .chain(classifier)
            .chain(recognisers.map(Recogniser::network));
        Ok(Self {
            info: BackendInfo {
                name: name.to_owned(),
                kind: "ppocr".to_owned(),
                fingerprint: fingerprint(runtime.as_ref(), &detector, &reader),
                runtime: runtime.label().to_owned(),
                device: runtime.device().to_string(),
                threads: runtime.lanes(),
                models: networks.map(Network::file).collect(),
            },
            detector,
            reader,
            lanes: runtime.lanes(),
        })
    }
}

/// The library in the store that can compute on a device.
fn fetched_library(store: &ModelStore, device: Device) -> Option<PathBuf> {
    let library = match device {
        Device::Cpu => store
            .runtime_library_of(RuntimeKind::Cpu)
            .or_else(|| store.runtime_library()),
        Device::Cuda | Device::TensorRt => store.runtime_library_of(RuntimeKind::Gpu),
    };
    library.map(|library| library.path)
}

struct Loader<'a> {
    store: &'a ModelStore,
    runtime: &'a dyn Runtime,
}

impl Loader<'_> {
    /// An own network, or the one a known model has for a role.
    fn network(
        &self,
        role: ModelRole,
        own: Option<&PathBuf>,
        model: &str,
    ) -> Result<Network, BackendError> {
        let source = match own {
            Some(path) => Source::Own(path),
            None => {
                let model = known(model)?;
                let file = model.file(role).ok_or_else(|| BackendError::NoNetwork {
                    model: model.name.to_owned(),
                    role: role.name(),
                })?;
                Source::Known(self.store, model, file)
            }
        };
        Network::load(role, &source, self.runtime)
    }

    fn detector(&self, spec: &PpocrSpec) -> Result<Detector, BackendError> {
        let model = &spec.recogniser.model;
        let network = self.network(ModelRole::Detection, spec.detection.as_ref(), model)?;
        // A detector of one's own is most likely one of the model that is named beside it.
        let released = known(model)?.db;
        let settings = DetectorSettings {
            max_pixels: spec.max_pixels,
            db: DbSettings {
                pixel_threshold: spec.pixel_threshold.unwrap_or(released.pixel_threshold),
                box_threshold: spec.box_threshold.unwrap_or(released.box_threshold),
                unclip_ratio: spec.unclip_ratio.unwrap_or(released.unclip_ratio),
                ..DbSettings::default()
            },
            ..DetectorSettings::default()
        };
        Detector::new(network, settings)
    }

    fn reader(&self, spec: &PpocrSpec) -> Result<Reader, BackendError> {
        let others = spec.others.iter().map(|other| self.recogniser(other));
        Ok(Reader {
            classifier: self.classifier(spec)?,
            first: self.recogniser(&spec.recogniser)?,
            others: others.collect::<Result<_, _>>()?,
            sure_from: spec.sure_from,
        })
    }

    fn classifier(&self, spec: &PpocrSpec) -> Result<Option<Classifier>, BackendError> {
        if !spec.turn_lines {
            return Ok(None);
        }
        let own = spec.classification.as_ref();
        let network = self.network(ModelRole::Classification, own, &spec.recogniser.model)?;
        let released = known(&spec.recogniser.model)?.angle;
        let settings = ClassifierSettings {
            height: released.height as u32,
            width: released.width as u32,
            threshold: released.threshold,
        };
        Classifier::new(network, settings).map(Some)
    }

    fn recogniser(&self, spec: &RecogniserSpec) -> Result<Recogniser, BackendError> {
        let own = spec.recognition.as_ref();
        let network = self.network(ModelRole::Recognition, own, &spec.model)?;
        let of_model: Option<PathBuf> = match own {
            Some(_) => None,
            None => {
                let model = known(&spec.model)?;
                let file = model.file(ModelRole::Dictionary);
                file.map(|file| self.store.path(model, file))
            }
        };
        let dictionary: Option<&Path> = spec.dictionary.as_deref().or(of_model.as_deref());
        Recogniser::new(network, dictionary, RecogniserSettings::default())
    }
}

fn fingerprint(runtime: &dyn Runtime, detector: &Detector, reader: &Reader) -> String {
    let DetectorSettings {
        first_pixels,
        max_pixels,
        small_line,
        small_share,
        good_line,
        max_side,
        min_side,
        max_enlargement,
        db,
    } = *detector.settings();
    let mut fingerprint = Fingerprint::default()
        .with("kind", "ppocr")
        .with("runtime", runtime.label())
        .with("device", runtime.device())
        .with("decode.pixels", ENOUGH.pixels)
        .with("decode.shorter_side", ENOUGH.shorter_side)
        .with("detection", detector.network().sha256())
        .with("detection.first_pixels", first_pixels)
        .with("detection.max_pixels", max_pixels)
        .with("detection.small_line", small_line)
        .with("detection.small_share", small_share)
        .with("detection.good_line", good_line)
        .with("detection.max_side", max_side)
        .with("detection.min_side", min_side)
        .with("detection.max_enlargement", max_enlargement)
        .with("db.pixel_threshold", db.pixel_threshold)
        .with("db.box_threshold", db.box_threshold)
        .with("db.unclip_ratio", db.unclip_ratio)
        .with("db.max_candidates", db.max_candidates)
        .with("db.min_side", db.min_side)
        .with("crop.turn_ratio", TURN_RATIO);
    if let Some(classifier) = &reader.classifier {
        let ClassifierSettings {
            height,
            width,
            threshold,
        } = *classifier.settings();
        fingerprint = fingerprint
            .with("classification", classifier.network().sha256())
            .with("classification.height", height)
            .with("classification.width", width)
            .with("classification.threshold", threshold);
    }
    for recogniser in std::iter::once(&reader.first).chain(&reader.others) {
        let RecogniserSettings {
            width_multiple,
            min_width,
            max_width,
        } = *recogniser.settings();
        let characters = sha256_hex(recogniser.dictionary().joined().as_bytes());
        fingerprint = fingerprint
            .with("recognition", recogniser.network().sha256())
            .with("dictionary", characters)
            .with("recognition.height", HEIGHT)
            .with("recognition.width_multiple", width_multiple)
            .with("recognition.min_width", min_width)
            .with("recognition.max_width", max_width);
    }
    if !reader.others.is_empty() {
        fingerprint = fingerprint.with("sure_from", reader.sure_from);
    }
    fingerprint
        .with("drop_score", DROP_SCORE)
        .with("post_processor", POST_PROCESSOR)
        .finish()
}
