//! Predictions as columns: the schema of a Parquet file, and rows cut up into its leaves.

use std::sync::Arc;

use overnight_record::{Line, Prediction, TimingsMs, Usage};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType};
use parquet::data_type::{Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

/// Name and version of the form, stored under [`FORMAT_KEY`]. A column may be added under the
/// same version; one that goes or changes its meaning makes a new one.
pub(super) const FORMAT: &str = "overnight.predictions/1";
/// Metadata key of [`FORMAT`].
pub(super) const FORMAT_KEY: &str = "overnight.format";

/// One row a sample. A polygon is `x, y` after `x, y`, so that its list holds twice as many
/// numbers as it has corners.
const SCHEMA: &str = "
message prediction {
  required binary id (STRING);
  required binary image (STRING);
  required binary image_sha256 (STRING);
  required binary backend (STRING);
  required binary fingerprint (STRING);
  required binary status (STRING);
  required binary text (STRING);
  required group lines (LIST) {
    repeated group list {
      required group element {
        required group polygon (LIST) {
          repeated group list {
            required float element;
          }
        }
        required binary text (STRING);
        optional float confidence;
      }
    }
  }
  optional double decode_ms;
  optional double detect_ms;
  optional double crop_ms;
  optional double recognise_ms;
  optional double post_ms;
  optional double first_token_ms;
  optional double request_ms;
  required double total_ms;
  optional int64 prompt_tokens (INTEGER(64,false));
  optional int64 completion_tokens (INTEGER(64,false));
  required int32 attempts (INTEGER(32,false));
  optional binary error (STRING);
  required group notes (LIST) {
    repeated group list {
      required binary element (STRING);
    }
  }
  optional binary finish_reason (STRING);
  optional binary raw (STRING);
  optional binary attempt_log (STRING);
  optional binary fields (STRING);
}";

/// The schema of a predictions file.
pub(super) fn schema() -> Result<TypePtr> {
    parse_message_type(SCHEMA).map(Arc::new)
}

/// One leaf of the schema over several rows: its values, and the levels that say which row,
/// line or corner each belongs to. A leaf that is required throughout has no levels.
#[derive(Debug)]
struct Leaf<T> {
    values: Vec<T>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl<T> Default for Leaf<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            definition: Vec::new(),
            repetition: Vec::new(),
        }
    }
}

impl<T> Leaf<T> {
    fn required(&mut self, value: T) {
        self.values.push(value);
    }

    fn optional(&mut self, value: Option<T>) {
        self.definition.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    /// A value, or the want of one, below a list.
    fn nested(&mut self, repetition: i16, definition: i16, value: Option<T>) {
        self.repetition.push(repetition);
        self.definition.push(definition);
        self.values.extend(value);
    }
}

/// Rows on their way into a row group.
#[derive(Debug, Default)]
pub(super) struct Columns {
    n: usize,
    text_bytes: usize,
    id: Leaf<ByteArray>,
    image: Leaf<ByteArray>,
    image_sha256: Leaf<ByteArray>,
    backend: Leaf<ByteArray>,
    fingerprint: Leaf<ByteArray>,
    status: Leaf<ByteArray>,
    text: Leaf<ByteArray>,
    line_polygon: Leaf<f32>,
    line_text: Leaf<ByteArray>,
    line_confidence: Leaf<f32>,
    decode: Leaf<f64>,
    detect: Leaf<f64>,
    crop: Leaf<f64>,
    recognise: Leaf<f64>,
    post: Leaf<f64>,
    first_token: Leaf<f64>,
    request: Leaf<f64>,
    total: Leaf<f64>,
    prompt_tokens: Leaf<i64>,
    completion_tokens: Leaf<i64>,
    attempts: Leaf<i32>,
    error: Leaf<ByteArray>,
    notes: Leaf<ByteArray>,
    finish_reason: Leaf<ByteArray>,
    raw: Leaf<ByteArray>,
    attempt_log: Leaf<ByteArray>,
    fields: Leaf<ByteArray>,
}

impl Columns {
    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// Bytes of their texts.
    pub(super) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Adds a row. The fields are taken apart by name, so that a new one cannot be forgotten.
    pub(super) fn push(&mut self, prediction: &Prediction) {
        let Prediction {
            id,
            image,
            image_sha256,
            backend,
            fingerprint,
            status,
            text,
            lines,
            timings_ms,
            usage,
            attempts,
            error,
            notes,
            finish_reason,
            raw,
            attempt_log,
            fields,
        } = prediction;
        self.n += 1;
        // Requests nest too deep for columns of their own; as a text they are the JSON of the
        // predictions file.
        let attempt_log = (!attempt_log.is_empty())
            .then(|| serde_json::to_string(attempt_log).unwrap_or_default());
        let fields =
            (!fields.is_empty()).then(|| serde_json::to_string(fields).unwrap_or_default());
        let raw_bytes = raw.as_ref().map_or(0, String::len);
        let log_bytes = attempt_log.as_ref().map_or(0, String::len);
        let fields_bytes = fields.as_ref().map_or(0, String::len);
        self.text_bytes += 2 * text.len() + raw_bytes + log_bytes + fields_bytes;
        self.id.required(id.as_str().into());
        self.image.required(image.as_str().into());
        self.image_sha256.required(image_sha256.as_str().into());
        self.backend.required(backend.as_str().into());
        self.fingerprint.required(fingerprint.as_str().into());
        self.status.required(status.name().into());
        self.text.required(text.as_str().into());
        self.push_lines(lines);
        self.push_timings(*timings_ms);
        let tokens = usage.map(|usage| {
            let Usage {
                prompt_tokens,
                completion_tokens,
            } = usage;
            // The column is an unsigned one; the bits are the same.
            [prompt_tokens, completion_tokens].map(u64::cast_signed)
        });
        self.prompt_tokens
            .optional(tokens.map(|[prompt, _]| prompt));
        self.completion_tokens
            .optional(tokens.map(|[_, completion]| completion));
        self.attempts.required(attempts.cast_signed());
        self.error.optional(error.as_deref().map(ByteArray::from));
        if notes.is_empty() {
            self.notes.nested(0, 0, None);
        }
        for (index, note) in notes.iter().enumerate() {
            self.notes
                .nested(i16::from(index > 0), 1, Some(note.as_str().into()));
        }
        self.finish_reason
            .optional(finish_reason.as_deref().map(ByteArray::from));
        self.raw.optional(raw.as_deref().map(ByteArray::from));
        self.attempt_log
            .optional(attempt_log.as_deref().map(ByteArray::from));
        self.fields.optional(fields.as_deref().map(ByteArray::from));
    }

