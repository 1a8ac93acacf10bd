//! Scopes over the wire: a device asks for parts of the workspace, gets another one apart in pages, and hears live of what it
//! has and of nothing else.

use std::time::Duration;

use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Change, Fields, Json, RecordId, Role, Schema, Scope, Version, json};
use fieldbook_protocol::export::ExportLine;
use fieldbook_protocol::live::Event;
use fieldbook_protocol::page::{Join, PullRequest, ScopeAsk, Staged};
use fieldbook_protocol::{Page, ProblemCode};
use fieldbook_server::Config;
use fieldbook_server_store::PageLimit;

use crate::device::{Device, unique};
use crate::members::grant;
use crate::people::export;
use crate::world::World;

/// Floors, and what stands on them.
fn schema() -> Schema {
    let text = || Field::new("name", Kind::Text { max: 100 });
    let floor = Kind::Ref { to: "floor".into(), owner: true, on_delete: Default::default() };
    let plan = Field::new("plan", Kind::Blob);
    let asset = RecordType::new("asset", vec![text(), Field::new("floor", floor), plan]);
    let types = vec![
        RecordType { scope: true, ..RecordType::new("floor", vec![text()]) },
        RecordType { inside: Some("floor".into()), label: Some("name".into()), ..asset },
    ];
    Schema::new("estate", 1, types, Vec::new())
}

/// No beat comes between.
pub async fn estate(rows_max: u32) -> World {
    World::start_of(&schema(), |config| {
        config.pull_page = PageLimit { rows_max, bytes_max: 64 << 10 };
        config.beat = Duration::from_secs(3600);
    })
    .await
}

/// The same with other settings.
pub async fn estate_with(change: impl FnOnce(&mut Config)) -> World {
    World::start_of(&schema(), change).await
}

pub fn made(of: &str, name: &str, floor: Option<RecordId>) -> (RecordId, Change) {
    let id = RecordId::v7(1_700_000_000_000, unique());
    let floor = floor.map(|floor| ("floor".to_owned(), Json::from(floor.to_string().as_str())));
    let fields = [("name".to_owned(), Json::from(name))].into_iter().chain(floor).collect();
    (id, Change::Insert { of: of.into(), id, fields: Fields(fields) })
}

/// The same with another value.
pub fn with(change: Change, field: &str, value: &str) -> Change {
    let Change::Insert { of, id, mut fields } = change else { panic!("an insert") };
    fields.0.push((field.to_owned(), Json::from(value)));
    Change::Insert { of, id, fields }
}

/// Makes two floors with so many assets each, and gives their ids.
async fn furnish(device: &mut Device, assets: usize) -> [RecordId; 2] {
    let floors = [made("floor", "ground", None), made("floor", "attic", None)];
    let ids = [floors[0].0, floors[1].0];
    let mut ops: Vec<_> = floors.into_iter().map(|(_, change)| device.op(vec![change])).collect();
    for n in 0..assets {
        ops.extend(ids.map(|floor| device.op(vec![made("asset", &format!("it {n}"), Some(floor)).1])));
    }
    device.push(&ops).await;
    ids
}

pub fn ask(floor: RecordId) -> ScopeAsk {
    ScopeAsk { scope: Scope { of: "floor".into(), id: floor }, beneath: false }
}

