//! A device's log on the server: its order, its chain, its answers.

use fieldbook_model::SealedOp;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Limits, Seq, Version, WallTime};
use fieldbook_protocol::push::Head;
use fieldbook_protocol::{Mark, ProblemCode, PushRequest, Standing, Trail, Verdict};
use fieldbook_server_store::{Batch, Collected, Place, Push, Reader, Store, StoreError, part, push_group};
use fieldbook_server_sync::Stand;

use crate::builder::{Device, add, product, set};
use crate::world::{Make, NOW, World, push, verdict, verdicts};

pub fn an_op_that_is_sent_again_gets_the_same_answer_and_happens_once(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([add(1, 1, -2)]), a.op([set(1, 1, "colour", "red")])];
    let ops: Vec<&SealedOp> = ops.iter().collect();
    let first = world.push(&a, &ops);
    assert_eq!(verdicts(&first), ["committed", "committed", "unknown-field"]);
    assert_eq!(world.push(&a, &ops), first);
    assert_eq!(world.push(&a, &ops[1..]), first[1..]);
    assert_eq!(world.field("product", 1, "stock"), Some(8.into()));
    assert_eq!(world.reader().head().unwrap().version, Version(3));
}

pub fn a_gap_is_answered_with_the_seq_that_is_expected(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops: Vec<SealedOp> = (1..=3).map(|n| a.op([product(n, "x")])).collect();
    let reply = world.try_push(&a, &[&ops[0], &ops[2]]).unwrap();
    assert_eq!((reply.answers.len(), reply.expected), (1, Some(Seq(2))));
    assert_eq!(verdicts(&world.push(&a, &[&ops[1], &ops[2]])), ["committed", "committed"]);
}

pub fn an_altered_op_is_refused_and_the_first_one_stands(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let mut twin = a.clone();
    let op = a.op([product(1, "Chai")]);
    world.push(&a, &[&op]);
    let altered = twin.op([product(1, "Coffee")]);
    assert_eq!(altered.op.op_id, op.op.op_id);
    assert_eq!(world.verdict(&a, &altered), "op-altered");
    assert_eq!(world.field("product", 1, "name"), Some("Chai".into()));
    assert_eq!(world.verdict(&a, &op), "committed");
    assert_eq!(world.reader().head().unwrap().version, Version(1));
}

pub fn an_altered_op_at_the_next_seq_takes_its_place(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let first = a.op([product(1, "Chai")]);
    let mut again = a.op([product(2, "Coffee")]).op;
    again.op_id = first.op.op_id;
    let again = SealedOp::seal(again);
    a.previous = again.hash;
    let third = a.op([product(3, "Tea")]);
    let answers = world.push(&a, &[&first, &again, &third]);
    assert_eq!(verdicts(&answers), ["committed", "op-altered", "committed"]);
    assert_eq!(world.verdict(&a, &first), "committed");
}

pub fn another_history_of_a_log_is_a_fork(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let first = a.op([product(1, "Chai")]);
    let mut twin = a.clone();
    let second = a.op([product(2, "Coffee")]);
    world.push(&a, &[&first, &second]);
    let mut other = twin.op([product(3, "Tea")]);
    other.op.op_id = fieldbook_model::OpId::from_bytes([77; 16]);
    let other = SealedOp::seal(other.op);
    let fork = |problem: fieldbook_protocol::Problem| problem.code;
    assert_eq!(world.try_push(&a, &[&other]).map_err(fork), Err(ProblemCode::LogForked));
    // The right seq on top of another op.
    twin.previous = other.hash;
    let third = twin.op([product(4, "Milk")]);
    assert_eq!(world.try_push(&a, &[&third]).map_err(fork), Err(ProblemCode::LogForked));
    assert_eq!(world.reader().head().unwrap().version, Version(2));
}

pub fn a_refused_op_takes_its_place_in_the_chain(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([set(5, 1, "name", "x")]), a.op([product(1, "Chai")])];
    assert_eq!(verdicts(&world.push(&a, &[&ops[0], &ops[1]])), ["unknown-record", "committed"]);
    assert_eq!(world.page(&a, 0).answers.len(), 2);
}

