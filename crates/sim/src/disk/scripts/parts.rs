//! What a device does about the parts of the workspace that it holds: they come, join, go, and are cut down.

use fieldbook_device_store::Pruning;

use super::{act, again, elsewhere, on_device, others, sync};
use crate::disk::base::{Making, filled, house};
use crate::disk::device;
use crate::disk::script::{Script, Step};
use crate::disk::stage::Base;

const COUNT: &str = r#"[{"update":"asset","id":"$5","add":{"count":1}}]"#;
const MOVE: &str = r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#;

pub(super) fn all() -> Vec<Script> {
    let furnished = || {
        elsewhere(|other, server| {
            other.sync(server);
            for n in 20..26 {
                let id = crate::disk::base::id(n);
                let asset =
                    format!(r#"[{{"insert":"asset","id":"{id}","fields":{{"floor":"$4","name":"n{n}"}}}}]"#);
                other.act(&filled(&asset));
            }
            other.sync(server);
        })
    };
    vec![
        on_device("load", empty, vec![want(), sync(), act(COUNT), sync()]),
        on_device(
            "join-with-tail",
            empty,
            vec![want(), again(device::load), others(MOVE), furnished(), sync()],
        ),
        on_device("unload", whole, vec![act(COUNT), unload(), sync(), want(), sync()]),
        on_device("prune", whole, vec![act(COUNT), prune(), sync(), unprune(), sync()]),
        on_device("a-part-moves", whole, vec![act(COUNT), others(MOVE), sync(), act(COUNT), sync()]),
    ]
}

fn empty() -> Base {
    Making::house().of_device()
}

fn whole() -> Base {
    let mut making = Making::house();
    making.a.store.load(&house(), true).expect("BUG: a scope");
    making.a.load(&making.server);
    making.level();
    making.of_device()
}

fn want() -> Step {
    again(|stage| {
        let store = stage.device();
        if store.scopes()?.is_empty() {
            store.load(&house(), true)?;
        }
        stage.mark()
    })
}

fn unload() -> Step {
    again(|stage| {
        let store = stage.device();
        if !store.scopes()?.is_empty() {
            store.unload(&house())?;
        }
        stage.mark()
    })
}

fn prune() -> Step {
    again(|stage| {
        let wish = Pruning { before: "2026-04-01".into(), of: None, scope: None };
        stage.device().prune(&wish, false)?;
        stage.mark()
    })
}

fn unprune() -> Step {
    again(|stage| {
        stage.device().unprune()?;
        stage.mark()
    })
}
