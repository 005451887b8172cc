//! What looks like a secret and is none: examples, placeholders, hashes, references to a variable.
//!
//! A reviewer who cries wolf over `changeme` is switched off. Everything here speaks against a value; nothing here ever
//! makes one more suspicious.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Words that only placeholders hold, in lower case. Five letters or more, so that a random value does not hold one by
/// chance (26^-5 per position, some 60 positions: one in 200,000).
const WORDS: &[&str] = &[
    "example",
    "sample",
    "changeit",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "dummy",
    "xxxxx",
    "your-",
    "your_",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "insert",
    "replace",
    "12345678",
    "abcdefgh",
    "abcd1234",
    "deadbeef",
    "cafebabe",
    "00000000",
    "aaaaaaa",
    "password",
    "passw0rd",
    "secret-",
    "secret_",
    "mysecret",
    "my-secret",
    "my_secret",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "something",
    "foobar",
    "foobaz",
    "lorem",
    "fixme",
    "testing",
    "test_",
    "test-",
    "-test",
    "_test",
    "hunter2",
    "letmein",
    "correcthorse",
    "super-secret",
    "supersecret",
    "s3cr3t",
    "undefined",
    "localhost",
    "default",
    "opensesame",
    // The published key of Azure's storage emulator, and the digests of the empty text.
    "eby8vdm02xnocqflquwjpllmetlcdxj1",
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb924",
];

/// Beginnings and characters of values that are looked up elsewhere or filled in later.
const REFERENCES: &[&str] = &[
    "${",
    "$(",
    "{{",
    "}}",
    "%(",
    "%{",
    "#{",
    "<",
    ">",
    "…",
    "...",
    "***",
    "process.env",
    "os.environ",
    "getenv",
    "secrets.",
];

/// Whether `value` is plainly a stand-in.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    REFERENCES.iter().any(|reference| lower.contains(reference))
        || WORDS.iter().any(|word| lower.contains(word))
        || has_long_run(value.as_bytes())
}

/// Whether a value is plain text in base 64, and that text is a stand-in (`username:password`, `example-app-secret`).
pub(super) fn hides_placeholder(value: &str) -> bool {
    let Ok(bytes) = STANDARD_NO_PAD.decode(value.trim_end_matches('=')) else {
        return false;
    };
    String::from_utf8(bytes).is_ok_and(|text| {
        text.bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
            && is_placeholder(&text)
    })
}

/// Whether a value says that it is a digest of a password, not the password.
pub(super) fn is_digest(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [
        "sha1:", "sha224:", "sha256:", "sha512:", "md5:", "{sha", "{ssha", "$1$", "$2a$", "$2b$",
        "$2y$", "$5$", "$6$", "$argon2", "pbkdf2", "scrypt:", "bcrypt",
    ]
    .iter()
    .any(|scheme| lower.starts_with(scheme))
        || lower.contains("$apr1$")
        || lower.contains(":$2")
}

/// Whether an unquoted value is an expression of some programming language rather than a text.
pub(super) fn is_code(value: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    // `x509.SHA256WithRSA`, `SecureRandom.hex`
    let is_member = value.split_once('.').is_some_and(|(owner, member)| {
        owner.len() <= 16 && member.len() <= 40 && is_name(owner) && is_name(member)
    });
    let in_address = value
        .split_once('&')
        .is_some_and(|(_, rest)| rest.contains('='));
    value.contains(['(', ')', '{', '}', '[', ']', ';', ',', '"', '\'', '`', '\\'])
        || value.contains("::")
        || is_member
        || in_address
        || is_camel_words(value)
}

/// `NonEmptyMaxLength64String`: a name made of capitalised words and a number.
pub(crate) fn is_camel_words(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (mut at, mut words) = (0, 0);
    while at < bytes.len() {
        let run = |class: fn(&u8) -> bool, from: usize| {
            bytes[from..].iter().take_while(|byte| class(byte)).count()
        };
        let digits = run(u8::is_ascii_digit, at);
        if digits > 0 {
            if digits > 4 {
                return false;
            }
            at += digits;
            continue;
        }
        let capital = usize::from(bytes[at].is_ascii_uppercase());
        let rest = run(u8::is_ascii_lowercase, at + capital);
        if rest < 2 || (capital == 0 && at > 0) {
            return false;
        }
        at += capital + rest;
        words += 1;
    }
    words >= 2
}

/// Eight equal characters, or eight in sequence (`abcdefgh`, `23456789`), in a row.
fn has_long_run(bytes: &[u8]) -> bool {
    let (mut equal, mut rising) = (1, 1);
    for pair in bytes.windows(2) {
        equal = if pair[0] == pair[1] { equal + 1 } else { 1 };
        rising = if pair[1] == pair[0].wrapping_add(1) {
            rising + 1
        } else {
            1
        };
        if equal >= 8 || rising >= 8 {
            return true;
        }
    }
    false
}

/// Shannon entropy of the value's bytes in hundredths of a bit per character.
pub(crate) fn entropy(value: &str) -> u16 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[byte as usize] += 1;
    }
    let len = value.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / len;
            -share * share.log2()
        })
        .sum();
    (bits * 100.0) as u16
}

/// Whether a value of a plain assignment looks random: long enough, letters and digits mixed all through, and no words.
///
/// Names, paths and sentences change between letters and digits rarely; random text does so every second character.
pub(super) fn looks_random(value: &str) -> bool {
    if value.len() < 16 || value.len() > 300 || entropy(value) < 330 {
        return false;
    }
    if value.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return false;
    }
    let mix = Mix::of(value);
    mix.digits >= 2
        && mix.lower + mix.upper >= 4
        && mix.others * 5 <= value.len()
        && mix.turns * 4 >= value.len()
        && mix.longest_word <= 6
}

