//! The demo estates against Site's schema and against what they promise to be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fieldbook_demo::estate::{Stage, Who, drawings, pictures, stages};
use fieldbook_model::op::Wanted;
use fieldbook_model::schema::{Schema, toml};
use fieldbook_model::{Change, Fields, RecordId, Value, json};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    action: String,
    key: String,
    changes: Vec<Wanted>,
}

fn site() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/site")
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(site().join("schema.toml")).expect("Site's schema");
    toml::read("schema.toml", &text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn all() -> Vec<Stage> {
    stages(&pictures(&site().join("demo/plans")).expect("the pictures of the plans"))
}

fn lines(stages: &[Stage]) -> Vec<Line> {
    let acts = stages.iter().flat_map(|stage| &stage.acts);
    acts.map(|act| json::parse(&act.json_line()).expect("a line of `fieldbook act -`")).collect()
}

fn inserts(lines: &[Line]) -> Vec<(&str, RecordId, &Fields)> {
    let changes = lines.iter().flat_map(|line| &line.changes);
    let insert = |change| match change {
        &Wanted(Change::Insert { ref of, id, ref fields }) => Some((of.as_str(), id, fields)),
        _ => None,
    };
    changes.filter_map(insert).collect()
}

#[test]
fn every_act_is_one_of_the_schema_and_every_value_fits() {
    let (schema, all) = (schema(), all());
    let lines = lines(&all);
    for Line { action, key, changes } in &lines {
        assert!(schema.actions.iter().any(|it| it.name == *action), "{key}: {action}");
        for Wanted(change) in changes {
            let ty = schema.find(change.of()).unwrap_or_else(|| panic!("{key}: {}", change.of()));
            let fields = match change {
                Change::Insert { fields, .. } => fields,
                Change::Update { set, .. } => set,
                _ => continue,
            };
            for (name, value) in &fields.0 {
                let field = ty.fields.iter().find(|field| field.name == *name);
                let field = field.unwrap_or_else(|| panic!("{key}: {}.{name}", ty.name));
                let fits = Value::read(field, value);
                assert!(fits.is_ok(), "{key}: {}.{name}: {value:?}: {fits:?}", ty.name);
            }
        }
    }
    let keys: BTreeSet<&String> = lines.iter().map(|line| &line.key).collect();
    assert_eq!(keys.len(), lines.len(), "two acts under one key are one act");
}

#[test]
fn what_a_record_refers_to_is_there_before_it() {
    let (schema, all) = (schema(), all());
    let lines = lines(&all);
    let mut there = BTreeSet::new();
    for (of, id, fields) in inserts(&lines) {
        let ty = schema.find(of).expect("a type of the schema");
        for (name, value) in &fields.0 {
            let field = ty.fields.iter().find(|field| field.name == *name).expect("a field");
            if let Ok(Value::Ref(to)) = Value::read(field, value) {
                assert!(there.contains(&to), "{of} {id}: {name} is not there yet");
            }
        }
        assert!(there.insert(id), "{of} {id} is made twice");
    }
}

#[test]
fn two_estates_hold_six_hundred_assets_in_their_rooms() {
    let all = all();
    let lines = lines(&all);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    inserts(&lines).iter().for_each(|(of, _, _)| *counts.entry(of).or_default() += 1);
    assert_eq!(counts["estate"], 2);
    assert!(counts["building"] >= 4 && counts["asset"] >= 600 && counts["remark"] >= 20, "{counts:?}");
    let floors = inserts(&lines).into_iter().filter(|(of, _, _)| *of == "floor").map(|(_, id, _)| id);
    let drawn: Vec<usize> = floors
        .map(|floor| {
            let on = |fields: &Fields| {
                fields.find("floor").is_some_and(|it| *it == floor.to_string().as_str().into())
            };
            inserts(&lines).iter().filter(|(of, _, fields)| *of == "room" && on(fields)).count()
        })
        .filter(|rooms| *rooms > 0)
        .collect();
    assert!(drawn.len() >= 6 && drawn.iter().all(|rooms| *rooms >= 12), "rooms on each floor: {drawn:?}");
}

#[test]
fn three_people_worked_on_it_and_two_of_them_apart() {
    let all = all();
    for who in [Who::Ann, Who::Ben, Who::Cleo] {
        let acts: usize = all.iter().filter(|stage| stage.who == who).map(|stage| stage.acts.len()).sum();
        assert!(acts >= 50, "{who:?} did {acts}");
    }
    let apart: Vec<&Stage> = all.iter().filter(|stage| stage.is_apart).collect();
    let moved: BTreeSet<RecordId> = apart
        .iter()
        .flat_map(|stage| lines(std::slice::from_ref(*stage)))
        .map(|line| line.changes[0].0.id())
        .collect();
    assert_eq!((apart.len(), moved.len()), (2, 1), "both move the same asset");
}

#[test]
fn two_of_the_drawings_have_more_than_twenty_million_pixels() {
    let pixels = |svg: &str, name: &str| -> u64 {
        let rest = svg.split_once(&format!("{name}=\"")).expect("a size").1;
        rest.split('"').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    let drawings = drawings();
    let large = drawings.iter().filter(|(_, svg)| pixels(svg, "width") * pixels(svg, "height") > 20_000_000);
    assert!(drawings.len() >= 6 && large.count() >= 2);
    for (name, svg) in &drawings {
        let there =
            std::fs::read_to_string(site().join(format!("demo/plans/{name}.svg"))).unwrap_or_default();
        assert!(there == *svg, "{name}.svg is not what is drawn: run `cargo xtask plans`");
    }
}
