//! Fixture workspaces: where a mention leads.
