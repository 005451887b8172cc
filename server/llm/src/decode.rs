//! One frame of a stream into an answer, in whichever protocol; no bytes move here.

use serde_json::Value;

use crate::answer::Answer;
use crate::failure::{self, Failure, Hidden};
use crate::frames::Frame;
use crate::{Api, anthropic, gemini, ollama, openai};

/// Takes a frame in. What cannot be read, and what reports an error, fails.
pub(crate) fn frame(
    api: Api,
    frame: &Frame,
    answer: &mut Answer,
    hidden: Hidden,
) -> Result<(), Failure> {
    let end = api == Api::OpenAi && frame.data == b"[DONE]";
    let value: Value = if end {
        Value::Null
    } else {
        serde_json::from_slice(&frame.data)
            .map_err(|_| Failure::malformed("sent an event that cannot be read"))?
    };
    if let Some(failure) = failure::of_event(api, &value, hidden) {
        return Err(failure);
    }
    match api {
        Api::Anthropic => anthropic::event(&frame.event, &value, answer),
        Api::OpenAi => openai::event(&frame.data, &value, answer),
        Api::Gemini => gemini::event(&value, answer),
        Api::Ollama => ollama::event(&value, answer),
    }
}

#[cfg(test)]
mod tests {
    use crate::Api;
    use crate::answer::Answer;
    use crate::failure::Hidden;
    use crate::frames::{Frames, Framing};

    const TEXT: &str = "Grüße {\"a\": 1} 😀";
    const ANTHROPIC: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9}}}\n\n\
        event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Grüße {\\\"a\\\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\": 1} 😀\"}}\n\n\
        event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
        event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n\
        event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    const OPENAI: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße {\\\"a\\\"\"},\"finish_reason\":null}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\": 1} 😀\"},\"finish_reason\":null}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n";
    const GEMINI: &str = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Grüße {\\\"a\\\"\"}],\"role\":\"model\"}}]}\n\n\
        data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\": 1} 😀\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":5}}\n\n";
    const OLLAMA: &str = "{\"message\":{\"role\":\"assistant\",\"content\":\"Grüße {\\\"a\\\"\"},\"done\":false}\n\
        {\"message\":{\"content\":\": 1} 😀\"},\"done\":false}\n\
        {\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":5}\n";
    const STREAMS: [(Api, &str); 4] = [
        (Api::Anthropic, ANTHROPIC),
        (Api::OpenAi, OPENAI),
        (Api::Gemini, GEMINI),
        (Api::Ollama, OLLAMA),
    ];

    /// The text of a stream, if it is a complete answer.
    fn read(api: Api, bytes: &[u8]) -> Option<String> {
        let framing = match api {
            Api::Ollama => Framing::Lines,
            _ => Framing::Events,
        };
        let hidden = Hidden {
            key: None,
            texts: &[],
        };
        let (mut frames, mut answer) = (Frames::new(framing), Answer::default());
        let mut all = frames.push(bytes).ok()?;
        all.extend(frames.finish().ok()?);
        for frame in &all {
            super::frame(api, frame, &mut answer, hidden).ok()?;
        }
        answer.finish().ok().map(|(text, ..)| text)
    }

    /// Wherever a stream is cut, what came before is not taken for the whole.
    #[test]
    fn no_beginning_is_a_whole() {
        for (api, stream) in STREAMS {
            assert_eq!(
                read(api, stream.as_bytes()).as_deref(),
                Some(TEXT),
                "{api:?}"
            );
            let mut whole = 0;
            for at in 0..stream.len() {
                let Some(text) = read(api, &stream.as_bytes()[..at]) else {
                    continue;
                };
                // Only figures and formalities are missing.
                assert_eq!(text, TEXT, "{api:?} cut at {at}");
                whole += 1;
            }
            assert!(whole < 60, "{api:?}: {whole} beginnings are whole");
        }
    }

    /// Left out, doubled or exchanged: an event that is missing or in the wrong place is noticed, or changes nothing.
    #[test]
    fn no_text_gets_lost_between_events() {
        for (api, stream) in STREAMS {
            let end = if api == Api::Ollama { "\n" } else { "\n\n" };
            let events: Vec<&str> = stream.split_inclusive(end).collect();
            for from in 0..events.len() {
                for to in 0..events.len() {
                    let mut moved = events.clone();
                    moved.swap(from, to);
                    let Some(text) = read(api, moved.concat().as_bytes()) else {
                        continue;
                    };
                    // Two pieces in exchanged order cannot be told from a model that wrote so.
                    assert_eq!(text.len(), TEXT.len(), "{api:?} {from} {to}: {text}");
                }
            }
        }
    }

    /// Damaged in twenty thousand ways: an answer or an error, and no panic.
    #[test]
    fn damage_is_survived() {
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let mut below = |end: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 11) as usize % end.max(1)
        };
        let pieces: [&[u8]; 10] = [
            b"\n", b"\r", b"\"", b"{", b"]", b"null", b"\xff", b"\0", b"data: ", b"-1e999",
        ];
        let (mut answers, mut errors) = (0, 0);
        for round in 0..20_000 {
            let (api, stream) = STREAMS[round % 4];
            let mut bytes = stream.as_bytes().to_vec();
            for _ in 0..1 + below(4) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] = below(256) as u8,
                    1 => drop(bytes.splice(at..(at + below(40)).min(stream.len() / 2).max(at), [])),
                    2 => drop(bytes.splice(at..at, pieces[below(10)].iter().copied())),
                    _ => {
                        let copy = bytes[at..(at + below(200)).min(bytes.len())].to_vec();
                        bytes.extend(copy);
                    }
                }
            }
            match read(api, &bytes) {
                Some(_) => answers += 1,
                None => errors += 1,
            }
        }
        assert!(
            answers > 500 && errors > 5_000,
            "{answers} answers, {errors} errors"
        );
        for api in Api::ALL {
            let deep = format!("data: {}\n\n", "[".repeat(200_000));
            assert_eq!(read(*api, deep.as_bytes()), None);
        }
    }
}
