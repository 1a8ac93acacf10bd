//! The command line: read by clap, its mistakes told in one line.

use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};

use crate::colour::{self, When};
use crate::commands::Command;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: a file, the disk, a defect
  2  wrong call or input
  3  refused: an action, or a sign-in
  4  another process does it already
  5  the server cannot be reached (nothing is lost)

Environment:
  FIELDBOOK_HOME      the device's folder, in place of --home
  FIELDBOOK_PASSWORD  the password, where one is asked for
  FIELDBOOK_PASSPHRASE  the passphrase that a device's secret is under
  FIELDBOOK_SERVER_KEY  the key of a server's data folder
  FIELDBOOK_LOG       off, error, warn, info, debug or trace: log lines on standard error
  NO_COLOR            no colour, whatever the terminal is

What an error means, and what to do about it: docs/guide/errors.md";

/// Work where the network is not: records on the device, synced by a log of actions
#[derive(Debug, Parser)]
#[command(name = "fieldbook", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Answer in JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    /// When there is colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    color: When,
}

/// Reads the command line. Help is told here, and is no failure. Somebody who wrote a wrong line in JSON is answered so too.
pub fn read() -> Result<Cli, Failure> {
    output::answer_in_json(std::env::args_os().any(|word| word == "--json"));
    colour::choose(wish(std::env::args()));
    let cli = parse()?;
    colour::choose(cli.color);
    output::answer_in_json(cli.json);
    Ok(cli)
}

/// When somebody wants colour whose line may be wrong, or only asks for help.
fn wish(words: impl Iterator<Item = String>) -> When {
    let words: Vec<String> =
        words.flat_map(|word| word.split('=').map(str::to_owned).collect::<Vec<_>>()).collect();
    let named = words.iter().position(|word| word == "--color").and_then(|at| words.get(at + 1));
    named.and_then(|word| When::from_str(word, false).ok()).unwrap_or_default()
}

fn parse() -> Result<Cli, Failure> {
    Cli::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let help = error.render();
            let help = if colour::is_on_output() { help.ansi().to_string() } else { help.to_string() };
            output::line(help.trim_end()).err().unwrap_or(Failure::OutputClosed)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            for line in error.render().to_string().trim_end().lines() {
                output::note(line);
            }
            Failure::wrong("which command?")
        }
        _ => failure(&error),
    })
}

/// clap's words up to its picture of the usage, in one line.
fn failure(error: &clap::Error) -> Failure {
    let words = error.render().to_string();
    let told = words.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let told: Vec<&str> = told.map(str::trim).filter(|line| !line.is_empty()).collect();
    let told = told.join(" ");
    let told = told.strip_prefix("error: ").unwrap_or(&told);
    Failure::new(Exit::Wrong, "wrong-call", format!("{told} (--help says more)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_has_no_contradiction() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_gives_an_example() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            if command.get_subcommands().next().is_none() {
                let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(after.contains("Example: fieldbook "), "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn a_wish_about_colour_holds_before_the_line_is_understood() {
        let check = |words: &[&str], when| assert_eq!(wish(words.iter().map(|it| (*it).to_owned())), when);
        check(&["fieldbook", "--help"], When::Auto);
        check(&["fieldbook", "status", "--help", "--color", "never"], When::Never);
        check(&["fieldbook", "--color=always", "synk"], When::Always);
        check(&["fieldbook", "--color", "mauve"], When::Auto);
        check(&["fieldbook", "--color"], When::Auto);
    }

    #[test]
    fn a_wrong_call_is_told_in_one_line() {
        let error = Cli::try_parse_from(["fieldbook", "query"]).expect_err("no SQL");
        let Failure::Said(said) = failure(&error) else { panic!("told") };
        assert_eq!(
            said.words,
            "the following required arguments were not provided: <SQL> (--help says more)"
        );
    }
}
