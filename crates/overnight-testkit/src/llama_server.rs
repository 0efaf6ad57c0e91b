//! The real HTTP server of llama.cpp with a tiny random vision language model.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Shared, skip};

/// A server on this machine. It ends when dropped, and at the latest with the test's process.
#[derive(Debug)]
pub struct LlamaServer {
    script: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl LlamaServer {
    /// Starts a server on a free port; `None` after saying what is missing. Its packages and
    /// its model are made once and kept in the user's cache, which takes half a minute.
    pub fn start(test: &str) -> Option<Self> {
        let script = Shared::path(test, "vlm/ci_llama_server.sh")?;
        let kept = kept();
        fs::create_dir_all(&kept).expect("a folder in the user's cache");
        {
            let lock = File::create(kept.join("lock")).expect("a lock");
            lock.lock().expect("the lock");
            let is_made = kept.join("venv/bin/python").exists()
                && kept.join("m/mmproj-tiny-qwen2.5-vl.gguf").exists();
            if !is_made && !run(&script, free_port(), &kept) {
                skip(test, "a package index with xllamacpp");
                return None;
            }
            // Making it has started it, too.
            end(&kept, "TERM");
        }
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        for part in ["venv", "m"] {
            std::os::unix::fs::symlink(kept.join(part), folder.join(part)).expect("a link");
        }
        let server = Self {
            script,
            folder,
            port: free_port(),
        };
        server.end_with_us();
        assert!(
            server.restart(),
            "llama.cpp's server starts: {}",
            fs::read_to_string(server.folder.join("log")).unwrap_or_default()
        );
        Some(server)
    }

    /// The port it listens on, also after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its interface begins.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// The name its model has.
    pub fn model(&self) -> &'static str {
        "tiny-qwen2.5-vl"
    }

    /// A command that runs it in the foreground on another port, for those who start servers
    /// themselves.
    pub fn command(&self, port: u16) -> Vec<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let model = self.folder.join("m");
        vec![
            path(&self.folder.join("venv/bin/python")),
            path(&self.script.with_file_name("serve_llamacpp.py")),
            path(&model.join("tiny-qwen2.5-vl.gguf")),
            path(&model.join("mmproj-tiny-qwen2.5-vl.gguf")),
            port.to_string(),
            "8192".to_owned(),
        ]
    }

    /// Ends it as the kernel does when memory runs out.
    pub fn kill(&self) {
        end(&self.folder, "KILL");
    }

    /// Starts it again on the same port; says whether it answers.
    pub fn restart(&self) -> bool {
        run(&self.script, self.port, &self.folder)
    }

    /// A test's process may end without dropping anything.
    fn end_with_us(&self) {
        let watch = "(while kill -0 $1; do sleep 0.3; done; kill $(cat $2/pid); rm -rf $2) &";
        let started = Command::new("sh")
            .args(["-c", watch, "watch", &std::process::id().to_string()])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        started.expect("a shell");
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        end(&self.folder, "TERM");
    }
}

/// A port nobody listens on at the moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Where packages and model are kept.
fn kept() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
        PathBuf::from,
    );
    cache.join("overnight/test-llama-server")
}

fn run(script: &Path, port: u16, folder: &Path) -> bool {
    // The server must not hold the streams of whoever waits for the test.
    let status = Command::new("bash")
        .arg(script)
        .arg(port.to_string())
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn end(folder: &Path, signal: &str) {
    if let Ok(pid) = fs::read_to_string(folder.join("pid")) {
        let _ = Command::new("kill")
            .args([&format!("-{signal}"), pid.trim()])
            .stderr(Stdio::null())
            .status();
        let _ = fs::remove_file(folder.join("pid"));
    }
}
