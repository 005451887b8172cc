//! `file:` URIs and paths.
//!
//! The client's own URI string is kept and echoed back: clients compare it with theirs byte for byte, and `c%3A`, `C:`
//! and `c:` are three strings for one place. Inside, a URI becomes a plain path with `/`.

use std::path::PathBuf;

/// The path of a `file:` URI with `/` between components (`/a/b`, `c:/a/b`, `//server/share`), or `None` for others.
pub(crate) fn to_path(uri: &str) -> Option<String> {
    let rest = uri
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("file:"))
        .map(|_| &uri[5..])?;
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let path = decode(path.split(['?', '#']).next().unwrap_or(path))?;
    if !path.starts_with('/') || path.contains('\0') {
        return None;
    }
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return Some(format!("//{host}{path}"));
    }
    let bytes = path.as_bytes();
    if bytes.len() >= 3 && bytes[1].is_ascii_alphabetic() && bytes[2] == b':' {
        // A drive: its letter's case carries no meaning.
        let drive = char::from(bytes[1].to_ascii_lowercase());
        return Some(format!("{drive}{}", &path[2..]));
    }
    Some(path)
}

/// The same as a path of the system.
pub(crate) fn to_system_path(uri: &str) -> Option<PathBuf> {
    to_path(uri).map(PathBuf::from)
}

/// A `file:` URI for a path with `/` between components.
pub(crate) fn from_path(path: &str) -> String {
    let lead = if path.starts_with('/') {
        "file://"
    } else {
        "file:///"
    };
    format!("{lead}{}", encode(path))
}

/// The URI of a file in a folder whose URI the client gave.
pub(crate) fn join(folder: &str, path: &base::RelPath) -> String {
    format!("{}/{}", folder.trim_end_matches('/'), encode(path.as_str()))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = tail
                .get(..2)
                .and_then(|digits| std::str::from_utf8(digits).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{from_path, join, to_path};

    #[test]
    fn uris_become_paths() {
        for (uri, path) in [
            ("file:///a/b%20c.rs", Some("/a/b c.rs")),
            ("file:///c%3A/x.rs", Some("c:/x.rs")),
            ("file:///C:/x.rs", Some("c:/x.rs")),
            ("file://server/share/x.rs", Some("//server/share/x.rs")),
            ("file://localhost/x.rs", Some("/x.rs")),
            ("FILE:///x%C3%A4.rs", Some("/xä.rs")),
            ("untitled:Untitled-1", None),
            ("vscode-scm:git/scm0/input", None),
            ("file:///a%00b", None),
            ("file:///a%zz", None),
            ("file:relative", None),
            ("", None),
        ] {
            assert_eq!(to_path(uri).as_deref(), path, "{uri}");
        }
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(from_path("/a/b c#d.rs"), "file:///a/b%20c%23d.rs");
        let path = base::RelPath::new("src/ä b.rs").expect("valid");
        assert_eq!(join("file:///w/", &path), "file:///w/src/%C3%A4%20b.rs");
    }
}