fn assets(pages: &[Page]) -> usize {
    let of = |page: &Page| page.rows.iter().filter(|row| page.types[row.of].of == "asset").count();
    pages.iter().map(of).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_brings_what_the_device_has_and_a_load_brings_another_part_apart() {
    let world = estate(4).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let [ground, attic] = furnish(&mut ann, 10).await;
    let has = PullRequest { scopes: vec![ask(ground)], ..PullRequest::since(bob.cursor) };
    let pages = bob.ask(&has).await;
    let cursor = pages.last().expect("a page").end.to;
    assert_eq!((assets(&pages), cursor.version), (10, Version(22)));
    assert!(pages.len() > 1 && pages.iter().all(|page| page.start.view == pages[0].start.view));

    // Cut off after its first page, it goes on there.
    let load = PullRequest { load: Some(ask(attic)), ..PullRequest::since(cursor) };
    let first = bob.ask(&load).await.swap_remove(0);
    let staged = |page: &Page| Some(Staged { version: page.end.to.version, view: page.start.view.clone() });
    let rest = bob.ask(&PullRequest { staged: staged(&first), ..load.clone() }).await;
    assert_eq!(rest[0].start.from.version, first.end.to.version);
    assert_eq!(assets(&[first]) + assets(&rest), 10);

    let late = ann.op(vec![made("asset", "late", Some(attic)).1]);
    ann.push(&[late]).await;
    let last = rest.last().expect("a page");
    let join = Join { ask: ask(attic), staged: staged(last).expect("staged") };
    let pages = bob.ask(&PullRequest { join: Some(join), cursor, ..has }).await;
    assert_eq!((assets(&pages), pages[0].start.join.as_ref()), (1, Some(&ask(attic).scope)));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_of_the_parts_that_it_has_in_one_chain() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let [ground, attic] = furnish(&mut ann, 1).await;
    let mut has = PullRequest { scopes: vec![ask(ground)], ..PullRequest::since(bob.cursor) };
    has.cursor = bob.ask(&has).await[0].end.to;
    let mut listening = bob.live_of(&has).await;
    let mut at = has.cursor.version;
    for (floor, rows) in [(ground, 1), (attic, 0), (ground, 1)] {
        let op = ann.op(vec![made("asset", "new", Some(floor)).1]);
        ann.push(&[op]).await;
        let page = listening.changes().await;
        // Of what lies elsewhere the stream tells that it is level, so that a gap is one (rule 36).
        assert_eq!((page.start.from.version, page.end.to.version), (at, at.next()));
        assert_eq!(page.rows.len(), rows);
        at = page.end.to.version;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_nothing_of_a_part_comes_through_an_open_stream_once_its_grant_ended() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let [ground, attic] = furnish(&mut ann, 1).await;
    let mut has = PullRequest { scopes: vec![ask(ground), ask(attic)], ..PullRequest::since(bob.cursor) };
    has.cursor = bob.ask(&has).await[0].end.to;
    let mut beside = bob.beside().await;
    let mut listening = beside.live_of(&has).await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    grant(&world, "bob", ask(attic).scope, Some(Role::Nobody)).await.expect("a change");
    for floor in [attic, ground] {
        let op = ann.op(vec![made("asset", "new", Some(floor)).1]);
        ann.push(&[op]).await;
    }
    let is_of_attic = |page: &Page| page.types.iter().any(|ty| ty.scopes == [ask(attic).scope]);
    let head = ann.pull().await.last().expect("a page").end.to.version;
    loop {
        match listening.next().await.expect("an event") {
            Event::Head(told) if told.head.version == head => break,
            Event::Changes(page) => {
                let page = Page::read(&page).expect("a page");
                assert!(!is_of_attic(&page), "{page:?}");
                if page.end.to.version == head {
                    break;
                }
            }
            _ => {}
        }
    }
    // What the device asks for then is a snapshot of what is left to it.
    let pages = bob.ask(&has).await;
    assert_eq!((assets(&pages), pages[0].start.base), (2, Version::ZERO));
    assert!(!pages.iter().any(is_of_attic));
    let load = PullRequest { load: Some(ask(attic)), ..has };
    assert_eq!(assets(&bob.ask(&load).await), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_scope_is_refused() {
    let world = estate(1000).await;
    let mut bob = world.device("bob").await;
    let (path, token) = (bob.path("pull"), bob.me.token.clone());
    for wrong in [
        r#""scopes":[{"scope":"floor"}]"#,
        r#""scopes":{"scope":"floor/0198c0de-7a11-7000-8000-00000000002a"}"#,
        r#""load":{"scope":"floor/0198c0de-7a11-7000-8000-00000000002a","above":true}"#,
        r#""join":{"ask":{"scope":"floor/0198c0de-7a11-7000-8000-00000000002a"}}"#,
    ] {
        let body = format!(r#"{{"cursor":{{"epoch":1,"version":0}},{wrong}}}"#);
        bob.client.call("POST", &path, Some(&token), body).await.expect(ProblemCode::BadRequest);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_nothing_of_a_part_whose_grant_ended_and_comes_in_whole_lines() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    // More than one piece.
    let [ground, attic] = furnish(&mut ann, 300).await;
    let assets = |lines: &[String], floor: RecordId| {
        let of = lines.iter().filter(|line| line.starts_with(r#"{"type":"asset""#));
        of.filter(|line| line.contains(&floor.to_string())).count()
    };
    let lines = export(&mut bob).await;
    assert_eq!((assets(&lines, ground), assets(&lines, attic)), (300, 300));
    grant(&world, "bob", ask(attic).scope, Some(Role::Nobody)).await.expect("a change");
    let lines = export(&mut bob).await;
    assert_eq!((assets(&lines, ground), assets(&lines, attic)), (300, 0));
    let Ok(ExportLine::End(end)) = json::parse(lines.last().expect("a line")) else { panic!("an end") };
    assert_eq!(end.records, lines.iter().filter(|line| line.starts_with(r#"{"type""#)).count() as u64);
    let changes = |of: &str, floor: RecordId| {
        let of = format!(r#""type":"{of}""#);
        let lines = lines.iter().filter(|line| line.starts_with(r#"{"change""#) && line.contains(&of));
        lines.filter(|line| line.contains(&floor.to_string())).count()
    };
    assert_eq!((changes("asset", ground), changes("asset", attic)), (300, 0));
    assert_eq!(end.changes, 302, "and the two floors");
    // A floor lies in what is around it, as on a page.
    let records = || lines.iter().filter(|line| line.starts_with(r#"{"type""#));
    let named = |id: RecordId| records().filter(|line| line.contains(&id.to_string())).count();
    assert_eq!((named(ground), named(attic)), (301, 1));
    world.stop().await;
}
