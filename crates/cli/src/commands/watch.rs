//! `fieldbook watch`: a SELECT whose result is printed again whenever it is another.

use std::time::Duration;

use clap::Args;
use fieldbook_device::store::Table;
use tokio::time::timeout;

use super::query::{explained, named_apart, print};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{interrupt, output};

/// Where the file system tells nothing, a look is taken after this long.
const LOOK: Duration = Duration::from_secs(2);

/// Print the result of a SELECT again at each change of it, until Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook watch --home till-a \"select name, stock from product where stock < 5\"

With --json each result is one line: a list with an object for each row.")]
pub struct Watch {
    /// One SELECT, as for `fieldbook query`
    sql: String,
    /// End after so many results
    #[arg(long, value_name = "RESULTS")]
    count: Option<u64>,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Watch {
    /// Watches.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let runtime = interrupt::runtime()?;
        let stop = interrupt::stop(&runtime);
        // Listens before the first look: what is committed in between is seen.
        let mut changes = device.changes();
        let mut reader = device.reader()?;
        let mut live = reader.live(&self.sql).map_err(|error| explained(error, &self.sql, &device))?;
        let mut results = 0;
        while self.count.is_none_or(|count| results < count) {
            device.is_there()?;
            if let Some(result) = reader.refresh(&mut live)? {
                self.print(&result, results)?;
                results += 1;
                continue;
            }
            let stopped = runtime.block_on(async {
                tokio::select! {
                    () = stop.bell.notified() => true,
                    _ = timeout(LOOK, changes.next()) => false,
                }
            });
            if stopped {
                break;
            }
        }
        Ok(Exit::Done)
    }

    /// For programs a result is one line, so that they know where it ends.
    fn print(&self, result: &Table, before: u64) -> Result<(), Failure> {
        if output::in_json() {
            named_apart(&result.columns)?;
            return output::line(&format!("[{}]", result.objects().collect::<Vec<_>>().join(",")));
        }
        if before > 0 {
            output::line("")?;
        }
        print(result)
    }
}