pub fn ops_that_cannot_be_read_take_their_place(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let first = a.op([product(1, "Chai")]);
    let broken = a.op([product(2, "x")]).text.replace("\"payload\"", "\"cargo\"");
    a.previous = Hash::of(broken.as_bytes());
    let large = a.op([product(3, "x")]);
    let head = Head {
        op_id: large.op.op_id,
        seq: large.op.seq,
        previous: large.op.previous,
        hash: large.hash,
        bytes: 1 << 30,
    };
    let last = a.op([product(4, "Tea")]);
    let mut body = PushRequest::batch(&a.seen.into());
    body.op(&first.text);
    body.op(&broken);
    body.too_large(&head);
    body.op(&last.text);
    let request = PushRequest::read(body.finish().as_bytes()).unwrap();
    let pushes = [Push { principal: a.principal.clone(), request }];
    let replies = push_group(world.store.as_mut(), &Limits::default(), &pushes, NOW).unwrap();
    let answers = &replies[0].as_ref().unwrap().answers;
    assert_eq!(verdicts(answers), ["committed", "broken-form", "too-large", "committed"]);
    let ops = world.reader().ops(Version(2), 2).unwrap();
    assert_eq!(ops.iter().map(|(version, _)| version.0).collect::<Vec<_>>(), [2, 3]);
    assert!(ops[0].1.ends_with(&format!(r#","op":{broken}}}"#)), "{}", ops[0].1);
    assert!(ops[1].1.contains(r#""op":{"too_large":{"#), "{}", ops[1].1);
}

/// A store whose commits fail when everything else is done.
struct Failing(Box<dyn Store>);

struct FailingBatch<'a>(Box<dyn Batch + 'a>);

impl Store for Failing {
    fn schema(&self) -> &std::sync::Arc<fieldbook_model::Schema> {
        self.0.schema()
    }
    fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
        Ok(Box::new(FailingBatch(self.0.batch()?)))
    }
    fn upgrade(
        &mut self,
        next: &fieldbook_model::Schema,
    ) -> Result<Version, fieldbook_server_store::UpgradeError> {
        self.0.upgrade(next)
    }
    fn collect(&mut self, until: WallTime, after: Place) -> Result<Collected, StoreError> {
        self.0.collect(until, after)
    }
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.0.reader()
    }
}

mod failing {
    use super::*;
    use fieldbook_merge::{Kinship, Line, Record, Row, Stamp};
    use fieldbook_model::chain::Hash;
    use fieldbook_model::{Access, DeviceId, OpId, RecordId, UserId};
    use fieldbook_protocol::{Branch, Pushed};
    use fieldbook_server_sync::{
        Author, HeldOp, HeldTouch, KeyUse, Known, Log, Parked, ParkedBefore, Past, Plan, View,
    };
    use fieldbook_server_sync::{Ended, Epochs, LostNumber, NewEpoch};

    impl View for FailingBatch<'_> {
        type Error = StoreError;
        fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, StoreError> {
            self.0.record(of, id)
        }
        fn gone(&mut self, of: usize, id: RecordId) -> Result<Option<Stamp>, StoreError> {
            self.0.gone(of, id)
        }
        fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, StoreError> {
            self.0.exists(of, id)
        }
        fn home(&mut self, of: usize, id: RecordId) -> Result<Option<(usize, RecordId)>, StoreError> {
            self.0.home(of, id)
        }
        fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, StoreError> {
            self.0.known(op, line, hash)
        }
        fn key(&mut self, key: &str) -> Result<Option<KeyUse>, StoreError> {
            self.0.key(key)
        }
        fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, StoreError> {
            self.0.alias(of, id)
        }
        fn parked(&mut self, asked: &ParkedBefore) -> Result<Option<Parked>, StoreError> {
            self.0.parked(asked)
        }
        fn any_held(&mut self) -> Result<bool, StoreError> {
            self.0.any_held()
        }
        fn held_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, StoreError> {
            self.0.held_on(of, id)
        }
        fn waiting(&mut self) -> Result<Vec<OpId>, StoreError> {
            self.0.waiting()
        }
        fn chain(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, StoreError> {
            self.0.chain(conflict)
        }
        fn lost(&mut self, lacking: Option<(usize, RecordId)>) -> Result<Vec<HeldOp>, StoreError> {
            self.0.lost(lacking)
        }
        fn lost_numbers(&mut self) -> Result<Vec<LostNumber>, StoreError> {
            self.0.lost_numbers()
        }
        fn past(&mut self, op: OpId) -> Result<Option<Past>, StoreError> {
            self.0.past(op)
        }
        fn places(&mut self, op: OpId) -> Result<Vec<(Line, Seq)>, StoreError> {
            self.0.places(op)
        }
        fn row_at(&mut self, of: usize, id: RecordId, version: Version) -> Result<Option<Row>, StoreError> {
            self.0.row_at(of, id, version)
        }
        fn kin(&mut self, line: Line) -> Result<Kinship, StoreError> {
            self.0.kin(line)
        }
        fn author(&mut self, line: Line) -> Result<Author, StoreError> {
            self.0.author(line)
        }
        fn keyed(&mut self, of: usize, key: usize, value: &str) -> Result<Vec<RecordId>, StoreError> {
            self.0.keyed(of, key, value)
        }
        fn accepted(&mut self, of: usize, a: RecordId, b: RecordId) -> Result<bool, StoreError> {
            self.0.accepted(of, a, b)
        }
        fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, StoreError> {
            self.0.access(user, at)
        }
        fn another_owner(&mut self, user: UserId) -> Result<bool, StoreError> {
            self.0.another_owner(user)
        }
    }

    impl Batch for FailingBatch<'_> {
        fn ladder(&self) -> &fieldbook_model::schema::Ladder {
            self.0.ladder()
        }
        fn head(&self) -> fieldbook_server_store::Head {
            self.0.head()
        }
        fn time(&mut self) -> Result<WallTime, StoreError> {
            self.0.time()
        }
        fn epochs(&mut self) -> Result<Epochs, StoreError> {
            self.0.epochs()
        }
        fn stands(&mut self, standing: &Standing) -> Result<Stand, StoreError> {
            self.0.stands(standing)
        }
        fn part(&mut self, new: &NewEpoch, at: WallTime) -> Result<(), StoreError> {
            self.0.part(new, at)
        }
        fn lower(&mut self, ended: &Ended) -> Result<(), StoreError> {
            self.0.lower(ended)
        }
        fn branch(&mut self, branch: &Branch, user: UserId, name: &str) -> Result<Option<Log>, StoreError> {
            self.0.branch(branch, user, name)
        }
        fn log(&mut self, device: DeviceId, user: UserId, name: &str) -> Result<Log, StoreError> {
            self.0.log(device, user, name)
        }
        fn gap(
            &mut self,
            log: &Log,
            gap: &fieldbook_protocol::push::Gap,
            at: WallTime,
        ) -> Result<Option<Log>, StoreError> {
            self.0.gap(log, gap, at)
        }
        fn carry_out(&mut self, plan: &Plan, pushed: &Pushed, at: WallTime) -> Result<(), StoreError> {
            self.0.carry_out(plan, pushed, at)
        }
        fn commit(self: Box<Self>) -> Result<(), StoreError> {
            Err(StoreError::Retry("the disk is full".to_owned()))
        }
    }
}

pub fn nothing_is_answered_when_the_commit_fails(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([product(2, "Coffee")])];
    world.push(&a, &[&ops[0]]);
    let before = (world.export(), world.reader().head().unwrap());
    let mut failing = Failing(world.store);
    let pushed = push_group(&mut failing, &Limits::default(), &[push(&a, &[&ops[1]])], NOW);
    assert!(matches!(pushed, Err(StoreError::Retry(_))));
    world = World { store: failing.0 };
    assert_eq!((world.export(), world.reader().head().unwrap()), before);
    assert_eq!(world.verdict(&a, &ops[1]), "committed");
}

