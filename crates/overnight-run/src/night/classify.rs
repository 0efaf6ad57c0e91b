//! What kind of failure it was, from evidence: the exit record and the end of the output.
//!
//! An exit code never decides: 137 is what a shell makes of any SIGKILL, and programs use
//! every code for their own ends.

use overnight_record::FailureClass;

use crate::shim::ExitRecord;

/// Lines of the end of the output that are looked at.
const LINES: usize = 80;

/// Words, in lower case, by which a program says what went wrong. The first class of which a
/// line has a word is the line's.
const WORDS: &[(FailureClass, &[&str])] = &[
    (
        FailureClass::GpuMemory,
        &[
            "cuda out of memory",
            "cuda error: out of memory",
            "outofmemoryerror: cuda",
            "cuda_error_out_of_memory",
            "cudaerrormemoryallocation",
            "cublas_status_alloc_failed",
            "hip out of memory",
            "bfcarena::allocaterawinternal",
            "failed to allocate memory for requested buffer",
            "no available memory for the cache blocks",
        ],
    ),
    (
        FailureClass::DiskFull,
        &[
            "no space left on device",
            "disk quota exceeded",
            "enospc",
            "database or disk is full",
        ],
    ),
    (
        FailureClass::HostMemory,
        &[
            "memoryerror",
            "std::bad_alloc",
            "cannot allocate memory",
            "memory allocation of ",
            "javascript heap out of memory",
            "java.lang.outofmemoryerror",
        ],
    ),
    (
        FailureClass::RateLimit,
        &[
            "429 too many requests",
            "too many requests",
            "ratelimiterror",
            "rate limit exceeded",
            "rate limit reached",
            "rate_limit_exceeded",
            "status code 429",
            "http 429",
            "returned error: 429",
        ],
    ),
    (
        FailureClass::Auth,
        &[
            "401 unauthorized",
            "403 forbidden",
            "authenticationerror",
            "authentication failed",
            "invalid api key",
            "incorrect api key",
            "bad credentials",
            "invalid credentials",
            "permission denied (publickey",
            "status code 401",
            "status code 403",
            "returned error: 401",
            "returned error: 403",
            "is a gated repo",
        ],
    ),
    (
        FailureClass::Prompt,
        &[
            "eof when reading a line",
            "terminal prompts disabled",
            "could not read username",
            "could not read password",
            "inappropriate ioctl for device",
            "input device is not a tty",
            "a terminal is required",
            "no tty present",
            "host key verification failed",
            "do you want to continue? [y/n] abort",
        ],
    ),
    (
        FailureClass::Network,
        &[
            "connection refused",
            "connection reset",
            "connection timed out",
            "connection error",
            "couldn't connect to server",
            "could not connect to server",
            "failed to connect to ",
            "all connection attempts failed",
            "econnrefused",
            "econnreset",
            "etimedout",
            "enotfound",
            "connecttimeout",
            "operation timed out after",
            "error sending request for url",
            "network is unreachable",
            "no route to host",
            "temporary failure in name resolution",
            "name or service not known",
            "nodename nor servname provided",
            "could not resolve host",
            "failed to establish a new connection",
            "max retries exceeded with url",
            "remote end closed connection",
            "502 bad gateway",
            "503 service unavailable",
            "504 gateway time",
            "returned error: 502",
            "returned error: 503",
            "returned error: 504",
        ],
    ),
];

/// Words for a crash that a shell saw for us.
const CRASH_WORDS: &[&str] = &[
    "segmentation fault",
    "core dumped",
    "illegal instruction",
    "bus error",
    "fatal python error",
];

/// Signals a program gets for its own faults: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
/// SIGSEGV, SIGSYS.
const OWN_FAULTS: &[i32] = &[4, 5, 6, 7, 8, 11, 31];

const SIGKILL: i32 = 9;

/// A class and what showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classified {
    pub(super) class: FailureClass,
    /// The line or the counter, for reading.
    pub(super) evidence: Option<String>,
}

impl Classified {
    fn new(class: FailureClass, evidence: impl Into<String>) -> Self {
        Self {
            class,
            evidence: Some(evidence.into()),
        }
    }
}

/// The class of a command that ended without success by itself.
pub(super) fn classify(record: &ExitRecord, tail: &str, is_temporary: bool) -> Classified {
    if is_temporary {
        return Classified {
            class: FailureClass::Temporary,
            evidence: None,
        };
    }
    if let Some(evidence) = kernel_ended_it(record) {
        return Classified::new(FailureClass::HostMemory, evidence);
    }
    if let Some(found) = by_words(tail) {
        return found;
    }
    match record.signal {
        Some(signal) if OWN_FAULTS.contains(&signal) => {
            Classified::new(FailureClass::Crash, format!("signal {signal}"))
        }
        Some(signal) => Classified::new(FailureClass::Killed, format!("signal {signal}")),
        None => crash_in_a_shell(tail).unwrap_or(Classified {
            class: FailureClass::Error,
            evidence: None,
        }),
    }
}

