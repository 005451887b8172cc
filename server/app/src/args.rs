//! What can be typed: the command line, as types. Doc comments are the help texts, so they are written for users.
//!
//! Nothing is decided here. What does not work yet is not listed. Defaults that configuration can change are absent
//! (`None`), so that a flag can be told from its default.

use std::path::PathBuf;

#[cfg(test)]
use base::Severity;
use base::{Category, Scope};
use clap::builder::PossibleValuesParser;
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum, ValueHint};

use crate::render::Format;

const AFTER: &str = "\
Examples:
  obelus review                      your uncommitted changes
  obelus review --base main          your branch, from where it left main
  obelus review --all --format sarif --output obelus.sarif
  obelus demo                        see it work on a small example

Exit status: 0 nothing at or above --fail-on, 1 findings at or above it, 2 wrong usage or configuration,
3 something outside failed, 4 part of the change was not reviewed.";

/// Reviews the change you are making: local checks first, no model and no network needed.
#[derive(Debug, Parser)]
#[command(name = "obelus", version, after_help = AFTER, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Run as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true, value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// When to use colours; `auto` also honours NO_COLOR
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
    /// No progress, notes or warnings; errors are still shown
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show lists in full
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Review a change (or, with --all, every file)
    Review(Review),
    /// Show the rules, explain one, or test your own
    #[command(subcommand)]
    Rules(Rules),
    /// Show, describe or start the configuration
    #[command(subcommand)]
    Config(Config),
    /// Write the title and description of a change, for a pull request or a changelog
    Describe(Describe),
    /// Write a commit message for what is staged
    CommitMessage(CommitMessage),
    /// Show the excerpts of the workspace that belong to a change, and why
    Context(Context),
    /// Find definitions, mentions and words in the workspace
    Search(Search),
    /// Ask for something in plain words
    Ask(Ask),
    /// Bring the workspace's index up to date
    Index(Index),
    /// Show what works here and what does not, and what to do about it
    Doctor(Doctor),
    /// Run the project's own tests or linter, and show what they say as findings
    Check(Check),
    /// Show what language models were asked and what that cost
    Usage(Usage),
    /// Score language models on labelled cases, or make such cases from your own history
    #[command(subcommand)]
    Eval(Eval),
    /// The language server, on standard input and output; editors start it
    Lsp(Lsp),
    /// See a review: makes a small git repository in a temporary folder and reviews it
    Demo(Demo),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which change is meant.
#[derive(Debug, Args)]
pub(crate) struct Changed {
    /// A commit, `A..B` or `A...B`; without it the work tree against HEAD, untracked files included
    #[arg(value_name = "TARGET", conflicts_with_all = ["base", "staged"])]
    target: Option<String>,
    /// From the merge base of REV and HEAD to the work tree
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    base: Option<String>,
    /// What is staged, against HEAD
    #[arg(long)]
    staged: bool,
}

impl Review {
    /// The scope that the flags name.
    pub(crate) fn scope(&self) -> Scope {
        if self.all {
            Scope::All
        } else if self.staged {
            Scope::Staged
        } else if let Some(base) = &self.base {
            Scope::Base(base.clone())
        } else {
            self.target.as_deref().map_or(Scope::Worktree, target)
        }
    }
}

impl Changed {
    /// The scope that the flags name.
    pub(crate) fn scope(&self) -> Scope {
        if self.staged {
            Scope::Staged
        } else if let Some(base) = &self.base {
            Scope::Base(base.clone())
        } else {
            self.target.as_deref().map_or(Scope::Worktree, target)
        }
    }
}

impl Described {
    /// The scope that the flags name; `None` for the branch.
    pub(crate) fn named(&self) -> Option<Scope> {
        if self.staged {
            Some(Scope::Staged)
        } else if let Some(base) = &self.base {
            Some(Scope::Base(base.clone()))
        } else {
            self.target.as_deref().map(target)
        }
    }
}

/// What a revision or a range on the command line means.
fn target(target: &str) -> Scope {
    let range = |(from, to): (&str, &str), symmetric| Scope::Range {
        from: from.to_owned(),
        to: to.to_owned(),
        symmetric,
    };
    // A revision may hold single dots (tags do), and only these two forms are ranges.
    if let Some(sides) = target.split_once("...") {
        range(sides, true)
    } else if let Some(sides) = target.split_once("..") {
        range(sides, false)
    } else {
        Scope::Commit(target.to_owned())
    }
}

