//! What decides a worker's answers, as far as it can be known from outside.

use std::path::Path;

use overnight_record::store::sha256_hex;

use super::hello::{Hello, PROTOCOL};
use super::spec::{WorkerCommand, WorkerSpec};
use crate::fingerprint::Fingerprint;

/// Version of the step from answer to lines: raised when code changes what is read.
const POST_PROCESSOR: u32 = 2;
/// Largest file of a command that is hashed, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// The fingerprint of a worker: its command as it is written, the bytes of the files that
/// the command names, its settings and environment, and what it says about itself. Modules
/// its script imports and weights its hello leaves out cannot be known.
pub(super) fn fingerprint(spec: &WorkerSpec, hello: &Hello) -> String {
    let mut print = Fingerprint::default()
        .with("kind", "worker")
        .with("protocol", PROTOCOL)
        .with("post_processor", POST_PROCESSOR);
    match &spec.command {
        WorkerCommand::Own(argv) => {
            for word in argv {
                print = print.with("word", word);
                if let Some(sha256) = file_hash(&spec.directory, word) {
                    print = print.with("file", sha256);
                }
            }
        }
        WorkerCommand::Ready { worker, .. } => {
            // The callable's own name is in its hello.
            print = print.with("ready", worker.sha256());
        }
    }
    let settings = serde_json::Value::Object(spec.settings.clone());
    print = print.with("settings", settings);
    for (name, value) in &spec.env {
        print = print.with("env", format!("{name}={value}"));
    }
    print = print
        .with("name", &hello.name)
        .with("version", &hello.version)
        .with("runtime", &hello.runtime)
        .with("device", &hello.device);
    for model in &hello.models {
        print = print
            .with("model", &model.role)
            .with("file_name", &model.name)
            .with("sha256", &model.sha256);
    }
    print.finish()
}

/// The hash of the file a word names, if it does.
fn file_hash(directory: &Path, word: &str) -> Option<String> {
    let path = directory.join(word);
    let meta = path.metadata().ok()?;
    if !meta.is_file() || meta.len() > MOST_BYTES {
        return None;
    }
    Some(sha256_hex(&std::fs::read(path).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_settings_and_hello_count_and_the_number_of_processes_does_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mine.py"), "1").unwrap();
        let command = WorkerCommand::Own(vec!["python".to_owned(), "mine.py".to_owned()]);
        let spec = WorkerSpec::new(command, dir.path().to_owned());
        let hello = Hello {
            name: "mine".to_owned(),
            version: "1".to_owned(),
            runtime: String::new(),
            device: "cpu".to_owned(),
            max_batch_size: 1,
            models: Vec::new(),
        };
        let base = fingerprint(&spec, &hello);
        let same = WorkerSpec {
            processes: 4,
            batch_size: 1,
            ..spec.clone()
        };
        assert_eq!(fingerprint(&same, &hello), base);
        let mut other = spec.clone();
        other.settings.insert("a".to_owned(), 1.into());
        assert_ne!(fingerprint(&other, &hello), base);
        let newer = Hello {
            version: "2".to_owned(),
            ..hello.clone()
        };
        assert_ne!(fingerprint(&spec, &newer), base);
        std::fs::write(dir.path().join("mine.py"), "2").unwrap();
        assert_ne!(fingerprint(&spec, &hello), base);
    }
}