pub fn a_dropped_batch_leaves_nothing_behind(make: Make) {
    let (mut world, a) = (World::new(make), Device::new(1));
    let mut batch = world.store.batch().unwrap();
    let log = batch.log(a.principal.device, a.principal.user, "ann").unwrap();
    assert_eq!(log.last_seq, Seq::ZERO);
    drop(batch);
    assert_eq!(world.reader().head().unwrap().version, Version::ZERO);
    let mut batch = world.store.batch().unwrap();
    assert_eq!(batch.log(Device::new(2).principal.device, a.principal.user, "ann").unwrap().line, log.line);
}

pub fn pushes_of_one_group_see_each_other(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let made = a.op([product(1, "Chai")]);
    let more = [a.op([add(1, 1, -2)]), b.op([add(1, 1, -3)]), a.op([set(1, 1, "name", "Tea")])];
    let pushes =
        [push(&a, &[&made]), push(&b, &[&more[1]]), push(&a, &[&more[0], &more[2]]), push(&b, &[&more[1]])];
    let replies = push_group(world.store.as_mut(), &Limits::default(), &pushes, NOW).unwrap();
    let answers: Vec<_> = replies.into_iter().flat_map(|reply| reply.unwrap().answers).collect();
    assert!(answers.iter().all(|answer| verdict(answer) == "committed"));
    assert_eq!(answers.iter().map(|answer| answer.version.0).collect::<Vec<_>>(), [1, 2, 3, 4, 2]);
    assert_eq!(world.field("product", 1, "stock"), Some(5.into()));
    assert_eq!(world.field("product", 1, "name"), Some("Tea".into()));
}