/// Which change is described.
#[derive(Debug, Args)]
pub(crate) struct Described {
    /// A commit, `A..B` or `A...B`; without it the branch, from where it left the default branch
    #[arg(value_name = "TARGET", conflicts_with_all = ["base", "staged"])]
    target: Option<String>,
    /// From the merge base of REV and HEAD to the work tree
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    base: Option<String>,
    /// What is staged, against HEAD
    #[arg(long)]
    staged: bool,
}

/// `obelus describe`.
#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) change: Described,
    /// How the result is written
    #[arg(long, value_enum, default_value = "markdown")]
    pub(crate) format: Written,
    /// Fill this template; without it the repository's own, where it has one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "body")]
    pub(crate) template: Option<PathBuf>,
    /// The description so far (`-`: standard input): only the marked block in it is replaced, the rest stays
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) body: Option<PathBuf>,
    /// A pull request's description, or an entry of a changelog
    #[arg(long, value_enum, default_value = "pr")]
    pub(crate) style: DescribeStyle,
    /// The language model that words it, `NAME/model`, or `none`; what it names is looked up in the change
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
}

/// What `obelus describe` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescribeStyle {
    /// For a pull request
    Pr,
    /// An entry in the form of Keep a Changelog
    Changelog,
}

/// Formats of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Written {
    /// The text itself
    Markdown,
    /// For scripts
    Json,
}

/// `obelus commit-message`.
#[derive(Debug, Args)]
pub(crate) struct CommitMessage {
    /// From what is staged; there is no other choice
    #[arg(long)]
    pub(crate) staged: bool,
    /// How it is worded [default: as the repository's own messages]
    #[arg(long, value_enum)]
    pub(crate) style: Option<MessageStyle>,
    /// The language model that words it, `NAME/model`, or `none`; what it names is looked up in the change
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
}

/// Wordings of a commit message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageStyle {
    /// `type(scope): subject`
    Conventional,
    /// A plain sentence
    Plain,
}

/// `obelus context`.
#[derive(Debug, Args)]
pub(crate) struct Context {
    #[command(flatten)]
    pub(crate) change: Changed,
    /// At most so many excerpts [default: 30]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// At most so many tokens, about [default: 4000]
    #[arg(long, value_name = "N")]
    pub(crate) tokens: Option<u32>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
}

/// `obelus ask`.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// What you want, such as: review my staged changes, what calls parse, how much did we spend
    #[arg(required_unless_present_any = ["list", "search", "export", "forget"], num_args = 1.., value_name = "WORDS")]
    pub(crate) question: Vec<String>,
    /// Go on with a conversation that is kept, by its number
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) resume: Option<u64>,
    /// List the conversations that are kept
    #[arg(long, conflicts_with_all = ["question", "resume"])]
    pub(crate) list: bool,
    /// List those in which each of these words was said
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["question", "resume", "list"])]
    pub(crate) search: Option<String>,
    /// Write a conversation out as Markdown
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["question", "resume", "list", "search"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) export: Option<u64>,
    /// Forget a conversation
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["question", "resume", "list", "search", "export"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) forget: Option<u64>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
    /// The language model for questions about the code and for what is understood, `NAME/model` or `none`
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
}

/// `obelus search`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Search {
    /// Words or names; `fn:NAME`, `type:NAME`, `path:PART` and `lang:NAME` narrow it down
    pub(crate) query: String,
    /// What is looked for: words anywhere, or the definitions or mentions of exactly this name
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) kind: SearchKind,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
}

/// What `obelus search` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchKind {
    /// Words and names, best first
    Text,
    /// Definitions of exactly this name
    Definition,
    /// Mentions of exactly this name
    Reference,
}

/// `obelus index`.
#[derive(Debug, Args)]
pub(crate) struct Index {
    /// Forget what is there and make it anew
    #[arg(long, conflicts_with = "status")]
    pub(crate) rebuild: bool,
    /// Only say how it is
    #[arg(long)]
    pub(crate) status: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
}

