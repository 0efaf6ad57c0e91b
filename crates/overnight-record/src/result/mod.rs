//! `result.json`: what a verb, or any program a step runs, leaves behind.
//!
//! Every file is a [`ResultFile`]: a header that any program can write and any reader can
//! show, plus the typed body of the verb. The schema name (`overnight.bench/1`) says which
//! body it is and in which version.

mod audit;
mod bench;
mod boxes;
mod compare;
mod enhance;
mod envelope;
mod infer;
mod score;
mod storage;
mod subject;

pub use audit::{AuditResult, RuleCount, ToolRun, ToolStatus};
pub use bench::{BenchAccuracy, BenchCase, BenchResult, BenchStage, CaseStatus, StageTime};
pub use boxes::{BoxPage, BoxScore, BoxScoreResult, BoxSplits};
pub use compare::{CompareResult, HardClass, HardSample, PairedSample, Side};
pub use enhance::{ArmScore, EnhanceArm, EnhanceResult};
pub use envelope::{Artifact, Provenance, ResultBody, ResultFile, ResultStatus};
pub use infer::{InferResult, SampleFailure, StageSummary};
pub use score::{
    Aggregate, ClassErrorCounts, Confusion, ErrorCounts, PairedDifference, ProfileScore,
    SampleScore, ScoreResult, TestResult,
};
pub use storage::{ArmFile, StorageArm, StorageResult};
pub use subject::{BackendInfo, DatasetInfo, ModelFile};
