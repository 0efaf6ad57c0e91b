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
        input: usize,
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
            Self::Own { input, .. } => vec![*input],
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
    /// `None` when a step would read what no step before it made.
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
            for slot in step.inputs() {
                if !is_made[slot] {
                    return None;
                }
                last_read[slot] = at;
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
                        input,
                        output,
                    } => {
                        let value = if self.last_read[*input] == at {
                            slots[*input].take()
                        } else {
                            borrowed(&slots, *input)
                        };
                        let result = operator.run(value.ok_or_else(missing)?)?;
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

    fn run_part(
        &self,
        part: &Part,
        at: usize,
        slots: &mut [Held<'_>],
        pool: &Arc<ThreadPool>,
    ) -> Result<(), String> {
        let is_last = |slot: usize| self.last_read[slot] == at;
        let own = part.inputs.iter().filter(|(_, slot)| is_last(*slot));
        let mut own: Vec<(usize, Held<'_>)> =
            own.map(|(_, slot)| (*slot, slots[*slot].take())).collect();
        let inputs = part.inputs.iter().map(|(node, slot)| {
            let own = own.iter_mut().find(|(own, _)| own == slot);
            let value = match own {
                Some((_, value)) => value.take(),
                None => borrowed(slots, *slot),
            };
            Ok((*node, value.ok_or_else(missing)?))
        });
        let inputs: Vec<(NodeId, ValueOrView<'_>)> = inputs.collect::<Result<_, String>>()?;
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

fn borrowed<'s>(slots: &'s [Held<'_>], slot: usize) -> Option<ValueOrView<'s>> {
    slots[slot].as_ref().map(|value| value.as_view().into())
}

/// Cannot come up: [`Chain::new`] has seen every value made before it is read.
fn missing() -> String {
    "a value between two parts of the network is missing".to_owned()
}
