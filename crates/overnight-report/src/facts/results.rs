//! The results of a night, by kind, each with the step it came from.

use std::path::{Path, PathBuf};

use overnight_record::result::{
    AuditResult, BenchResult, BoxScoreResult, CompareResult, EnhanceResult, InferResult,
    ResultBody, ResultFile, ResultStatus, ScoreResult, StorageResult,
};
use overnight_record::{StepId, store};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Kind, Step};

/// A result and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult<B> {
    /// The step that left it.
    pub step: StepId,
    /// The folder it lies in.
    pub dir: PathBuf,
    /// The result.
    pub file: ResultFile<B>,
}

impl<B> StepResult<B> {
    /// The typed part.
    pub fn body(&self) -> &B {
        &self.file.body
    }
}

/// Results whose step is done, in plan order. Others are never shown as numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// Of `audit`.
    pub audits: Vec<StepResult<AuditResult>>,
    /// Of `bench`.
    pub benches: Vec<StepResult<BenchResult>>,
    /// Of `infer`.
    pub infers: Vec<StepResult<InferResult>>,
    /// Of `score`.
    pub scores: Vec<StepResult<ScoreResult>>,
    /// Of `compare`.
    pub compares: Vec<StepResult<CompareResult>>,
    /// Of `enhance`.
    pub enhances: Vec<StepResult<EnhanceResult>>,
    /// Of `storage`.
    pub storages: Vec<StepResult<StorageResult>>,
    /// Of programs outside this project: only the header is understood.
    pub others: Vec<StepResult<Map<String, Value>>>,
}

impl Results {
    /// Whether `step` left a result of `kind`.
    pub fn has(&self, kind: Kind, step: StepId) -> bool {
        self.steps(kind).contains(&step)
    }

    /// The steps that left a result of `kind`.
    pub fn steps(&self, kind: Kind) -> Vec<StepId> {
        fn ids<B>(list: &[StepResult<B>]) -> Vec<StepId> {
            list.iter().map(|result| result.step).collect()
        }
        match kind {
            Kind::Audit => ids(&self.audits),
            Kind::Bench => ids(&self.benches),
            Kind::Infer => ids(&self.infers),
            Kind::Score => {
                let boxes = self.others.iter();
                let boxes = boxes.filter(|result| result.file.schema == BoxScoreResult::SCHEMA);
                let mut steps = ids(&self.scores);
                steps.extend(boxes.map(|result| result.step));
                steps
            }
            Kind::Compare => ids(&self.compares),
            Kind::Enhance => ids(&self.enhances),
            Kind::Storage => ids(&self.storages),
        }
    }

    /// Takes the result of a step that is done. What cannot be used becomes a note.
    pub(super) fn take(&mut self, step: &Step, dir: &Path, value: Value, notes: &mut Vec<String>) {
        let schema = value.get("schema").and_then(Value::as_str).unwrap_or("");
        let read = match schema {
            AuditResult::SCHEMA => keep(&mut self.audits, step, dir, value),
            BenchResult::SCHEMA => keep(&mut self.benches, step, dir, value),
            InferResult::SCHEMA => keep(&mut self.infers, step, dir, value),
            ScoreResult::SCHEMA => keep(&mut self.scores, step, dir, value),
            CompareResult::SCHEMA => keep(&mut self.compares, step, dir, value),
            EnhanceResult::SCHEMA => keep(&mut self.enhances, step, dir, value),
            StorageResult::SCHEMA => keep(&mut self.storages, step, dir, value),
            // Reports are made of the other results; a step that writes them adds nothing.
            "overnight.report/1" => Ok(()),
            // Shown by its headline figures, as the results of other programs are.
            BoxScoreResult::SCHEMA => keep(&mut self.others, step, dir, value),
            schema if schema.starts_with("overnight.") => Err(format!(
                "its form `{schema}` is not known to this version of overnight"
            )),
            _ => keep(&mut self.others, step, dir, value),
        };
        if let Err(why) = read {
            notes.push(format!(
                "The result.json of step {} was left out: {why}.",
                step.id
            ));
        }
    }
}

/// The `result.json` of `step` in `dir`, when there is one; a broken one becomes a note.
pub(super) fn read(step: &Step, dir: &Path, notes: &mut Vec<String>) -> Option<Value> {
    let path = dir.join("result.json");
    if !path.exists() {
        return None;
    }
    match store::read_json(&path) {
        Ok(value) => Some(value),
        Err(error) => {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            notes.push(format!(
                "The result.json of step {} is not valid JSON and was left out{cause}.",
                step.id
            ));
            None
        }
    }
}

fn keep<B: DeserializeOwned>(
    list: &mut Vec<StepResult<B>>,
    step: &Step,
    dir: &Path,
    value: Value,
) -> Result<(), String> {
    let file: ResultFile<B> = serde_json::from_value(value).map_err(|error| error.to_string())?;
    if matches!(file.status, ResultStatus::Failed | ResultStatus::Skipped) {
        return Err("it says itself that the work was not carried out".to_owned());
    }
    list.push(StepResult {
        step: step.id,
        dir: dir.to_owned(),
        file,
    });
    Ok(())
}
