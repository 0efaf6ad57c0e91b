//! Puts the example project into the program, so that `overnight demo` needs no repository.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What a night or a tool leaves in the example when it is used in place.
const LEFT_BEHIND: &[&str] = &[
    ".git",
    ".overnight",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    "__pycache__",
    "logs",
    "vlm_reports",
];

fn main() -> Result<(), Box<dyn Error>> {
    let example = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?)
        .join("../../examples/receipts")
        .canonicalize()?;
    let mut files = Vec::new();
    collect(&example, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&example)?;
        writeln!(
            table,
            "    ({}, include_bytes!({})),",
            literal(name)?,
            literal(file)?
        )?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("example_files.rs");
    fs::write(out, table)?;
    Ok(())
}

/// Every file below `folder`; cargo is told to look at each, and at the folders for new ones.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    tell_cargo(folder);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if LEFT_BEHIND.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            tell_cargo(&path);
            files.push(path);
        }
    }
    Ok(())
}

/// A path as a Rust string literal.
fn literal(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = path.to_str().ok_or("a path of the example is not UTF-8")?;
    Ok(format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"")
    ))
}

fn tell_cargo(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
