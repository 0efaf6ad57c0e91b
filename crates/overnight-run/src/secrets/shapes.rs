//! The shapes of well-known tokens.
//!
//! Each begins with an anchor, a text rare enough to look for; the rest is checked where
//! one is found. Every run is bounded: what is longer is data, not a token.

use super::piece::{Piece, Set, Verdict, follow};

/// What a shape means where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The anchor and what follows are secret.
    Token,
    /// What follows the anchor is secret.
    Value,
    /// The body of a private key begins.
    KeyBegins,
    /// The body of a private key has ended.
    KeyEnds,
}

/// One shape.
pub(super) struct Shape {
    pub(super) anchors: &'static [&'static str],
    pub(super) role: Role,
    /// Whether a letter or digit right before the anchor speaks against it.
    starts_word: bool,
    /// Between anchor and secret.
    before: &'static [Piece],
    secret: &'static [Piece],
    /// Right after the secret.
    after: &'static [Piece],
    is_plausible: fn(&[u8]) -> bool,
}

/// A place that has a shape, as offsets into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) from: usize,
    pub(super) to: usize,
}

const ALNUM: Set = |b| b.is_ascii_alphanumeric();
const WORD: Set = |b| b.is_ascii_alphanumeric() || b == b'_';
const URL_SAFE: Set = |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
const BASE64: Set = |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
const TOKEN68: Set =
    |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
/// What stands between a name and its value in headers, JSON, shell and INI files.
const ASSIGN: Set = |b| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b':' | b'=');
/// The body of a key on one line, its line ends written as `\n` or as spaces.
const KEY_BODY: Set = |b| BASE64(b) || matches!(b, b'\\' | b' ');
const KEY_LABEL: Set = |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ';
const USER: Set = |b| PASSWORD(b) && b != b':';
const PASSWORD: Set =
    |b| b > b' ' && b != 0x7f && !matches!(b, b'/' | b'@' | b'"' | b'\'' | b'<' | b'>' | b'`');

const fn run(set: Set, min: usize, max: usize) -> Piece {
    Piece::Run { set, min, max }
}

const fn token(anchors: &'static [&'static str], secret: &'static [Piece]) -> Shape {
    Shape {
        anchors,
        role: Role::Token,
        starts_word: true,
        before: &[],
        secret,
        after: &[],
        is_plausible: |_| true,
    }
}

const fn value(anchors: &'static [&'static str], before: &'static [Piece]) -> Shape {
    Shape {
        role: Role::Value,
        starts_word: false,
        before,
        ..token(anchors, &[])
    }
}

/// Every shape.
pub(super) const SHAPES: &[Shape] = &[
    // OpenAI, Anthropic, OpenRouter and those who copied the prefix.
    token(
        &[
            "sk-proj-",
            "sk-ant-",
            "sk-svcacct-",
            "sk-admin-",
            "sk-or-v1-",
        ],
        &[run(URL_SAFE, 16, 512)],
    ),
    Shape {
        is_plausible: |text| has_stretch(text, 16, ALNUM) && has_digit_or_both_cases(text),
        ..token(&["sk-"], &[run(URL_SAFE, 16, 512)])
    },
    // GitHub, GitLab, Hugging Face.
    token(
        &["ghp_", "gho_", "ghs_", "ghu_", "ghr_"],
        &[run(ALNUM, 30, 255)],
    ),
    token(&["github_pat_"], &[run(WORD, 22, 255)]),
    token(&["glpat-"], &[run(|b| URL_SAFE(b) || b == b'.', 20, 255)]),
    token(&["hf_"], &[run(ALNUM, 30, 64)]),
    // Amazon: the identifier of a key, and the key where its name stands before it.
    token(
        &["AKIA", "ASIA"],
        &[run(
            |b| b.is_ascii_uppercase() || b.is_ascii_digit(),
            16,
            16,
        )],
    ),
    Shape {
        secret: &[run(BASE64, 40, 40)],
        ..value(
            &[
                "secret_access_key",
                "SECRET_ACCESS_KEY",
                "secretAccessKey",
                "SecretAccessKey",
                "secret_key",
                "SECRET_KEY",
            ],
            &[run(ASSIGN, 1, 16)],
        )
    },
    // Google.
    token(&["AIza"], &[run(URL_SAFE, 35, 35)]),
    // Slack.
    token(
        &["xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-"],
        &[run(|b| ALNUM(b) || b == b'-', 10, 255)],
    ),
    Shape {
        secret: &[run(|b| WORD(b) || b == b'/', 20, 255)],
        ..value(
            &["hooks.slack.com/services/", "hooks.slack.com/workflows/"],
            &[],
        )
    },
    // JSON web tokens.
    token(
        &["eyJ"],
        &[
            run(URL_SAFE, 8, 4096),
            Piece::Text(&[".eyJ"]),
            run(URL_SAFE, 4, 8192),
            Piece::Text(&["."]),
            run(URL_SAFE, 16, 2048),
        ],
    ),
    // HTTP credentials.
    Shape {
        secret: &[run(TOKEN68, 8, 8192)],
        ..value(
            &["uthorization", "UTHORIZATION"],
            &[
                run(ASSIGN, 1, 16),
                Piece::Text(&[
                    "Basic ", "basic ", "BASIC ", "Bearer ", "bearer ", "BEARER ", "Token ",
                    "token ",
                ]),
            ],
        )
    },
    Shape {
        secret: &[run(TOKEN68, 16, 8192)],
        is_plausible: |text| text.iter().any(u8::is_ascii_digit),
        ..value(&["Bearer ", "bearer ", "BEARER "], &[])
    },
    // user:password in a URL.
    Shape {
        secret: &[
            run(USER, 0, 256),
            Piece::Text(&[":"]),
            run(PASSWORD, 1, 1024),
        ],
        after: &[Piece::Text(&["@"])],
        ..value(&["://"], &[])
    },
    // Private keys: on one line, and from line to line.
    Shape {
        secret: &[run(KEY_BODY, 24, 32 << 10)],
        is_plausible: |text| has_stretch(text, 24, BASE64),
        ..value(&["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"], &[])
    },
    Shape {
        role: Role::KeyBegins,
        is_plausible: |label| ends_as_private_key(label),
        ..value(&["-----BEGIN "], KEY_MARKER)
    },
    Shape {
        role: Role::KeyEnds,
        is_plausible: |label| ends_as_private_key(label),
        ..value(&["-----END "], KEY_MARKER)
    },
];

