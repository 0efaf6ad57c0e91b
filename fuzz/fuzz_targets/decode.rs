//! Any bytes, decoded whole and reduced: an image within the limits, or a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use overnight_image::{Enough, Limits, decode_enough};

const LIMITS: Limits = Limits {
    max_pixels: 1 << 20,
    max_bytes: 64 << 20,
};

fuzz_target!(
    init: {
        // `decode` makes a broken image of a decoder's panic; the fuzzer's own hook would end
        // the process before. With OVERNIGHT_FUZZ_PANICS=1 it does, to see where they are.
        if std::env::var_os("OVERNIGHT_FUZZ_PANICS").is_none() {
            std::panic::set_hook(Box::new(|_| {}));
        }
    },
    |bytes: &[u8]| {
        let some = Enough {
            pixels: 50,
            shorter_side: 5,
        };
        for enough in [Enough::WHOLE, some] {
            let Ok(decoded) = decode_enough(bytes, &LIMITS, enough) else {
                continue;
            };
            let (width, height) = decoded.image.dimensions();
            let (across, down) = decoded.reduction.original;
            let factor = decoded.reduction.factor;
            assert!(u64::from(across) * u64::from(down) <= LIMITS.max_pixels);
            assert_eq!(
                (width, height),
                (across.div_ceil(factor), down.div_ceil(factor))
            );
        }
    }
);
