//! `fieldbook status`: where this device stands, also while another process syncs it.

mod form;

use std::io::IsTerminal;
use std::time::Duration;

use clap::{Args, ValueEnum};
use fieldbook_device::Device;
use fieldbook_device::store::Facts as Stored;
use fieldbook_device::sync::status::Facts;
use fieldbook_model::schema::Vocabulary;
use tokio::time::timeout;

use crate::clock;
use crate::colour;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{interrupt, output};

use form::Stand;

/// How often a look is taken at how the loop of another process stands.
const LOOK: Duration = Duration::from_millis(250);

/// Say where this device stands: what waits, what needs you, when it was last level
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook status --home till-a --watch

With --json it is one object, with --watch one for each change; docs/guide/status.md tells its fields.")]
pub struct Status {
    /// Say it again at each change, until Ctrl-C
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// In whose words a status is told.
#[derive(Debug, Args)]
pub struct WordsArgs {
    /// In which words; else as the app's schema says
    #[arg(long, value_name = "VOCABULARY")]
    words: Option<Words>,
}

/// A vocabulary, as it is named on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Words {
    Site,
    Capture,
    Counter,
}

impl WordsArgs {
    /// The vocabulary.
    pub fn of(&self, device: &Device) -> Vocabulary {
        match self.words {
            None => device.store().identity().schema.status,
            Some(Words::Site) => Vocabulary::Site,
            Some(Words::Capture) => Vocabulary::Capture,
            Some(Words::Counter) => Vocabulary::Counter,
        }
    }
}

/// The line of status where no loop runs.
pub fn line(stored: &Stored, vocabulary: Vocabulary) -> String {
    Facts::of(&stored.stored(), None).line(vocabulary)
}

impl Status {
    /// Says it.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        match self.watch {
            true => self.follow(&device)?,
            false => self.say(&Stand::of(&device, self.words.of(&device))?)?,
        }
        Ok(Exit::Done)
    }

    fn say(&self, stand: &Stand) -> Result<(), Failure> {
        match output::in_json() {
            true => output::json(&stand.answer()),
            false => {
                let mut lines = stand.lines(clock::wall());
                lines[0] = colour::out(stand.paint(), &lines[0]);
                output::lines(lines)
            }
        }
    }

    /// Says it at each change until somebody has seen enough. A terminal shows the last one only.
    fn follow(&self, device: &Device) -> Result<(), Failure> {
        let runtime = interrupt::runtime()?;
        let stop = interrupt::stop(&runtime);
        let redraws = !output::in_json() && std::io::stdout().is_terminal();
        // Listens before the first look: what is committed in between is seen.
        let (mut changes, mut told) = (device.changes(), None);
        loop {
            device.is_there()?;
            let stand = Stand::of(device, self.words.of(device))?;
            if told.as_ref() != Some(&stand) {
                match (&told, output::in_json()) {
                    (_, true) => {}
                    _ if redraws => output::line("\u{1b}[2J\u{1b}[H")?,
                    (None, _) => {}
                    (Some(_), _) => output::line("")?,
                }
                self.say(&stand)?;
                told = Some(stand);
            }
            let stopped = runtime.block_on(async {
                tokio::select! {
                    () = stop.bell.notified() => true,
                    _ = timeout(LOOK, changes.next()) => false,
                }
            });
            if stopped {
                return Ok(());
            }
        }
    }
}
