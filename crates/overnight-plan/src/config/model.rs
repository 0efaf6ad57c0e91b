//! The configuration as typed values. Paths are as written, relative to the project.
//!
//! An option that is added here goes into the table of options (`options.rs`) too: the
//! table decides which keys are known, and a test compares the two.

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_record::PlanAddress;
use serde::{Deserialize, Serialize};

use super::Origin;
use super::agent::{Agent, Instruction};
use super::amount::{Size, Span};
use super::audit::Audit;
use super::night::{Notify, OnFailure, Run, Secrets};
use super::openai::Openai;
use super::profile::Profile;
use super::worker::Worker;

/// The whole file. Every table may be left out.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Names, places and conventions of the project.
    pub project: Project,
    /// Where a night works and what guards its changes.
    pub workspace: Workspace,
    /// Limits and policies of every step.
    pub run: Run,
    /// What must never be written down.
    pub secrets: Secrets,
    /// Who is told about a night.
    pub notify: Notify,
    /// A coding agent that steps of prose may be given to.
    pub agent: Agent,
    /// How predictions are scored unless a command says otherwise.
    pub scoring: Scoring,
    /// What the auditor looks at.
    pub audit: Audit,
    /// Datasets by name.
    pub datasets: BTreeMap<String, Dataset>,
    /// Backends by name.
    pub backends: BTreeMap<String, Backend>,
    /// Scoring profiles of the project's own, by name.
    pub profiles: BTreeMap<String, Profile>,
    /// Bindings: what a step of the plan runs, by the step's address (`1.2.1`).
    pub steps: BTreeMap<String, Step>,
    /// Checks of success criteria, by the beginning of the checklist line.
    pub criteria: BTreeMap<String, Criterion>,
    /// Where all this was written.
    #[serde(skip)]
    pub origin: Origin,
}

/// `[project]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    /// Name for headings; the folder's name when left out.
    pub name: Option<String>,
    /// IANA time zone for run ids and shown times.
    pub timezone: String,
    /// First words of every commit a night makes.
    pub commit_prefix: String,
    /// Folder for runs.
    pub logs: PathBuf,
    /// Folder for large artifacts.
    pub large_artifacts: PathBuf,
    /// Folder the named reports are copied to.
    pub reports: PathBuf,
    /// Where the plan is ticked.
    pub plan_updates: PlanUpdates,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            name: None,
            timezone: "UTC".to_owned(),
            commit_prefix: "🤖 Overnight Ops:".to_owned(),
            logs: PathBuf::from("logs/overnight_runs"),
            large_artifacts: PathBuf::from("data/vlm_reports"),
            reports: PathBuf::from("."),
            plan_updates: PlanUpdates::Branch,
        }
    }
}

/// Where the plan is ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanUpdates {
    /// On the night's branch, accepted with it. A plan git does not track is ticked in place.
    Branch,
    /// Where it lies.
    InPlace,
}

/// `[workspace]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workspace {
    /// Where steps run.
    pub mode: WorkspaceMode,
    /// Untracked files and folders the worktree sees by link.
    pub share: Vec<PathBuf>,
    /// Folders steps save large files to: made when missing, kept from git, shared by link.
    pub outputs: Vec<PathBuf>,
    /// Commands that must not get worse for a change to be kept.
    pub gate: Vec<Vec<String>>,
    /// Time limit of one gate.
    pub gate_timeout: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            mode: WorkspaceMode::Worktree,
            share: Vec::new(),
            outputs: Vec::new(),
            gate: Vec::new(),
            gate_timeout: "15m".to_owned(),
        }
    }
}

/// Where steps run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkspaceMode {
    /// In a git worktree of the night's own.
    Worktree,
    /// In the checkout itself, which must be clean.
    InPlace,
}

/// `[scoring]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scoring {
    /// Name of the profile studies use: built in or of `[profiles]`.
    pub profile: String,
    /// CER above which a sample is hard.
    pub hard_threshold: f64,
    /// Difference in CER between two sides that would not matter.
    pub equivalence_margin: f64,
    /// Intervals of error rates: `percentile` or `bca`.
    pub interval: String,
    /// Seed of every choice of samples and every resampling.
    pub seed: u64,
}

impl Default for Scoring {
    fn default() -> Self {
        Self {
            profile: "default".to_owned(),
            hard_threshold: 0.2,
            equivalence_margin: 0.005,
            interval: "percentile".to_owned(),
            seed: 42,
        }
    }
}

/// `[datasets.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// How it lies on disk.
    pub format: DatasetFormat,
    /// Its folder or file.
    pub path: PathBuf,
}

/// How a dataset lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasetFormat {
    /// `img/ID.jpg` and `box/ID.csv` (ICDAR 2019 SROIE).
    Sroie,
    /// One JSON object a line: `{"id", "image", "text"}`, images relative to the file.
    Jsonl,
    /// Images, each with a `.txt` of the same name beside it.
    Folder,
    /// Images and one JSON file with the elements of every page (OmniDocBench).
    #[serde(rename = "omnidocbench")]
    OmniDocBench,
}

