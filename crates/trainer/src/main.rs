//! `trainer`: train, run and measure simulated thermodynamic computers.

#![recursion_limit = "256"]

mod backend;
mod cli;
mod commands;
mod figures;
mod job;
mod output;
mod parameters;
mod progress;
mod ranks;

use clap::Parser;
use cli::{Cli, Command};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Large tensors come and go at every step: glibc's allocator gives them back to the system each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return if ranks::is_another() { ranks::quietly() } else { output::parsing(&told) },
    };
    let default = "warn,trainer=info,thermograd_learning=info,thermograd_tasks=info,thermograd_data=info";
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default)))
        .with_writer(|| output::Messages)
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false)
        .without_time()
        .with_target(false)
        .init();
    // Libraries look for their settings there, and panic where there is no such place.
    if let Err(error) = std::env::current_dir() {
        return output::failure(
            &anyhow::Error::from(error)
                .context("the folder that this was started in cannot be found; go to another"),
        );
    }
    let done = match cli.command.unwrap_or(Command::Train(cli.train)) {
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments),
        Command::CheckGradients(arguments) => return commands::check_gradients::run(&arguments),
        Command::Generate(arguments) => commands::generate::run(&arguments),
        Command::Robustness(arguments) => commands::robustness::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Circuit(arguments) => commands::circuit::run(&arguments),
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Energy(arguments) => commands::energy::run(&arguments),
        Command::Experiment(arguments) => commands::experiment::run(&arguments),
        Command::Config(arguments) => commands::config::run(&arguments),
        Command::Tasks => commands::tasks::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&error),
    }
}
