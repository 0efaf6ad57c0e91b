//! Writes a small file of every format into a folder, for the fuzzer to begin with:
//!
//! ```text
//! cargo run -p overnight-image --example seeds -- fuzz/corpus/decode
//! ```

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/files/mod.rs"]
mod files;

use std::path::PathBuf;

fn main() {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.expect("the folder to write to");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes) in files::whole() {
        std::fs::write(folder.join(name.replace(' ', "-")), bytes).expect("a written file");
    }
}
