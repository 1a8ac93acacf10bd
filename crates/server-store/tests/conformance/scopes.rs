//! Parts of a workspace: what a device gets that has some scopes, how another one comes to it, and what leaves it.

use std::ops::ControlFlow;

use fieldbook_model::op::About;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Change, Fields, Granting, Json, Role, Schema, Scope, Version};
use fieldbook_protocol::Page;
use fieldbook_protocol::page::{Join, PullRequest, RowState, ScopeAsk, Staged};
use fieldbook_server_store::{Exported, Listed, PageLimit, Reads, Stretch, Test};

use crate::builder::{Device, insert, record};
use crate::members::{change, role, user, wanted};
use crate::world::{ALL, Make, NOW, World, at};

/// Estates with floors, on these assets with remarks. What an asset costs is for bosses. Notices lie at the root.
fn estate() -> Schema {
    let text = |name: &str| Field::new(name, Kind::Text { max: 100 });
    let to =
        |of: &str| Field::new(of, Kind::Ref { to: of.into(), owner: true, on_delete: Default::default() });
    let inside = |of: &str, within: &str, more: Vec<Field>| {
        let fields = [vec![to(within)], more].concat();
        RecordType { inside: Some(within.into()), ..RecordType::new(of, fields) }
    };
    let cost = Field { readers: vec!["boss".into()], ..text("cost") };
    let types = vec![
        RecordType { scope: true, ..RecordType::new("estate", vec![text("name")]) },
        RecordType { scope: true, ..inside("floor", "estate", vec![text("name")]) },
        RecordType { merge: Merge::Manual, ..inside("asset", "floor", vec![text("name"), cost]) },
        inside("remark", "asset", vec![text("text")]),
        RecordType::new("notice", vec![text("text")]),
    ];
    Schema { roles: vec!["boss".into()], ..Schema::new("estate", 1, types, Vec::new()) }
}

fn name(n: u64) -> Json {
    Json::from(format!("it {n}").as_str())
}

pub fn lies(of: &str, n: u64, within: &str, around: u64) -> Change {
    let (field, around) = (if of == "remark" { "text" } else { "name" }, record(around).to_string());
    insert(of, n, [(within, around.as_str().into()), (field, name(n))])
}

pub fn set(of: &str, n: u64, field: &str, value: Json) -> Change {
    let [add, count, include, exclude, reset] = [const { Fields(Vec::new()) }; 5];
    let (id, base, set) = (record(n), Version(99), Fields::from([(field, value)]));
    Change::Update { of: of.into(), id, base, set, add, count, include, exclude, reset }
}

fn moves(of: &str, n: u64, within: &str, to: u64) -> Change {
    set(of, n, within, record(to).to_string().as_str().into())
}

fn scope(of: &str, n: u64) -> Scope {
    Scope { of: of.into(), id: record(n) }
}

pub fn ask(of: &str, n: u64, beneath: bool) -> ScopeAsk {
    ScopeAsk { scope: scope(of, n), beneath }
}

/// Estate 1 with the floors 2 and 3, on each an asset (4, 5) with a remark (6, 7); estate 8; notice 9. Versions 1 to 9.
pub fn house(make: Make) -> (World, Device) {
    let (mut world, mut a) = (World { store: make(&estate()) }, Device::new(1));
    let changes = [
        insert("estate", 1, [("name", name(1))]),
        lies("floor", 2, "estate", 1),
        lies("floor", 3, "estate", 1),
        lies("asset", 4, "floor", 2),
        lies("asset", 5, "floor", 3),
        lies("remark", 6, "asset", 4),
        lies("remark", 7, "asset", 5),
        insert("estate", 8, [("name", name(8))]),
        insert("notice", 9, [("text", name(9))]),
    ];
    acts(&mut world, &mut a, changes);
    (world, a)
}

pub fn acts(world: &mut World, device: &mut Device, changes: impl IntoIterator<Item = Change>) {
    for change in changes {
        let op = device.op([change]);
        assert_eq!(world.verdict(device, &op), "committed");
    }
}

