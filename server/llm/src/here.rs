//! Models that run on this machine already: asked for at the usual places, offered by `app`, never used unasked.

use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::Value;

use crate::{Api, http, origin};

/// Nobody waits for it: what runs here answers at once.
const PATIENCE: Duration = Duration::from_millis(500);
/// More than any list of models.
const LARGEST: usize = 1 << 20;

/// Where servers of models listen unless told otherwise: Ollama, llama.cpp, LM Studio, vLLM.
pub const USUAL_PLACES: &[(Api, &str)] = &[
    (Api::Ollama, "http://127.0.0.1:11434"),
    (Api::OpenAi, "http://127.0.0.1:8080/v1"),
    (Api::OpenAi, "http://127.0.0.1:1234/v1"),
    (Api::OpenAi, "http://127.0.0.1:8000/v1"),
];

/// A server of models on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// What it speaks.
    pub api: Api,
    /// What to set as `base_url`.
    pub base_url: String,
    /// The models it has, as it calls them.
    pub models: Vec<String>,
}

/// Asks the places, all at once, which models are there. Sends no key and nothing of the workspace; places that are not
/// on this machine are left out.
pub async fn running_here(places: &[(Api, &str)]) -> Vec<Running> {
    http::cryptography();
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .timeout(PATIENCE)
        .build();
    let Ok(client) = client else {
        return Vec::new();
    };
    let mut tasks = Vec::new();
    for (api, base_url) in places {
        let local = origin::base(base_url, false).ok().filter(|url| {
            url.scheme() == "http" && url.host_str().is_some_and(origin::is_loopback)
        });
        if let Some(url) = local {
            tasks.push(tokio::spawn(models(client.clone(), *api, url)));
        }
    }
    let mut running = Vec::new();
    for task in tasks {
        if let Ok(Some(found)) = task.await {
            running.push(found);
        }
    }
    running
}

async fn models(client: Client, api: Api, base: Url) -> Option<Running> {
    let mut url = base.clone();
    {
        let mut path = url.path_segments_mut().ok()?;
        path.pop_if_empty();
        if api == Api::Ollama {
            path.extend(["api", "tags"]);
        } else {
            path.push("models");
        }
    }
    let mut response = client.get(url).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return None;
        }
    }
    let value: Value = serde_json::from_slice(&body).ok()?;
    let (list, name) = match api {
        Api::Ollama => (value.get("models"), "name"),
        _ => (value.get("data"), "id"),
    };
    let models = list?.as_array()?.iter().filter_map(|model| {
        let name = model.get(name)?.as_str()?;
        // It is shown: a name is one short line.
        (!name.chars().any(char::is_control) && name.len() <= 200).then(|| name.to_owned())
    });
    Some(Running {
        api,
        base_url: base.as_str().trim_end_matches('/').to_owned(),
        models: models.take(200).collect(),
    })
}
