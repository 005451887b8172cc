//! Which files hold text in the languages of people: there, characters without a shape belong to the spelling.
//!
//! Told by path alone. A program's source counts only where its path names a language, and then only its quoted
//! text: what a compiler reads must not be hidden behind a folder's name.

use crate::checks::Input;

/// Formats that hold nothing but translations.
const FORMATS: &[&str] = &[
    "po",
    "pot",
    "xliff",
    "xlf",
    "strings",
    "stringsdict",
    "xcstrings",
    "resx",
    "arb",
    "ftl",
    "properties",
];
/// Formats of data and prose, which hold translations among other things.
const DATA: &[&str] = &[
    "json", "yml", "yaml", "toml", "xml", "txt", "md", "html", "htm", "erb", "csv", "ini",
    "docbook", "page", "rst",
];
/// Folders and files of translations.
const PLACES: &[&str] = &[
    "locale",
    "locales",
    "lang",
    "langs",
    "languages",
    "i18n",
    "l10n",
    "translations",
    "lc_messages",
];
/// ISO 639 codes of the languages that programs are translated to most.
const CODES: &[&str] = &[
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "bo", "br", "bs", "ca", "ckb", "cs", "cy",
    "da", "de", "dv", "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fr", "fur", "ga", "gd",
    "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "iw", "ja", "ka", "kab", "kk",
    "km", "kn", "ko", "ks", "ku", "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb",
    "ne", "nl", "nn", "no", "oc", "or", "pa", "pl", "pnb", "ps", "pt", "ro", "ru", "sa", "sd",
    "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "ug", "uk", "ur", "uz", "vi",
    "yi", "zh",
];

/// How much of a file is translated text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Translated {
    No,
    /// What stands in quotes.
    Quoted,
    All,
}

pub(super) fn translated(input: &Input<'_>) -> Translated {
    let lower = input.path.as_str().to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let qt = extension == "ts" && input.language.is_none();
    if FORMATS.contains(&extension) || qt {
        return Translated::All;
    }
    let is_code = |part: &str| {
        let part = part.strip_suffix(".lproj").unwrap_or(part);
        let part = part.strip_prefix("values-").unwrap_or(part);
        CODES.contains(&part.split(['-', '_']).next().unwrap_or(part))
    };
    // `de.php`, `emoji-kn.php`, `messages.fa.yml`
    let last = stem.rsplit(['.', '-', '_']).next().unwrap_or(stem);
    let in_folder = folders.split('/').any(is_code);
    let of_language = in_folder || (is_code(stem) && stem.len() <= 7) || CODES.contains(&last);
    let in_place = PLACES.contains(&stem) || folders.split('/').any(|part| PLACES.contains(&part));
    // The root's `de.json` may configure something that is called so.
    let is_data = DATA.contains(&extension);
    match (is_data, of_language, in_place) {
        (true, _, true) => Translated::All,
        (true, true, false) if in_folder => Translated::All,
        (false, true, _) if input.language.is_some() => Translated::Quoted,
        _ => Translated::No,
    }
}

#[cfg(test)]
mod tests {
    use base::RelPath;
    use syntax::Language;

    use super::{Translated, translated};
    use crate::checks::Input;

    #[test]
    fn translations_are_told_by_path() {
        for (path, expected) in [
            ("po/fa.po", Translated::All),
            ("config/locales/he.yml", Translated::All),
            ("config/languages.yml", Translated::All),
            ("lang/nl.json", Translated::All),
            ("app/res/values-fa/strings.xml", Translated::All),
            ("ios/ar.lproj/Localizable.strings", Translated::All),
            ("help/de/syntax.html.erb", Translated::All),
            ("lang/he/validation.php", Translated::Quoted),
            ("data/emoji-kn.php", Translated::Quoted),
            ("data/zones/pt_PT.php", Translated::Quoted),
            ("conf/locale/ar/formats.py", Translated::Quoted),
            ("src/lang/parser.rs", Translated::No),
            ("src/main.rs", Translated::No),
            ("AGENTS.md", Translated::No),
            ("he.json", Translated::No),
            ("config/app.yml", Translated::No),
        ] {
            let path = RelPath::new(path).expect("a path");
            let input = Input {
                path: &path,
                text: "",
                within: None,
                language: Language::detect(&path, ""),
            };
            assert_eq!(translated(&input), expected, "{path}");
        }
    }
}
