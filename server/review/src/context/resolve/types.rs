//! Types as written, taken apart: which names a type stands for, what it holds, what it gives when it is called.
//!
//! One reading serves all languages: generics in `<>` or `[]`, unions with `|`, pointers and modifiers before the name.

use super::chain::closing;

/// Types that are asked for the members of what they hold.
const TRANSPARENT: &[&str] = &[
    "Promise",
    "PromiseLike",
    "Awaitable",
    "Coroutine",
    "Future",
    "CompletableFuture",
    "Task",
    "Option",
    "Optional",
    "Box",
    "Rc",
    "Arc",
    "Ref",
    "RefMut",
    "RefCell",
    "Cell",
    "Mutex",
    "RwLock",
    "MutexGuard",
    "Cow",
    "Pin",
    "Weak",
    "Partial",
    "Readonly",
    "Required",
    "NonNullable",
    "Pick",
    "Omit",
    "Awaited",
    "Type",
    "type",
    "Annotated",
    "Final",
    "ClassVar",
    "shared_ptr",
    "unique_ptr",
    "Lazy",
    "OnceCell",
    "OnceLock",
    "Result",
    "ManualPromise",
];

/// Types whose elements are their first argument; of the others with two it is the second.
const LISTS: &[&str] = &[
    "Array",
    "ReadonlyArray",
    "Set",
    "ReadonlySet",
    "List",
    "list",
    "set",
    "Sequence",
    "Iterable",
    "Iterator",
    "IterableIterator",
    "Generator",
    "AsyncIterable",
    "AsyncIterator",
    "Vec",
    "VecDeque",
    "HashSet",
    "BTreeSet",
    "Collection",
    "Queue",
    "Deque",
    "deque",
    "ArrayList",
    "LinkedList",
    "Stream",
    "tuple",
    "Tuple",
    "frozenset",
    "IEnumerable",
    "IList",
    "MutableList",
    "WeakSet",
    "vector",
    "FrozenSet",
];
const MAPS: &[&str] = &[
    "Map",
    "ReadonlyMap",
    "WeakMap",
    "Record",
    "Dict",
    "dict",
    "Mapping",
    "HashMap",
    "BTreeMap",
    "Dictionary",
    "IDictionary",
    "ConcurrentHashMap",
    "MutableMap",
    "defaultdict",
    "OrderedDict",
    "LinkedHashMap",
    "TreeMap",
    "unordered_map",
    "map",
];

/// Types of the languages themselves.
const OWN: &[&str] = &[
    "string",
    "number",
    "boolean",
    "bigint",
    "symbol",
    "object",
    "any",
    "unknown",
    "never",
    "void",
    "Function",
    "Object",
    "String",
    "Number",
    "Boolean",
    "RegExp",
    "Date",
    "Error",
    "Buffer",
    "URL",
    "JSON",
    "Math",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "dict",
    "list",
    "set",
    "tuple",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f32",
    "f64",
    "char",
    "byte",
    "rune",
    "error",
    "long",
    "double",
    "short",
    "Integer",
    "Long",
    "Any",
    "Callable",
    "Uint8Array",
    "ArrayBuffer",
    "Symbol",
    "console",
    "process",
    "document",
    "window",
    "globalThis",
    "Reflect",
    "Proxy",
    "Intl",
    "navigator",
    "location",
    "AbortSignal",
    "AbortController",
    "Response",
];

/// The parts of a union or an intersection, without what stands for nothing.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let text = bare(text);
    split(text, &['|', '&'])
        .into_iter()
        .map(bare)
        .filter(|part| {
            !matches!(
                *part,
                "" | "null" | "undefined" | "None" | "void" | "false" | "nil"
            )
        })
        .collect()
}

/// A type's name and its arguments.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<&'a str>,
}

/// One part of a type as a name with arguments.
pub(super) fn named(part: &str) -> Option<Named<'_>> {
    let part = bare(part);
    if part.starts_with('{') || part.starts_with('(') || part.starts_with('[') {
        return None;
    }
    let end = part.find(['<', '[', ' ', '(']).unwrap_or(part.len());
    let (name, rest) = part.split_at(end);
    let arguments = match rest.chars().next() {
        Some('<') => closing(rest, '<', '>').map(|length| split(&rest[1..length - 1], &[','])),
        Some('[') => closing(rest, '[', ']').map(|length| split(&rest[1..length - 1], &[','])),
        _ => None,
    };
    let arguments = arguments.unwrap_or_default();
    (!name.is_empty()).then_some(Named { name, arguments })
}

/// What a type is asked through: the held type of a pointer or a promise; itself otherwise.
pub(super) fn through(part: &str) -> Option<&str> {
    let named = named(part)?;
    let held = named.arguments.first().copied()?;
    TRANSPARENT.contains(&last(named.name)).then_some(held)
}

/// Whether the language itself, or its collections, define it.
pub(super) fn is_own(name: &str) -> bool {
    OWN.contains(&name) || LISTS.contains(&name) || MAPS.contains(&name)
}

