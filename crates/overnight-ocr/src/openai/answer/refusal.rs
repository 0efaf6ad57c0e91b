//! Models that decline to answer.

/// Longest refusal in characters; a longer text was read from something.
const MOST: usize = 600;

/// Whether a text is a refusal: it begins in the first person with an apology or an inability,
/// and says what the model cannot do. A receipt that begins with `SORRY, NO REFUNDS` is none.
pub(super) fn is_refusal(text: &str) -> bool {
    if text.chars().count() > MOST {
        return false;
    }
    let text = text.to_lowercase().replace(['’', '`'], "'");
    let start: String = text.chars().take(160).collect();
    let is_first_person = [
        "i'm sorry",
        "i am sorry",
        "sorry, i ",
        "sorry, but i ",
        "i apologize",
    ]
    .iter()
    .chain(&[
        "i can't",
        "i cannot",
        "i can not",
        "i'm unable",
        "i am unable",
        "i'm not able",
    ])
    .chain(&[
        "i am not able",
        "as an ai",
        "unfortunately, i ",
        "i won't",
        "i don't have the ability",
    ])
    .any(|opening| start.starts_with(opening));
    let cannot = [
        "can't",
        "cannot",
        "can not",
        "unable",
        "not able",
        "won't",
        "don't have",
    ]
    .iter()
    .any(|word| start.contains(word));
    let what = [
        "help",
        "assist",
        "read",
        "see",
        "view",
        "transcribe",
        "extract",
        "process",
        "provide",
        "recognize",
        "identify",
        "analyze",
        "access",
        "fulfill",
        "comply",
        "make out",
        "determine",
        "discern",
    ]
    .iter()
    .any(|word| text.contains(word));
    if is_first_person && cannot && what {
        return true;
    }
    let asian = |openings: &[&str], unable: &[&str]| {
        openings.iter().any(|opening| start.starts_with(opening))
            && unable.iter().any(|word| start.contains(word))
    };
    asian(
        &["죄송", "미안", "저는 ", "유감"],
        &["수 없", "못합니다", "어렵습니다", "불가능"],
    ) || asian(&["抱歉", "对不起", "很抱歉"], &["无法", "不能"])
        || asian(&["申し訳"], &["できません", "できない"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_texts_that_sound_like_one() {
        for refusal in [
            "I'm sorry, but I can't help with that.",
            "I’m sorry, but I can’t assist with that request.",
            "I cannot read the text in this image because it is too blurry.",
            "As an AI language model, I am unable to view images.",
            "Sorry, I can't transcribe documents with personal data.",
            "죄송하지만 이 이미지의 텍스트를 읽을 수 없습니다.",
            "抱歉，我无法识别该图片。",
        ] {
            assert!(is_refusal(refusal), "{refusal}");
        }
        for text in [
            "SORRY, NO REFUNDS\nTOTAL 5.00",
            "I can read you like a book",
            "I'm sorry for your loss",
            "계좌번호 110-123",
            "Cannot be returned. See reverse.",
            "저는 학생입니다.",
            "",
        ] {
            assert!(!is_refusal(text), "{text}");
        }
        let page = format!("I can't help with that. {}", "And so on. ".repeat(60));
        assert!(!is_refusal(&page));
    }
}