pub fn read(world: &World, device: &Device, request: PullRequest, limit: PageLimit) -> Page {
    let text = world.reader().page(&request, &device.principal, limit, NOW).unwrap().expect("a member");
    Page::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn pull(world: &World, device: &Device, from: u64, scopes: &[ScopeAsk]) -> Page {
    let request = PullRequest { scopes: scopes.to_vec(), ..PullRequest::since(at(from)) };
    read(world, device, request, ALL)
}

/// The rows in short, by the number of their record: `4 x6 -7` for one that is, one that is gone and one that left.
fn rows(page: &Page) -> String {
    let number = |id: fieldbook_model::RecordId| (1..=40).find(|n| record(*n) == id).unwrap_or(0);
    let short = |row: &fieldbook_protocol::page::PulledRow| match row.state {
        RowState::Is(_) => format!("{}", number(row.id)),
        RowState::Gone => format!("x{}", number(row.id)),
        RowState::Left => format!("-{}", number(row.id)),
    };
    let own = page.rows.iter().filter(|row| !["member", "grant"].contains(&page.types[row.of].of.as_str()));
    own.map(short).collect::<Vec<_>>().join(" ")
}

/// Where the rows of a record lie in a page.
fn path(page: &Page, n: u64) -> Vec<Scope> {
    let row = page.rows.iter().find(|row| row.id == record(n)).expect("a row");
    page.types[row.of].scopes.clone()
}

pub fn a_scope_comes_with_those_around_it_and_without_its_neighbours(make: Make) {
    let (world, a) = house(make);
    for (scopes, expected) in [
        (vec![], "1 8 9"),
        (vec![ask("estate", 1, false)], "1 2 3 8 9"),
        (vec![ask("estate", 1, true)], "1 2 3 4 5 6 7 8 9"),
        (vec![ask("floor", 2, false)], "1 2 3 4 6 8 9"),
        (vec![ask("floor", 2, false), ask("floor", 3, true)], "1 2 3 4 5 6 7 8 9"),
        // What is not there is nothing, until it is made.
        (vec![ask("floor", 40, true)], "1 8 9"),
        (vec![ask("notice", 9, true)], "1 8 9"),
    ] {
        assert_eq!(rows(&pull(&world, &a, 0, &scopes)), expected, "{scopes:?}");
    }
    let page = pull(&world, &a, 0, &[ask("floor", 2, false)]);
    assert_eq!(path(&page, 6), [scope("estate", 1), scope("floor", 2)]);
    assert_eq!(path(&page, 2), [scope("estate", 1)]);
    assert_eq!(path(&page, 1), []);
    assert_eq!(page.types.iter().filter(|ty| ty.of == "asset").count(), 1);
}

pub fn what_is_made_beneath_a_scope_later_comes_too(make: Make) {
    let (mut world, mut a) = house(make);
    acts(&mut world, &mut a, [lies("floor", 10, "estate", 8), lies("asset", 11, "floor", 10)]);
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("estate", 8, true)])), "10 11");
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("estate", 8, false)])), "10");
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("estate", 1, true)])), "");
}

pub fn what_moves_leaves_with_all_beneath_it_at_one_version(make: Make) {
    let (mut world, mut a) = house(make);
    acts(&mut world, &mut a, [moves("asset", 4, "floor", 3)]);
    let (left, there) = (ask("floor", 2, false), ask("floor", 3, false));
    let page = pull(&world, &a, 9, std::slice::from_ref(&left));
    assert_eq!((rows(&page).as_str(), page.start.base), ("-4 -6", Version(9)));
    assert!(page.rows.iter().all(|row| row.version == Version(10)));
    let page = pull(&world, &a, 9, std::slice::from_ref(&there));
    assert_eq!(rows(&page), "4 6");
    assert_eq!(path(&page, 6), [scope("estate", 1), scope("floor", 3)]);
    for scopes in [vec![left, there], vec![ask("estate", 1, true)]] {
        assert_eq!(rows(&pull(&world, &a, 9, &scopes)), "4 6", "it is in both, so nothing leaves");
    }
    assert_eq!(rows(&pull(&world, &a, 9, &[])), "");
    // Away and back between two pulls.
    acts(&mut world, &mut a, [moves("asset", 4, "floor", 2)]);
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("floor", 2, false)])), "4 6");
    assert_eq!(rows(&pull(&world, &a, 10, &[ask("floor", 3, false)])), "-4 -6");
}

