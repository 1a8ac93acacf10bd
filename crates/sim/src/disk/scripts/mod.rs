//! All scripts, and the words that they are written with.

mod devices;
mod parts;
mod servers;

use fieldbook_device_store::{Action, Moment, Store};
use fieldbook_model::OpId;

use super::base::filled;
use super::device;
use super::script::{Script, Step};
use super::stage::{Base, Side, Stage};
use super::trouble::Trouble;
use crate::pair::Device;
use crate::people::action;
use fieldbook_server_store::SqliteStore;

/// All of them.
pub fn scripts() -> Vec<Script> {
    [devices::all(), parts::all(), servers::all()].into_iter().flatten().collect()
}

/// A script of a device.
fn on_device(name: &'static str, base: fn() -> Base, steps: Vec<Step>) -> Script {
    Script { name, side: Side::Device, base, steps }
}

/// A script of a server.
fn on_server(name: &'static str, base: fn() -> Base, steps: Vec<Step>) -> Script {
    Script { name, side: Side::Server, base, steps }
}

/// A person does something, in the JSON of an op's changes with `$n` for ids.
fn act(changes: &str) -> Step {
    let action = action(&filled(changes));
    op(move |store, moment| Ok(store.act(moment, Action { ..action.clone() }).map(drop)?))
}

/// What adds one op to the log.
fn op(does: impl Fn(&mut Store, Moment) -> Result<(), Trouble> + Send + Sync + 'static) -> Step {
    Step::Op(Box::new(move |stage, moment| does(stage.device(), moment)))
}

/// What may be done again.
fn again(does: impl Fn(&mut Stage) -> Result<(), Trouble> + Send + Sync + 'static) -> Step {
    Step::Again(Box::new(does))
}

/// What others do.
fn elsewhere(does: impl Fn(&mut Device, &mut SqliteStore) + Send + Sync + 'static) -> Step {
    Step::Elsewhere(Box::new(move |stage| {
        let (other, server) = stage.others();
        does(other, server);
    }))
}

/// Another person does something and sends it.
fn others(changes: &'static str) -> Step {
    elsewhere(move |other, server| {
        other.sync(server);
        other.act(&filled(changes));
        other.sync(server);
    })
}

fn sync() -> Step {
    again(device::sync)
}

fn flush() -> Step {
    again(device::flush)
}

fn pull() -> Step {
    again(|stage| device::pull(stage).map(drop))
}

/// The conflict that a person decides about: the only one that is open.
fn conflict(store: &mut Store) -> Result<OpId, Trouble> {
    let open = store.conflicts(fieldbook_device_store::Which::Open)?;
    Ok(open.first().expect("BUG: a script without a conflict").id)
}
