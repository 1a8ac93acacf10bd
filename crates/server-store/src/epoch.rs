//! Begins a new history where a device has seen what this server never had (rule 4).

use fieldbook_model::WallTime;
use fieldbook_protocol::Standing;
use fieldbook_server_sync::{NewEpoch, Stand};

use crate::error::StoreError;
use crate::store::{Head, Store};

/// Looks at a device's place once more, now that nobody else writes, and begins a new history if it needs one. Durable
/// when it returns; gives the head, and the new history.
pub fn part(
    store: &mut dyn Store,
    standing: &Standing,
    now: WallTime,
) -> Result<(Head, Option<NewEpoch>), StoreError> {
    let mut batch = store.batch()?;
    let new = match batch.stands(standing)? {
        Stand::Here | Stand::Older => return Ok((batch.head(), None)),
        Stand::Less(ended) => {
            batch.lower(&ended)?;
            None
        }
        Stand::Apart(new) => {
            let new = new.at(now);
            batch.part(&new, now)?;
            Some(new)
        }
    };
    let head = batch.head();
    batch.commit()?;
    Ok((head, new))
}