pub fn a_scope_that_moves_is_a_snapshot_for_whom_it_concerns(make: Make) {
    let (mut world, mut a) = house(make);
    acts(&mut world, &mut a, [moves("floor", 2, "estate", 8)]);
    for (scopes, base) in [
        (vec![ask("estate", 1, true)], 0),
        (vec![ask("estate", 8, true)], 0),
        (vec![ask("floor", 2, false)], 0),
        (vec![ask("estate", 1, true), ask("estate", 8, false)], 0),
        // It has the estate around it, out of which the other floor goes, and nothing of that floor.
        (vec![ask("floor", 3, false)], 9),
        (vec![ask("estate", 1, true), ask("estate", 8, true)], 9),
        (vec![], 9),
    ] {
        let page = pull(&world, &a, 9, &scopes);
        assert_eq!(page.start.base, Version(base), "{scopes:?}");
    }
    let page = pull(&world, &a, 9, &[ask("floor", 2, false)]);
    assert_eq!(rows(&page), "1 4 6 8 9 2", "with its new estate, without its old one's floors");
    assert_eq!(path(&page, 4), [scope("estate", 8), scope("floor", 2)]);
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("floor", 3, false)])), "-2");
}

pub fn a_scope_that_moves_within_a_view_is_one_row(make: Make) {
    let (mut world, mut a) = house(make);
    let both = [ask("estate", 1, true), ask("estate", 8, true)];
    acts(&mut world, &mut a, [moves("floor", 2, "estate", 8)]);
    let page = pull(&world, &a, 9, &both);
    assert_eq!((rows(&page).as_str(), page.start.base), ("2", Version(9)));
    assert_eq!(path(&page, 2), [scope("estate", 8)], "it says where it lies");
    // There and back, and meanwhile a floor is made that nobody's view had.
    acts(&mut world, &mut a, [lies("floor", 11, "estate", 8), lies("asset", 12, "floor", 11)]);
    acts(&mut world, &mut a, [moves("floor", 2, "estate", 1)]);
    assert_eq!(rows(&pull(&world, &a, 9, &[ask("estate", 1, true)])), "2", "it is where it was");
    assert_eq!(rows(&pull(&world, &a, 9, &both)), "11 12 2");
    let page = pull(&world, &a, 10, &[ask("estate", 8, true)]);
    assert_eq!(page.start.base, Version::ZERO, "what it had goes");
    // Its own grant is what counts in it, wherever it lies.
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Viewer)))]);
    let b = Device::new(2);
    let head = pull(&world, &b, 0, &both).end.to.version.0;
    acts(&mut world, &mut a, [moves("floor", 2, "estate", 8)]);
    let page = pull(&world, &b, head, &both);
    assert_eq!((rows(&page).as_str(), page.start.base), ("2", Version(head)), "its own grant moves with it");
}

/// Loads a scope page by page, and gives what it came to and how far it is.
fn load(world: &World, device: &Device, scope: &ScopeAsk, rows_max: u32) -> (String, Staged) {
    let (mut all, mut staged) = (Vec::new(), None);
    loop {
        let request =
            PullRequest { load: Some(scope.clone()), staged: staged.clone(), ..PullRequest::since(at(9)) };
        let page = read(world, device, request, PageLimit { rows_max, ..ALL });
        assert_eq!((page.start.load.as_ref(), &page.answers[..]), (Some(&scope.scope), &[][..]));
        all.extend(Some(rows(&page)).filter(|rows| !rows.is_empty()));
        let now = Staged { version: page.end.to.version, view: page.start.view.clone() };
        if !page.end.more {
            return (all.join(" "), now);
        }
        staged = Some(now);
    }
}

fn join(world: &World, device: &Device, from: u64, has: &[ScopeAsk], join: Join) -> Page {
    let request = PullRequest { scopes: has.to_vec(), join: Some(join), ..PullRequest::since(at(from)) };
    read(world, device, request, ALL)
}

pub fn a_scope_comes_apart_and_joins_where_its_tail_and_the_rest_end(make: Make) {
    let (mut world, mut a) = house(make);
    let (has, wants) = ([ask("floor", 2, false)], ask("floor", 3, false));
    for rows_max in [1, 2, u32::MAX] {
        assert_eq!(load(&world, &a, &wants, rows_max).0, "2 3 5 7", "in pages of {rows_max}");
    }
    let (_, staged) = load(&world, &a, &wants, 1);
    // One op in both floors after the snapshot: never half of it.
    let op = a.op([set("asset", 4, "name", name(44)), set("asset", 5, "name", name(55))]);
    world.push(&a, &[&op]);
    acts(&mut world, &mut a, [lies("asset", 11, "floor", 3)]);
    let request = Join { ask: wants.clone(), staged };
    let page = join(&world, &a, 9, &has, request.clone());
    assert_eq!((rows(&page).as_str(), page.start.join), ("4 5 11", Some(wants.scope.clone())));
    assert_eq!(page.answers.len(), 2, "it is a pull like any");
    // A device that has come further with the rest gets only what the scope lacks.
    let page = join(&world, &a, 11, &has, request);
    assert_eq!((rows(&page).as_str(), page.start.from.version), ("5 11", Version(9)));
}

