//! A proxy between a client and an HTTP server that does wrong what it is told to.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it reaches the server, and the answer the client.
    None,
    /// It is read and never answered.
    Hang,
    /// The connection is reset while it is sent.
    Reset,
    /// It is answered with this status, these header lines and this body.
    Answer {
        /// The status.
        status: u16,
        /// Lines such as `Retry-After: 1`.
        headers: Vec<String>,
        /// The body.
        body: String,
    },
    /// The server's answer comes a few bytes at a time, with a pause after each.
    Slow {
        /// Bytes at a time.
        bytes: usize,
        /// The pause.
        pause: Duration,
    },
    /// The connection ends after so many bytes of the body of the server's answer, as if that
    /// were all.
    Cut(usize),
    /// Every line of the server's answer that contains this text is left out.
    Without(&'static str),
}

/// One request for a completion, as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its place among them, from 0.
    pub number: usize,
    /// Its body.
    pub body: Vec<u8>,
    /// Its head, with the request line.
    pub head: String,
    /// A hash of the image in it.
    pub image: u64,
    /// When it had arrived.
    pub at: Instant,
}

type Decide = dyn Fn(&Asked) -> Fault + Send + Sync;

/// The proxy. It ends when dropped; connections that hang are let go then.
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    shared: Arc<State>,
}

struct State {
    upstream: u16,
    decide: Box<Decide>,
    asked: Mutex<Vec<Asked>>,
    is_over: AtomicBool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl FaultProxy {
    /// Listens on a free port for the server at `upstream` on this machine. `decide` is asked
    /// about every request for a completion; others pass.
    pub fn start(upstream: u16, decide: impl Fn(&Asked) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(State {
            upstream,
            decide: Box::new(decide),
            asked: Mutex::new(Vec::new()),
            is_over: AtomicBool::new(false),
        });
        let state = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if state.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                thread::spawn(move || {
                    // A client that goes away is no fault of the test's.
                    let _ = serve(client, &state);
                });
            }
        });
        Self { port, shared }
    }

    /// Where the interface begins, seen through the proxy.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// Every request for a completion so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked().clone()
    }

    /// How often each image was sent.
    pub fn counts(&self) -> HashMap<u64, usize> {
        let mut counts = HashMap::new();
        for asked in self.shared.asked().iter() {
            *counts.entry(asked.image).or_default() += 1;
        }
        counts
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request on one connection.
fn serve(client: TcpStream, state: &State) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let begin = head.len();
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
        let line = head[begin..].trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut fault = Fault::None;
    if head.contains("/chat/completions") {
        let asked = {
            let mut all = state.asked();
            let asked = Asked {
                number: all.len(),
                image: image_hash(&body),
                body: body.clone(),
                head: head.clone(),
                at: Instant::now(),
            };
            all.push(asked.clone());
            asked
        };
        fault = (state.decide)(&asked);
    }
    match &fault {
        Fault::Hang => {
            while !state.is_over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            return Ok(());
        }
        // What was read is gone; an answer never comes.
        Fault::Reset => return client.shutdown(Shutdown::Both),
        Fault::Answer {
            status,
            headers,
            body,
        } => {
            let mut client = client;
            let more: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            write!(
                client,
                "HTTP/1.1 {status} Fault\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n{body}",
                body.len()
            )?;
            return client.shutdown(Shutdown::Write);
        }
        _ => {}
    }
    let server = TcpStream::connect(("127.0.0.1", state.upstream));
    let Ok(server) = server else {
        // A server that is not there is not there behind a proxy either.
        return client.shutdown(Shutdown::Both);
    };
    forward(client, server, &head, &body, &fault)
}

/// Sends the request on and the answer back. The answer's end is the end of the connection:
/// chunks are put together, so that it can be changed and cut anywhere.
fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    head: &str,
    body: &[u8],
    fault: &Fault,
) -> std::io::Result<()> {
    let head = without_lines(head, &["connection:"]);
    server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    server.write_all(body)?;
    let mut server = BufReader::new(server);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if server.read_line(&mut head)? == 0 {
            return client.shutdown(Shutdown::Both);
        }
    }
    let is_chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    let framing = [
        "connection:",
        "transfer-encoding:",
        "content-length:",
        "keep-alive:",
    ];
    let head = without_lines(&head, &framing);
    client.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    let mut left = match fault {
        Fault::Cut(bytes) => *bytes,
        _ => usize::MAX,
    };
    // Of a line that is not whole yet.
    let mut line = Vec::new();
    while left > 0
        && let Some(mut piece) = next_piece(&mut server, is_chunked)?
    {
        match fault {
            Fault::Slow { bytes, pause } => {
                for few in piece.chunks(*bytes) {
                    client.write_all(few)?;
                    thread::sleep(*pause);
                }
            }
            Fault::Without(text) => {
                line.append(&mut piece);
                while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                    let whole: Vec<u8> = line.drain(..=end).collect();
                    if !String::from_utf8_lossy(&whole).contains(text) {
                        client.write_all(&whole)?;
                    }
                }
            }
            _ => {
                piece.truncate(left);
                left -= piece.len();
                client.write_all(&piece)?;
            }
        }
    }
    client.write_all(&line)?;
    client.shutdown(Shutdown::Both)
}

/// The next bytes of a body; `None` at its end.
fn next_piece(
    server: &mut BufReader<TcpStream>,
    is_chunked: bool,
) -> std::io::Result<Option<Vec<u8>>> {
    if !is_chunked {
        let piece = server.fill_buf()?.to_vec();
        server.consume(piece.len());
        return Ok((!piece.is_empty()).then_some(piece));
    }
    let mut size = String::new();
    server.read_line(&mut size)?;
    let size = usize::from_str_radix(size.trim(), 16)
        .map_err(|_| std::io::Error::other("a chunk without its size"))?;
    let mut piece = vec![0; size + 2];
    server.read_exact(&mut piece)?;
    piece.truncate(size);
    Ok((size > 0).then_some(piece))
}

/// The lines of a head that do not begin so, without the empty one at its end.
fn without_lines(head: &str, beginnings: &[&str]) -> String {
    head.lines()
        .filter(|line| {
            let lower = line.to_ascii_lowercase();
            !line.is_empty() && !beginnings.iter().any(|begin| lower.starts_with(begin))
        })
        .map(|line| format!("{line}\r\n"))
        .collect()
}

/// A hash of the data URL in a body.
fn image_hash(body: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(body);
    let url = text
        .split_once("data:image")
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}
