//! Ops that no device of ours would make, but that are whole: any verb on anything, with any value, any place that was seen, about
//! any other op. The server answers each, in one way, and stays a server that can be read.

use fieldbook_model::op::{About, Choice, Resolution, Take};
use fieldbook_model::schema::{DISCARD, EDIT, MEMBER_GRANT, MEMBER_ROLE, RECOVERY_CLOSE, RESOLVE, UNDO};
use fieldbook_model::{
    Change, Cursor, Epoch, Fields, Granting, Json, Membership, Op, OpId, Payload, Role, Scope, SealedOp,
    UserId, Version,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::builder::{Device, insert, product, record};
use crate::world::{World, memory};

const TYPES: [&str; 9] =
    ["product", "note", "payment", "customer", "bill", "conflict", "gap", "member", "nothing"];
const FIELDS: [&str; 14] = [
    "name", "price", "stock", "tags", "product", "text", "amount", "remark", "phone", "code", "customer",
    "number", "units", "id",
];
const WORDS: [&str; 10] = [
    "",
    "a",
    "1.50",
    "-0.01",
    "99999999999999999.99",
    "1e5",
    "\u{0}\u{fffd}'\";--",
    "owner",
    "open",
    "2026-01-01",
];

fn value() -> impl Strategy<Value = Json> {
    let id = (0..5_u64).prop_map(|n| Json::from(record(n).to_string().as_str()));
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        select(vec![0, 1, -1, 7, i64::MAX, i64::MIN, 999_999_999_999_999_999]).prop_map(Json::Int),
        select(WORDS.to_vec()).prop_map(Json::from),
        (1..700_usize).prop_map(|n| Json::from("x".repeat(n).as_str())),
        id,
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Json::List))
}

fn fields() -> impl Strategy<Value = Fields> {
    let one = (select(FIELDS.to_vec()), value());
    prop::collection::btree_map(one.0.prop_map(str::to_owned), one.1, 0..4)
        .prop_map(|fields| Fields(fields.into_iter().collect()))
}

/// A field of a type with a value that it takes.
fn fitting(of: &'static str) -> BoxedStrategy<Fields> {
    let text = || select(vec!["a", "b", "c"]).prop_map(Json::from);
    let amount = || select(vec!["1.50", "-0.01", "0"]).prop_map(Json::from);
    let refer = || (0..3_u64).prop_map(|n| Json::from(record(n).to_string().as_str()));
    let some = |name: &str, value: BoxedStrategy<Json>| {
        let name = name.to_owned();
        prop::option::weighted(0.6, value).prop_map(move |value| value.map(|value| (name.clone(), value)))
    };
    let all = match of {
        "product" => vec![some("name", text().boxed()), some("price", amount().boxed())],
        "note" => vec![some("product", refer().boxed()), some("text", text().boxed())],
        "payment" => vec![some("amount", amount().boxed()), some("remark", text().boxed())],
        "customer" => vec![some("phone", text().boxed()), some("code", text().boxed())],
        _ => vec![some("customer", refer().boxed())],
    };
    all.prop_map(|fields| Fields(fields.into_iter().flatten().collect())).boxed()
}

/// A change as an app might make it, of few records, so that they meet.
fn plausible() -> impl Strategy<Value = Change> {
    let made = |of: &'static str| (0..3_u64, base(), fitting(of), 0..9_u8, -3..4_i64);
    let nothing = || Fields(Vec::new());
    select(TYPES[..5].to_vec()).prop_flat_map(move |of| {
        made(of).prop_map(move |(n, base, fields, verb, number)| {
            let (id, counts, of) = (record(n), of == "product", of.to_owned());
            let number =
                |is: bool| if is && counts { Fields::from([("stock", number.into())]) } else { nothing() };
            match verb {
                0..3 => Change::Insert { of, id, fields },
                3 => Change::Delete { of, id, base },
                4 => Change::Restore { of, id, base },
                _ => {
                    let (set, add, count) = (fields, number(verb == 5), number(verb == 6));
                    let (include, exclude, reset) = (nothing(), nothing(), nothing());
                    Change::Update { of, id, base, set, add, count, include, exclude, reset }
                }
            }
        })
    })
}