/// `obelus review`.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// What to review: a commit, `A..B` or `A...B`; without it the work tree against HEAD, untracked files included
    #[arg(value_name = "TARGET", conflicts_with_all = ["base", "staged", "all"])]
    pub(crate) target: Option<String>,
    /// From the merge base of REV and HEAD to the work tree
    #[arg(long, value_name = "REV", conflicts_with_all = ["staged", "all"])]
    pub(crate) base: Option<String>,
    /// What is staged, against HEAD
    #[arg(long, conflicts_with = "all")]
    pub(crate) staged: bool,
    /// Every file of the workspace, whole; needs no git
    #[arg(long)]
    pub(crate) all: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Which checks run and how sure they must be
    #[arg(long, value_name = "NAME", value_parser = profiles())]
    pub(crate) profile: Option<String>,
    /// Ask this language model, `PROVIDER/model`; `none` asks no model, whatever is configured
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// The most that models may cost in this review, in US dollars
    #[arg(long, value_name = "USD")]
    pub(crate) max_cost: Option<f64>,
    /// Ask the model again about what it has judged before
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Print what a model would be sent, and send nothing
    #[arg(long, conflicts_with = "output")]
    pub(crate) dry_run: bool,
    /// The mildest severity that makes the exit status 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = ["never", "hint", "info", "warning", "error"])]
    pub(crate) fail_on: Option<String>,
    /// Leave out findings less sure than this, from 0 to 1
    #[arg(long, value_name = "0..1")]
    pub(crate) min_confidence: Option<f32>,
    /// Only files that match; can be given several times
    #[arg(long = "path", value_name = "GLOB")]
    pub(crate) paths: Vec<String>,
    /// Exit with 0, not 4, when part of the change could not be reviewed
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// In CI: read configuration and rules from the change itself, not from its base
    #[arg(long)]
    pub(crate) trust: bool,
}

/// `obelus rules`.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List the rules
    List {
        /// Only rules for this language
        #[arg(long, value_name = "NAME", value_parser = languages())]
        language: Option<String>,
        /// Only rules of this category
        #[arg(long, value_name = "NAME", value_parser = named(Category::ALL, Category::as_str))]
        category: Option<String>,
        /// Only rules that run in this profile
        #[arg(long, value_name = "NAME", value_parser = profiles())]
        profile: Option<String>,
        /// How the list is written
        #[arg(long, value_enum, default_value = "human")]
        format: Plain,
    },
    /// Explain one rule: what it finds, why it matters, how to silence it
    Explain {
        /// The rule, such as rust/dbg-left-in
        id: String,
        /// How the explanation is written
        #[arg(long, value_enum, default_value = "human")]
        format: Plain,
    },
    /// Run the examples (`*.test.yml`) beside rules
    Test {
        /// The folder with the rules; without it `.obelus/rules` of the workspace
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        rules: Option<PathBuf>,
    },
}

/// `obelus config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print the settings in force and where each comes from
    Show,
    /// Print the JSON Schema of obelus.toml
    Schema {
        /// The schema of the JSON report instead
        #[arg(long, conflicts_with = "user")]
        report: bool,
        /// The schema of your own config.toml instead
        #[arg(long)]
        user: bool,
        /// The schema of what `obelus eval run --format json` prints instead
        #[arg(long, conflicts_with_all = ["report", "user"])]
        eval: bool,
    },
    /// Write a commented obelus.toml; never overwrites one
    Init,
    /// Put a provider's key into the system's keyring; reads it unseen, or from standard input
    SetKey {
        /// The provider, such as anthropic
        provider: String,
    },
}

/// `obelus doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Test this model, `PROVIDER/model`, instead of those in your configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
    /// Also write what a bug report needs to this file: no code, no keys
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) bundle: Option<PathBuf>,
    /// The log of the language server, whose end goes into the bundle
    #[arg(long, value_name = "FILE", requires = "bundle", value_hint = ValueHint::FilePath)]
    pub(crate) log: Option<PathBuf>,
}

/// `obelus check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// What is run: build, test or lint [default: lint, then test]
    #[arg(value_enum, conflicts_with_all = ["command", "input"])]
    pub(crate) task: Option<Tasks>,
    /// Run this instead of what the project's manifests tell; no shell takes part
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "input")]
    pub(crate) command: Vec<String>,
    /// Run nothing: read what a tool has written into this file (`-`: standard input)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    /// The name that findings of --input go by
    #[arg(long, value_name = "NAME", requires = "input")]
    pub(crate) tool: Option<String>,
    /// Only say what would be run
    #[arg(long, conflicts_with = "input")]
    pub(crate) list: bool,
    /// Run also what the repository names itself (scripts, targets) without asking
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// In CI: run code of the change
    #[arg(long)]
    pub(crate) trust: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The mildest severity that makes the exit status 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = ["never", "hint", "info", "warning", "error"])]
    pub(crate) fail_on: Option<String>,
}

