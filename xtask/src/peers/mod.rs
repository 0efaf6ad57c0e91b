//! `xtask peers`: our engine and its peers, read the same images in turns, measured from
//! outside. `docs/peers.md` says what each figure is and what it is not.

mod accuracy;
mod arm;
mod arms;
mod figures;
mod kernel;
mod measure;
mod record;
mod runner;
mod schedule;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use clap::Parser;
use overnight_record::store::{write_json, write_json_lines};
use overnight_study::dataset::{Dataset, DatasetFormat, DatasetSpec};

use arms::Places;
use kernel::Machine;
use measure::{Amount, Item, Session};
use record::{ArmReadings, Record};
use runner::Runner;

/// Measure our engine and its peers on the same images, in turns
#[derive(Debug, Parser)]
#[command(name = "xtask peers")]
pub(crate) struct Options {
    /// Folder of the dataset
    #[arg(long)]
    dataset: PathBuf,
    /// How the dataset lies on disk: sroie, jsonl, folder
    #[arg(long, default_value = "sroie")]
    format: String,
    /// Use this many images, chosen by the seed
    #[arg(long)]
    limit: Option<usize>,
    /// Arms to measure, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = arms::ALL.map(str::to_owned))]
    arms: Vec<String>,
    /// Passes over the images in chunks
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Passes over the images one at a time
    #[arg(long, default_value_t = 1)]
    single_rounds: usize,
    /// Images in a chunk
    #[arg(long, default_value_t = 8)]
    chunk: usize,
    /// Seed of the choice and the order of images
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Processors all arms are held to, as a list for `taskset` [default: the first two]
    #[arg(long)]
    cpus: Option<String>,
    /// Folder for the JSON document, the predictions and the arms' logs
    #[arg(long)]
    out: Option<PathBuf>,
    /// Run benches/peers/setup first
    #[arg(long)]
    setup: bool,
}

/// Measures, prints the table, writes the record.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    options.check()?;
    let root = &root.canonicalize()?;
    let folder = root.join("benches/peers");
    if options.setup {
        let status = Command::new(folder.join("setup")).status();
        let status = status.context("failed to run benches/peers/setup")?;
        ensure!(status.success(), "benches/peers/setup failed");
    }
    let places = Places::new(folder);
    let dataset = options.load_dataset()?;
    let hashes = dataset.image_hashes();
    let begun = jiff::Timestamp::now();
    let out = options.out.clone().unwrap_or_else(|| {
        let name = begun.strftime("%Y-%m-%d_%H%M%S").to_string();
        root.join("target/peers").join(name)
    });
    fs::create_dir_all(&out)?;
    let machine = Machine::here();
    let cpus = options.cpus.clone().or_else(|| machine.first_two_cpus());
    let commit = commit(root);
    let load_before = kernel::load_1m();

    let runners = options.start_arms(&places, &commit, cpus.as_deref(), &out)?;
    let items = items(&dataset);
    let amount = options.amount();
    let mut session = Session::new(&items, runners, &say);
    session.run(&amount);
    let Session {
        runners,
        measurements,
        ..
    } = session;

    let readings: Vec<ArmReadings> = runners
        .iter()
        .map(|runner| ArmReadings::of(runner, &commit, &dataset, &hashes))
        .collect();
    for (runner, readings) in runners.iter().zip(&readings) {
        if runner.ready.is_some() {
            let file = format!("predictions-{}.jsonl", runner.name);
            write_json_lines(&out.join(file), &readings.chunks)?;
        }
    }
    let record = Record {
        format_version: 1,
        begun: begun.to_string(),
        commit,
        machine,
        cpus,
        load_1m: [load_before, kernel::load_1m()],
        dataset: dataset.info(&hashes),
        amount,
        profile: accuracy::profile()?.definition(),
        idle_cpu_load: figures::idle_cpu_load(&measurements),
        arms: record::arms(&runners, &readings, dataset.samples(), &measurements)?,
        measurements,
    };
    let document = out.join("peers.json");
    write_json(&document, &record)?;
    let text = table::render(&record);
    fs::write(out.join("peers.txt"), &text)?;
    print(&format!("{text}{}\n", document.display()));
    Ok(())
}

