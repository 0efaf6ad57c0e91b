//! The typed values of `[agent]`: a coding agent that a step of prose may be given to.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::amount::Span;

/// What stands for the prompt in the agent's arguments.
pub const PROMPT: &str = "{prompt}";

/// `[agent]`: the program, off unless it is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    /// Whether steps may be bound to it.
    pub enabled: bool,
    /// Program and arguments; [`PROMPT`] in an argument becomes the prompt.
    pub command: Option<Vec<String>>,
    /// Time limit of one try, unless the step has one of its own.
    pub timeout: Span,
}

impl Default for Agent {
    fn default() -> Self {
        Self {
            enabled: false,
            command: None,
            timeout: Span::seconds(3600),
        }
    }
}

/// What a step asks of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// What the step's own text says: `agent = true`.
    StepText,
    /// These words.
    Words(String),
}

impl Serialize for Instruction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::StepText => serializer.serialize_bool(true),
            Self::Words(words) => serializer.serialize_str(words),
        }
    }
}

impl<'de> Deserialize<'de> for Instruction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Instruction;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instruction, or true for the step's own text")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Instruction, E> {
                if value {
                    Ok(Instruction::StepText)
                } else {
                    Err(E::invalid_value(de::Unexpected::Bool(false), &self))
                }
            }

            fn visit_str<E: de::Error>(self, words: &str) -> Result<Instruction, E> {
                Ok(Instruction::Words(words.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
