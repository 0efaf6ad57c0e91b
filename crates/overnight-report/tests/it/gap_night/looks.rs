//! What a person should look at: hard samples of every class, and suspect references.

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{
    HardClass, HardSample, LabelSuspect, PairedSample, SampleScore, SuspectPlace,
};

use crate::studies::HOSTILE;

const REFERENCE: &str =
    "TAN WOON YANN\nBOOK TA .K(TAMAN DAYA) SDN BHD\n789417-W\nTOTAL: 9.00\nCASH 10.00";

pub(super) fn hard(samples: &[PairedSample]) -> Vec<HardSample> {
    let of = |id: &str, class, disagreement| {
        let sample = samples.iter().find(|s| s.id == id).unwrap();
        let text = |score: &SampleScore, text: &str| {
            if score.status.is_scored() {
                text.to_owned()
            } else {
                String::new()
            }
        };
        HardSample {
            id: id.to_owned(),
            image: sample.image.clone(),
            class,
            reason: format!("the total is blurred; {HOSTILE}"),
            baseline: sample.baseline.clone(),
            candidate: sample.candidate.clone(),
            disagreement,
            reference: REFERENCE.to_owned(),
            baseline_text: text(
                &sample.baseline,
                "tan woon yann\nBOOK TA. K (TAMAN DAYA) SON BHD\n78941?-W\nTOTAl: 9.0O\nCASH 10.00",
            ),
            candidate_text: text(
                &sample.candidate,
                &format!("TAN WOON YANN\nBOOK TA .K(TAMAN DAYA) SDN BHD\n789417-W\n{HOSTILE}"),
            ),
            thumbnail: Some(format!("hard/{id}.jpg")),
            crop: Some(format!("hard/{id}-line.jpg")),
        }
    };
    let unread = SampleScore {
        id: "u002".to_owned(),
        status: PredictionStatus::Ok,
        n_ref: 0,
        n_hyp: Some(61),
        distance: None,
        cer: None,
        word_n_ref: 0,
        word_distance: None,
    };
    vec![
        of("r101", HardClass::CandidateOnly, None),
        of("r117", HardClass::BaselineOnly, None),
        HardSample {
            id: "u002".to_owned(),
            image: "img/u002.jpg".to_owned(),
            baseline: unread.clone(),
            candidate: unread,
            reference: String::new(),
            ..of("r058", HardClass::Disagreement, Some(0.31))
        },
        of("r058", HardClass::CandidateOnly, Some(0.27)),
        of("r040", HardClass::CandidateOnly, None),
        of("r116", HardClass::Both, Some(0.22)),
    ]
}

/// All hard samples by class.
pub(super) fn counts(samples: &[PairedSample]) -> BTreeMap<HardClass, usize> {
    let is_hard = |score: &SampleScore| score.cer.is_none_or(|cer| cer > 0.2);
    let mut counts = BTreeMap::from([(HardClass::Disagreement, 1)]);
    for sample in samples {
        let class = match (is_hard(&sample.baseline), is_hard(&sample.candidate)) {
            (true, true) => HardClass::Both,
            (true, false) => HardClass::BaselineOnly,
            (false, true) => HardClass::CandidateOnly,
            (false, false) => continue,
        };
        *counts.entry(class).or_default() += 1;
    }
    counts
}

pub(super) fn suspects() -> Vec<LabelSuspect> {
    let place = |word, reference: &str, both_read: &str| SuspectPlace {
        word,
        reference: reference.to_owned(),
        both_read: both_read.to_owned(),
    };
    let suspect = |id: &str, places: Vec<SuspectPlace>| LabelSuspect {
        id: id.to_owned(),
        image: format!("img/{id}.jpg"),
        edits: places.len() as u64 * 3,
        places,
        thumbnail: Some(format!("suspects/{id}.jpg")),
        crop: Some(format!("suspects/{id}-line.jpg")),
    };
    vec![
        suspect(
            "r003",
            vec![
                place(4, "KEDAL", "KEDAI"),
                place(17, "", "GST 6%"),
                place(31, "RM 12.00", "RM 12.60"),
            ],
        ),
        suspect("r064", vec![place(9, "SDN SDN BHD", "SDN BHD")]),
        suspect("r088", vec![place(2, HOSTILE, "")]),
    ]
}
