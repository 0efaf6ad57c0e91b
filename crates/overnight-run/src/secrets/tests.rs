use overnight_testkit::TestProject;
use proptest::prelude::*;

use super::*;

fn knowing(values: &[&str]) -> Redactor {
    let (redactor, refused) = Redactor::new(values.iter().map(|value| Secret {
        name: "TEST".to_owned(),
        value: (*value).to_owned(),
    }));
    assert_eq!(refused, []);
    redactor
}

fn redacted(text: &str) -> String {
    Redactor::default().redact(text).into_owned()
}

/// Random-looking letters and digits; joined in the test, so that no scanner of
/// repositories takes this file for a leak.
fn noise(length: usize) -> String {
    let letters = b"aZ3kQ9xB7mW2pL5vR8tY1nC4dF6gH0jS";
    (0..length)
        .map(|at| char::from(letters[(at * 7 + at / 32) % 32]))
        .collect()
}

#[test]
fn well_known_tokens_are_replaced() {
    let (n16, n36, n40) = (noise(16).to_uppercase(), noise(36), noise(40));
    for token in [
        format!("sk-{}", noise(48)),
        format!("sk-proj-{}_{}-{}", noise(20), noise(30), noise(9)),
        format!("sk-ant-api03-{}-{}", noise(60), noise(8)),
        format!("ghp_{n36}"),
        format!("gho_{n36}"),
        format!("ghs_{n36}"),
        format!("ghu_{n36}"),
        format!("github_pat_{}_{}", noise(22), noise(59)),
        format!("glpat-{}", noise(20)),
        format!("hf_{}", noise(34)),
        format!("AKIA{n16}"),
        format!("AIza{}", noise(35)),
        format!(
            "xoxb-{}-{}-{}",
            123_456_789_012_u64,
            123_456_789_012_u64,
            noise(24)
        ),
        format!("xoxp-{}", noise(24)),
        format!("eyJ{}.eyJ{}.{}", noise(33), noise(60), noise(43)),
    ] {
        for (before, after) in [
            ("", ""),
            ("token ", " was used\n"),
            ("KEY=", "\n"),
            ("\"", "\","),
            ("(", ")"),
            ("a\\n", "\\n"),
            ("\x1b[1;32m", "\x1b[0m"),
            ("?key%3D", "&x=1"),
            ("영수증:", "."),
        ] {
            let dot_ends = !(token.starts_with("glpat-") && after == ".");
            if dot_ends {
                let text = format!("{before}{token}{after}");
                assert_eq!(redacted(&text), format!("{before}[secret]{after}"));
            }
        }
    }
    for (before, secret, after) in [
        ("aws_secret_access_key = ", n40.as_str(), "\n"),
        ("\"SecretAccessKey\": \"", &n40, "\","),
        ("export AWS_SECRET_ACCESS_KEY='", &n40, "'"),
        ("Authorization: Basic ", "dXNlcjpwYXNz", "\r\n"),
        ("> authorization: bearer ", "abcdefgh", "\n"),
        ("{\"Authorization\": \"Bearer ", "abc.def-ghi", "\"}"),
        ("-H 'Bearer ", "0123456789abcdef", "'"),
        ("postgres://", "me:p%40ss!word", "@db:5432/x"),
        ("https://", ":token", "@example.org/a"),
        (
            "https://hooks.slack.com/services/",
            "T0AAAAAAA/B0BBBBBBB/abcdefghijklmnop",
            " ",
        ),
        (
            "\"-----BEGIN PRIVATE KEY-----",
            &format!("\\n{n40}\\n{n40}\\n"),
            "-----END PRIVATE KEY-----\\n\"",
        ),
    ] {
        let text = format!("{before}{secret}{after}");
        assert_eq!(redacted(&text), format!("{before}[secret]{after}"));
    }
}

