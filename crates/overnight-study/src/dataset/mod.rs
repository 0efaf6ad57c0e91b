//! Datasets: images with their references, in a fixed order.
//!
//! Loading reads the references and lists the images; it opens no image. A missing or
//! broken image is an outcome of the study that meets it, never an error here.

mod error;
mod folder;
mod images;
mod jsonl;
mod key_values;
mod natural;
mod omnidocbench;
mod sroie;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_metrics::Random;
use overnight_record::result::DatasetInfo;
use overnight_record::store::sha256_hex;

pub use error::DatasetError;
pub use natural::natural_order;

/// How a dataset lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetFormat {
    /// `img/ID.jpg`, `box/ID.csv`, one phrase a line with its corners, and `key/ID.json` with
    /// the key values (ICDAR 2019 SROIE).
    Sroie,
    /// One JSON object a line: `{"id", "image", "text", "fields", "language"}`, images relative
    /// to the file.
    Jsonl,
    /// Images, each with a `.txt` of the same name beside it or in the folder `txt`.
    Folder,
    /// Images and one JSON file with the elements of every page (OmniDocBench).
    OmniDocBench,
}

impl DatasetFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Sroie, Self::Jsonl, Self::Folder, Self::OmniDocBench];

    /// Its name in configuration and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sroie => "sroie",
            Self::Jsonl => "jsonl",
            Self::Folder => "folder",
            Self::OmniDocBench => "omnidocbench",
        }
    }

    /// What a dataset of this form consists of, for messages.
    pub fn looked_for(self) -> &'static str {
        match self {
            Self::Sroie => "images in img/ and box files in box/",
            Self::Jsonl => "lines such as {\"id\": ..., \"image\": ..., \"text\": ...}",
            Self::Folder => "images, with a .txt of the same name beside each or in txt/",
            Self::OmniDocBench => "gt.json or one other JSON file with pages",
        }
    }
}

/// Where a dataset is and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetSpec {
    /// Its name for people.
    pub name: String,
    /// How it lies on disk.
    pub format: DatasetFormat,
    /// Absolute path of its folder or file.
    pub path: PathBuf,
    /// The path as configured, for results and messages.
    pub shown_path: String,
}

/// One image and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its id, unique within the dataset.
    pub id: String,
    /// The image relative to the dataset's folder, with forward slashes.
    pub image: String,
    /// Absolute path of the image; the file may be missing.
    pub path: PathBuf,
    /// Its text, lines separated by `\n`; `None` when the dataset has none for it.
    pub reference: Option<String>,
    /// Key values by name, such as the `total` of a receipt; empty when the dataset has none.
    pub fields: BTreeMap<String, String>,
    /// The language of the text, when the dataset tells it.
    pub language: Option<String>,
}

/// Samples in natural order of their ids (`2` before `10`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    spec: DatasetSpec,
    samples: Vec<Sample>,
    n_total: usize,
}

impl Dataset {
    /// Reads the references and lists the images.
    ///
    /// # Errors
    /// [`DatasetError`], naming the file and the line; a dataset without samples is one.
    pub fn load(spec: &DatasetSpec) -> Result<Self, DatasetError> {
        if !spec.path.exists() {
            return Err(DatasetError::Missing {
                name: spec.name.clone(),
                path: spec.path.clone(),
            });
        }
        let mut samples = match spec.format {
            DatasetFormat::Sroie => sroie::load(&spec.path)?,
            DatasetFormat::Jsonl => jsonl::load(&spec.path)?,
            DatasetFormat::Folder => folder::load(&spec.path)?,
            DatasetFormat::OmniDocBench => omnidocbench::load(&spec.path)?,
        };
        if samples.is_empty() {
            return Err(DatasetError::Empty {
                name: spec.name.clone(),
                path: spec.path.clone(),
                looked_for: spec.format.looked_for(),
            });
        }
        samples.sort_by(|a, b| natural_order(&a.id, &b.id));
        Ok(Self {
            spec: spec.clone(),
            n_total: samples.len(),
            samples,
        })
    }

