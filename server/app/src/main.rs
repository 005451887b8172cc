//! `obelus`: the terminal and the composition root.
//!
//! Everything outside the engine is put together here: arguments, environment, configuration files, the repository on
//! disk, rendering, exit status. What a review is, is decided in `review`; nothing here looks into code.

mod args;
mod commands;
mod interrupt;
mod keys;
mod knowledge;
mod live_index;
mod log;
mod models;
mod pages;
mod panic;
mod parent;
mod places;
mod progress;
mod project;
mod render;
mod state;
mod status;
mod telemetry;
mod terminal;
mod trial;
mod workspace;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;
use status::{Failure, Status};
use terminal::Terminal;

fn main() -> ExitCode {
    panic::install();
    let status = std::panic::catch_unwind(run).unwrap_or(Status::Failed);
    ExitCode::from(status as u8)
}

fn run() -> Status {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is an error; clap knows which goes where.
            error.print().ok();
            return if error.use_stderr() {
                Status::Usage
            } else {
                Status::Fine
            };
        }
    };
    let terminal = Terminal::new(cli.global.color, cli.global.quiet, cli.global.verbose);
    let status = match dispatch(&cli, &terminal) {
        Ok(status) => status,
        Err(failure) => {
            terminal.error(&failure.to_string());
            failure.status
        }
    };
    telemetry::end();
    status
}

fn dispatch(cli: &Cli, terminal: &Terminal) -> Result<Status, Failure> {
    let folder = cli.global.folder.as_deref();
    match &cli.command {
        Command::Review(args) => commands::review::run(args, folder, terminal),
        Command::Rules(args) => commands::rules::run(args, folder, terminal),
        Command::Config(args) => commands::config::run(args, folder, terminal),
        Command::Describe(args) => commands::describe::run(args, folder, terminal),
        Command::CommitMessage(args) => commands::commit_message::run(args, folder, terminal),
        Command::Context(args) => commands::context::run(args, folder, terminal),
        Command::Ask(args) => {
            let again = |cli: &Cli| dispatch(cli, terminal);
            commands::ask::run(args, folder, terminal, again)
        }
        Command::Search(args) => commands::search::run(args, folder, terminal),
        Command::Index(args) => commands::index::run(args, folder, terminal),
        Command::Doctor(args) => commands::doctor::run(args, folder, terminal),
        Command::Check(args) => commands::check::run(args, folder, terminal),
        Command::Usage(args) => commands::usage::run(args, folder, terminal),
        Command::Eval(args) => commands::eval::run(args, folder, terminal),
        Command::Lsp(args) => commands::lsp::run(args),
        Command::Demo(args) => commands::demo::run(args, terminal),
        Command::Completions { shell } => commands::completions::run(*shell, terminal),
    }
}
