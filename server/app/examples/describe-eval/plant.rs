//! Errors put into a text that is right, so that it can be seen whether the check finds them.

/// A text with one error in it.
pub(crate) struct Planted {
    pub(crate) what: String,
    pub(crate) body: String,
}

/// A symbol, a file, counts and directions that are wrong, each in a text of its own.
pub(crate) fn planted(body: &str) -> Vec<Planted> {
    let mut all = Vec::new();
    let mut plant = |what: String, body: Option<String>| {
        all.extend(body.map(|body| Planted { what, body }));
    };
    let spans: Vec<&str> = body.split('`').skip(1).step_by(2).collect();
    let instead = |from: &str, to: &str| {
        let to = body.replacen(from, to, 1);
        (to != body).then_some(to)
    };
    if let Some(symbol) = spans.iter().find(|span| !span.contains('/')) {
        let other = format!("`{symbol}Qz`");
        plant(
            format!("symbol {other}"),
            instead(&format!("`{symbol}`"), &other),
        );
    }
    if let Some(path) = spans.iter().find(|span| span.contains('/')) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let other = format!("`{folder}/qz_invented.rs`");
        plant(
            format!("file {other}"),
            instead(&format!("`{path}`"), &other),
        );
    }
    // `+12 −3)`: another number of each kind.
    for (mark, what) in [(" file", "files"), ("+", "additions"), ("−", "deletions")] {
        let at = match mark {
            " file" => body.find(" files, +").or_else(|| body.find(" file, +")),
            mark => body
                .find(" −")
                .and_then(|_| body.find(", +"))
                .and_then(|from| Some(from + body.get(from..)?.find(mark)? + mark.len())),
        };
        let Some(at) = at else { continue };
        let is_digit = |c: char| c.is_ascii_digit();
        let (start, end) = match mark {
            " file" => (
                body.get(..at)
                    .and_then(|text| text.rfind(|c| !is_digit(c)))
                    .map_or(0, |it| it + 1),
                at,
            ),
            _ => (
                at,
                at + body
                    .get(at..)
                    .and_then(|text| text.find(|c| !is_digit(c)))
                    .unwrap_or(0),
            ),
        };
        let number = body.get(start..end).and_then(|it| it.parse::<u64>().ok());
        plant(
            format!("number of {what}"),
            number.map(|number| format!("{}{}{}", &body[..start], number + 1, &body[end..])),
        );
    }
    for (from, to) in [
        ("Adds `", "Removes `"),
        ("; adds `", "; removes `"),
        ("Removes `", "Adds `"),
        ("; removes `", "; adds `"),
    ] {
        plant(format!("{from}… is {to}…"), instead(from, to));
    }
    if let Some(at) = body.find("repaired in ") {
        let (head, rest) = body.split_at(at + "repaired in ".len());
        plant("repairs".to_owned(), Some(format!("{head}9{rest}")));
    }
    all
}
