//! What a view comes to: exactly the rows that a snapshot of it has, in the last page for whoever asks, and for nobody else.

use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::sum::{Shape, Sum, Tally};
use fieldbook_model::{Change, Role, Schema, Scope, Version};
use fieldbook_protocol::page::{PullRequest, ScopeAsk, Staged};
use fieldbook_protocol::{Page, PartSum};
use fieldbook_server_store::PageLimit;

use crate::builder::{Device, record};
use crate::members::{change, role, wanted};
use crate::scopes::{acts, ask, grant, house, lies, read, set};
use crate::world::{ALL, Make, World, at};

/// What the rows of a page come to that a part has.
fn of_rows(schema: &Schema, page: &Page, within: impl Fn(&[Scope]) -> bool) -> Sum {
    let (mut sum, mut tally) = (Sum::default(), Tally::default());
    for row in &page.rows {
        let columns = &page.types[row.of];
        if !within(&columns.scopes) || columns.of == CONFLICT {
            continue;
        }
        let ty = schema.find(&columns.of).expect("a type");
        let field =
            |(place, name): (usize, &String)| (place, &ty.fields[ty.position(name).expect("a field")]);
        let shape = Shape::of(&columns.of, columns.columns.iter().enumerate().map(field));
        sum.add(tally.record(&shape, (row.id, row.version), row.values().expect("a row of a snapshot")));
    }
    sum
}

fn compares(world: &World, device: &Device, from: u64, scopes: &[ScopeAsk]) -> Page {
    let request = PullRequest { compare: true, scopes: scopes.to_vec(), ..PullRequest::since(at(from)) };
    read(world, device, request, ALL)
}

/// What a device is told, against the rows of its view.
#[track_caller]
fn check(world: &World, device: &Device, scopes: &[ScopeAsk]) -> Vec<PartSum> {
    let head = world.reader().head().unwrap().version.0;
    let whole =
        read(world, device, PullRequest { scopes: scopes.to_vec(), ..PullRequest::since(at(0)) }, ALL);
    let told = compares(world, device, head, scopes).sums.expect("sums");
    assert!(!told.conflicts, "in a workspace of parts the conflicts are left out");
    let schema = world.store.schema();
    let within = |ask: &ScopeAsk, path: &[Scope]| {
        path.last() == Some(&ask.scope) || ask.beneath && path.contains(&ask.scope)
    };
    // The root, and what comes with a scope that was asked for without being asked for itself.
    let root = of_rows(schema, &whole, |path| !scopes.iter().any(|ask| within(ask, path)));
    assert_eq!(told.parts[0].is, root);
    assert_eq!(told.parts.len(), scopes.len() + 1);
    for (ask, part) in scopes.iter().zip(&told.parts[1..]) {
        assert_eq!((part.scope.as_ref(), part.beneath), (Some(&ask.scope), ask.beneath));
        assert_eq!(part.is, of_rows(schema, &whole, |path| within(ask, path)), "{ask:?}");
    }
    told.parts
}

pub fn a_part_comes_to_what_its_rows_come_to(make: Make) {
    let (mut world, mut a) = house(make);
    let rows: Vec<u64> =
        check(&world, &a, &[ask("floor", 2, false)]).iter().map(|part| part.is.rows).collect();
    assert_eq!(rows, [5, 2], "two estates, a notice and the two floors; the asset and its remark");
    check(&world, &a, &[ask("estate", 1, true), ask("estate", 8, false)]);
    check(&world, &a, &[ask("estate", 1, false), ask("floor", 3, true)]);
    check(&world, &a, &[ask("floor", 40, true)]);
    acts(&mut world, &mut a, [lies("floor", 10, "estate", 8), set("asset", 4, "name", "other".into())]);
    check(&world, &a, &[ask("estate", 1, true), ask("estate", 8, true)]);
    acts(&mut world, &mut a, [Change::Delete { of: "remark".into(), id: record(6), base: Version(99) }]);
    let parts = check(&world, &a, &[ask("floor", 2, false)]);
    assert_eq!(parts[1].is.rows, 1, "what is deleted does not count");
}

pub fn a_part_comes_to_what_its_reader_reads(make: Make) {
    let (mut world, mut a) = house(make);
    a.principal.role = Role::App("boss".into());
    acts(&mut world, &mut a, [set("asset", 4, "cost", "dear".into())]);
    let (b, all) = (Device::new(2), [ask("estate", 1, true)]);
    let [whole, narrow] = [&a, &b].map(|device| check(&world, device, &all)[1].is);
    assert_eq!(whole.rows, narrow.rows);
    assert_ne!(whole.sum, narrow.sum, "the cost is for bosses");
    change(&mut world, &[wanted(1, grant(2, "floor", 2, Some(Role::Nobody)))]);
    assert_eq!(check(&world, &b, &all)[1].is.rows, narrow.rows - 2);
    change(&mut world, &[wanted(2, role(2, Role::App("boss".into())))]);
    check(&world, &b, &all);
}

pub fn only_the_last_page_for_who_asks_has_sums(make: Make) {
    let (world, a) = house(make);
    let scopes = vec![ask("floor", 2, false)];
    let asked = PullRequest { compare: true, scopes: scopes.clone(), ..PullRequest::since(at(0)) };
    let limit = PageLimit { rows_max: 3, ..ALL };
    let (mut request, mut pages) = (asked.clone(), Vec::new());
    loop {
        let page = read(&world, &a, request.clone(), limit);
        request.staged = Some(Staged { version: page.end.to.version, view: page.start.view.clone() });
        let is_last = !page.end.more;
        assert_eq!(page.sums.is_some(), is_last);
        pages.push(page);
        if is_last {
            break;
        }
    }
    assert!(pages.len() > 2);
    assert_eq!(read(&world, &a, PullRequest { compare: false, ..asked.clone() }, ALL).sums, None);
    let load = PullRequest { load: Some(scopes[0].clone()), scopes: Vec::new(), ..asked };
    assert_eq!(read(&world, &a, load, ALL).sums, None, "a load is no view of a device");
}

pub fn conflicts_count_where_everything_is_read_by_all(make: Make) {
    let world = World::new(make);
    let a = Device::new(1);
    let told = compares(&world, &a, 0, &[]).sums.expect("sums");
    assert!(told.conflicts);
    assert_eq!(told.parts.len(), 1);
}
