//! What a device does with its log: it begins, acts, sends, takes in, decides, and takes back.

use fieldbook_device_store::{Asks, Damage, OpState, Wish};
use fieldbook_model::{Seq, WallTime};

use super::{act, again, conflict, flush, on_device, op, others, pull, sync};
use crate::disk::base::{Making, filled, format, schema};
use crate::disk::device;
use crate::disk::script::{Script, Step};
use crate::disk::stage::{Base, Side, log};
use crate::disk::trouble::Trouble;
use crate::pair::{self, NOW};

const SALE: &str = r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#;
const NAME: &str = r#"[{"update":"product","id":"$1","set":{"name":"Chai"},"add":{"stock":-2}}]"#;
const CAKE: &str = r#"[{"insert":"product","id":"$5","fields":{"name":"Cake","stock":3}}]"#;

pub(super) fn all() -> Vec<Script> {
    [beginning(), acting(), sending(), deciding(), taking_back(), histories()].into_iter().flatten().collect()
}

fn shop() -> Base {
    Making::shop().of_device()
}

fn beginning() -> Vec<Script> {
    let begin = || again(|stage| device::make(stage, &schema(1)));
    let renewed = || vec![act(&filled(SALE)), sync(), act(CAKE)];
    vec![
        on_device("open-new", nothing_here, vec![begin(), act(CAKE), sync(), act(SALE), sync()]),
        on_device("migrate-4", || format(4, Side::Device), renewed()),
        on_device("migrate-5", || format(5, Side::Device), renewed()),
        on_device("rekey", shop, vec![act(SALE), again(device::rekey), act(CAKE), sync()]),
        on_device("schema-upgrade", newer_schema, vec![act(SALE), sync(), act(TITLE), sync()]),
    ]
}

const TITLE: &str = r#"[{"update":"article","id":"$1","set":{"title":"Mate"}}]"#;

/// A server and nothing on the device.
fn nothing_here() -> Base {
    let mut base = Making::shop().of_device();
    base.ill.clear();
    base
}

fn newer_schema() -> Base {
    let mut making = Making::shop();
    pair::upgrade(&mut making.server, &schema(2));
    making.b.sync(&mut making.server);
    making.of_device()
}

fn acting() -> Vec<Script> {
    let many: String = (1..=9).map(|n| insert(n + 100)).collect::<Vec<_>>().join(",");
    let all = format!(
        r#"[{many},{{"update":"product","id":"$1","add":{{"stock":-9}}}},{{"delete":"product","id":"$2"}}]"#
    );
    let import = |n: u8| act(&format!("[{}]", insert(n)));
    vec![
        on_device("act", shop, vec![act(SALE)]),
        on_device("act-many-records", shop, vec![act(&all), act(SALE)]),
        on_device("import", shop, (10..210).map(import).collect()),
        on_device("two-connections", shop, (0..8).map(turn).collect()),
    ]
}

fn insert(n: u8) -> String {
    let id = crate::disk::base::id(n);
    format!(r#"{{"insert":"product","id":"{id}","fields":{{"name":"n{n}","stock":{n}}}}}"#)
}

/// The same device acts through one connection and through another, by turns.
fn turn(n: usize) -> Step {
    let action = crate::people::action(&filled(SALE));
    match n % 2 {
        0 => op(move |store, moment| Ok(store.act(moment, action.clone()).map(drop)?)),
        _ => Step::Op(Box::new(move |stage, moment| {
            Ok(stage.second()?.act(moment, action.clone()).map(drop)?)
        })),
    }
}

fn sending() -> Vec<Script> {
    vec![
        on_device(
            "flush",
            shop,
            vec![act(SALE), act(CAKE), act(SALE), act(SALE), flush(), act(SALE), flush()],
        ),
        on_device("pull", shop, vec![others(NEWS), pull(), act(SALE), others(SALE), pull()]),
        on_device("pull-under-pending", shop, vec![act(SALE), act(CAKE), others(NEWS), pull(), sync()]),
        on_device(
            "pull-with-conflict",
            shop,
            vec![act(NAME), act(SALE), others(MATE), flush(), pull(), sync()],
        ),
        on_device("let-go", backed_up, vec![act(SALE), sync(), act(CAKE), sync()]),
        on_device(
            "repair",
            damaged,
            vec![act(SALE), again(|stage| Ok(stage.device().want_compare()?)), sync()],
        ),
    ]
}

const MATE: &str = r#"[{"update":"product","id":"$1","set":{"name":"Mate"}}]"#;
const NEWS: &str = r#"[{"insert":"product","id":"$6","fields":{"name":"Bun"}},
    {"insert":"product","id":"$7","fields":{"name":"Roll"}},{"insert":"product","id":"$8","fields":{"name":"Jam"}},
    {"update":"product","id":"$1","add":{"stock":-3}},{"delete":"product","id":"$2"}]"#;

