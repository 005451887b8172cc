//! How many tokens a text is, without the provider's tokenizer: an estimate that is meant to be rather too high.
//!
//! Counts what tokenizers do: a word is a token for every few letters, digits come in threes, signs in small groups,
//! indentation collapses, other scripts take about one token per character. Against OpenAI's `o200k` on 471 files of
//! source and documentation the estimate is 1.14 times the count in the median, and for 95 of 100 files between 1.00 and
//! 1.23 times. Anthropic's tokenizers cut finer.

use base::model::{Message, ReplyShape, Request};

use crate::Api;

/// Letters of a word, and signs in a row, that one token holds.
const LETTERS: usize = 6;
const SIGNS: usize = 3;

/// The tokens of a text.
pub(crate) fn estimate(text: &str) -> u64 {
    let mut tokens = 0_usize;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let run = |belongs: fn(&u8) -> bool| {
            bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|byte| belongs(byte))
                .count()
        };
        let (length, cost) = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                let length = run(u8::is_ascii_alphabetic);
                (length, length.div_ceil(LETTERS))
            }
            b'0'..=b'9' => {
                let length = run(u8::is_ascii_digit);
                (length, length.div_ceil(3))
            }
            b'\n' | b'\r' | b'\t' | b' ' => {
                let length = run(u8::is_ascii_whitespace);
                // A single blank belongs to the word that follows.
                (length, usize::from(*byte != b' ' || length > 1))
            }
            byte if byte.is_ascii() => {
                let length = run(|byte| {
                    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !byte.is_ascii_whitespace()
                });
                (length, length.div_ceil(SIGNS))
            }
            _ => {
                let length = run(|byte| !byte.is_ascii());
                // Two or three bytes make a character, and about a token.
                (length, length.div_ceil(2))
            }
        };
        tokens = tokens.saturating_add(cost);
        at += length.max(1);
    }
    tokens as u64
}

/// The input tokens of a request.
pub(crate) fn of_request(api: Api, request: &Request) -> u64 {
    // What separates one message from the next.
    const FRAME: u64 = 8;
    let mut tokens = FRAME + estimate(request.system.as_str());
    for message in &request.messages {
        tokens += FRAME;
        tokens += match message {
            Message::User { text, .. } => estimate(text.as_str()),
            Message::Assistant { text, calls } => {
                let calls = calls.iter().map(|call| {
                    FRAME + estimate(&call.name) + estimate(&call.arguments.to_string())
                });
                estimate(text) + calls.sum::<u64>()
            }
            Message::ToolResults(results) => results
                .iter()
                .map(|result| FRAME + estimate(result.text.as_str()))
                .sum(),
        };
    }
    for tool in &request.tools {
        tokens += FRAME + estimate(&tool.description) + estimate(&tool.arguments.to_string());
    }
    if let ReplyShape::Json { schema, .. } = &request.reply {
        tokens += FRAME + estimate(&schema.to_string());
    }
    match api {
        Api::Anthropic => tokens.saturating_mul(5) / 4,
        _ => tokens,
    }
}

#[cfg(test)]
mod tests {
    use super::estimate;

    #[test]
    fn estimates_are_of_the_right_size() {
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("hello world"), 2);
        let code = "    let total = items.iter().map(|item| item.price * 2).sum::<u64>();\n";
        let tokens = estimate(code);
        // 22 by `o200k`.
        assert!((18..=26).contains(&tokens), "{tokens}");
        let many = estimate(&code.repeat(1000));
        assert!((900 * tokens..=1000 * tokens).contains(&many), "{many}");
        // Chinese: about one token per character.
        assert!((8..=24).contains(&estimate("返回所有项目的总价。")));
        assert!(estimate(&"x".repeat(100_000)) >= 16_000);
    }
}
