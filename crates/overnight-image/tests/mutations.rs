//! Whatever happens to a file's bytes, decoding ends in an image or in a reason, within the
//! memory it was given. The fuzz target `decode` looks further and longer.

#[allow(dead_code, reason = "each test binary uses its part")]
mod files;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use overnight_image::{DecodeError, Decoded, Enough, Limits, decode_enough};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

static WHOLE: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(files::whole);

const LIMITS: Limits = Limits {
    max_pixels: 1 << 20,
    max_bytes: 8 << 20,
};

const CASES: u32 = 60_000;

/// Beyond the pixels: tables, copies of these small files, what threads need.
const BESIDE_BYTES: usize = 4 << 20;

/// One thing that happens to a file; places and lengths are parts of 65536.
#[derive(Debug, Clone)]
enum Mutation {
    Set(u16, u8),
    /// A number of four bytes, as sizes and offsets are.
    SetWord(u16, u32),
    Flip(u16, u8),
    Cut(u16),
    Remove(u16, u8),
    Repeat(u16, u8),
    /// From here on another file.
    Splice(u16, prop::sample::Index, u16),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let word = prop_oneof![
        Just(0),
        Just(u32::MAX),
        Just(0x8000_0000),
        any::<u32>(),
        (0..64_u32).prop_map(u32::swap_bytes),
    ];
    prop_oneof![
        4 => (any::<u16>(), any::<u8>()).prop_map(|(at, to)| Mutation::Set(at, to)),
        2 => (any::<u16>(), word).prop_map(|(at, to)| Mutation::SetWord(at, to)),
        4 => (any::<u16>(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        1 => any::<u16>().prop_map(Mutation::Cut),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        1 => (any::<u16>(), any::<prop::sample::Index>(), any::<u16>())
            .prop_map(|(at, other, from)| Mutation::Splice(at, other, from)),
    ]
}

fn place(bytes: &[u8], part: u16) -> usize {
    bytes.len() * usize::from(part) / 65_536
}

fn apply(mutation: &Mutation, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    match *mutation {
        Mutation::Set(at, to) => {
            let at = place(bytes, at);
            bytes[at] = to;
        }
        Mutation::SetWord(at, to) => {
            let at = place(bytes, at);
            for (byte, to) in bytes[at..].iter_mut().zip(to.to_le_bytes()) {
                *byte = to;
            }
        }
        Mutation::Flip(at, bit) => {
            let at = place(bytes, at);
            bytes[at] ^= 1 << bit;
        }
        Mutation::Cut(at) => bytes.truncate(place(bytes, at)),
        Mutation::Remove(at, length) => {
            let at = place(bytes, at);
            let end = (at + usize::from(length)).min(bytes.len());
            bytes.drain(at..end);
        }
        Mutation::Repeat(at, length) => {
            let at = place(bytes, at);
            let end = (at + usize::from(length)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        Mutation::Splice(at, other, from) => {
            let other = &other.get(&WHOLE).1;
            bytes.truncate(place(bytes, at));
            bytes.extend(&other[place(other, from)..]);
        }
    }
}

/// Decodes, and says what was held at once beyond what was held before.
fn decode_counted(bytes: &[u8], enough: Enough) -> (Result<Decoded, DecodeError>, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let decoded = decode_enough(bytes, &LIMITS, enough);
    (decoded, ALLOCATED.peak_usage().saturating_sub(before))
}

// The one test of this binary: what is allocated is counted for the whole process.
#[test]
fn any_bytes_end_in_an_image_or_a_reason() {
    let some = Enough {
        pixels: 50,
        shorter_side: 5,
    };
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mutated = (
        any::<prop::sample::Index>(),
        prop::collection::vec(mutation(), 1..6),
    );
    let refused = AtomicU32::new(0);
    proptest!(config, |((file, mutations) in mutated)| {
        let (name, whole) = file.get(&WHOLE);
        let mut bytes = whole.clone();
        mutations.iter().for_each(|mutation| apply(mutation, &mut bytes));
        for enough in [Enough::WHOLE, some] {
            let (decoded, peak) = decode_counted(&bytes, enough);
            let most = usize::try_from(LIMITS.max_bytes).unwrap() + BESIDE_BYTES;
            prop_assert!(peak <= most, "{name}: {peak} bytes");
            match decoded {
                Ok(decoded) => {
                    let (width, height) = decoded.image.dimensions();
                    let (most_across, most_down) = decoded.reduction.original;
                    let factor = decoded.reduction.factor;
                    prop_assert!(u64::from(most_across) * u64::from(most_down) <= LIMITS.max_pixels);
                    prop_assert_eq!(width, most_across.div_ceil(factor));
                    prop_assert_eq!(height, most_down.div_ceil(factor));
                }
                Err(error) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    });
    // Else the mutations would be too harsh or too mild to find anything.
    let share = f64::from(refused.into_inner()) / f64::from(2 * CASES);
    assert!((0.2..0.95).contains(&share), "refused: {share}");
}
