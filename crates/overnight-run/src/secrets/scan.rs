//! One pass over a text: which bytes are secret, and from where on that is still unknown.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, Input, MatchKind};

use super::piece::Verdict;
use super::shapes::{Role, SHAPES};

/// Bytes of a value that are looked for; from there on it is compared. It bounds the size
/// of the automaton, and a value that was cut off in a log is still found.
const NEEDLE: usize = 32;

/// Bytes of needles up to which the fastest automaton is small enough.
const DENSE_LIMIT: usize = 24 << 10;

/// What a needle stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// A form of a configured value.
    Literal(Vec<u8>),
    /// An anchor of the shape with this index.
    Anchor(usize),
}

/// Finds secrets.
#[derive(Debug)]
pub(super) struct Scanner {
    automaton: AhoCorasick,
    meanings: Vec<Meaning>,
    longest: usize,
}

/// A range of bytes to replace. It is known by what stands from `anchor` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) anchor: usize,
}

/// A line that opens or closes a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyMarker {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) begins: bool,
}

/// What one pass found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spans: Vec<Span>,
    pub(super) markers: Vec<KeyMarker>,
    /// Where the first secret may begin that the end of the text cut off.
    pub(super) undecided: Option<usize>,
}

impl Found {
    fn doubt(&mut self, at: usize) {
        self.undecided = Some(self.undecided.map_or(at, |before| before.min(at)));
    }
}

impl Scanner {
    /// A scanner for these forms of values and every built-in shape.
    ///
    /// # Errors
    /// [`BuildError`] when there are more needles than an automaton can hold.
    pub(super) fn new(literals: Vec<Vec<u8>>) -> Result<Self, BuildError> {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        let mut meanings = Vec::new();
        for literal in literals {
            needles.push(literal[..literal.len().min(NEEDLE)].to_vec());
            meanings.push(Meaning::Literal(literal));
        }
        for (index, shape) in SHAPES.iter().enumerate() {
            for anchor in shape.anchors {
                needles.push(anchor.as_bytes().to_vec());
                meanings.push(Meaning::Anchor(index));
            }
        }
        let total: usize = needles.iter().map(Vec::len).sum();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind((total <= DENSE_LIMIT).then_some(AhoCorasickKind::DFA))
            .build(&needles)?;
        Ok(Self {
            automaton,
            longest: needles.iter().map(Vec::len).max().unwrap_or(0),
            meanings,
        })
    }

    /// Looks at `hay[start..]`; what lies before is context. With `is_open`, more text may
    /// follow.
    pub(super) fn scan(&self, hay: &[u8], start: usize, is_open: bool) -> Found {
        let mut found = Found::default();
        let input = Input::new(hay).range(start..);
        for hit in self.automaton.find_overlapping_iter(input) {
            match &self.meanings[hit.pattern().as_usize()] {
                Meaning::Literal(literal) => {
                    let at = hit.start();
                    let same = common(&hay[at..], literal);
                    if is_open && hay.len() - at < literal.len() && literal.starts_with(&hay[at..])
                    {
                        found.doubt(at);
                    }
                    found.spans.push(Span {
                        from: at,
                        to: at + same,
                        anchor: at,
                    });
                }
                Meaning::Anchor(shape) => {
                    look(*shape, hay, hit.start(), hit.len(), is_open, &mut found);
                }
            }
        }
        if is_open {
            self.doubt_beginnings(hay, start, &mut found);
        }
        found.spans.sort_unstable();
        found.markers.sort_unstable();
        found
    }

    /// Notes where the text ends with the beginning of a needle.
    fn doubt_beginnings(&self, hay: &[u8], start: usize, found: &mut Found) {
        let first = start.max((hay.len() + 1).saturating_sub(self.longest));
        let is_beginning = |at: &usize| {
            let tail = &hay[*at..];
            let begins = |needle: &[u8]| needle.len() > tail.len() && needle.starts_with(tail);
            self.meanings.iter().any(|meaning| match meaning {
                Meaning::Literal(literal) => begins(literal),
                Meaning::Anchor(shape) => {
                    let mut anchors = SHAPES[*shape].anchors.iter();
                    anchors.any(|anchor| begins(anchor.as_bytes()))
                }
            })
        };
        if let Some(at) = (first..hay.len()).find(is_beginning) {
            found.doubt(at);
        }
    }
}

fn look(
    index: usize,
    hay: &[u8],
    anchor: usize,
    anchor_length: usize,
    is_open: bool,
    found: &mut Found,
) {
    let shape = &SHAPES[index];
    match shape.at(hay, anchor, anchor_length, is_open) {
        Verdict::No => {}
        Verdict::Undecided => found.doubt(anchor),
        Verdict::Yes(place) => match shape.role {
            Role::Token | Role::Value => found.spans.push(Span {
                from: place.from,
                to: place.to,
                anchor,
            }),
            Role::KeyBegins | Role::KeyEnds => found.markers.push(KeyMarker {
                from: place.from,
                to: place.to,
                begins: shape.role == Role::KeyBegins,
            }),
        },
    }
}

/// How much of `literal` the text begins with, in whole characters.
fn common(text: &[u8], literal: &[u8]) -> usize {
    let same = text.iter().zip(literal).take_while(|(a, b)| a == b).count();
    let is_inside_character = |at: usize| literal.get(at).is_some_and(|b| *b & 0xc0 == 0x80);
    (0..=same)
        .rev()
        .find(|at| !is_inside_character(*at))
        .unwrap_or(0)
}
