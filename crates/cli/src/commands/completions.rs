//! `fieldbook completions`: what a shell needs to complete the words of this command.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Print a script with which a shell completes the words of this command
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook completions bash > ~/.local/share/bash-completion/completions/fieldbook

zsh: into a folder of $fpath as _fieldbook. fish: into ~/.config/fish/completions/fieldbook.fish.
powershell: into the file that $PROFILE names.")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "fieldbook", &mut script);
        output::bytes(&script)?;
        Ok(Exit::Done)
    }
}
