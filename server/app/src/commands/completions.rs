//! `obelus completions`: a script that lets a shell complete our flags.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::Cli;
use crate::status::{Failure, Status};
use crate::terminal::Terminal;

pub(crate) fn run(shell: Shell, terminal: &Terminal) -> Result<Status, Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "obelus", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Status::Fine)
}
