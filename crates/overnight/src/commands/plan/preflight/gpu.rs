//! Steps that want a graphics processor on a machine without one.

use super::{Findings, Note, Scene};
use crate::machine;

/// Words in a command that speak of a graphics processor.
const WORDS: [&str; 4] = ["cuda", "vllm", "nvidia", "--gpus"];

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let wants_one = scene.bound.bindings.iter().filter(|(_, binding)| {
        let locks = binding.locks.iter().any(|lock| lock.contains("gpu"));
        let speaks = !binding.is_agent
            && binding.argv.iter().any(|word| {
                let word = word.to_ascii_lowercase();
                WORDS.iter().any(|known| word.contains(known))
            });
        locks || speaks
    });
    let steps: Vec<_> = wants_one.map(|(step, _)| *step).collect();
    if steps.is_empty() || !machine::host().gpus.is_empty() {
        return;
    }
    for step in steps {
        findings.note(Note {
            kind: "no_gpu",
            step: Some(step),
            message: "it wants a GPU, and none was found on this machine".to_owned(),
            ..Note::default()
        });
    }
}