pub fn a_snapshot_of_another_view_is_not_joined(make: Make) {
    let (mut world, mut a) = house(make);
    let (has, wants) = ([ask("floor", 2, false)], ask("floor", 3, false));
    let (_, staged) = load(&world, &a, &wants, 2);
    acts(&mut world, &mut a, [moves("floor", 3, "estate", 8)]);
    let page = join(&world, &a, 9, &has, Join { ask: wants.clone(), staged: staged.clone() });
    assert_eq!((page.start.join, page.start.base), (None, Version(9)), "it lies elsewhere now");
    let request = PullRequest { load: Some(wants), staged: Some(staged), ..PullRequest::since(at(9)) };
    assert_eq!(read(&world, &a, request, ALL).start.from.version, Version::ZERO, "and comes anew");
}

pub fn grant(n: u8, of: &str, number: u64, role: Option<Role>) -> About {
    About::Grant(Granting { user: user(n), scope: scope(of, number), role })
}

fn columns(page: &Page, of: &str) -> Vec<String> {
    page.types.iter().find(|ty| ty.of == of).map(|ty| ty.columns.clone()).unwrap_or_default()
}

pub fn a_page_has_what_the_role_in_each_scope_reads(make: Make) {
    let (mut world, _) = house(make);
    let (b, all) = (Device::new(2), [ask("estate", 1, true)]);
    assert_eq!(columns(&pull(&world, &b, 0, &all), "asset"), ["floor", "name"]);
    // Those whom the log did not know come first, at 10 and 11.
    change(&mut world, &[wanted(1, grant(2, "estate", 1, Some(Role::App("boss".into()))))]);
    let page = pull(&world, &b, 11, &all);
    assert_eq!(page.start.base, Version::ZERO, "another role is another view");
    assert_eq!(columns(&page, "asset"), ["floor", "name", "cost"]);
    change(&mut world, &[wanted(2, grant(2, "floor", 3, Some(Role::Nobody)))]);
    let page = pull(&world, &b, 12, &all);
    assert_eq!(
        (rows(&page).as_str(), page.start.base),
        ("1 2 3 4 6 8 9", Version::ZERO),
        "the innermost counts"
    );
    change(&mut world, &[wanted(3, role(2, Role::Viewer)), wanted(4, grant(2, "estate", 1, None))]);
    let page = pull(&world, &b, 13, &all);
    assert_eq!(columns(&page, "asset"), ["floor", "name"]);
    let page = pull(&world, &b, page.end.to.version.0, &all);
    assert_eq!((rows(&page).as_str(), page.start.base), ("", page.end.to.version));
}

pub fn what_moves_to_where_a_person_may_not_read_leaves_that_persons_devices(make: Make) {
    let (mut world, mut a) = house(make);
    change(&mut world, &[wanted(1, grant(2, "floor", 3, Some(Role::Nobody)))]);
    let (b, head) = (Device::new(2), world.reader().head().unwrap().version.0);
    acts(&mut world, &mut a, [moves("asset", 4, "floor", 3)]);
    let page = pull(&world, &b, head, &[ask("estate", 1, true)]);
    assert_eq!((rows(&page).as_str(), page.start.base), ("-4 -6", Version(head)));
    acts(&mut world, &mut a, [moves("asset", 4, "floor", 2)]);
    let page = pull(&world, &b, head + 1, &[ask("estate", 1, true)]);
    assert_eq!((rows(&page).as_str(), page.start.base), ("4 6", Version(head + 1)));
}