fn of() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(TYPES[..5].to_vec()), 1 => select(TYPES.to_vec())].prop_map(str::to_owned)
}

fn base() -> impl Strategy<Value = Version> {
    prop_oneof![20 => 0..9_u64, 1 => 0..90_u64, 1 => Just(i64::MAX as u64), 1 => any::<u64>()]
        .prop_map(Version)
}

fn change() -> impl Strategy<Value = Change> {
    let id = || (0..5_u64).prop_map(record);
    let sparse = || prop_oneof![2 => Just(Fields::default()), 1 => fields()];
    let edits = (fields(), sparse(), sparse(), sparse(), sparse(), sparse());
    prop_oneof![
        3 => (of(), id(), fields()).prop_map(|(of, id, fields)| Change::Insert { of, id, fields }),
        4 => (of(), id(), base(), edits).prop_map(|(of, id, base, (set, add, count, include, exclude, reset))| {
            Change::Update { of, id, base, set, add, count, include, exclude, reset }
        }),
        2 => (of(), id(), base()).prop_map(|(of, id, base)| Change::Delete { of, id, base }),
        1 => (of(), id(), base()).prop_map(|(of, id, base)| Change::Restore { of, id, base }),
    ]
}

/// The id of one of the first ops of one of three devices, as [`Device`] makes them.
fn target() -> impl Strategy<Value = OpId> {
    (1..6_u64, 1..4_u8).prop_map(|(seq, device)| OpId::v7(seq, [device; 10]))
}

fn about() -> impl Strategy<Value = About> {
    let user = || (1..5_u8).prop_map(|n| UserId::from_bytes([n; 16]));
    let role =
        || select(vec![Role::Owner, Role::Member, Role::Viewer, Role::Nobody, Role::App("x".to_owned())]);
    let take = || prop_oneof![Just(Take::Mine), Just(Take::Theirs), fields().prop_map(Take::Value)];
    let unit = || prop::option::of(select(FIELDS.to_vec()).prop_map(str::to_owned));
    let choice = (of(), (0..5_u64).prop_map(record), unit(), take())
        .prop_map(|(of, id, unit, take)| Choice { of, id, unit, take });
    let resolution = (target(), base(), prop::collection::vec(choice, 0..3))
        .prop_map(|(conflict, pair, choices)| Resolution { conflict, pair, choices });
    let scope = (of(), (0..5_u64).prop_map(record)).prop_map(|(of, id)| Scope { of, id });
    prop_oneof![
        4 => target().prop_map(About::Undoes),
        3 => resolution.prop_map(About::Resolves),
        2 => target().prop_map(About::Discards),
        2 => target().prop_map(About::Replaces),
        1 => (user(), role())
            .prop_map(|(user, role)| About::Member(Membership { user, name: "somebody".to_owned(), role })),
        1 => (user(), scope, prop::option::of(role()))
            .prop_map(|(user, scope, role)| About::Grant(Granting { user, scope, role })),
        1 => any::<u32>().prop_map(|epoch| About::Closes(Epoch(epoch))),
    ]
}

/// What an op is, but for whose it is and where it stands.
#[derive(Debug, Clone)]
struct Deed {
    device: usize,
    action: String,
    key: Option<String>,
    payload: Payload,
    seen: Cursor,
    schema: u32,
}

fn deed() -> impl Strategy<Value = Deed> {
    let wild = [EDIT, "pay", UNDO, RESOLVE, DISCARD, "no-such", ""];
    let seen = (prop_oneof![12 => Just(1_u32), 1 => any::<u32>()], base())
        .prop_map(|(epoch, version)| Cursor { epoch: Epoch(epoch), version });
    let some = || prop_oneof![9 => plausible().boxed(), 1 => change().boxed()];
    let plain = prop::collection::vec(some(), 1..4).prop_map(Payload::from);
    let about = (about(), prop::collection::vec(some(), 1..3)).prop_map(|(about, changes)| {
        let changes = if matches!(about, About::Replaces(_)) { changes } else { Vec::new() };
        Payload { changes, about: Some(about) }
    });
    let wild = prop::option::weighted(0.1, select(wild.to_vec()));
    let key = prop::option::of(select(vec!["k", "l", ""]).prop_map(str::to_owned));
    let payload = prop_oneof![3 => plain, 2 => about];
    let schema = prop_oneof![9 => Just(1_u32), 1 => any::<u32>()];
    (0..3_usize, wild, key, payload, seen, schema).prop_map(|(device, wild, key, payload, seen, schema)| {
        let action = wild.unwrap_or_else(|| named(&payload)).to_owned();
        let key = key.filter(|_| action == "pay");
        Deed { device, action, key, payload, seen, schema }
    })
}

