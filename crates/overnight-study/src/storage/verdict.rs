//! The answer of a storage study in words, from its figures alone.

use overnight_record::Interval;
use overnight_record::result::StorageArm;

/// One sentence an arm, against the source: `webp:q80 needs 27 % of the bytes (95 % interval
/// 24 to 31 %) and 1.9x the decode time (1.8 to 2.0x) on 40 images, at 39.5 dB.`
pub fn verdict(arms: &[StorageArm]) -> String {
    let sentences: Vec<String> = arms
        .iter()
        .filter(|arm| arm.name != super::run::SOURCE)
        .map(sentence)
        .collect();
    if sentences.is_empty() {
        return "No arm but the source was measured.".to_owned();
    }
    sentences.join(" ")
}

fn sentence(arm: &StorageArm) -> String {
    if arm.n == 0 {
        return format!("{} could store none of the images.", arm.name);
    }
    let fidelity = match arm.psnr_db_mean {
        Some(db) => format!("at {db:.1} dB against the source"),
        None => "without loss".to_owned(),
    };
    let failed = match arm.n_failed {
        0 => String::new(),
        n => format!("; {n} could not be stored"),
    };
    format!(
        "{} needs {} % of the bytes{} and {}x the decode time{} on {} {}, {fidelity}{failed}.",
        arm.name,
        percent(arm.bytes_ratio),
        bytes_range(arm.bytes_ratio_interval.as_ref()),
        factor(arm.decode_ratio),
        factor_range(arm.decode_ratio_interval.as_ref()),
        arm.n,
        if arm.n == 1 { "image" } else { "images" },
    )
}

fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent < 9.95 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}

fn factor(ratio: f64) -> String {
    if ratio < 0.95 {
        format!("{ratio:.2}")
    } else {
        format!("{ratio:.1}")
    }
}

fn bytes_range(interval: Option<&Interval>) -> String {
    interval.map_or(String::new(), |i| {
        format!(
            " ({:.0} % interval {} to {} %)",
            i.level * 100.0,
            percent(i.low),
            percent(i.high)
        )
    })
}

fn factor_range(interval: Option<&Interval>) -> String {
    interval.map_or(String::new(), |i| {
        format!(" ({} to {}x)", factor(i.low), factor(i.high))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(name: &str, bytes_ratio: f64, decode_ratio: f64, psnr: Option<f64>) -> StorageArm {
        let interval = |low, high| {
            Some(Interval {
                low,
                high,
                level: 0.95,
                method: String::new(),
            })
        };
        StorageArm {
            name: name.into(),
            definition: String::new(),
            n: 40,
            n_failed: 0,
            bytes_total: 0,
            bytes_ratio,
            bytes_ratio_interval: interval(bytes_ratio * 0.9, bytes_ratio * 1.1),
            encode_ms_per_mp: None,
            decode_ms_per_mp: 0.0,
            decode_ratio,
            decode_ratio_interval: interval(decode_ratio - 0.1, decode_ratio + 0.1),
            psnr_db_mean: psnr,
        }
    }

    #[test]
    fn the_sentences_state_ratio_interval_and_loss() {
        let mut source = arm("source", 1.0, 1.0, None);
        source.bytes_ratio_interval = None;
        let mut lossless = arm("webp:lossless", 1.53, 0.62, None);
        lossless.n = 1;
        lossless.n_failed = 2;
        lossless.bytes_ratio_interval = None;
        lossless.decode_ratio_interval = None;
        let found = verdict(&[source, arm("webp:q80", 0.271, 1.9, Some(39.53)), lossless]);
        assert_eq!(
            found,
            "webp:q80 needs 27 % of the bytes (95 % interval 24 to 30 %) and 1.9x the decode time \
             (1.8 to 2.0x) on 40 images, at 39.5 dB against the source. webp:lossless needs 153 % of \
             the bytes and 0.62x the decode time on 1 image, without loss; 2 could not be stored."
        );
    }

    #[test]
    fn nothing_measured_is_said() {
        let mut empty = arm("png", 1.0, 1.0, None);
        empty.n = 0;
        assert_eq!(verdict(&[empty]), "png could store none of the images.");
        assert_eq!(verdict(&[]), "No arm but the source was measured.");
    }
}
