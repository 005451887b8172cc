//! Every rule and check with its description, and the page that documents it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use base::{RuleId, RuleMeta};

use crate::allow;

/// The descriptions of all rules and checks, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    metas: Vec<Arc<RuleMeta>>,
    by_id: HashMap<RuleId, usize>,
}

impl Catalogue {
    /// A catalogue of `metas`; of two with the same id the first stays.
    pub(crate) fn new(mut metas: Vec<Arc<RuleMeta>>) -> Self {
        metas.sort_by(|a, b| a.id.cmp(&b.id));
        metas.dedup_by(|b, a| a.id == b.id);
        let by_id = metas
            .iter()
            .enumerate()
            .map(|(index, meta)| (meta.id.clone(), index))
            .collect();
        Self { metas, by_id }
    }

    /// The rules that come with Obelus, without a workspace's own: what `docs/rules/` is generated from.
    pub fn builtin() -> Self {
        let syntax = syntax::Rules::builtin();
        let mut metas = syntax.metas().to_vec();
        metas.extend(crate::engine::metas_of_checks());
        Self::new(metas)
    }

    /// Every description, by id.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.metas.clone()
    }

    /// The description of one rule.
    pub fn get(&self, id: &str) -> Option<Arc<RuleMeta>> {
        self.lookup(&RuleId::new(id)).cloned()
    }

    /// The id most like `id`, for a message about one that does not exist.
    pub fn nearest(&self, id: &str) -> Option<String> {
        let ids = self.metas.iter().map(|meta| meta.id.as_str());
        crate::settings::nearest(id, ids).map(str::to_owned)
    }

    pub(crate) fn lookup(&self, id: &RuleId) -> Option<&Arc<RuleMeta>> {
        self.by_id.get(id).and_then(|index| self.metas.get(*index))
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Arc<RuleMeta>> {
        self.metas.iter()
    }

    /// The Markdown page that documents a rule; the same text as under `docs/rules/`.
    pub fn page(&self, id: &str) -> Option<String> {
        self.get(id).map(|meta| page(&meta))
    }
}

fn page(meta: &RuleMeta) -> String {
    let mut page = format!("# {}\n\n", meta.title.trim());
    let languages = match meta.languages.as_slice() {
        [] => "any text".to_owned(),
        languages => languages.join(", "),
    };
    let id = &meta.id;
    let confidence = (meta.confidence.get() * 100.0).round();
    let _ = writeln!(
        page,
        "`{id}` · {} · {} · {confidence} % sure · {languages}\n",
        meta.severity, meta.category
    );
    page.push_str(meta.why.trim());
    page.push('\n');
    let fence = meta.languages.first().map_or("text", String::as_str);
    for (heading, code) in [("Reported", &meta.bad), ("Better", &meta.good)] {
        if !code.trim().is_empty() {
            let ticks = fence_for(code);
            let code = visible(code.trim_end());
            let _ = write!(page, "\n## {heading}\n\n{ticks}{fence}\n{code}\n{ticks}\n");
        }
    }
    if meta.has_fix {
        page.push_str("\n## Fix\n\nA quick fix is offered: `obelus review` shows it as a diff, an editor applies it.\n");
    }
    let _ = write!(
        page,
        "\n## Configure\n\nIn `obelus.toml`:\n\n```toml\n[rules]\n\"{id}\" = \"off\" # or \"hint\", \"info\", \"warning\", \"error\"\n```\n"
    );
    let syntax = meta
        .languages
        .first()
        .and_then(|language| allow::comment_syntax(language).first().copied());
    let (open, close) = match (syntax, meta.languages.is_empty()) {
        (Some(syntax), _) => syntax,
        // Of rules about any text those about whole files have no line to write a comment on.
        (None, true) if !id.as_str().starts_with("files/") => ("#", ""),
        _ => ("", ""),
    };
    if !open.is_empty() {
        let close = if close.is_empty() {
            String::new()
        } else {
            format!(" {close}")
        };
        let _ = write!(
            page,
            "\nAt one place, on the line or the line above:\n\n```{fence}\n{open} obelus: allow({id}) why it is right here{close}\n```\n"
        );
    }
    if meta.cwe.is_some() || !meta.references.is_empty() {
        page.push_str("\n## References\n\n");
        if let Some(cwe) = meta.cwe {
            let _ = writeln!(
                page,
                "- [CWE-{cwe}](https://cwe.mitre.org/data/definitions/{cwe}.html)"
            );
        }
        for url in &meta.references {
            let _ = writeln!(page, "- <{url}>");
        }
    }
    page
}

/// A fence longer than any in `code`.
fn fence_for(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Code with its invisible characters written as escapes: a page about them must not hold them.
fn visible(code: &str) -> String {
    code.chars()
        .map(|c| match crate::checks::is_hidden(c) {
            true => format!("⟨U+{:04X}⟩", u32::from(c)),
            false => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::Catalogue;

    #[test]
    fn a_page_says_what_why_and_what_to_do() {
        let page = Catalogue::builtin()
            .page("obelus/allow-without-reason")
            .expect("a page");
        expect![[r##"
            # An `obelus: allow` comment gives no reason

            `obelus/allow-without-reason` · warning · process · 100 % sure · any text

            Whoever reads the code next has to know why the rule does not apply here, or nobody dares to remove the comment. Write the reason after the closing parenthesis.

            ## Reported

            ```text
            // obelus: allow(rust/unwrap-on-lock)
            ```

            ## Better

            ```text
            // obelus: allow(rust/unwrap-on-lock) a poisoned lock means a bug here, so stop
            ```

            ## Configure

            In `obelus.toml`:

            ```toml
            [rules]
            "obelus/allow-without-reason" = "off" # or "hint", "info", "warning", "error"
            ```

            At one place, on the line or the line above:

            ```text
            # obelus: allow(obelus/allow-without-reason) why it is right here
            ```
        "##]]
        .assert_eq(&page);
    }

    #[test]
    fn every_description_is_complete_and_every_page_inert() {
        let catalogue = Catalogue::builtin();
        for meta in catalogue.metas() {
            let id = meta.id.as_str();
            assert!(
                id.contains('/') && !meta.title.ends_with('.') && !meta.title.is_empty(),
                "{id}"
            );
            assert!(meta.why.len() > 60, "{id} does not say why");
            let page = catalogue.page(id).expect("a page");
            assert!(!page.chars().any(crate::checks::is_hidden), "{id}");
        }
    }

    #[test]
    fn a_wrong_id_finds_its_neighbour() {
        let catalogue = Catalogue::builtin();
        assert_eq!(
            catalogue.nearest("text/merge-conflct").as_deref(),
            Some("text/merge-conflict")
        );
        assert!(catalogue.get("text/merge-conflct").is_none());
    }
}