impl Options {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.chunk > 0 && self.rounds > 0 && self.single_rounds > 0,
            "--chunk, --rounds and --single-rounds are at least 1"
        );
        if let Some(unknown) = self.arms.iter().find(|a| !arms::ALL.contains(&a.as_str())) {
            bail!(
                "no arm is called `{unknown}`; there are {}",
                arms::ALL.join(", ")
            );
        }
        Ok(())
    }

    fn amount(&self) -> Amount {
        Amount {
            rounds: self.rounds,
            single_rounds: self.single_rounds,
            chunk: self.chunk,
            seed: self.seed,
        }
    }

    fn load_dataset(&self) -> anyhow::Result<Dataset> {
        let mut formats = DatasetFormat::ALL.into_iter();
        let Some(format) = formats.find(|format| format.name() == self.format) else {
            bail!("no dataset format is called `{}`", self.format);
        };
        let path = self.dataset.canonicalize();
        let path = path.with_context(|| format!("no dataset in {}", self.dataset.display()))?;
        let dataset = Dataset::load(&DatasetSpec {
            name: "peers".to_owned(),
            format,
            path,
            shown_path: self.dataset.display().to_string(),
        })?;
        Ok(dataset.select(self.limit, self.seed))
    }

    /// Starts the arms one after the other, in the order of the table.
    fn start_arms(
        &self,
        places: &Places,
        version: &str,
        cpus: Option<&str>,
        out: &Path,
    ) -> anyhow::Result<Vec<Runner>> {
        let wanted = arms::ALL.into_iter();
        let wanted = wanted.filter(|name| self.arms.iter().any(|arm| arm == name));
        let mut runners = Vec::new();
        for name in wanted {
            let log = out.join(format!("{name}.log"));
            let runner = Runner::start(name, || places.command(name, version, cpus), &log)?;
            say(&match &runner.failure {
                None => format!("{name} is ready"),
                Some(reason) => format!("{name} is not available: {reason}"),
            });
            runners.push(runner);
        }
        ensure!(
            runners.iter().any(|runner| runner.arm.is_some()),
            "no arm is available"
        );
        Ok(runners)
    }
}

fn items(dataset: &Dataset) -> Vec<Item> {
    let samples = dataset.samples().iter();
    samples
        .map(|sample| Item {
            id: sample.id.clone(),
            path: sample.path.to_string_lossy().into_owned(),
        })
        .collect()
}

/// The commit the numbers belong to, with `+` when tracked files were changed.
fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(root)
            .args(arguments)
            .output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]);
    let mark = if changed.is_none_or(|list| list.is_empty()) {
        ""
    } else {
        "+"
    };
    format!("{commit}{mark}")
}

#[expect(clippy::print_stderr, reason = "progress is what is said meanwhile")]
fn say(line: &str) {
    eprintln!("{line}");
}

#[expect(clippy::print_stdout, reason = "a chore's answer is what it prints")]
fn print(text: &str) {
    print!("{text}");
}

#[cfg(test)]
mod tests {
    use overnight_testkit::skip;

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/peers")
    }

    #[test]
    fn the_setup_is_a_script_bash_can_read() {
        let setup = Command::new("bash")
            .arg("-n")
            .arg(folder().join("setup"))
            .output();
        let Ok(setup) = setup else {
            return skip("the_setup_is_a_script_bash_can_read", "bash");
        };
        assert!(setup.status.success(), "{setup:?}");
    }

    #[test]
    fn every_arm_in_python_is_a_program_python_can_read() {
        let parse = "import ast, sys; [ast.parse(open(f, encoding='utf-8').read(), f) \
                     for f in sys.argv[1:]]; print(len(sys.argv) - 1)";
        let scripts = fs::read_dir(folder().join("python")).unwrap();
        let scripts: Vec<PathBuf> = scripts
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
            .collect();
        let output = Command::new("python3")
            .args(["-c", parse])
            .args(&scripts)
            .output();
        let Ok(output) = output else {
            return skip(
                "every_arm_in_python_is_a_program_python_can_read",
                "python3",
            );
        };
        assert!(output.status.success(), "{output:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            scripts.len().to_string()
        );
        assert!(scripts.len() >= 5);
    }

    #[test]
    fn the_commit_of_a_folder_without_git_is_unknown() {
        assert_eq!(commit(Path::new("/")), "unknown");
    }
}