/// What an op that does this is called.
fn named(payload: &Payload) -> &'static str {
    match payload.about {
        None | Some(About::Replaces(_)) => EDIT,
        Some(About::Undoes(_)) => UNDO,
        Some(About::Resolves(_)) => RESOLVE,
        Some(About::Discards(_)) => DISCARD,
        Some(About::Member(_)) => MEMBER_ROLE,
        Some(About::Grant(_)) => MEMBER_GRANT,
        Some(About::Closes(_)) => RECOVERY_CLOSE,
    }
}

/// The next op of a device's log that does this.
fn sealed(device: &Device, deed: &Deed) -> SealedOp {
    let Deed { action, key, payload, seen, schema, .. } = deed.clone();
    let op = device.clone().op([]).op;
    let idempotency_key = key.unwrap_or_else(|| op.op_id.to_string());
    SealedOp::seal(Op { action, payload, idempotency_key, seen, schema, ..op })
}

/// Pushes it, twice: the second answer is the first one. Where it is not taken at all, the log stays as it was.
fn act(world: &mut World, device: &mut Device, deed: &Deed) {
    let op = sealed(device, deed);
    let Ok(reply) = world.try_push(device, &[&op]) else { return };
    assert_eq!((reply.expected, reply.answers.len()), (None, 1), "{deed:?}");
    let again = world.try_push(device, &[&op]).expect("what was taken once is known");
    assert_eq!(again.answers, reply.answers, "{deed:?}");
    (device.seq, device.previous) = (op.op.seq, op.hash);
}

/// Something to meet.
fn furnish(world: &mut World, device: &mut Device) {
    let one = record(0).to_string();
    let changes: Vec<Change> = (0..3)
        .flat_map(|n| {
            [
                product(n, "tea"),
                insert("customer", n, [("phone", "1".into())]),
                insert("note", n, [("product", one.as_str().into())]),
                insert("bill", n, [("customer", one.as_str().into())]),
            ]
        })
        .collect();
    let op = device.op(changes);
    assert_eq!(world.verdict(device, &op), "committed");
}

/// Whatever can be asked of a server is answered.
fn read_all(world: &World, device: &Device) {
    let head = world.reader().head().expect("a head").version;
    let export = world.export();
    let page = world.page(device, 0);
    assert_eq!(page.end.to.version, head);
    for (_, text) in world.reader().ops(Version::ZERO, u32::MAX).expect("the log") {
        assert!(fieldbook_model::json::parse::<Json>(&text).is_ok(), "{text}");
    }
    for of in TYPES {
        for n in 0..5 {
            world.reader().history(of, record(n)).expect("a history");
        }
    }
    for seq in 1..14 {
        for number in 1..4 {
            world.reader().history_of_op(OpId::v7(seq, [number; 10])).expect("a history");
        }
    }
    assert_eq!(world.export(), export, "to read changes nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_whole_ops_say_each_gets_one_answer(deeds in prop::collection::vec(deed(), 1..14)) {
        let mut world = World::new(memory);
        let mut devices = [1, 2, 3].map(Device::new);
        devices[0].principal.role = Role::Owner;
        furnish(&mut world, &mut devices[0]);
        for deed in &deeds {
            act(&mut world, &mut devices[deed.device], deed);
        }
        // Of somebody of whom no op speaks.
        let mut reader = Device::new(9);
        reader.principal.role = Role::Owner;
        read_all(&world, &reader);
    }
}
