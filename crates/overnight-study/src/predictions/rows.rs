//! Reading predictions from a Parquet file, ours or one that another program made of ours.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use overnight_record::Prediction;
use overnight_record::store::StoreError;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::PredictionsError;
use super::columns::{FORMAT, FORMAT_KEY, schema};

/// Every row as a prediction. Columns are found by their names; those we do not know are left
/// alone, and whether a value may be missing is the file's own affair.
///
/// # Errors
/// [`PredictionsError`].
pub(super) fn read(path: &Path) -> Result<Vec<Prediction>, PredictionsError> {
    let file = File::open(path).map_err(|source| {
        PredictionsError::Store(StoreError::Read {
            path: path.to_owned(),
            source,
        })
    })?;
    // The format's reader asserts what a broken file need not keep to.
    catch_unwind(AssertUnwindSafe(|| read_rows(file, path))).unwrap_or_else(|_| {
        let reason = "its pages contradict each other".to_owned();
        Err(broken(path, ParquetError::General(reason)))
    })
}

fn broken(path: &Path, source: ParquetError) -> PredictionsError {
    PredictionsError::Parquet {
        path: path.to_owned(),
        source,
    }
}

fn read_rows(file: File, path: &Path) -> Result<Vec<Prediction>, PredictionsError> {
    let broken = |source| broken(path, source);
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    check_form(&reader, path)?;
    let columns = known_columns(&reader).map_err(broken)?;
    let rows = reader.get_row_iter(Some(columns)).map_err(broken)?;
    rows.enumerate()
        .map(|(index, row)| {
            serde_json::from_value(prediction_of(row.map_err(broken)?)).map_err(|source| {
                PredictionsError::Row {
                    path: path.to_owned(),
                    row: index + 1,
                    source,
                }
            })
        })
        .collect()
}

/// A file that names no form is taken for what its columns say.
fn check_form(reader: &dyn FileReader, path: &Path) -> Result<(), PredictionsError> {
    let about = reader.metadata().file_metadata().key_value_metadata();
    let form = about
        .into_iter()
        .flatten()
        .find(|entry| entry.key == FORMAT_KEY)
        .and_then(|entry| entry.value.as_deref());
    match form {
        Some(form) if form != FORMAT => Err(PredictionsError::Form {
            path: path.to_owned(),
            form: form.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The file's own columns with the names of ours.
fn known_columns(reader: &dyn FileReader) -> Result<Type, ParquetError> {
    let ours = schema()?;
    let theirs = reader.metadata().file_metadata().schema();
    let fields = theirs.get_fields().iter().filter(|field| {
        let known = ours.get_fields();
        known.iter().any(|own| own.name() == field.name())
    });
    Type::group_type_builder(theirs.name())
        .with_fields(fields.map(Arc::clone).collect())
        .build()
}

/// A row in the form of a JSON line.
fn prediction_of(row: Row) -> Value {
    let mut fields = object(row);
    let mut timings = Map::new();
    for stage in [
        "decode",
        "detect",
        "crop",
        "recognise",
        "post",
        "first_token",
        "request",
        "total",
    ] {
        timings.extend(
            fields
                .remove(&format!("{stage}_ms"))
                .map(|ms| (stage.to_owned(), ms)),
        );
    }
    fields.insert("timings_ms".to_owned(), Value::Object(timings));
    let tokens = ["prompt_tokens", "completion_tokens"].map(|name| {
        let value = fields.remove(name).filter(|value| !value.is_null());
        value.map(|value| (name.to_owned(), value))
    });
    if tokens.iter().any(Option::is_some) {
        let usage: Map<String, Value> = tokens.into_iter().flatten().collect();
        fields.insert("usage".to_owned(), Value::Object(usage));
    }
    // Written as texts; one that is none stays, and so is refused.
    for name in ["attempt_log", "fields"] {
        let text = fields.get(name).and_then(Value::as_str);
        if let Some(Ok(value)) = text.map(serde_json::from_str::<Value>) {
            fields.insert(name.to_owned(), value);
        }
    }
    if let Some(Value::Array(lines)) = fields.get_mut("lines") {
        for line in lines {
            if let Some(polygon) = line.get_mut("polygon") {
                *polygon = corners(polygon.take());
            }
        }
    }
    Value::Object(fields)
}

/// Numbers in pairs; an odd one stays alone, and so is refused.
fn corners(numbers: Value) -> Value {
    match numbers {
        Value::Array(numbers) => numbers.chunks(2).map(Value::from).collect(),
        other => other,
    }
}

/// Missing values are left out.
fn object(row: Row) -> Map<String, Value> {
    row.into_columns()
        .into_iter()
        .map(|(name, field)| (name, value(field)))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

fn value(field: Field) -> Value {
    match field {
        Field::Bool(value) => value.into(),
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) => number.into(),
        Field::Long(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        Field::Float(number) => number.into(),
        Field::Double(number) => number.into(),
        Field::Str(text) => text.into(),
        Field::Group(row) => Value::Object(object(row)),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        // Types that no column of ours has: missing, as far as a prediction goes.
        _ => Value::Null,
    }
}