const KEY_MARKER: &[Piece] = &[run(KEY_LABEL, 11, 64), Piece::Text(&["-----"])];

/// Most bytes before a place that [`Shape::at`] looks at.
pub(super) const CONTEXT: usize = 16;

impl Shape {
    /// What stands at an anchor of `anchor_length` bytes at `anchor`. Of private keys the
    /// marker itself is the place; of others, what is to be replaced.
    pub(super) fn at(
        &self,
        hay: &[u8],
        anchor: usize,
        anchor_length: usize,
        is_open: bool,
    ) -> Verdict<Place> {
        if self.starts_word && !is_start_of_word(&hay[..anchor]) {
            return Verdict::No;
        }
        let after_anchor = anchor + anchor_length;
        let parts = [self.before, self.secret, self.after];
        let mut ends = [after_anchor; 3];
        let mut at = after_anchor;
        for (part, end) in parts.iter().zip(&mut ends) {
            match follow(part, hay, at, is_open) {
                Verdict::Yes(there) => at = there,
                Verdict::No => return Verdict::No,
                Verdict::Undecided => return Verdict::Undecided,
            }
            *end = at;
        }
        let (from, to) = match self.role {
            Role::Token => (anchor, ends[1]),
            Role::Value => (ends[0], ends[1]),
            Role::KeyBegins | Role::KeyEnds => (anchor, ends[0]),
        };
        let judged = match self.role {
            Role::KeyBegins | Role::KeyEnds => &hay[after_anchor..to],
            Role::Token | Role::Value => &hay[from..to],
        };
        if (self.is_plausible)(judged) {
            Verdict::Yes(Place { from, to })
        } else {
            Verdict::No
        }
    }
}

/// Whether a word may begin after `before`: no letter or digit, or the end of an escape
/// (`\n`, `%3D`, a terminal's colour).
fn is_start_of_word(before: &[u8]) -> bool {
    match before {
        [] => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [rest @ .., b'm'] => {
            let window = &rest[rest.len().saturating_sub(CONTEXT - 1)..];
            let parameters = window.iter().rev();
            let digits = parameters
                .take_while(|b| b.is_ascii_digit() || **b == b';')
                .count();
            window[..window.len() - digits].ends_with(b"\x1b[")
        }
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

fn has_stretch(text: &[u8], length: usize, set: Set) -> bool {
    text.split(|b| !set(*b)).any(|part| part.len() >= length)
}

fn has_digit_or_both_cases(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
        || (text[3..].iter().any(u8::is_ascii_uppercase)
            && text[3..].iter().any(u8::is_ascii_lowercase))
}

fn ends_as_private_key(label: &[u8]) -> bool {
    let label = label.strip_suffix(b"-----").unwrap_or(label);
    label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK")
}