#[test]
fn a_private_key_is_followed_from_line_to_line() {
    let lines: Vec<String> = (0..5).map(|at| noise(64 + at)[at..].to_owned()).collect();
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let key = format!(
            "-----BEGIN {label}-----\n{}\nAbc=\n-----END {label}-----\n",
            lines.join("\r\n")
        );
        let text = redacted(&format!("before\n{key}after that\n"));
        let marks = "[secret]\r\n".repeat(4);
        assert_eq!(
            text,
            format!(
                "before\n-----BEGIN {label}-----\n{marks}[secret]\n[secret]\n-----END {label}-----\n\
                 after that\n"
            )
        );
    }
    let pgp = format!(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n{}\n=AbCd\n\
         -----END PGP PRIVATE KEY BLOCK-----\nok\n",
        lines[0]
    );
    assert_eq!(
        redacted(&pgp),
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n[secret]\n[secret]\n\
         -----END PGP PRIVATE KEY BLOCK-----\nok\n"
    );
    // With what a log puts before each line.
    let logged = format!(
        "01:02 pod | -----BEGIN EC PRIVATE KEY-----\n01:02 pod | {}\n01:02 pod | ready\n",
        lines[0]
    );
    assert_eq!(
        redacted(&logged),
        "01:02 pod | -----BEGIN EC PRIVATE KEY-----\n01:02 pod | [secret]\n01:02 pod | ready\n"
    );
}

#[test]
fn a_log_that_only_names_the_marker_loses_nothing() {
    for text in [
        "no `-----BEGIN PRIVATE KEY-----` in /etc/ssl/private/key.pem\nnext line\ntrue\n",
        "-----BEGIN CERTIFICATE-----\nMIIBhTCCASugAwIBAgIQIRi6zePL6mKjOipn+dNuaTAKBggqhkjOPQQDAjASMRAw\n",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn ordinary_text_is_left_alone() {
    let image = base64_of_image();
    for text in [
        "commit 3f786850e387550fdab836ed7e6dc881de23001b (HEAD -> overnight/2026-11-23_2200_receipts)",
        "id 123e4567-e89b-12d3-a456-426614174000 sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/usr/lib/python3.12/site-packages/sklearn/sk-learn_model-2024-11-23-v1.pkl",
        "see https://example.org:8443/path?x=1 and http://[::1]:8000/v1 or mail me@example.org",
        "git clone ssh://git@github.com/owner/repo.git; git@github.com:owner/repo.git",
        "http://127.0.0.1:8001/v1/chat, user@host: https://a.b/c:d@e",
        "Bearer authentication/authorization is required; Authorization: none; Basic usage examples",
        "Authorization header missing: Bearer token expected",
        "the secret_key setting is unset; secret_key = None",
        "risk-assessment-of-the-whole-project task-force-2024-with-many-parts disk-1234567890abcdefgh",
        "hf_hub_download(repo_id='x') hf_transfer glpat- xoxb- ghp_ AKIA AIza eyJ sk- eyJhbGciOi",
        "module.eyJ.foo, MAKIABCDEFGHIJKLMNOPQRST, half_abcdefghijklmnopqrstuvwxyzabcdefghij",
        "영수증 합계: 12,300원 — 총액 ₩12,300 (부가세 포함)",
        "\u{1b}[32mPASSED\u{1b}[0m tests/test_ocr.py::test_cer[strict] 0.034s",
        "{\"id\": \"X51005255805\", \"cer\": 0.0123, \"image_sha256\": \"e3b0c44298fc1c149afbf4c8996fb924\"}",
        "100%|██████████| 500/500 [00:12<00:00, 41.2it/s]\r",
        &image,
    ] {
        assert_eq!(redacted(text), text);
    }
}

/// A data URL with 200 kB of the Base64 of noise, in one line, and in lines of 76.
fn base64_of_image() -> String {
    use base64::Engine as _;
    let mut state = 1_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    })
    .take(150_000)
    .collect();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let wrapped: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("data:image/png;base64,{text}\n{}", wrapped.join("\n"))
}

#[test]
fn a_configured_value_is_replaced_in_each_of_its_forms() {
    let redactor = knowing(&["  h&nter2 \"of/two\"\n"]);
    for form in [
        "h&nter2 \"of/two\"",
        "h%26nter2%20%22of%2Ftwo%22",
        "h&nter2 \\\"of/two\\\"",
        "h&amp;nter2 &quot;of/two&quot;",
        "aCZudGVyMiAib2YvdHdvI",
    ] {
        let text = format!("a {form} b");
        assert_eq!(redactor.redact(&text), "a [secret] b", "{form}");
    }
    assert_eq!(redactor.redact("h&nter2 of two"), "h&nter2 of two");
}

#[test]
fn values_that_overlap_become_one_mark() {
    let redactor = knowing(&["abcdefgh", "efghijkl", "cdefgh"]);
    assert_eq!(redactor.redact("xabcdefghijkly"), "x[secret]y");
    assert_eq!(redactor.redact("abcdefghabcdefgh"), "[secret]");
}

