//! Generic types: their parameters, and what a type gives to the one that it is made from.

use super::file::Def;
use super::types;

/// The parameters of a generic type, each with what it must be.
pub(super) fn parameters(class: &Def) -> Option<Vec<(String, Option<String>)>> {
    let mut found = class.file.bindings("<");
    let found = found.find(|it| it.within == Some(class.index))?;
    // A list of parameters is taken apart like arguments, behind any name.
    let written = format!("_{}", found.of_type.as_deref()?);
    let list = types::named(&written)?.arguments;
    let read = |one: &str| {
        let one = one.split(" = ").next().unwrap_or(one);
        match one.split_once(" extends ") {
            Some((name, limit)) => (name.trim().to_owned(), Some(limit.trim().to_owned())),
            None => (one.trim().to_owned(), None),
        }
    };
    Some(list.into_iter().map(read).collect())
}

/// What `class` gives for the parameter at `place` of the type `base` that it is made from.
pub(super) fn given(class: &Def, base: &str, place: usize) -> Option<String> {
    let found = class.file.bindings("extends");
    let mut found = found.filter(|it| it.within == Some(class.index));
    let written = found.find_map(|it| types::named(it.of_type.as_deref()?))?;
    let is_it = types::last(written.name) == base;
    let argument = written.arguments.get(place).filter(|_| is_it)?;
    Some((*argument).to_owned())
}