pub fn a_history_tells_what_its_reader_may_read_by_now(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    acts(&mut world, &mut a, [set("asset", 4, "cost", "dear".into())]);
    let op = a.op([set("asset", 5, "cost", "47.11".into()), set("asset", 5, "name", "dear too".into())]);
    world.push(&a, &[&op]);
    let told = |world: &World, device: &Device, n: u64| {
        let lines = world.reader().history_for(&device.principal, "asset", record(n)).unwrap();
        let fields = lines.iter().flat_map(|line| line.units.iter().map(|unit| unit.field.clone()));
        fields.collect::<Vec<_>>().join(" ")
    };
    let b = Device::new(2);
    assert_eq!(told(&world, &a, 4), "floor name cost");
    assert_eq!(told(&world, &b, 4), "floor name");
    assert_eq!(told(&world, &b, 5), "floor name name");
    let lines = world.reader().history_of_op_for(&b.principal, op.op.op_id).unwrap();
    assert!(
        lines.iter().all(|line| !line.says.contains("47.11") && !line.says.contains("cost")),
        "{lines:?}"
    );
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Nobody)))]);
    assert_eq!(told(&world, &b, 4), "");
    assert_eq!(world.history("asset", 4).len(), 2, "an audit tells all");
}

/// The versions that are told, with what each changed: `10x6 4+4`; and where what is older goes on.
fn last(world: &World, device: &Device, stretch: Stretch) -> (String, Option<u64>) {
    let told = world.reader().timeline_for(&device.principal, &stretch).unwrap();
    let number = |id: fieldbook_model::RecordId| (1..=40).find(|n| record(*n) == id).unwrap_or(0);
    let sign = |verb: &str| if verb == "delete" { 'x' } else { '+' };
    let entries = told.entries.iter().map(|entry| {
        let changes = entry.changes.iter().map(|it| format!("{}{}", sign(&it.verb), number(it.id)));
        format!("{}{}", entry.version.0, changes.collect::<String>())
    });
    (entries.collect::<Vec<_>>().join(" "), told.next.map(|next| next.0))
}

fn stretch(within: Option<Scope>, after: u64, before: Option<u64>, changes_max: usize) -> Stretch {
    Stretch { within, after: Version(after), before: before.map(Version), changes_max }
}

pub fn what_happened_last_is_told_newest_first_of_all_or_of_a_part(make: Make) {
    let (mut world, mut a) = house(make);
    acts(&mut world, &mut a, [Change::Delete { of: "remark".into(), id: record(6), base: Version(9) }]);
    let all = "10x6 9+9 8+8 7+7 6+6 5+5 4+4 3+3 2+2 1+1";
    assert_eq!(last(&world, &a, stretch(None, 0, None, 100)), (all.to_owned(), None));
    let floor = Some(scope("floor", 2));
    assert_eq!(last(&world, &a, stretch(floor.clone(), 0, None, 100)), ("10x6 6+6 4+4 2+2".to_owned(), None));
    let estate = Some(scope("estate", 1));
    let beneath = "10x6 7+7 6+6 5+5 4+4 3+3 2+2 1+1";
    assert_eq!(last(&world, &a, stretch(estate, 0, None, 100)), (beneath.to_owned(), None));
    let nowhere = Some(scope("floor", 40));
    assert_eq!(last(&world, &a, stretch(nowhere, 0, None, 100)), (String::new(), None));
    // A stretch, and one answer after the other.
    assert_eq!(last(&world, &a, stretch(None, 6, Some(9), 100)), ("8+8 7+7".to_owned(), None));
    assert_eq!(last(&world, &a, stretch(None, 0, None, 3)), ("10x6 9+9 8+8".to_owned(), Some(8)));
    assert_eq!(last(&world, &a, stretch(None, 5, Some(8), 3)), ("7+7 6+6".to_owned(), None));
    // Where it lies, and what it is called.
    let told = world.reader().timeline_for(&a.principal, &stretch(floor, 9, None, 1)).unwrap();
    let [entry] = &told.entries[..] else { panic!("{told:?}") };
    let [change] = &entry.changes[..] else { panic!("{entry:?}") };
    assert_eq!((change.label.as_str(), &change.scope), ("a remark", &Some(scope("floor", 2))));
}

