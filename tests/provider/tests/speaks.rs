//! The provider itself: it answers in four protocols, keeps what it was asked, and its faults are on the wire.
//!
//! Spoken to with bare sockets, so that no client of ours has to be right first.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use test_provider::{Api, Fault, Moment, Provider, Reply, Split};

fn request(api: Api) -> (&'static str, &'static str) {
    match api {
        Api::Anthropic => (
            "/v1/messages",
            r#"{"model":"m","stream":true,"messages":[]}"#,
        ),
        Api::OpenAi => (
            "/v1/chat/completions",
            r#"{"model":"m","stream":true,"messages":[]}"#,
        ),
        Api::Gemini => (
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            r#"{"contents":[]}"#,
        ),
        Api::Ollama => ("/api/chat", r#"{"model":"m","messages":[]}"#),
    }
}

/// What comes back until the other side closes or is silent for half a second.
fn ask(provider: &Provider, api: Api) -> String {
    let (path, body) = request(api);
    let mut socket = TcpStream::connect(("127.0.0.1", provider.port())).expect("a connection");
    socket
        .set_read_timeout(Some(Duration::from_millis(300)))
        .expect("a socket");
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = Vec::new();
    let mut bytes = [0; 4096];
    while let Ok(count) = socket.read(&mut bytes) {
        answer.extend(&bytes[..count]);
        if count == 0 || answer.ends_with(b"0\r\n\r\n") || answer.len() > 1 << 24 {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn each_protocol_has_its_ending() {
    let endings = [
        (Api::Anthropic, "message_stop"),
        (Api::OpenAi, "[DONE]"),
        (Api::Gemini, "finishReason"),
        (Api::Ollama, "\"done\":true"),
    ];
    for (api, ending) in endings {
        let provider = Provider::start();
        provider.say(Reply::text("0123456789".repeat(3)));
        let whole = ask(&provider, api);
        assert!(
            whole.contains(ending) && whole.starts_with("HTTP/1.1 200"),
            "{api:?}: {whole}"
        );
        let asked = provider.requests();
        assert_eq!(
            (asked.len(), asked[0].api, asked[0].header("X-API-Key")),
            (1, Some(api), Some("k"))
        );
        assert_eq!(asked[0].text(), request(api).1);

        provider.say(Reply::text("0123456789".repeat(3)).with(Fault::Eof, Moment::Middle));
        let cut = ask(&provider, api);
        assert!(
            !cut.contains(ending) && cut.ends_with("0\r\n\r\n") && cut.contains("0123"),
            "{api:?}: {cut}"
        );
        let (start, replayed) = (
            Provider::exchanges(&provider),
            ask(&Provider::replay(&provider.exchanges()[1..]), api),
        );
        assert_eq!(start.len(), 2);
        assert_eq!(replayed.contains(ending), cut.contains(ending));
    }
}

fn play_all(api: Api) {
    for fault in Fault::all("http://127.0.0.1:9/") {
        for moment in Moment::ALL {
            let provider = Provider::start();
            let text = r#"{"findings":[{"path":"a.rs","line":3,"suggestion":"x"}]}"#;
            provider.say(Reply::text(text).with(fault.clone(), moment));
            let answer = ask(&provider, api);
            let silent = matches!(
                fault,
                Fault::NoHeaders | Fault::Refused | Fault::Reset | Fault::Eof
            );
            assert!(silent || !answer.is_empty(), "{api:?} {fault:?} {moment:?}");
        }
    }
}

#[test]
fn every_fault_can_be_played_at_every_moment() {
    let players = Api::ALL.map(|api| std::thread::spawn(move || play_all(api)));
    for player in players {
        player.join().expect("played");
    }
    let kinds: std::collections::BTreeSet<u8> = Fault::all("x").iter().map(Fault::kind).collect();
    assert_eq!(kinds, (1..=30).filter(|kind| *kind != 8).collect());
}

#[test]
fn a_recording_survives_a_file_without_its_key() {
    let provider = Provider::start();
    provider.say(Reply::text("größe").with(Fault::InvalidUtf8, Moment::Middle));
    ask(&provider, Api::Gemini);
    ask(&provider, Api::Anthropic);
    let text = test_provider::save(&provider.exchanges());
    assert!(text.lines().count() == 2 && text.contains("***") && !text.contains("\"k\""));
    let loaded = test_provider::load(&text).expect("a recording");
    for (loaded, original) in loaded.iter().zip(provider.exchanges()) {
        assert_eq!(
            (&loaded.body, loaded.status),
            (&original.body, original.status)
        );
        assert_eq!(loaded.request.body, original.request.body);
        assert_eq!(loaded.request.api, original.request.api);
    }
    let again = Provider::replay(&loaded);
    ask(&again, Api::Gemini);
    assert_eq!(again.exchanges()[0].body, provider.exchanges()[0].body);
    assert!(test_provider::load("{}\n{").is_err_and(|error| error.starts_with("line 2")));
}

#[test]
fn bytes_are_cut_where_asked() {
    let provider = Provider::start();
    provider.say(
        Reply::text("größe")
            .crlf()
            .split(Split::Bytes(1), Duration::ZERO),
    );
    let answer = ask(&provider, Api::OpenAi);
    assert!(answer.contains("\r\n1\r\n{\r\n1\r\n\"\r\n"), "{answer}");
}

#[test]
fn a_hostile_model_can_be_asked_again() {
    let say = |seed| {
        let provider = Provider::hostile(seed);
        for _ in 0..20 {
            ask(&provider, Api::OpenAi);
        }
        let said = provider.exchanges().into_iter();
        said.map(|exchange| exchange.body).collect::<Vec<_>>()
    };
    let (first, second) = (say(1), say(1));
    assert!(first == second, "another reply for the same seed");
    assert!(first != say(2), "the same replies for another seed");
}
