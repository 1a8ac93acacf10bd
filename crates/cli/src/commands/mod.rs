//! The commands, one file each.

pub mod act;
pub mod act_lines;
pub mod admin;
pub mod demo;
pub mod device;
pub mod export;
pub mod log;
pub mod query;
pub mod serve;
pub mod status;
pub mod sync;
pub mod watch;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::logging::LogFormat;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    #[command(subcommand)]
    Admin(admin::Admin),
    #[command(subcommand)]
    Device(device::Device),
    Act(act::Act),
    Query(query::Query),
    Watch(watch::Watch),
    Sync(sync::Sync),
    Status(status::Status),
    Log(log::Log),
    Export(export::Export),
    Demo(demo::Demo),
}

impl Command {
    /// Whether it answers in JSON.
    pub fn is_json(&self) -> bool {
        match self {
            Self::Device(device::Device::SignIn(command)) => command.home.json,
            Self::Act(command) => command.home.json,
            Self::Query(command) => command.home.json,
            Self::Watch(command) => command.home.json,
            Self::Sync(command) => command.home.json,
            Self::Status(command) => command.home.json,
            Self::Log(command) => command.home.json,
            Self::Export(command) => command.home.json,
            Self::Serve(_) | Self::Admin(_) | Self::Demo(_) => false,
        }
    }

    /// In which form a server writes its log; no other command has one.
    pub fn log_format(&self) -> Option<LogFormat> {
        match self {
            Self::Serve(serve) => Some(serve.log_format),
            _ => None,
        }
    }
}

/// Does it.
pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Serve(command) => command.run(),
        Command::Admin(command) => command.run(),
        Command::Device(device::Device::SignIn(command)) => command.run(),
        Command::Act(command) => command.run(),
        Command::Query(command) => command.run(),
        Command::Watch(command) => command.run(),
        Command::Sync(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Demo(command) => command.run(),
    }
}