pub fn what_happened_last_is_told_as_far_as_its_reader_reads_by_now(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    let b = Device::new(2);
    acts(&mut world, &mut a, [set("asset", 4, "cost", "47.11".into())]);
    let floor = |n: u64| stretch(Some(scope("floor", n)), 0, None, 100);
    assert_eq!(last(&world, &a, floor(2)).0, "10+4 6+6 4+4 2+2");
    assert_eq!(last(&world, &b, floor(2)).0, "6+6 4+4 2+2", "the cost is for bosses");
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Nobody)))]);
    assert_eq!(last(&world, &b, floor(2)).0, "2+2", "the floor itself lies in the estate");
    assert_eq!(last(&world, &b, floor(3)).0, "7+7 5+5 3+3");
    let mut nobody = Device::new(4);
    nobody.principal.role = Role::Nobody;
    assert_eq!(last(&world, &nobody, stretch(None, 0, None, 100)).0, "");
}

fn listed(of: &str) -> Listed {
    Listed { of: of.into(), within: None, tests: Vec::new(), search: None, order: None, skip: 0, limit: 100 }
}

/// The numbers of the records that a wish brings, and how many fit.
fn list(world: &World, device: &Device, wish: &Listed) -> (String, u64) {
    let told = world.reader().records_for(&device.principal, wish).unwrap().expect("a wish");
    let number =
        |id: &Json| (1..=40).find(|n| *id == Json::from(record(*n).to_string().as_str())).unwrap_or(0);
    (told.rows.iter().map(|row| number(&row[0]).to_string()).collect::<Vec<_>>().join(" "), told.total)
}

pub fn the_records_of_a_type_are_listed_as_they_are_wished(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    acts(
        &mut world,
        &mut a,
        [lies("asset", 10, "floor", 2), lies("asset", 11, "floor", 2), lies("asset", 12, "floor", 3)],
    );
    acts(
        &mut world,
        &mut a,
        [(10, "7"), (11, "25"), (12, "7")].map(|(n, cost)| set("asset", n, "cost", cost.into())),
    );
    acts(&mut world, &mut a, [Change::Delete { of: "floor".into(), id: record(3), base: Version(99) }]);
    let all = listed("asset");
    assert_eq!(list(&world, &a, &all), ("4 10 11".into(), 3), "not those whose floor is deleted");
    assert_eq!(list(&world, &a, &Listed { skip: 1, limit: 1, ..all.clone() }), ("10".into(), 3));
    let by = |field: &str, down| Listed { order: Some((field.into(), down)), ..all.clone() };
    assert_eq!(list(&world, &a, &by("cost", false)).0, "4 11 10", "nothing first, then as texts");
    assert_eq!(list(&world, &a, &by("cost", true)).0, "10 11 4");
    assert_eq!(list(&world, &a, &by("_version", true)).0, "11 10 4");
    let tested = |field: &str, test| Listed { tests: vec![(field.into(), test)], ..all.clone() };
    let one_of = |values: &[Json]| Test::OneOf(values.to_vec());
    assert_eq!(list(&world, &a, &tested("cost", one_of(&["7".into(), Json::Null]))).0, "4 10");
    let between = |from: Option<&str>, below: Option<&str>| Test::Between {
        from: from.map(Json::from),
        below: below.map(Json::from),
    };
    assert_eq!(list(&world, &a, &tested("cost", between(Some("25"), None))).0, "10 11");
    assert_eq!(
        list(&world, &a, &tested("cost", between(None, Some("7")))).0,
        "11",
        "what is empty lies nowhere"
    );
    assert_eq!(list(&world, &a, &tested("id", one_of(&[record(4).to_string().as_str().into()]))).0, "4");
    assert_eq!(list(&world, &a, &Listed { search: Some("IT 1".into()), ..all.clone() }).0, "10 11");
    assert_eq!(
        list(&world, &a, &Listed { within: Some(scope("estate", 8)), ..all.clone() }),
        (String::new(), 0)
    );
    assert_eq!(list(&world, &a, &Listed { within: Some(scope("estate", 1)), ..all.clone() }).0, "4 10 11");

    let told =
        world.reader().records_for(&a.principal, &tested("cost", one_of(&["25".into()]))).unwrap().unwrap();
    assert_eq!(told.columns, ["id", "floor", "name", "cost", "_version"]);
    let [row] = &told.rows[..] else { panic!("{told:?}") };
    assert_eq!(row[1..4], [record(2).to_string().as_str().into(), name(11), "25".into()]);
    assert_eq!(told.cursor, world.reader().head().unwrap().cursor());

    for (wish, words) in [
        (listed("assets"), "no record type"),
        (by("price", false), "has no field \"price\""),
        (tested("price", one_of(&[])), "has no field \"price\""),
        (tested("cost", one_of(&[Json::List(Vec::new())])), "is compared with"),
        (listed("member"), "no record type"),
    ] {
        let said = world.reader().records_for(&a.principal, &wish).unwrap().expect_err("no wish");
        assert!(said.contains(words), "{said}");
    }
}

