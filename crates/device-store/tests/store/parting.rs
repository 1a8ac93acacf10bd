//! A log that turns out to be a copy goes on under a name of its own, behind what the server has.

use fieldbook_device_store::{Ask, DatabaseKey, Store};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Op, SealedOp, Seq, WallTime, json};
use fieldbook_protocol::{Branch, Common, CommonReply, PushRequest};

use crate::world::{act, identity, with};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const ASK: Ask = Ask { from: None, ops_max: 100, bytes_max: 100_000, head_only: false };

fn op(store: &mut Store, seq: u64) -> (Op, Hash) {
    let text = store.op_text(Seq(seq)).expect("a log").expect("an op");
    let sealed = SealedOp::open(text).expect("an op");
    (sealed.op, sealed.hash)
}

fn common(store: &mut Store, seq: u64) -> CommonReply {
    let (op, hash) = op(store, seq);
    CommonReply {
        common: Some(Common { device: op.device_id, seq: op.seq, hash }),
        lost: Vec::new(),
        epoch: None,
    }
}

#[test]
fn what_the_server_lacks_is_sealed_anew_and_what_it_has_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 10; add p 1; add p 2; add p 3");
    let mut beside = Store::open(&path, &KEY).expect("a store");
    let asked = store.common_request().expect("a log").log;
    assert_eq!(asked.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let before: Vec<_> = (1..5).map(|seq| op(&mut store, seq)).collect();
    let reply = common(&mut store, 2);
    assert_eq!(store.part(&reply, (WallTime(1), [7; 10])), Ok(Ok(())));
    let after: Vec<_> = (1..5).map(|seq| op(&mut store, seq)).collect();
    assert_eq!(after[..2], before[..2]);
    let mut previous = before[1].1;
    for ((is, hash), (was, _)) in after[2..].iter().zip(&before[2..]) {
        let device_id = store.identity().device_id;
        assert_ne!(device_id, was.device_id);
        assert_eq!(*is, Op { device_id, previous, ..was.clone() });
        previous = *hash;
    }
    let facts = store.facts().expect("facts");
    assert_eq!((facts.waiting, facts.unconfirmed), (2, 2));
    let push = store.collect(ASK).expect("a store").expect("a push");
    assert_eq!((push.first, push.last), (Seq(3), Seq(4)));
    let branch = PushRequest::read(push.body.as_bytes()).expect("a push").branch.expect("a branch");
    let own = Branch { device: store.identity().device_id, from: reply.common.expect("an op") };
    assert_eq!(*branch, own, "{}", json::write(&own));
    // Another process that had the database open before writes under the new name too.
    act(&mut beside, "add p 4");
    let (late, _) = op(&mut beside, 5);
    assert_eq!((late.device_id, late.previous), (own.device, previous));
}

#[test]
fn a_log_is_not_parted_before_what_a_pull_has_confirmed() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p 1");
    let (device, hash) = (store.identity().device_id, Hash::of(b"another"));
    let reply =
        CommonReply { common: Some(Common { device, seq: Seq(1), hash }), lost: Vec::new(), epoch: None };
    assert!(store.part(&reply, (WallTime(1), [7; 10])).expect("a store").is_err());
    assert_eq!(store.identity().device_id, device);
}