    fn push_lines(&mut self, lines: &[Line]) {
        if lines.is_empty() {
            self.line_polygon.nested(0, 0, None);
            self.line_text.nested(0, 0, None);
            self.line_confidence.nested(0, 0, None);
        }
        for (index, line) in lines.iter().enumerate() {
            let Line {
                polygon,
                text,
                confidence,
            } = line;
            let next_line = i16::from(index > 0);
            if polygon.is_empty() {
                self.line_polygon.nested(next_line, 1, None);
            }
            for (index, number) in polygon.as_flattened().iter().enumerate() {
                let repetition = if index > 0 { 2 } else { next_line };
                self.line_polygon.nested(repetition, 2, Some(*number));
            }
            self.line_text
                .nested(next_line, 1, Some(text.as_str().into()));
            let definition = 1 + i16::from(confidence.is_some());
            self.line_confidence
                .nested(next_line, definition, *confidence);
        }
    }

    fn push_timings(&mut self, timings: TimingsMs) {
        let TimingsMs {
            decode,
            detect,
            crop,
            recognise,
            post,
            first_token,
            request,
            total,
        } = timings;
        self.decode.optional(decode);
        self.detect.optional(detect);
        self.crop.optional(crop);
        self.recognise.optional(recognise);
        self.post.optional(post);
        self.first_token.optional(first_token);
        self.request.optional(request);
        self.total.required(total);
    }

    /// Writes the rows, leaf after leaf in the order of the schema.
    pub(super) fn write<W: std::io::Write + Send>(
        &self,
        mut group: SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let mut next = Next(&mut group);
        for leaf in [
            &self.id,
            &self.image,
            &self.image_sha256,
            &self.backend,
            &self.fingerprint,
            &self.status,
            &self.text,
        ] {
            next.write::<ByteArrayType>(leaf)?;
        }
        next.write::<FloatType>(&self.line_polygon)?;
        next.write::<ByteArrayType>(&self.line_text)?;
        next.write::<FloatType>(&self.line_confidence)?;
        for leaf in [
            &self.decode,
            &self.detect,
            &self.crop,
            &self.recognise,
            &self.post,
            &self.first_token,
            &self.request,
            &self.total,
        ] {
            next.write::<DoubleType>(leaf)?;
        }
        next.write::<Int64Type>(&self.prompt_tokens)?;
        next.write::<Int64Type>(&self.completion_tokens)?;
        next.write::<Int32Type>(&self.attempts)?;
        next.write::<ByteArrayType>(&self.error)?;
        next.write::<ByteArrayType>(&self.notes)?;
        next.write::<ByteArrayType>(&self.finish_reason)?;
        next.write::<ByteArrayType>(&self.raw)?;
        next.write::<ByteArrayType>(&self.attempt_log)?;
        next.write::<ByteArrayType>(&self.fields)?;
        group.close()?;
        Ok(())
    }
}

/// The columns of a row group that are still to be written.
struct Next<'a, 'b, W: std::io::Write>(&'a mut SerializedRowGroupWriter<'b, W>);

impl<W: std::io::Write + Send> Next<'_, '_, W> {
    fn write<T: DataType>(&mut self, leaf: &Leaf<T::T>) -> Result<()> {
        let levels = |levels: &'_ [i16]| (!levels.is_empty()).then(|| levels.to_vec());
        let (definition, repetition) = (levels(&leaf.definition), levels(&leaf.repetition));
        if let Some(mut column) = self.0.next_column()? {
            column.typed::<T>().write_batch(
                &leaf.values,
                definition.as_deref(),
                repetition.as_deref(),
            )?;
            column.close()?;
        }
        Ok(())
    }
}