pub fn the_records_of_a_type_are_listed_as_far_as_their_reader_reads_by_now(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    let b = Device::new(2);
    acts(&mut world, &mut a, [4, 5].map(|n| set("asset", n, "cost", "47.11".into())));
    assert_eq!(list(&world, &b, &listed("asset")).0, "4 5");
    let told = world.reader().records_for(&b.principal, &listed("asset")).unwrap().unwrap();
    assert!(told.rows.iter().all(|row| row[3] == Json::Null), "the cost is for bosses: {told:?}");
    // What somebody does not read is found by nothing that it holds.
    let dear = Listed { tests: vec![("cost".into(), Test::OneOf(vec!["47.11".into()]))], ..listed("asset") };
    assert_eq!((list(&world, &a, &dear).1, list(&world, &b, &dear).1), (2, 0));
    let found = Listed { search: Some("47".into()), ..listed("asset") };
    assert_eq!((list(&world, &a, &found).1, list(&world, &b, &found).1), (2, 0));
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Nobody)))]);
    assert_eq!(list(&world, &b, &listed("asset")), ("5".into(), 1));
    let mut nobody = Device::new(4);
    nobody.principal.role = Role::Nobody;
    assert_eq!(list(&world, &nobody, &listed("asset")), (String::new(), 0));
}

pub fn the_size_of_a_part_is_what_its_reader_reads_of_it(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    let b = Device::new(2);
    let size = |world: &World, device: &Device, part: Scope| {
        let told = world.reader().amount_for(&device.principal, &part).unwrap();
        told.map(|both| both.map(|it| it.records))
    };
    // The floors lie in the estate; on each lies an asset with a remark.
    assert_eq!(size(&world, &a, scope("estate", 1)), Some([2, 6]));
    assert_eq!(size(&world, &a, scope("floor", 2)), Some([2, 2]));
    assert_eq!(size(&world, &a, scope("floor", 40)), None);
    let bytes = |world: &World| {
        world.reader().amount_for(&a.principal, &scope("floor", 2)).unwrap().unwrap()[0].bytes
    };
    let before = bytes(&world);
    acts(&mut world, &mut a.clone(), [set("asset", 4, "name", "a longer name than it had".into())]);
    assert!(bytes(&world) > before);
    acts(
        &mut world,
        &mut Device { ..b.clone() },
        [Change::Delete { of: "remark".into(), id: record(6), base: Version(10) }],
    );
    assert_eq!(size(&world, &a, scope("estate", 1)), Some([2, 5]), "what is deleted is not loaded");
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Nobody)))]);
    assert_eq!(size(&world, &b, scope("estate", 1)), Some([2, 4]));
    assert_eq!(size(&world, &b, scope("floor", 2)), Some([0, 0]));
}