#[test]
fn a_secret_of_several_lines_is_known_by_each_of_them() {
    let redactor = knowing(&["first line\nab\r\nsecond line\n"]);
    assert_eq!(
        redactor.redact("first line\nab\nsecond line"),
        "[secret]\nab\n[secret]"
    );
    assert_eq!(redactor.redact("only second line"), "only [secret]");
    assert_eq!(
        redactor.redact("{\"k\": \"first line\\nab\\r\\nsecond line\"}"),
        "{\"k\": \"[secret]\"}"
    );
}

#[test]
fn a_long_value_that_was_cut_off_is_still_found() {
    let value = format!("{}ééé", noise(60));
    let redactor = knowing(&[&value]);
    assert_eq!(redactor.redact(&value), MARK);
    assert_eq!(redactor.redact(&format!("{}...", noise(45))), "[secret]...");
    let other = format!("{}è", noise(60));
    assert_eq!(redactor.redact(&other), "[secret]è");
}

#[test]
fn what_cannot_be_told_from_text_is_refused_by_name() {
    let secret = |name: &str, value: &str| Secret {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let (redactor, refused) = Redactor::new([
        secret("A", "abc"),
        secret("B", " ab\ncd\n"),
        secret("C", "secret"),
        secret("D", "long enough"),
    ]);
    let shown: Vec<(&str, Refusal)> = refused.iter().map(|r| (r.name.as_str(), r.why)).collect();
    assert_eq!(
        shown,
        [
            ("A", Refusal::TooShort),
            ("B", Refusal::TooShort),
            ("C", Refusal::Mark)
        ]
    );
    assert_eq!(redactor.redact("abc is long enough"), "abc is [secret]");
    assert!(!format!("{:?}", secret("A", "abc")).contains("abc"));
    assert!(!refused[0].to_string().contains("abc"));
}

#[test]
fn sources_name_what_they_could_not_read() {
    let project = TestProject::new();
    project
        .file("token", "the-token-itself\n")
        .file(
            "env",
            "# keys\nexport API_KEY=\"key-of-the-api\"\nDEBUG=1\n",
        )
        .file("binary", [0xff, 0xfe, 0x00])
        .file("large", vec![b'x'; 70_000]);
    let sources = SecretSources {
        env: vec!["SET".to_owned(), "UNSET".to_owned(), "SHORT".to_owned()],
        files: ["token", "env", "binary", "large", "gone"]
            .map(Into::into)
            .to_vec(),
    };
    let lookup = |name: &str| match name {
        "SET" => Some("value-of-set".to_owned()),
        "SHORT" => Some("abc".to_owned()),
        _ => None,
    };
    let loaded = sources.load(&lookup, project.path());
    assert_eq!(
        loaded
            .redactor
            .redact("value-of-set the-token-itself key-of-the-api DEBUG=1 abc"),
        "[secret] [secret] [secret] [secret] abc"
    );
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    for (problem, part) in problems.iter().zip(["binary", "large", "gone", "SHORT"]) {
        assert!(problem.contains(part), "{problem}");
    }
    let json = serde_json::to_string(&sources).unwrap();
    assert!(!json.contains("value-of-set"));
    assert_eq!(
        serde_json::from_str::<SecretSources>(&json).unwrap(),
        sources
    );
}

/// Runs the chunks through a stream; after each with `idle`, the stream has been silent.
fn streamed(redactor: &Redactor, chunks: &[(&[u8], bool)]) -> Vec<u8> {
    let mut stream = RedactedStream::new(redactor.clone());
    let mut out = Vec::new();
    for (chunk, idle) in chunks {
        stream.push(chunk, &mut out);
        if *idle {
            stream.flush_idle(&mut out);
        }
    }
    stream.finish(&mut out);
    out
}

#[test]
fn complete_lines_are_passed_on_and_a_question_is_not_held_back() {
    let redactor = knowing(&["hunter2-hunter2"]);
    let mut stream = RedactedStream::new(redactor);
    let mut out = Vec::new();
    stream.push(b"one\ntwo\rthr", &mut out);
    assert_eq!(out, b"one\ntwo\r");
    stream.push(b"ee: hunter2-", &mut out);
    assert_eq!(out, b"one\ntwo\r");
    stream.flush_idle(&mut out);
    assert_eq!(out, b"one\ntwo\rthree: ");
    assert_eq!(stream.held(), 8);
    stream.push(b"hunter2 continue? [y/N] ", &mut out);
    stream.flush_idle(&mut out);
    assert_eq!(out, b"one\ntwo\rthree: [secret] continue? [y/N] ");
    assert_eq!(stream.held(), 0);
    stream.push(b"Bearer ", &mut out);
    stream.flush_idle(&mut out);
    assert_eq!(stream.held(), 7);
    stream.finish(&mut out);
    assert!(out.ends_with(b"[y/N] Bearer "));
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let mut stream = RedactedStream::new(knowing(&["hunter2-hunter2"]));
    let mut out = Vec::new();
    let mut total = 0;
    for _ in 0..400 {
        stream.push(&[b'x'; 1000], &mut out);
        stream.push(b"hunter2-hunter2", &mut out);
        total += 1015;
        assert!(stream.held() < 80_000);
    }
    stream.finish(&mut out);
    assert!(out.len() < total);
    assert!(!out.windows(7).any(|part| part == b"hunter2"));
}

#[test]
fn bytes_that_are_no_text_pass_unchanged() {
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let redactor = knowing(&["hunter2-hunter2"]);
    let chunks: Vec<(&[u8], bool)> = bytes.chunks(333).map(|chunk| (chunk, true)).collect();
    assert_eq!(streamed(&redactor, &chunks), bytes);
}

/// Pieces of text in which the interesting things are near each other.
fn fragment(secrets: &[String]) -> impl Strategy<Value = String> + use<> {
    let mut fragments: Vec<String> = [
        "\n",
        "\r",
        "\r\n",
        " ",
        "://",
        ":",
        "@",
        "user:pw@",
        "Bearer ",
        "Authorization: ",
        "Basic ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "-----",
        "eyJ",
        ".eyJ",
        ".",
        "sk-",
        "sk-proj-",
        "ghp_",
        "AKIA",
        "aws_secret_access_key = ",
        "é",
        "\\n",
        "\x1b[32m",
        "%3D",
        "x",
        "Proc-Type: 4",
        "=",
    ]
    .map(str::to_owned)
    .to_vec();
    fragments.push(noise(16).to_uppercase());
    fragments.push(noise(17));
    fragments.push(noise(36));
    fragments.push(noise(40));
    fragments.push(noise(64));
    for secret in secrets {
        fragments.push(secret.clone());
        fragments.push(secret.clone());
        let cut = secret.char_indices().nth(secret.chars().count() / 2);
        fragments.push(secret[..cut.map_or(0, |(at, _)| at)].to_owned());
    }
    proptest::sample::select(fragments)
}

fn secrets() -> impl Strategy<Value = Vec<String>> {
    let value = prop_oneof![
        "[a-zA-Z0-9/+=_-]{6,50}",
        "[ab]{6,8}",
        "[a-z\"\\\\é &%]{8,20}"
    ];
    proptest::collection::vec(value, 0..4)
}

fn case() -> impl Strategy<Value = (Vec<String>, String, Vec<(usize, bool)>)> {
    secrets().prop_flat_map(|secrets| {
        let text = proptest::collection::vec(fragment(&secrets), 0..40);
        let cuts = proptest::collection::vec((1_usize..60, any::<bool>()), 1..30);
        (Just(secrets), text.prop_map(|parts| parts.concat()), cuts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_secret_gets_through_however_the_stream_is_cut((values, text, cuts) in case()) {
        let (redactor, refused) = Redactor::new(values.iter().map(|value| Secret {
            name: String::new(),
            value: value.clone(),
        }));
        let whole = redactor.redact(&text).into_owned();
        let mut chunks: Vec<(&[u8], bool)> = Vec::new();
        let mut rest = text.as_bytes();
        for (length, idle) in cuts.iter().cycle() {
            let (chunk, left) = rest.split_at(rest.len().min(*length));
            chunks.push((chunk, *idle));
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        let out = streamed(&redactor, &chunks);
        prop_assert_eq!(String::from_utf8_lossy(&out), whole.as_str());
        for value in &values {
            let known = !refused.iter().any(|_| value.trim().len() < SHORTEST);
            if known && value.trim().len() >= SHORTEST {
                prop_assert!(!whole.contains(value.trim()), "{value:?}");
            }
        }
    }
}
