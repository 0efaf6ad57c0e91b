//! A network in parts: rten's, and operators of our own between them.

use std::collections::HashMap;
use std::sync::Arc;

use ::rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::NdTensorView;

use super::operator::Operator;

/// The parts of a network in the order they run. Values between them are kept in numbered
/// slots; the image is in slot 0.
#[derive(Debug)]
pub(super) struct Chain {
    steps: Vec<Step>,
    /// For each slot, the last step that reads it.
    last_read: Vec<usize>,
    result: usize,
    metadata: HashMap<String, String>,
}

#[derive(Debug)]
pub(super) enum Step {
    Part(Box<Part>),
    Own {
        operator: Operator,
        /// Several are one image, channels after channels.
        inputs: Vec<usize>,
        output: usize,
    },
}

/// A network between two of these operators, with the slots of its inputs and outputs.
#[derive(Debug)]
pub(super) struct Part {
    model: Model,
    inputs: Vec<(NodeId, usize)>,
    outputs: Vec<NodeId>,
    output_slots: Vec<usize>,
}

impl Part {
    pub(super) fn new(
        model: Model,
        inputs: Vec<(NodeId, usize)>,
        outputs: Vec<(NodeId, usize)>,
    ) -> Self {
        let (outputs, output_slots) = outputs.into_iter().unzip();
        Self {
            model,
            inputs,
            outputs,
            output_slots,
        }
    }
}

impl Step {
    fn inputs(&self) -> Vec<usize> {
        match self {
            Self::Part(part) => part.inputs.iter().map(|(_, slot)| *slot).collect(),
            Self::Own { inputs, .. } => inputs.clone(),
        }
    }

    fn outputs(&self) -> &[usize] {
        match self {
            Self::Part(part) => &part.output_slots,
            Self::Own { output, .. } => std::slice::from_ref(output),
        }
    }
}

/// A value in a slot: what a part made, or the image, which is only looked at.
type Held<'a> = Option<ValueOrView<'a>>;

impl Chain {
    /// `None` when a step would read what no step before it made, or the same twice.
    pub(super) fn new(
        steps: Vec<Step>,
        n_slots: usize,
        result: usize,
        metadata: HashMap<String, String>,
    ) -> Option<Self> {
        let mut last_read = vec![0; n_slots];
        let mut is_made = vec![false; n_slots];
        *is_made.first_mut()? = true;
        for (at, step) in steps.iter().enumerate() {
            let inputs = step.inputs();
            for (nth, slot) in inputs.iter().enumerate() {
                if !is_made[*slot] || inputs[..nth].contains(slot) {
                    return None;
                }
                last_read[*slot] = at;
            }
            for slot in step.outputs() {
                is_made[*slot] = true;
            }
        }
        if !is_made[result] || result == 0 {
            return None;
        }
        last_read[result] = usize::MAX;
        Some(Self {
            steps,
            last_read,
            result,
            metadata,
        })
    }

    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Runs the parts, all in one pool.
    ///
    /// # Errors
    /// The engine's words.
    pub(super) fn run(
        &self,
        image: NdTensorView<'_, f32, 4>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Value, String> {
        pool.run(|| {
            let mut slots: Vec<Held<'_>> = self.last_read.iter().map(|_| None).collect();
            slots[0] = Some(image.into());
            for (at, step) in self.steps.iter().enumerate() {
                match step {
                    Step::Part(part) => self.run_part(part, at, &mut slots, pool)?,
                    Step::Own {
                        operator,
                        inputs,
                        output,
                    } => {
                        let inputs = self.take(inputs.iter().copied(), at, &mut slots)?;
                        let result = operator.run(inputs)?;
                        slots[*output] = Some(result.into());
                    }
                }
            }
            match slots[self.result].take() {
                Some(ValueOrView::Value(result)) => Ok(result),
                _ => Err(missing()),
            }
        })
    }

    /// The values in some slots: themselves where step `at` is the last to read them.
    fn take<'s>(
        &self,
        read: impl Iterator<Item = usize> + Clone,
        at: usize,
        slots: &'s mut [Held<'_>],
    ) -> Result<Vec<ValueOrView<'s>>, String> {
        let own = read.clone().map(|slot| {
            let is_last = self.last_read[slot] == at;
            is_last.then(|| slots[slot].take()).flatten()
        });
        let own: Vec<Held<'_>> = own.collect();
        let slots = &*slots;
        let values = read.zip(own).map(|(slot, own)| match own {
            Some(value) => Ok(value),
            None => slots[slot]
                .as_ref()
                .map(|value| value.as_view().into())
                .ok_or_else(missing),
        });
        values.collect()
    }

    fn run_part(
        &self,
        part: &Part,
        at: usize,
        slots: &mut [Held<'_>],
        pool: &Arc<ThreadPool>,
    ) -> Result<(), String> {
        let slots_read = part.inputs.iter().map(|(_, slot)| *slot);
        let values = self.take(slots_read, at, slots)?;
        let nodes = part.inputs.iter().map(|(node, _)| *node);
        let inputs = nodes.zip(values).collect();
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(pool));
        let outputs = part
            .model
            .run(inputs, &part.outputs, Some(options))
            .map_err(|error| error.to_string())?;
        for (slot, output) in part.output_slots.iter().zip(outputs) {
            slots[*slot] = Some(output.into());
        }
        Ok(())
    }
}

/// Cannot come up: [`Chain::new`] has seen every value made before it is read.
fn missing() -> String {
    "a value between two parts of the network is missing".to_owned()
}
