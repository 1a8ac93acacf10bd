//! The commands, one file each.

pub mod act;
pub mod act_lines;
pub mod admin;
pub mod blob;
pub mod compare;
pub mod completions;
mod conflicts;
pub mod demo;
pub mod device;
pub mod diagnostics;
mod doctor;
pub mod export;
pub mod history;
pub mod import;
pub mod log;
pub mod people;
pub mod prune;
pub mod query;
mod rescue;
pub mod resolve;
pub mod retry;
pub mod schema;
pub mod scopes;
pub mod serve;
pub mod show;
pub mod status;
pub mod sync;
pub mod undo;
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
    Join(people::join::Join),
    #[command(subcommand)]
    Account(people::account::Account),
    #[command(subcommand)]
    Member(people::member::Member),
    #[command(subcommand)]
    Invite(people::invite::Invite),
    #[command(subcommand)]
    Workspace(people::workspace::Workspace),
    Act(act::Act),
    Query(query::Query),
    Show(show::Show),
    Watch(watch::Watch),
    Sync(sync::Sync),
    Status(status::Status),
    Log(log::Log),
    Conflicts(conflicts::Conflicts),
    Resolve(resolve::Resolve),
    History(history::History),
    Restore(history::Restore),
    Undo(undo::Undo),
    Redo(undo::Redo),
    Retry(retry::Retry),
    Rescue(rescue::Rescue),
    Discard(retry::Discard),
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    Scopes(scopes::Scopes),
    Load(scopes::Load),
    Unload(scopes::Unload),
    Prune(prune::Prune),
    #[command(subcommand)]
    Blob(blob::Blob),
    Import(import::Import),
    Export(export::Export),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Diagnostics(diagnostics::Diagnostics),
    Completions(completions::Completions),
    Demo(demo::Demo),
}

impl Command {
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
        Command::Device(command) => command.run(),
        Command::Join(command) => command.run(),
        Command::Account(command) => command.run(),
        Command::Member(command) => command.run(),
        Command::Invite(command) => command.run(),
        Command::Workspace(command) => command.run(),
        Command::Act(command) => command.run(),
        Command::Query(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Watch(command) => command.run(),
        Command::Sync(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Conflicts(command) => command.run(),
        Command::Resolve(command) => command.run(),
        Command::History(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Undo(command) => command.run(),
        Command::Redo(command) => command.run(),
        Command::Retry(command) => command.run(),
        Command::Rescue(command) => command.run(),
        Command::Discard(command) => command.run(),
        Command::Schema(schema::SchemaCommand::Check(command)) => command.run(),
        Command::Schema(schema::SchemaCommand::Print(command)) => command.run(),
        Command::Schema(schema::SchemaCommand::Diff(command)) => command.run(),
        Command::Schema(schema::SchemaCommand::Types(command)) => command.run(),
        Command::Scopes(command) => command.run(),
        Command::Load(command) => command.run(),
        Command::Unload(command) => command.run(),
        Command::Prune(command) => command.run(),
        Command::Blob(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Diagnostics(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Demo(command) => command.run(),
    }
}
