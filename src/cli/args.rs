//! The command line, a contract: names and meanings are checked from outside.

use crate::finding::Severity;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Which step of an OpenStack noVNC console fails, why, and which line to change.
#[derive(Debug, Parser)]
#[command(name = "vncdoctor", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// One verb a file.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Walk the fifteen steps from the click to the VNC server
    Check(Check),
    /// Judge configuration files only
    Lint(Lint),
    /// Read service logs and follow tokens across controllers
    Logs(Logs),
    /// Print what nova sees: every effective option with file:line and where it came from
    Config(Config),
    /// Save redacted evidence to one file for `check --bundle`
    Collect(Collect),
    /// Explain a step or a cause; without a name, list both
    Explain(Explain),
}

/// Where the evidence comes from.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Inputs")]
pub struct Inputs {
    /// A nova.conf or a directory of them; NAME is the host it stands for, SERVICE one of consoleauth, novncproxy,
    /// compute, api, conductor, controller, all
    #[arg(long, value_name = "[NAME[:SERVICE]=]PATH")]
    pub config: Vec<String>,
    /// A log file of a nova service, or a directory of them
    #[arg(long, value_name = "[NAME=]PATH")]
    pub log: Vec<String>,
    /// Evidence saved by `vncdoctor collect`
    #[arg(long, value_name = "FILE")]
    pub bundle: Vec<PathBuf>,
    /// Release of Nova: queens, 17 or 17.0.13; else told from packages, logs and configuration
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<String>,
}

/// Which console is asked about.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Target")]
pub struct Target {
    /// The console URL as pasted from the browser
    #[arg(long, value_name = "URL", conflicts_with = "token")]
    pub url: Option<String>,
    /// The console token alone
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// How long to wait for peers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Seconds for each dial and read
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub timeout: f64,
    /// Seconds of silence to bear after the proxy's 101
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub patience: f64,
    /// Keep a console that opened quiet for so many seconds, to see whether something on the way cuts it
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub idle: Option<f64>,
    /// Dial nobody
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub cloud: Cloud,
}

/// The APIs to be asked.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Cloud")]
pub struct Cloud {
    /// Ask nova for a console of this server; needs credentials from OS_* or --os-cloud
    #[arg(long, value_name = "NAME-OR-ID", conflicts_with_all = ["url", "token", "offline"])]
    pub server: Option<String>,
    /// Ask the APIs with this entry of clouds.yaml; envvars stands for OS_*
    #[arg(long, value_name = "NAME", conflicts_with = "offline")]
    pub os_cloud: Option<String>,
    /// Do not verify the certificates of the APIs; what users' browsers meet is verified all the same
    #[arg(long)]
    pub insecure: bool,
}

/// How a report is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    pub format: Format,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub to: To,
}

/// How a list is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ListOutput {
    /// Form of the list
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ListFormat::Human)]
    pub format: ListFormat,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub to: To,
}

/// Where an answer goes, and how it looks there.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct To {
    /// Write the report to FILE instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Show the evidence of healthy steps too
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

/// What counts as a failure.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Severity from which the exit code is 1 [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Report only this step or cause (repeatable)
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// Leave out this step or cause (repeatable)
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// An earlier report of --format json: what it holds is marked and fails nothing
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Settings to read instead of vncdoctor.ini in the current directory
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Read no settings
    #[arg(long, conflicts_with = "settings")]
    pub no_settings: bool,
}

/// `vncdoctor check`
#[derive(Debug, Args)]
#[command(after_help = "Without inputs, this machine is examined.\n\nExit codes: 0 healthy, 1 a finding at or above \
    --fail-on, 2 usage or an input that cannot be read, 3 inconclusive, 70 a defect of vncdoctor, 130 interrupted.")]
#[allow(missing_docs)]
pub struct Check {
    #[command(flatten)]
    pub inputs: Inputs,
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub network: Network,
    /// Take a picture of the console and save it as PNG: as a shared client, no viewer is disconnected
    #[arg(long, help_heading = "Network", value_name = "FILE", conflicts_with = "offline")]
    pub screenshot: Option<PathBuf>,
    /// Repeat until healthy
    #[arg(long, help_heading = "Network")]
    pub wait: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub output: Output,
}

/// `vncdoctor lint`
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct Lint {
    /// Configuration files or directories, `[NAME[:SERVICE]=]PATH`
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub inputs: Inputs,
    #[command(flatten)]
    pub mend: Mend,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub output: Output,
}

/// What is done about findings whose remedy is certain.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Mending")]
pub struct Mend {
    /// Print the edits that are certain as a unified diff instead of the report; secrets in it are masked
    #[arg(long)]
    pub diff: bool,
    /// Apply the edits that are certain to the files named, then report what is left
    #[arg(long)]
    pub fix: bool,
}

/// `vncdoctor logs`
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct Logs {
    /// Log files or directories, `[NAME=]PATH`
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub inputs: Inputs,
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub output: Output,
}

/// `vncdoctor config`
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct Config {
    /// Configuration files or directories, `[NAME[:SERVICE]=]PATH`
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub inputs: Inputs,
    /// Options that stand in no file too
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: ListOutput,
}

/// `vncdoctor collect`
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct Collect {
    #[command(flatten)]
    pub inputs: Inputs,
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub network: Network,
    /// Write the evidence to FILE instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `vncdoctor explain`
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct Explain {
    /// Id of a cause, or id or number of a step
    pub name: Option<String>,
    #[command(flatten)]
    pub output: ListOutput,
}

/// Form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Steps, findings with their source lines, verdict
    Human,
    /// Broken steps and the verdict, for chat and tickets
    Short,
    /// One document, docs/report.schema.json
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A test suite for each file or step, for CI servers
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// For tickets and merge requests
    Markdown,
    /// A picture of the steps: who talks to whom, and where it breaks
    Svg,
}

/// Form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    Human,
    /// The same
    Short,
    /// One document, docs/report.schema.json
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When stdout is a terminal and `NO_COLOR` is unset
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Severity from which the exit code is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Nothing
    Never,
}

impl FailOn {
    /// The severity from which a finding fails; `None` where none does.
    pub const fn limit(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Never => None,
        }
    }
}

/// A positive number of seconds, at most a day.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 86_400.0 => Ok(value),
        _ => Err("a number of seconds above 0 and at most 86400 is expected".into()),
    }
}
