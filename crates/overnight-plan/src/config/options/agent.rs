//! Options of `[agent]`.

use super::DURATION;
use crate::config::shape::{Opt, Shape};

pub(super) const AGENT: &[Opt] = &[
    Opt::new(
        "enabled",
        Shape::Flag,
        "Whether steps may be bound to it. Needs a [workspace] gate: what an agent changed is \
         kept only when no gate gets worse.",
    )
    .or("false"),
    Opt::new(
        "command",
        Shape::Words,
        "Program and arguments. `{prompt}` in an argument becomes the prompt: the step, its task, \
         the instruction and the rules. No shell sees it.",
    )
    .such_as("[\"my-agent\", \"-p\", \"{prompt}\"]"),
    Opt::new(
        "timeout",
        DURATION,
        "Time limit of one try, unless the step has a `timeout` of its own.",
    )
    .or("\"1h\""),
];
