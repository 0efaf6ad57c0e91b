//! Writing predictions one after the other into a file that appears when it is whole.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use overnight_record::Prediction;
use overnight_record::result::BackendInfo;
use overnight_record::store::{Replacement, StoreError};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::columns::{Columns, FORMAT, FORMAT_KEY, schema};
use super::is_parquet;

/// Rows of a row group, at most.
const GROUP_ROWS: usize = 1000;
/// Bytes of text in a row group, at most, but for the last row: they wait in memory.
const GROUP_BYTES: usize = 16 << 20;

/// A predictions file in the making: Parquet when its name ends in `.parquet`, otherwise one
/// JSON line a sample. Of the predictions only a group of rows is held in memory.
pub(crate) struct PredictionsWriter {
    path: PathBuf,
    form: Form,
}

enum Form {
    Lines(BufWriter<Replacement>),
    Parquet(Box<SerializedFileWriter<Replacement>>, Box<Columns>),
}

impl PredictionsWriter {
    /// Begins a file; missing folders are made.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub(crate) fn begin(path: &Path, backend: &BackendInfo) -> Result<Self, StoreError> {
        let file = Replacement::begin(path)?;
        let form = if is_parquet(path) {
            let writer = begin_parquet(file, backend).map_err(|error| failed(path, error))?;
            Form::Parquet(Box::new(writer), Box::default())
        } else {
            Form::Lines(BufWriter::new(file))
        };
        Ok(Self {
            path: path.to_owned(),
            form,
        })
    }

    /// Adds a prediction.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub(crate) fn push(&mut self, prediction: &Prediction) -> Result<(), StoreError> {
        let path = &self.path;
        match &mut self.form {
            Form::Lines(file) => serde_json::to_writer(&mut *file, prediction)
                .map_err(io::Error::from)
                .and_then(|()| file.write_all(b"\n"))
                .map_err(|error| failed(path, error.into())),
            Form::Parquet(writer, columns) => {
                columns.push(prediction);
                if columns.len() < GROUP_ROWS && columns.text_bytes() < GROUP_BYTES {
                    return Ok(());
                }
                write_group(writer, columns).map_err(|error| failed(path, error))
            }
        }
    }

    /// Puts the file in place.
    ///
    /// # Errors
    /// [`StoreError::Write`]; the old file is then untouched.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let path = &self.path;
        let file = match self.form {
            Form::Lines(file) => file
                .into_inner()
                .map_err(|error| failed(path, error.into_error().into()))?,
            Form::Parquet(mut writer, mut columns) => {
                let end = write_group(&mut writer, &mut columns).and_then(|()| writer.into_inner());
                end.map_err(|error| failed(path, error))?
            }
        };
        file.commit()
    }
}

fn begin_parquet(
    file: Replacement,
    backend: &BackendInfo,
) -> Result<SerializedFileWriter<Replacement>, ParquetError> {
    let about = [
        (FORMAT_KEY, FORMAT),
        ("overnight.version", env!("CARGO_PKG_VERSION")),
        ("overnight.backend", backend.name.as_str()),
        ("overnight.backend_kind", backend.kind.as_str()),
        ("overnight.backend_runtime", backend.runtime.as_str()),
        ("overnight.fingerprint", backend.fingerprint.as_str()),
    ];
    let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by(format!("overnight {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(about.to_vec()))
        .build();
    SerializedFileWriter::new(file, schema()?, Arc::new(properties))
}

fn write_group(
    writer: &mut SerializedFileWriter<Replacement>,
    columns: &mut Columns,
) -> Result<(), ParquetError> {
    if columns.len() == 0 {
        return Ok(());
    }
    std::mem::take(columns).write(writer.next_row_group()?)
}

/// What the system said lies within what the format's writer says; it decides the advice.
fn failed(path: &Path, error: ParquetError) -> StoreError {
    let source = match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(system) => *system,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    StoreError::Write {
        path: path.to_owned(),
        source,
    }
}
