//! Where files of the user's own live: `OBELUS_*` variables first, then XDG's, then the platform's places.

use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The user's `config.toml`: `OBELUS_CONFIG`, else `config.toml` in the configuration folder.
pub(crate) fn user_config() -> Option<PathBuf> {
    if let Some(file) = variable("OBELUS_CONFIG") {
        return Some(file);
    }
    let folder = match variable("OBELUS_CONFIG_DIR") {
        Some(folder) => folder,
        None => ours("XDG_CONFIG_HOME", |platform| platform.config_dir())?,
    };
    Some(folder.join("config.toml"))
}

/// The cache: `OBELUS_CACHE_DIR`, else our folder among the caches. What is in it can be made again.
pub(crate) fn cache() -> Option<PathBuf> {
    variable("OBELUS_CACHE_DIR").or_else(|| ours("XDG_CACHE_HOME", |platform| platform.cache_dir()))
}

/// What outlives the process: `OBELUS_STATE_DIR`, else our folder among the state, or the data where a platform has none.
pub(crate) fn state() -> Option<PathBuf> {
    variable("OBELUS_STATE_DIR").or_else(|| {
        ours("XDG_STATE_HOME", |platform| {
            platform.state_dir().unwrap_or_else(|| platform.data_dir())
        })
    })
}

/// The user's home folder, resolved.
pub(crate) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()?.canonicalize().ok()
}

fn ours(variable_name: &str, platform: impl Fn(&dyn Places) -> PathBuf) -> Option<PathBuf> {
    let base = match variable(variable_name).filter(|path| path.is_absolute()) {
        Some(folder) => folder,
        None => platform(&etcetera::base_strategy::choose_native_strategy().ok()?),
    };
    Some(base.join("obelus"))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// `BaseStrategy` as an object.
trait Places {
    fn cache_dir(&self) -> PathBuf;
    fn config_dir(&self) -> PathBuf;
    fn data_dir(&self) -> PathBuf;
    fn state_dir(&self) -> Option<PathBuf>;
}

impl<T: BaseStrategy> Places for T {
    fn cache_dir(&self) -> PathBuf {
        BaseStrategy::cache_dir(self)
    }

    fn config_dir(&self) -> PathBuf {
        BaseStrategy::config_dir(self)
    }

    fn data_dir(&self) -> PathBuf {
        BaseStrategy::data_dir(self)
    }

    fn state_dir(&self) -> Option<PathBuf> {
        BaseStrategy::state_dir(self)
    }
}
