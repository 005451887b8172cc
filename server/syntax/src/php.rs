//! PHP files with markup between the code, made readable for the grammar of PHP alone.
//!
//! The grammar that reads patterns without `<?php` knows nothing of text outside the tags, and with the other one no
//! pattern could be written. So the markup is blanked before the text is parsed, byte for byte: every place in the tree
//! is the same place in the file. Nothing but the parser may see the result. A file without markup is left alone.

/// The text with its markup blanked; `None` when all of it is code.
pub(crate) fn without_markup(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    // Without an opening tag it is a fragment, which is read as code.
    memchr::memmem::find(bytes, b"<?")?;
    let mut masked: Option<Vec<u8>> = None;
    let mut at = 0;
    loop {
        // Here markup begins, perhaps of no length.
        let open = opening(bytes, at);
        let (tag, code) = open.map_or((bytes.len(), bytes.len()), |open| (open.at, open.code));
        let is_whole = at == 0 && tag == 0;
        let is_end = open.is_none() && bytes[at..].iter().all(u8::is_ascii_whitespace);
        if !is_whole && (!is_end || masked.is_some()) {
            let out = masked.get_or_insert_with(|| bytes.to_vec());
            blank(out, at, code);
            if at > 0 {
                close(out, at);
            }
            if open.is_some_and(|open| open.echoes) {
                echo(out, at, code);
            }
        }
        if open.is_none() {
            return masked;
        }
        match closing(bytes, code) {
            Some(end) => at = end,
            None => return masked,
        }
    }
}

/// An opening tag.
#[derive(Clone, Copy)]
struct Opening {
    at: usize,
    /// Where the code begins.
    code: usize,
    echoes: bool,
}

/// The next `<?php` or `<?=`; `<?xml` and the like are markup.
fn opening(bytes: &[u8], from: usize) -> Option<Opening> {
    memchr::memmem::find_iter(&bytes[from..], b"<?").find_map(|at| {
        let at = from + at;
        let rest = &bytes[at + 2..];
        if rest.first() == Some(&b'=') {
            return Some(Opening {
                at,
                code: at + 3,
                echoes: true,
            });
        }
        let named = rest.get(..3)?.eq_ignore_ascii_case(b"php");
        let ends = rest.get(3).is_none_or(u8::is_ascii_whitespace);
        (named && ends).then_some(Opening {
            at,
            code: at + 5,
            echoes: false,
        })
    })
}

/// The end of the `?>` that closes the code from `at` on: none in a text, a heredoc or a block comment, but one in a
/// line comment.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        at += match byte {
            b'?' if rest.starts_with(b"?>") => return Some(at + 2),
            b'\'' | b'"' | b'`' => quoted(rest, *byte),
            b'/' if rest.starts_with(b"/*") => {
                memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)
            }
            b'/' if rest.starts_with(b"//") => line_comment(rest),
            b'#' if !rest.starts_with(b"#[") => line_comment(rest),
            b'<' if rest.starts_with(b"<<<") => heredoc(rest),
            _ => 1,
        };
    }
    None
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        at += if *byte == b'\\' { 2 } else { 1 };
        if *byte == quote {
            return at;
        }
    }
    rest.len()
}

/// Up to the line's end or the tag that closes the code.
fn line_comment(rest: &[u8]) -> usize {
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    memchr::memmem::find(&rest[..line], b"?>")
        .unwrap_or(line)
        .max(1)
}

/// `<<<NAME` with its lines, up to the name that closes it.
fn heredoc(rest: &[u8]) -> usize {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let start = 3 + rest[3..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'"' | b'\''))
        .count();
    let length = rest[start..]
        .iter()
        .take_while(|byte| is_name(byte))
        .count();
    let name = &rest[start..start + length];
    if name.is_empty() {
        return 3;
    }
    let mut at = start + length;
    while let Some(end) = memchr::memchr(b'\n', &rest[at..]) {
        at += end + 1;
        let line = rest[at..].trim_ascii_start();
        if line.starts_with(name) && !line.get(name.len()).is_some_and(is_name) {
            return rest.len() - line.len() + name.len();
        }
    }
    rest.len()
}

/// Everything but the ends of lines becomes a blank.
fn blank(out: &mut [u8], from: usize, to: usize) {
    for byte in &mut out[from..to] {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// The closing tag before `end` ends a line comment, and a statement where one is open.
fn close(out: &mut [u8], end: usize) {
    let last = out[..end - 2]
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace());
    let open = last.is_some_and(|last| !matches!(out[last], b';' | b'{' | b'}' | b':'));
    out[end - 2] = b'\r';
    out[end - 1] = if open { b';' } else { b' ' };
}

/// `<?= value` says `echo value`, which needs the place of the tag and two blanks before it.
fn echo(out: &mut [u8], from: usize, code: usize) {
    let Some(start) = code.checked_sub(5).filter(|start| *start >= from) else {
        return;
    };
    if out[start..code].iter().all(|byte| *byte == b' ') {
        out[start..code].copy_from_slice(b"echo ");
    }
}

#[cfg(test)]
mod tests {
    use super::without_markup;

    fn masked(text: &str) -> Option<String> {
        let masked = without_markup(text)?;
        assert_eq!(masked.len(), text.len());
        let lines = |bytes: &[u8]| -> Vec<usize> { memchr::memchr_iter(b'\n', bytes).collect() };
        assert_eq!(lines(&masked), lines(text.as_bytes()));
        Some(String::from_utf8(masked).expect("UTF-8").replace('\r', "¶"))
    }

    #[test]
    fn code_alone_is_left_alone() {
        for text in [
            "",
            "eval(1);",
            "<?php\necho 1;\n",
            "<?php\necho 1;\n?>\n",
            "<?= $a",
            "<?php\n$a = '?> <b>';\n$b = \"\\\"?>\";\n/* ?> */ $c = `?>`;\n",
            "<?php\n$a = <<<HTML\n<b>?></b>\nHTMLS\n  HTML;\n$b = <<<'X'\n?>\nX;\n",
            "<?php\n#[Attribute('?>')]\nclass A {}\n",
        ] {
            assert_eq!(masked(text), None, "{text:?}");
        }
    }

    #[test]
    fn markup_is_blank_and_code_stays_in_its_place() {
        for (text, expected) in [
            ("<h1>é</h1>\n<?php a();", "           \n      a();"),
            (
                "<?php a() ?> it's <?php b();",
                "<?php a() ¶;            b();",
            ),
            (
                "<?php if ($a): ?>\n<b>\n<?php endif; ?>\n",
                "<?php if ($a): ¶ \n   \n      endif; ¶ \n",
            ),
            (
                "<?php a(); ?><b><?= $a ?></b>",
                "<?php a(); ¶  echo  $a ¶;    ",
            ),
            (
                "<?php a(); // why ?> b <?php c();",
                "<?php a(); // why ¶;         c();",
            ),
            ("<?php a(); ?>\n<?= $a ?>\n", "<?php a(); ¶ \n    $a ¶;\n"),
            (
                "<?xml version='1.0'?>\n<?php a();",
                "                     \n      a();",
            ),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected), "{text:?}");
        }
    }
}
