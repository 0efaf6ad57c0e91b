//! `result.json`: what a verb, or any program a step runs, leaves behind.
//!
//! Every file is a [`ResultFile`]: a header that any program can write and any reader can
//! show, plus the typed body of the verb. The schema name (`overnight.bench/1`) says which
//! body it is and in which version.

mod audit;
mod bench;
mod boxes;
mod breakdown;
mod compare;
mod enhance;
mod envelope;
mod hard;
mod infer;
mod order_free;
mod routing;
mod score;
mod side;
mod storage;
mod subject;

pub use audit::{AuditResult, RuleCount, ToolRun, ToolStatus};
pub use bench::{BenchAccuracy, BenchCase, BenchResult, BenchStage, CaseStatus, StageTime};
pub use boxes::{BoxPage, BoxScore, BoxScoreResult, BoxSplits};
pub use breakdown::{Breakdown, ImageProperties, PropertyGroup};
pub use compare::{CompareResult, PairedSample, ProfileComparison};
pub use enhance::{ArmScore, EnhanceArm, EnhanceResult};
pub use envelope::{Artifact, Provenance, ResultBody, ResultFile, ResultStatus};
pub use hard::{HardClass, HardSample, LabelSuspect, SuspectPlace};
pub use infer::{InferResult, SampleFailure, StageSummary};
pub use order_free::{BagScore, FieldScore, LineScore, OrderFreeScore};
pub use routing::{Routing, RoutingGain, RoutingPoint, RoutingRule};
pub use score::{
    Aggregate, ClassErrorCounts, Confusion, EquivalenceVerdict, ErrorCounts, PairedDifference,
    PairedEquivalence, ProfileScore, SampleScore, ScoreResult, TestResult,
};
pub use side::{NoiseFloor, RawScore, ReadingCost, Side};
pub use storage::{ArmFile, StorageArm, StorageResult};
pub use subject::{BackendInfo, DatasetInfo, ModelFile};