/// What `obelus check` runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tasks {
    /// Compile or bundle
    Build,
    /// Run the tests
    Test,
    /// Look over the code, types included
    Lint,
}

/// `obelus usage`.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
}

/// `obelus eval`.
#[derive(Debug, Subcommand)]
pub(crate) enum Eval {
    /// Score a model on cases, or two side by side; asks that model, within your budget
    Run(EvalRun),
    /// Make cases from this repository's history: what fixes tell of the commits that they repaired
    Collect(EvalCollect),
}

/// `obelus eval run`.
#[derive(Debug, Args)]
pub(crate) struct EvalRun {
    /// A case, or a folder with `*.case` files; without it the 20 that come with Obelus
    #[arg(value_name = "CASES", value_hint = ValueHint::AnyPath)]
    pub(crate) cases: Option<PathBuf>,
    /// The model to score, `PROVIDER/model` [default: the one that reviews by your configuration]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// A second model, shown beside the first
    #[arg(long, value_name = "NAME")]
    pub(crate) against: Option<String>,
    /// The second is told what stands in DIR/review.md and DIR/verify.md instead of what Obelus tells; without
    /// --against the same model is asked twice
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) prompts: Option<PathBuf>,
    /// Compare with an earlier run, as `--format json` wrote it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["against", "prompts"])]
    pub(crate) baseline: Option<PathBuf>,
    /// The most that the whole run may cost, in US dollars [default: 1]
    #[arg(long, value_name = "USD")]
    pub(crate) max_cost: Option<f64>,
    /// Take what a model said about the same case before, to go on with a run that was cut short
    #[arg(long)]
    pub(crate) reuse: bool,
    /// Say what would be asked, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

/// `obelus eval collect`.
#[derive(Debug, Args)]
pub(crate) struct EvalCollect {
    /// The folder that the cases are written to; it is made if needed
    #[arg(long, value_name = "DIR", default_value = "obelus-cases", value_hint = ValueHint::DirPath)]
    pub(crate) output: PathBuf,
    /// At most so many cases with something wrong, and half as many clean ones
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Look at so many commits, from HEAD along first parents
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) commits: usize,
    /// How the list is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Plain,
}

/// `obelus lsp`.
#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// Write the log to this file instead of standard error; OBELUS_LOG chooses what is logged
    #[arg(long, value_name = "FILE", env = "OBELUS_LOG_FILE", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) log_file: Option<PathBuf>,
    /// How the log is written
    #[arg(
        long,
        value_enum,
        default_value = "text",
        env = "OBELUS_LOG_FORMAT",
        hide_env_values = true
    )]
    pub(crate) log_format: LogFormat,
    /// Taken for the sake of clients that pass it; it is the only transport
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

/// Formats of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for each event
    Text,
    /// A JSON object for each event
    Json,
}

/// `obelus demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Keep the folder, to try things out in it
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Formats of lists and explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For people
    Human,
    /// For scripts
    Json,
}

fn profiles() -> PossibleValuesParser {
    named(review::Profile::ALL, review::Profile::as_str)
}

fn languages() -> PossibleValuesParser {
    named(syntax::Language::ALL, syntax::Language::name)
}

fn named<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> PossibleValuesParser {
    PossibleValuesParser::new(all.iter().map(|value| name(*value)).collect::<Vec<_>>())
}

/// The severities that findings have; here so that help and check cannot drift apart.
#[cfg(test)]
fn severities() -> Vec<&'static str> {
    Severity::ALL
        .iter()
        .map(|severity| severity.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, severities};

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn fail_on_takes_every_severity() {
        let mut command = Cli::command();
        let review = command.find_subcommand_mut("review").expect("a command");
        let flag = review
            .get_arguments()
            .find(|arg| arg.get_id() == "fail_on")
            .expect("a flag");
        let mut known: Vec<_> = flag
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        assert_eq!(known.remove(0), "never");
        assert_eq!(known, severities());
    }
}