    /// Where it came from.
    pub fn spec(&self) -> &DatasetSpec {
        &self.spec
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The samples in use.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Number of samples in use.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether no sample is in use.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// `limit` samples chosen by `seed`, in the order of the dataset; all of them without a
    /// limit. A smaller choice with the same seed is a part of a larger one.
    #[must_use]
    pub fn select(&self, limit: Option<usize>, seed: u64) -> Self {
        let Some(limit) = limit else {
            return self.clone();
        };
        let chosen = Random::new(seed).choose(self.samples.len(), limit);
        self.with(chosen.into_iter())
    }

    /// Every `count`-th sample, beginning with number `index` (from 0): shards of a dataset
    /// are disjoint, differ in size by at most one, and together are the whole.
    ///
    /// # Panics
    /// When `index >= count`.
    #[must_use]
    pub fn shard(&self, index: usize, count: usize) -> Self {
        assert!(index < count, "invariant: a shard is one of its number");
        self.with((index..self.samples.len()).step_by(count))
    }

    fn with(&self, indices: impl Iterator<Item = usize>) -> Self {
        Self {
            spec: self.spec.clone(),
            samples: indices.map(|index| self.samples[index].clone()).collect(),
            n_total: self.n_total,
        }
    }

    /// The dataset as a result names it. `image_hashes` are the SHA-256 of the samples'
    /// image files in hex, in the order of [`Self::samples`]; empty for a file that cannot
    /// be read.
    ///
    /// # Panics
    /// When there is not one hash a sample.
    pub fn info(&self, image_hashes: &[String]) -> DatasetInfo {
        assert_eq!(
            image_hashes.len(),
            self.samples.len(),
            "invariant: one hash a sample"
        );
        let mut lines: Vec<String> = self
            .samples
            .iter()
            .zip(image_hashes)
            .map(|(sample, hash)| format!("{}\t{hash}\n", sample.id))
            .collect();
        lines.sort_unstable();
        DatasetInfo {
            name: self.spec.name.clone(),
            path: self.spec.shown_path.clone(),
            format: self.spec.format.name().to_owned(),
            n_total: self.n_total,
            n: self.samples.len(),
            content_sha256: sha256_hex(lines.concat().as_bytes()),
        }
    }

    /// SHA-256 of every sample's image file, as [`Self::info`] wants it.
    pub fn image_hashes(&self) -> Vec<String> {
        use rayon::prelude::*;
        self.samples
            .par_iter()
            .map(|sample| {
                std::fs::read(&sample.path).map_or_else(|_| String::new(), |b| sha256_hex(&b))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(n: usize) -> Dataset {
        let samples = (0..n)
            .map(|index| Sample {
                id: index.to_string(),
                image: format!("{index}.png"),
                path: PathBuf::from(format!("/nowhere/{index}.png")),
                reference: None,
                fields: Default::default(),
                language: None,
            })
            .collect();
        Dataset {
            spec: DatasetSpec {
                name: "test".to_owned(),
                format: DatasetFormat::Folder,
                path: PathBuf::from("/nowhere"),
                shown_path: "nowhere".to_owned(),
            },
            samples,
            n_total: n,
        }
    }

    fn ids(dataset: &Dataset) -> Vec<usize> {
        let samples = dataset.samples();
        samples.iter().map(|s| s.id.parse().unwrap()).collect()
    }

    #[test]
    fn a_choice_keeps_the_order_and_the_total() {
        let all = dataset(50);
        let few = all.select(Some(10), 42);
        assert_eq!(few.len(), 10);
        assert!(ids(&few).windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(few, all.select(Some(10), 42));
        assert_ne!(ids(&few), ids(&all.select(Some(10), 43)));
        let info = few.info(&few.image_hashes());
        assert_eq!((info.n, info.n_total), (10, 50));
        assert_eq!(all.select(None, 1), all);
        assert_eq!(all.select(Some(99), 1), all);
    }

    #[test]
    fn shards_are_a_partition() {
        let all = dataset(10);
        let mut together: Vec<usize> = (0..3).flat_map(|i| ids(&all.shard(i, 3))).collect();
        together.sort_unstable();
        assert_eq!(together, ids(&all));
        assert!(dataset(1).shard(1, 2).is_empty());
    }

    #[test]
    fn the_content_hash_knows_ids_and_images() {
        let two = dataset(2);
        let hash = |a: &str, b: &str| two.info(&[a.to_owned(), b.to_owned()]).content_sha256;
        assert_eq!(hash("x", "y"), hash("x", "y"));
        assert_ne!(hash("x", "y"), hash("y", "x"));
    }
}