pub fn every_op_is_kept_as_it_came(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai \u{1F375} \"x\"\n")]), a.op([set(1, 1, "colour", "red")])];
    let answers = world.push(&a, &[&ops[0], &ops[1]]);
    let kept = world.reader().ops(Version::ZERO, 9).unwrap();
    for ((version, line), (op, answer)) in kept.iter().zip(ops.iter().zip(&answers)) {
        let answer_text = fieldbook_model::json::write(answer);
        assert_eq!(*version, answer.version);
        assert_eq!(*line, format!(r#"{{"answer":{answer_text},"op":{}}}"#, op.text));
    }
    assert!(matches!(answers[1].verdict, Verdict::Rejected { .. }));
    let at = Hash::of(&NOW.0.to_be_bytes());
    let hash = Hash::ZERO.then(&ops[0].hash).then(&at).then(&ops[1].hash).then(&at);
    assert_eq!(world.reader().head().unwrap().hash, hash);
}

/// A store that has lost what a device has seen begins a new history once, durably, and knows how far the old one counts.
pub fn a_device_that_has_seen_more_begins_a_new_history(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([product(2, "Mate")]), a.op([product(3, "Mint")])];
    world.push(&a, &[&ops[0]]);
    let first = world.reader().head().unwrap();
    world.push(&a, &[&ops[1]]);
    let lost = Mark { version: Version(2), hash: Hash::of(b"lost") };
    let trail =
        |marks: &[Mark]| Some(Box::new(Trail { hash: lost.hash, acknowledged: None, marks: marks.to_vec() }));
    let cursor = Cursor { version: lost.version, ..first.cursor() };
    let known = Mark { version: first.version, hash: first.hash };
    let standing = Standing { cursor, trail: trail(&[known]) };
    assert!(matches!(world.reader().stands(&standing).unwrap(), Stand::Apart(_)));
    let (head, new) = part(world.store.as_mut(), &standing, NOW).unwrap();
    assert_eq!(new.map(|new| new.fork), Some(Version(1)));
    assert!(head.epoch > first.epoch);
    assert_eq!(world.reader().head().unwrap(), head, "durable, and nothing else has changed");
    assert_eq!(part(world.store.as_mut(), &standing, NOW).unwrap(), (head, None), "once");
    let mut late = push(&a, &[&ops[2]]);
    late.request.standing = standing;
    let replies = push_group(world.store.as_mut(), &Limits::default(), &[late], NOW).unwrap();
    assert_eq!(replies[0].as_ref().map_err(|problem| problem.code), Err(ProblemCode::HistoryDiffers));
    let epochs = world.store.batch().unwrap().epochs().unwrap();
    assert_eq!(epochs.counts(cursor), Version(1));
    // Of the same epoch, from a branch that parted before.
    part(world.store.as_mut(), &Standing { cursor, trail: trail(&[]) }, NOW).unwrap();
    let epochs = world.store.batch().unwrap().epochs().unwrap();
    assert_eq!((epochs.now, epochs.counts(cursor)), (head.epoch, Version::ZERO));
}