/// A backup has all that was done.
fn backed_up() -> Base {
    let mut making = Making::shop();
    for n in 0..5 {
        making.a.act(&filled(&SALE.replace("-1", &format!("-{}", n + 1))));
        making.level();
    }
    let head = making.server.recovery().expect("BUG: a report").head.version;
    making.server.set_backup_mark(head, WallTime(NOW.0)).expect("BUG: a mark");
    making.of_device()
}

fn damaged() -> Base {
    let mut making = Making::shop();
    making.a.store.damage(Damage::Value, Some("product"), 0).expect("BUG: damage");
    making.of_device()
}

/// The device's change of a name is held, since another has changed it.
pub(super) fn in_conflict() -> Making {
    let mut making = Making::shop();
    making.b.act(&filled(MATE));
    making.b.sync(&mut making.server);
    making.a.act(&filled(NAME));
    making.a.push(&mut making.server).expect("BUG: answers");
    making.level();
    making
}

/// What the device made is refused, since another has made it.
fn refused() -> Base {
    let mut making = Making::shop();
    making.b.act(&filled(CAKE));
    making.b.sync(&mut making.server);
    making.a.act(&filled(CAKE));
    making.a.push(&mut making.server).expect("BUG: answers");
    making.level();
    making.of_device()
}

/// The op that was refused.
fn rejected(store: &mut fieldbook_device_store::Store) -> Result<(Seq, fieldbook_model::OpId), Trouble> {
    let found = log(store)?.into_iter().find(|entry| entry.state == OpState::Rejected);
    Ok(found.map(|entry| (entry.seq, entry.op_id)).expect("BUG: a script without a refused op"))
}

fn deciding() -> Vec<Script> {
    let resolve = |wish: Wish| {
        op(move |store, moment| {
            let conflict = conflict(store)?;
            Ok(store.resolve(moment, conflict, &wish).map(drop)?)
        })
    };
    let discard = || {
        op(|store, moment| {
            let (_, target) = rejected(store)?;
            Ok(store.discard(moment, target).map(drop)?)
        })
    };
    let give_up = || {
        op(|store, moment| {
            let conflict = conflict(store)?;
            Ok(store.discard(moment, conflict).map(drop)?)
        })
    };
    let retry = || {
        op(|store, moment| {
            let (seq, _) = rejected(store)?;
            let other = crate::people::action(&filled(&CAKE.replace("$5", "$9"))).changes;
            Ok(store.retry(moment, seq, Some(other)).map(drop)?)
        })
    };
    let conflict = || in_conflict().of_device();
    vec![
        on_device("resolve-mine", conflict, vec![resolve(Wish::Mine), act(SALE), sync()]),
        on_device("resolve-theirs", conflict, vec![resolve(Wish::Theirs), flush(), pull(), sync()]),
        on_device("discard-held", conflict, vec![give_up(), sync()]),
        on_device("discard-refused", refused, vec![discard(), sync()]),
        on_device("retry", refused, vec![retry(), act(SALE), sync()]),
    ]
}

fn taking_back() -> Vec<Script> {
    let undo = || op(|store, moment| Ok(store.undo(moment, None, Asks::Anyway).map(drop)?));
    let redo = || op(|store, moment| Ok(store.redo(moment, None, Asks::Anyway).map(drop)?));
    let (back, named) =
        (r#"[{"restore":"product","id":"$2"}]"#, r#"[{"update":"product","id":"$2","set":{"name":"Cup"}}]"#);
    vec![
        on_device("undo", shop, vec![act(CAKE), act(NAME), undo(), undo(), sync()]),
        on_device("undo-redo", shop, vec![act(NAME), sync(), undo(), redo(), undo(), sync()]),
        on_device("restore-from-history", deleted, vec![act(back), act(named), sync()]),
    ]
}

fn deleted() -> Base {
    let mut making = Making::shop();
    making.b.act(&filled(r#"[{"delete":"product","id":"$2"}]"#));
    making.level();
    making.of_device()
}

fn histories() -> Vec<Script> {
    vec![
        on_device("another-history", restored, vec![act(SALE), sync(), act(CAKE), sync()]),
        on_device("copied-device", copied, vec![act(SALE), sync(), act(CAKE), sync()]),
    ]
}

/// The server came back from a backup, and has lost what the device was told.
fn restored() -> Base {
    let (before, mut making) = Making::shop().kept_so_far();
    making.a.act(&filled(NAME));
    making.level();
    making.a.act(&filled(SALE));
    making.level();
    making.a.act(&filled(SALE));
    let mut base = making.of_device();
    base.well = before.into_iter().filter(|(name, _)| name != crate::disk::stage::DEVICE).collect();
    base
}

/// The device came back from its own backup, and its later self has sent more.
fn copied() -> Base {
    let mut making = Making::shop();
    making.a.act(&filled(&CAKE.replace("$5", "$4")));
    let (before, mut making) = making.kept_so_far();
    making.a.act(&filled(NAME));
    making.level();
    let mut base = making.of_device();
    base.ill = before.into_iter().filter(|(name, _)| name == crate::disk::stage::DEVICE).collect();
    base
}