/// What an element of it is: `Page` of `Page[]`, of `Map<string, Page>`, of `[]Page`, of `list[Page]`.
pub(super) fn element(text: &str, at: Option<usize>) -> Option<&str> {
    let part = parts(text).into_iter().find(|part| *part != "[]")?;
    if let Some(inner) = part.strip_suffix("[]") {
        return Some(bare(inner));
    }
    if let Some(inner) = part.strip_prefix("[]").or_else(|| part.strip_prefix("...")) {
        return Some(bare(inner));
    }
    if let Some(rest) = part.strip_prefix('[') {
        let inside = rest.strip_suffix(']')?;
        // `[A, B]` of TypeScript, `[T; 4]` of Rust.
        let list = split(inside.split(';').next()?, &[',']);
        return list.get(at.unwrap_or(0)).copied();
    }
    if part.starts_with("map[") {
        let length = closing(&part[3..], '[', ']')?;
        return Some(&part[3 + length..]);
    }
    if let Some(held) = through(part) {
        return element(held, at);
    }
    let named = named(part)?;
    let name = last(named.name);
    if name.eq_ignore_ascii_case("tuple") {
        return named.arguments.get(at.unwrap_or(0)).copied();
    }
    if MAPS.contains(&name) {
        return named.arguments.get(1).copied();
    }
    LISTS
        .contains(&name)
        .then(|| named.arguments.first().copied())?
}

/// What a method of a collection gives, where that is the collection's element or the collection itself.
pub(super) fn collection_call(text: &str, method: &str) -> Option<String> {
    let element = element(text, None)?;
    match method {
        "get" | "find" | "pop" | "shift" | "at" | "findLast" | "first" | "last" | "next"
        | "remove" | "peek" | "setdefault" | "get_mut" | "unwrap" | "iter_one" | "popleft" => {
            Some(element.to_owned())
        }
        "filter" | "slice" | "concat" | "sort" | "reverse" | "values" | "toSorted" | "iter"
        | "iter_mut" | "into_iter" | "splice" | "toReversed" | "copy" => {
            Some(format!("{element}[]"))
        }
        "entries" | "items" => Some(format!("[string, {element}][]")),
        _ => None,
    }
}

/// What calling it gives, for a type of functions.
pub(super) fn returned(text: &str) -> Option<&str> {
    let (_, result) = signature(text)?;
    Some(result)
}

/// The type of a parameter of a type of functions.
pub(super) fn parameter(text: &str, at: usize) -> Option<&str> {
    let (list, _) = signature(text)?;
    let one = *split(list, &[',']).get(at)?;
    Some(one.split_once(':')?.1.trim())
}

fn signature(text: &str) -> Option<(&str, &str)> {
    let text = bare(text);
    if !text.starts_with('(') {
        return None;
    }
    let length = closing(text, '(', ')')?;
    let rest = text[length..].trim_start().strip_prefix("=>")?;
    Some((&text[1..length - 1], rest.trim()))
}

/// Without modifiers, pointers, quotes and enclosing parentheses.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..8 {
        let before = text;
        text = text
            .trim_matches(['"', '\'', ' ', '?'])
            .trim_start_matches(['&', '*', ':', '|'])
            .trim_end_matches(['*', '&', '!'])
            .trim();
        for word in [
            "readonly ",
            "mut ",
            "const ",
            "dyn ",
            "impl ",
            "struct ",
            "final ",
            "class ",
            "static ",
            "asserts ",
        ] {
            text = text.strip_prefix(word).unwrap_or(text);
        }
        if text.starts_with('(') && closing(text, '(', ')') == Some(text.len()) {
            text = &text[1..text.len() - 1];
        }
        if text == before {
            break;
        }
    }
    text
}

/// The last segment of a path of names.
pub(super) fn last(name: &str) -> &str {
    name.rsplit(['.', ':', '\\']).next().unwrap_or(name)
}

/// Splits where no bracket is open.
fn split<'a>(text: &'a str, signs: &[char]) -> Vec<&'a str> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut before) = (0i32, 0, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' | '[' | '(' | '{' => depth += 1,
            '>' if before == '=' || before == '-' => {}
            '>' | ']' | ')' | '}' => depth -= 1,
            c if depth == 0 && signs.contains(&c) => {
                found.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
        before = c;
    }
    found.push(text[start..].trim());
    found
}

#[cfg(test)]
mod tests {
    use super::{collection_call, element, parameter, parts, returned, through};

    #[test]
    fn types_are_taken_apart() {
        assert_eq!(parts("Page | null"), ["Page"]);
        assert_eq!(
            parts("Map<string, A | B> | undefined"),
            ["Map<string, A | B>"]
        );
        assert_eq!(through("Promise<Page>"), Some("Page"));
        assert_eq!(through("Page"), None);
        assert_eq!(element("Page[]", None), Some("Page"));
        assert_eq!(element("Promise<Array<Page>>", None), Some("Page"));
        assert_eq!(element("dict[str, Page]", None), Some("Page"));
        assert_eq!(element("[]*Page", None), Some("Page"));
        assert_eq!(element("[A, B]", Some(1)), Some("B"));
        assert_eq!(element("Page", None), None);
        assert_eq!(
            collection_call("Map<string, Page>", "values").as_deref(),
            Some("Page[]")
        );
        assert_eq!(returned("(a: A) => Promise<B>"), Some("Promise<B>"));
        assert_eq!(parameter("(a: A, b: B) => void", 1), Some("B"));
    }
}
