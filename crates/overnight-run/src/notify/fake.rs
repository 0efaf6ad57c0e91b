//! A real HTTP server on this machine that answers what a test wants and keeps what it heard.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// Method and path.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The server; it ends with the test's process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    /// Answers the n-th request with the n-th of `answers`, such as `200 OK`, and the
    /// last of them ever after. An answer that begins with `slow` comes after 3 seconds.
    pub(crate) fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, answers, &kept));
            }
        });
        Self { url, heard }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until it has heard `count` requests.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Heard> {
        let begun = Instant::now();
        while self.heard().len() < count {
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(15), "{:?}", self.heard());
            thread::sleep(Duration::from_millis(5));
        }
        self.heard()
    }
}

fn serve(stream: TcpStream, answers: &[&str], kept: &Mutex<Vec<Heard>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(heard) = read(&mut reader) {
        let count = {
            let mut kept = kept.lock().unwrap();
            kept.push(heard);
            kept.len()
        };
        let mut answer = answers[(count - 1).min(answers.len() - 1)];
        if let Some(rest) = answer.strip_prefix("slow ") {
            thread::sleep(Duration::from_secs(3));
            answer = rest;
        }
        let (status, body) = answer.split_once('\n').unwrap_or((answer, "ok"));
        let (status, extra) = status.split_once(" + ").unwrap_or((status, "X-Test: yes"));
        let written = write!(
            writer,
            "HTTP/1.1 {status}\r\n{extra}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if written.is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