/// What a value is made of, in bytes.
pub(crate) struct Mix {
    pub(crate) digits: usize,
    pub(crate) lower: usize,
    pub(crate) upper: usize,
    pub(crate) others: usize,
    /// How often one of these follows another.
    pub(crate) turns: usize,
    /// The longest run of small letters.
    pub(crate) longest_word: usize,
}

impl Mix {
    pub(crate) fn of(value: &str) -> Self {
        let class = |byte: u8| match byte {
            b'0'..=b'9' => 0,
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            _ => 3,
        };
        let bytes = value.as_bytes();
        let mut counts = [0; 4];
        for byte in bytes {
            counts[class(*byte)] += 1;
        }
        let [digits, lower, upper, others] = counts;
        let turns = bytes
            .windows(2)
            .filter(|pair| class(pair[0]) != class(pair[1]))
            .count();
        let words = bytes.split(|byte| !byte.is_ascii_lowercase());
        Self {
            digits,
            lower,
            upper,
            others,
            turns,
            longest_word: words.map(<[u8]>::len).max().unwrap_or(0),
        }
    }
}

/// Whether a value is a name of something: an identifier, a path, a URL, a dotted name, a UUID.
pub(super) fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_uuid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    // `TOKEN_HEADER`, `AARCH64_ADD_ABS_LO12_NC`
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    let shouting = bytes
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && (!has_digit || bytes.contains(&b'_') && bytes[0].is_ascii_uppercase());
    is_uuid
        || shouting
        || value.contains("://")
        || value.starts_with("arn:")
        || value.contains("::")
        || value.starts_with(['/', '.', '~', '$', '@', '%'])
        || value.contains("()")
}

/// Whether a key names a digest or something public rather than a secret.
pub(super) fn is_innocent_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "hash",
        "sha1",
        "sha2",
        "sha5",
        "md5",
        "digest",
        "checksum",
        "integrity",
        "commit",
        "etag",
        "fingerprint",
        "public",
        "pubkey",
        "keyid",
        "key_id",
        "key-id",
        "tokenizer",
        "tokens",
        "token_type",
        "token_url",
        "token_endpoint",
        "secret_name",
        "secretname",
        "path",
        "file",
        "author",
        "placeholder",
        "label",
        "regex",
        "pattern",
        "url",
        "uri",
        "endpoint",
        "expir",
        "csrf",
        "anti",
        "next",
        "page",
        "continuation",
        "cursor",
        "sync",
        "message",
        "error",
        "title",
        "description",
        "help",
        "sitekey",
        "site_key",
        "encrypted",
        "obscured",
        "obfuscated",
        "verification",
        "authenticity",
    ]
    .iter()
    .any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{
        hides_placeholder, is_code, is_digest, is_placeholder, is_reference, looks_random,
    };

    #[test]
    fn stand_ins_are_known() {
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "${TOKEN}",
            "ghp_xxxxxxxxxxxx",
            "<your token>",
            "sk_live_1234567890",
            "{{ token }}",
            "aaaaaaaaaaaa",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["AKIAZ5GMXQ3K7WPN2RTB", "9fK2mQx7Vb3LpZ8w"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn code_is_told_from_text() {
        for value in [
            "getRandomData(25),",
            "p503.P503_SecretBitLenA,",
            "x509.SHA256WithRSA",
            "crate::kx_group::X25519MLKEM768",
            "NonEmptyMaxLength64String",
            "BAQ8SOKEST&color=C43AC3",
            "506faab0-617a-4668-9e63-4113fb996603\",",
        ] {
            assert!(is_code(value), "{value}");
        }
        for value in [
            "9fK2mQx7Vb3LpZ8wT4c2Vj",
            "ak48l3h7-ak5d-qn4t-p8gc-b6fs8c3l",
            "3f9a1c27be04d58f6a7c9e2b1d40f86c",
            "QBbUuRiPFEJf6oh2T7FXXxsUlzBxJRosnrVKEdrUyew",
            "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        ] {
            assert!(!is_code(value), "{value}");
        }
    }

    #[test]
    fn digests_names_and_encoded_stand_ins_are_known() {
        assert!(hides_placeholder("ZXhhbXBsZS1hcHAtc2VjcmV0"));
        assert!(hides_placeholder("dXNlcm5hbWU6cGFzc3dvcmQ="));
        assert!(!hides_placeholder("sYbJYm99WB8jzeaLPU0OPDMJKIkZvD2q"));
        assert!(is_digest(
            "sha1:aae8550c0a44:9507d45e087d5ee481a5ce9f4f16f37a0867318c"
        ));
        assert!(is_digest("user:$apr1$FfVI2PRr$f9MW8rsr5RmmxbdV0Iipk1"));
        assert!(!is_digest("9fK2mQx7Vb3LpZ8w"));
        assert!(is_reference("AARCH64_ADD_ABS_LO12_NC"));
        assert!(is_reference("AWS::SecretsManager-2020-07-23"));
        assert!(!is_reference("JBSWY3DPEHPK3PXP"));
    }

    #[test]
    fn names_and_sentences_are_not_random() {
        for value in [
            "application/x-www-form-urlencoded",
            "AccountRecoveryTokenProvider2",
            "com.acme.auth.TokenStore1",
            "2024-11-21T05:49:10Z",
        ] {
            assert!(!looks_random(value), "{value}");
        }
        for value in ["9fK2mQx7Vb3LpZ8wT4", "c2VjcmV0LXZhbHVl9QmZ7x1K"] {
            assert!(looks_random(value), "{value}");
        }
    }
}