pub fn an_export_has_what_its_reader_may_read_by_now_in_the_lines_of_every_export(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    acts(&mut world, &mut a, [set("asset", 4, "cost", "dear".into())]);
    let told = |world: &World, device: &Device| {
        let (mut lines, mut reader) = (Vec::new(), world.reader());
        let mut take = |what, line: String| {
            if what == Exported::Record {
                lines.push(line);
            }
            ControlFlow::Continue(())
        };
        let reads = reader.export_for(&device.principal, &mut take).unwrap();
        assert_eq!(reads == Reads::Nothing, device.principal.role == Role::Nobody);
        lines
    };
    let has = |lines: &[String], n: u64| {
        lines.iter().any(|line| line.contains(&format!(r#""id":"{}""#, record(n))))
    };
    let all = world.reader().export().unwrap();
    let own = |line: &&String| {
        !["member", "grant"].iter().any(|of| line.starts_with(&format!(r#"{{"type":"{of}""#)))
    };
    assert_eq!(told(&world, &a), all.iter().filter(own).cloned().collect::<Vec<_>>());
    let b = Device::new(2);
    let seen = told(&world, &b);
    assert_eq!(seen.len(), 9);
    assert!(seen.iter().all(|line| !line.contains("cost")), "{seen:?}");
    change(&mut world, &[wanted(1, grant(2, "floor", 3, Some(Role::Nobody)))]);
    let seen = told(&world, &b);
    assert_eq!([1, 2, 4, 6, 8, 9].map(|n| has(&seen, n)), [true; 6], "{seen:?}");
    assert_eq!([5, 7].map(|n| has(&seen, n)), [false; 2], "{seen:?}");
    // What somebody who owns it is deleted with is not shown, and neither is what was deleted.
    acts(&mut world, &mut a, [Change::Delete { of: "asset".into(), id: record(4), base: Version(99) }]);
    let seen = told(&world, &b);
    assert_eq!([4, 6].map(|n| has(&seen, n)), [false; 2], "{seen:?}");
    // Whoever takes no more is given no more.
    let mut taken = 0;
    let mut take = |_, _| {
        taken += 1;
        ControlFlow::Break(())
    };
    world.reader().export_for(&b.principal, &mut take).unwrap();
    assert_eq!(taken, 1);
    let mut nobody = Device::new(3);
    nobody.principal.role = Role::Nobody;
    assert!(told(&world, &nobody).is_empty());
}

pub fn an_export_has_histories_and_conflicts_as_far_as_its_reader_reads_by_now(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    let mut b = Device::new(2);
    let told = |world: &World, device: &Device, kind: Exported| {
        let (mut lines, mut reader) = (Vec::new(), world.reader());
        let mut take = |what, line: String| {
            lines.extend((what == kind).then_some(line));
            ControlFlow::Continue(())
        };
        reader.export_for(&device.principal, &mut take).unwrap();
        lines
    };
    let holds = |lines: &[String], n: u64| lines.iter().any(|line| line.contains(&record(n).to_string()));
    acts(&mut world, &mut a, [lies("asset", 10, "floor", 2), set("asset", 10, "cost", "47.11".into())]);
    acts(&mut world, &mut a, [4, 5].map(|n| set("asset", n, "name", "a pump".into())));
    acts(&mut world, &mut b, [lies("asset", 11, "floor", 3), set("asset", 11, "name", "a pump".into())]);
    // Whoever has not seen these edits meets them.
    let blind = |n: u64| Change::Delete {
        of: "asset".into(),
        id: record(n),
        base: Version(if n == 11 { 14 } else { 9 }),
    };
    let [first, own, others] = [b.op([blind(4)]), b.op([blind(5)]), a.op([blind(11)])];
    for (device, op) in [(&b, &first), (&b, &own), (&a, &others)] {
        assert_eq!(world.verdict(device, op), "conflicted");
    }
    let both = |world: &World| [Exported::Change, Exported::Conflict].map(|kind| told(world, &b, kind));
    let [changes, conflicts] = both(&world);
    assert_eq!([4, 5, 6, 7, 9, 10, 11].map(|n| holds(&changes, n)), [true; 7]);
    assert!(changes.iter().chain(&conflicts).all(|line| !line.contains("47.11") && !line.contains("cost")));
    assert!(told(&world, &a, Exported::Change).iter().any(|line| line.contains("47.11")), "it was told");
    assert_eq!((conflicts.len(), [4, 5, 11].map(|n| holds(&conflicts, n))), (3, [true; 3]));

    change(&mut world, &[wanted(1, grant(2, "floor", 3, Some(Role::Nobody)))]);
    let [changes, conflicts] = both(&world);
    assert_eq!([4, 6, 9, 10].map(|n| holds(&changes, n)), [true; 4]);
    assert_eq!([5, 7, 11].map(|n| holds(&changes, n)), [false; 3], "{changes:?}");
    // Of the own op that waits in what is closed now its author learns that it waits, and no more.
    assert_eq!([4, 5, 11].map(|n| holds(&conflicts, n)), [true, false, false], "{conflicts:?}");
    let waits: Vec<_> = conflicts.iter().filter(|line| line.contains(r#""units":[]"#)).collect();
    let [own_line] = waits[..] else { panic!("{conflicts:?}") };
    assert!(own_line.contains(&own.op.op_id.to_string()) && !own_line.contains("pump"), "{own_line}");
    assert_eq!(conflicts.len(), 2);
    let mut nobody = Device::new(4);
    nobody.principal.role = Role::Nobody;
    assert_eq!([Exported::Change, Exported::Conflict].map(|kind| told(&world, &nobody, kind).len()), [0, 0]);
}
