//! The rest of a pull from one snapshot (rule 28). A reader waits until the client takes the pages, so there are only so
//! many of them, and none waits for ever.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use fieldbook_protocol::page::PullRequest;
use fieldbook_server_store::{Next, PageLimit, Reader, Reads};
use fieldbook_server_sync::Principal;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::page::PageText;
use crate::readers::Readers;
use crate::refused::Refused;
use crate::{clock, tasks};

/// Pages that are read before the client takes them, beside the one that waits.
const AHEAD: usize = 1;

/// In which a client takes a page, or loses its snapshot: a slow link does that, at 2 KB a second. One that takes nothing at
/// all is cut off sooner, with its connection.
const TAKING_MAX: Duration = Duration::from_secs(300);

/// Pages on their way. They end with one that says so; if they end before, they are cut off.
pub type Rest = mpsc::Receiver<Result<PageText, Refused>>;

/// Begins to read the rest; `None` while others hold all places for that.
pub fn read(
    readers: &Arc<Readers>,
    (request, principal): (PullRequest, Principal),
    limit: PageLimit,
) -> Option<Rest> {
    let place = readers.long()?;
    let (pages, rest) = mpsc::channel(AHEAD);
    let (readers, runtime) = (Arc::clone(readers), Handle::current());
    drop(tasks::spawn(async move {
        let sender = pages.clone();
        let mut take = move |text| {
            let sent = sender.send_timeout(PageText::new(text), TAKING_MAX);
            match runtime.block_on(sent) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        };
        let asked = move |reader: &mut dyn Reader| {
            reader.pages((&request, &principal), limit, Next::Rest, &clock::now, &mut take)
        };
        let failed = match readers.read(asked).await {
            Ok(Reads::Pages) => None,
            Ok(Reads::Nothing) => Some(Refused::revoked()),
            Err(refused) => Some(refused),
        };
        drop(place);
        if let Some(refused) = failed {
            // Whoever went away needs no reason.
            drop(pages.send_timeout(Err(refused), TAKING_MAX).await);
        }
    }));
    Some(rest)
}
