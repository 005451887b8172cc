//! The engine: from a change to findings. The only facade that `lsp`, `mcp` and `app` talk to.
//!
//! Touches nothing: files come through `base::Repo`, time limits and settings are handed in.
