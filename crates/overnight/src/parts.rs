//! One side's predictions in several files, as shards leave them, put together.

use std::collections::HashMap;
use std::path::Path;

use overnight_record::{ExitCode, store};
use overnight_study::compare::SideInput;
use overnight_study::dataset::Dataset;

use crate::context::Context;
use crate::failure::Failure;
use crate::reading::{file_name, predictions_of};

/// The predictions of one side: from one source, a file or a backend, or from several files,
/// which are put together in a file of their own.
pub(crate) fn side_of(
    context: &Context,
    verb: &str,
    dataset: &Dataset,
    sources: &[String],
    choice: &str,
) -> Result<SideInput, Failure> {
    let read = |source: &String| {
        let mut side = predictions_of(context, verb, dataset, source, choice)?;
        // What lies in a folder of its own is called after what made it.
        if let ("predictions", Some(first)) = (whole_name(&side.name), side.predictions.first()) {
            side.name.clone_from(&first.backend);
        }
        Ok(side)
    };
    if let [source] = sources {
        return read(source);
    }
    for source in sources {
        if !Path::new(source).exists() {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("`{source}` is no file, and only files can be put together"),
                "name one backend, or the files that shards of one left",
            ));
        }
    }
    let parts: Vec<SideInput> = sources.iter().map(read).collect::<Result<_, Failure>>()?;
    let mut side = together(parts)?;
    let path = context
        .artifacts_dir(verb)
        .join(file_name(&side.name, dataset.name(), choice));
    store::write_json_lines(&path, &side.predictions)?;
    side.path = path.to_string_lossy().into_owned();
    Ok(side)
}

/// The parts as one side. No sample may be in two of them.
fn together(parts: Vec<SideInput>) -> Result<SideInput, Failure> {
    let mut names: Vec<String> = Vec::new();
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut predictions = Vec::new();
    for part in parts {
        let name = whole_name(&part.name).to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
        for prediction in part.predictions {
            let owner = owners.insert(prediction.id.clone(), part.path.clone());
            if let Some(owner) = owner {
                return Err(Failure::with_hint(
                    ExitCode::Usage,
                    format!(
                        "failed to put predictions together: the sample `{}` is in {owner} and in {}",
                        prediction.id, part.path
                    ),
                    "name each shard once; two readings of one dataset are two sides of `compare`",
                ));
            }
            predictions.push(prediction);
        }
    }
    let mut fingerprints: Vec<&str> = predictions.iter().map(|p| &*p.fingerprint).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    if fingerprints.len() > 1 {
        tracing::warn!(
            "the parts were made with {} different settings or models",
            fingerprints.len()
        );
    }
    Ok(SideInput {
        name: names.join("+"),
        backend: None,
        path: String::new(),
        predictions,
        repeated: None,
    })
}

/// A name without the shard at its end: `qwen-few.shard-1-of-2` is `qwen-few`.
fn whole_name(name: &str) -> &str {
    let shard = name.rsplit_once(".shard-").filter(|(_, shard)| {
        let numbers = shard.split_once("-of-");
        numbers.is_some_and(|(part, of)| {
            [part, of]
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
    });
    shard.map_or(name, |(whole, _)| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_have_one_name() {
        for (name, whole) in [
            ("qwen-few.shard-1-of-2", "qwen-few"),
            ("predictions.shard-12-of-20", "predictions"),
            ("a.shard-x-of-2", "a.shard-x-of-2"),
            ("a.shard-", "a.shard-"),
            ("plain", "plain"),
        ] {
            assert_eq!(whole_name(name), whole);
        }
    }
}