/// The kernel counted a process it ended for want of memory. Where only the whole machine is
/// counted, the command must have been killed, too.
fn kernel_ended_it(record: &ExitRecord) -> Option<String> {
    if record.oom_kills == 0 {
        return None;
    }
    if record.oom_kills_are_its_own {
        return Some(format!(
            "the kernel ended {} of its processes for want of memory",
            record.oom_kills
        ));
    }
    let was_killed = record.signal == Some(SIGKILL) || record.code == Some(128 + SIGKILL);
    was_killed.then(|| {
        format!(
            "it was killed, and the kernel ended {} process(es) of this machine for want of \
             memory meanwhile",
            record.oom_kills
        )
    })
}

/// The class of the last line that has a known word.
fn by_words(tail: &str) -> Option<Classified> {
    last_lines(tail).find_map(|line| {
        let lower = line.to_lowercase();
        let (class, _) = WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|word| lower.contains(word)))?;
        Some(Classified::new(*class, super::line::one_line(line)))
    })
}

fn crash_in_a_shell(tail: &str) -> Option<Classified> {
    last_lines(tail).take(5).find_map(|line| {
        let lower = line.to_lowercase();
        let is_crash = CRASH_WORDS.iter().any(|word| lower.contains(word));
        is_crash.then(|| Classified::new(FailureClass::Crash, super::line::one_line(line)))
    })
}

fn last_lines(tail: &str) -> impl Iterator<Item = &str> {
    let lines = tail.lines().rev().filter(|line| !line.trim().is_empty());
    lines.take(LINES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shim::End;

    fn ended(code: Option<i32>, signal: Option<i32>) -> ExitRecord {
        ExitRecord {
            code,
            signal,
            ..ExitRecord::blank(End::ItsOwn)
        }
    }

    fn class_of(code: i32, tail: &str) -> FailureClass {
        classify(&ended(Some(code), None), tail, false).class
    }

    #[test]
    fn programs_say_what_went_wrong() {
        use FailureClass::*;
        for (line, class) in [
            (
                "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB",
                GpuMemory,
            ),
            ("OSError: [Errno 28] No space left on device: 'x'", DiskFull),
            ("MemoryError", HostMemory),
            (
                "openai.RateLimitError: Error code: 429 - slow down",
                RateLimit,
            ),
            ("requests.exceptions.HTTPError: 401 Unauthorized", Auth),
            ("EOFError: EOF when reading a line", Prompt),
            (
                "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
                Prompt,
            ),
            (
                "curl: (7) Failed to connect to 127.0.0.1 port 8001 after 0 ms: Couldn't connect to server",
                Network,
            ),
            ("curl: (6) Could not resolve host: nowhere.invalid", Network),
            ("curl: (22) The requested URL returned error: 503", Network),
            (
                "curl: (22) The requested URL returned error: 429",
                RateLimit,
            ),
            ("curl: (22) The requested URL returned error: 401", Auth),
            ("openai.APIConnectionError: Connection error.", Network),
            ("Error: connect ECONNREFUSED 127.0.0.1:8001", Network),
            ("zsh: segmentation fault (core dumped)  ./a", Crash),
            ("AssertionError", Error),
        ] {
            assert_eq!(class_of(1, line), class, "{line}");
        }
    }

    #[test]
    fn the_last_line_that_says_something_counts() {
        let tail = "warning: connection refused, trying again\nok\nMemoryError\n\n";
        assert_eq!(class_of(1, tail), FailureClass::HostMemory);
        let old = format!("connection refused\n{}", "fine\n".repeat(LINES));
        assert_eq!(class_of(1, &old), FailureClass::Error);
    }

    #[test]
    fn a_code_of_137_alone_means_nothing() {
        assert_eq!(class_of(137, ""), FailureClass::Error);
        let killed = ended(None, Some(9));
        assert_eq!(classify(&killed, "", false).class, FailureClass::Killed);
        let mut counted = ended(Some(137), None);
        counted.oom_kills = 1;
        assert_eq!(
            classify(&counted, "", false).class,
            FailureClass::HostMemory
        );
        // Another program of the machine was ended; this one failed by itself.
        counted.code = Some(1);
        assert_eq!(classify(&counted, "", false).class, FailureClass::Error);
        counted.oom_kills_are_its_own = true;
        assert_eq!(
            classify(&counted, "", false).class,
            FailureClass::HostMemory
        );
    }

    #[test]
    fn a_fault_of_its_own_is_a_crash() {
        for signal in OWN_FAULTS {
            let class = classify(&ended(None, Some(*signal)), "", false).class;
            assert_eq!(class, FailureClass::Crash);
        }
        assert_eq!(
            classify(&ended(None, Some(15)), "", false).class,
            FailureClass::Killed
        );
    }
}
