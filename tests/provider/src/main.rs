//! A fake provider of models as a program, for tests that are not written in Rust.
//!
//! `test-provider [--text TEXT]… [--hostile SEED] [--replay FILE]`: prints `{"address": …}` and then each request as a
//! line of JSON, until its standard input ends. Texts are said in order, the last one for ever.

use std::io::Read;
use std::time::Duration;

use serde_json::json;
use test_provider::{Provider, Reply, load};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut texts, mut provider) = (Vec::new(), None);
    while let Some(option) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{option} wants a value"))?;
        match option.as_str() {
            "--text" => texts.push(value),
            "--hostile" => provider = Some(Provider::hostile(value.parse()?)),
            "--replay" => {
                provider = Some(Provider::replay(&load(&std::fs::read_to_string(value)?)?))
            }
            other => return Err(format!("{other} is no option").into()),
        }
    }
    let provider = provider.unwrap_or_else(Provider::start);
    if let Some(last) = texts.pop() {
        for text in texts {
            provider.say(Reply::text(text));
        }
        provider.answer(move |_| Reply::text(last.clone()));
    }
    tell(&json!({"address": provider.address()}).to_string());
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        while std::io::stdin()
            .read(&mut nothing)
            .is_ok_and(|count| count > 0)
        {}
        std::process::exit(0);
    });
    let mut told = 0;
    loop {
        let requests = provider.requests();
        for request in requests.iter().skip(told) {
            let headers: Vec<_> = request
                .headers
                .iter()
                .map(|(name, value)| json!([name, value]))
                .collect();
            let line = json!({"method": request.method, "path": request.path, "headers": headers, "body": request.text()});
            tell(&line.to_string());
        }
        told = requests.len();
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn tell(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // Nobody reads: nobody is told.
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}