/// `[backends.NAME]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Backend {
    /// PP-OCR in this program.
    Ppocr(Ppocr),
    /// The `tesseract` program.
    Tesseract(Tesseract),
    /// Any program that speaks the protocol of workers.
    Worker(Worker),
    /// A vision language model behind an HTTP interface.
    Openai(Box<Openai>),
}

/// `kind = "ppocr"`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ppocr {
    /// A known set of weights, for what no own network does.
    pub model: String,
    /// An own detection network (ONNX).
    pub detection: Option<PathBuf>,
    /// An own recognition network (ONNX).
    pub recognition: Option<PathBuf>,
    /// Characters of an own recogniser, one a line; from the network's metadata when left out.
    pub dictionary: Option<PathBuf>,
    /// Other `ppocr` backends whose recogniser reads what this one is not sure of.
    pub recognisers: Vec<String>,
    /// Confidence in [0, 1] from which the others are not asked.
    pub sure_from: f64,
    /// Whether lines that stand on their head are turned.
    pub turn_lines: bool,
    /// An own angle classifier (ONNX).
    pub classification: Option<PathBuf>,
    /// Most megapixels handed to the detector in its closest look.
    pub megapixels: f64,
    /// Probability in [0, 1] above which a pixel belongs to text; the model's when left out.
    pub pixel_threshold: Option<f64>,
    /// Mean probability in [0, 1] of a box; the model's when left out.
    pub box_threshold: Option<f64>,
    /// How far boxes are grown; the model's when left out.
    pub unclip_ratio: Option<f64>,
    /// What executes the networks: `auto`, `rten` or `onnxruntime`.
    pub runtime: String,
    /// ONNX Runtime's shared library; the fetched one when left out.
    pub library: Option<PathBuf>,
    /// What they compute on: `cpu`, `cuda` or `tensorrt`.
    pub device: String,
    /// Threads; all processors when left out.
    pub threads: Option<usize>,
}

impl Default for Ppocr {
    fn default() -> Self {
        Self {
            model: "ppocrv6-small".to_owned(),
            detection: None,
            recognition: None,
            dictionary: None,
            recognisers: Vec::new(),
            sure_from: 0.9,
            turn_lines: false,
            classification: None,
            megapixels: 1.6,
            pixel_threshold: None,
            box_threshold: None,
            unclip_ratio: None,
            runtime: "auto".to_owned(),
            library: None,
            device: "cpu".to_owned(),
            threads: None,
        }
    }
}

/// `kind = "tesseract"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tesseract {
    /// The program.
    pub program: PathBuf,
    /// Its `-l` option, such as `kor+eng`.
    pub languages: String,
    /// Its `--psm` option.
    pub psm: u8,
    /// Time limit for one image.
    pub timeout: String,
}

impl Default for Tesseract {
    fn default() -> Self {
        Self {
            program: PathBuf::from("tesseract"),
            languages: "eng".to_owned(),
            psm: 3,
            timeout: "2m".to_owned(),
        }
    }
}

/// `[steps."1.2.1"]`: a binding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The command: one line, split as a POSIX shell splits words, or a list of arguments.
    /// Exactly one of `run` and `agent` is there.
    #[serde(default)]
    pub run: Option<CommandLine>,
    /// What the coding agent is asked to do.
    #[serde(default)]
    pub agent: Option<Instruction>,
    /// Hand the line to `sh -c`.
    #[serde(default)]
    pub shell: bool,
    /// Folder it runs in, relative to the project.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// Time limit of one try.
    #[serde(default)]
    pub timeout: Option<Span>,
    /// How long it may neither write nor use the processor.
    #[serde(default)]
    pub idle_timeout: Option<Span>,
    /// Tries beyond the first, whatever the class of failure.
    #[serde(default)]
    pub retries: Option<u32>,
    /// Memory its processes may hold together.
    #[serde(default)]
    pub memory: Option<Size>,
    /// Whether it changes no tracked file and may run beside other such steps.
    #[serde(default)]
    pub parallel: bool,
    /// Resources it uses alone.
    #[serde(default)]
    pub lock: Vec<String>,
    /// What happens when it does not succeed.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Places in the plan that must have succeeded before.
    #[serde(default)]
    pub needs: Vec<PlanAddress>,
    /// Further environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// A command: text to be split into words, or the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// One line.
    Line(String),
    /// A list of arguments.
    Words(Vec<String>),
}

impl Serialize for CommandLine {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Line(line) => line.serialize(serializer),
            Self::Words(words) => words.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = CommandLine;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a command line or a list of arguments")
            }

            fn visit_str<E: serde::de::Error>(self, line: &str) -> Result<CommandLine, E> {
                Ok(CommandLine::Line(line.to_owned()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<CommandLine, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element()? {
                    words.push(word);
                }
                Ok(CommandLine::Words(words))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// `[criteria."..."]`: what proves a checklist line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The command; exit code 0 means that the criterion holds.
    pub check: CommandLine,
    /// Hand the line to `sh -c`.
    #[serde(default)]
    pub shell: bool,
    /// Time limit, such as `10m`.
    #[serde(default)]
    pub timeout: Option<String>,
}
