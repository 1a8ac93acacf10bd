//! A workspace that goes on under the next version of its schema: rows, histories, held ops and keys go with it, and
//! devices of either version write and read (rule 48).

use fieldbook_model::op::Take;
use fieldbook_model::schema::{Field, Kind, Step, StepChange};
use fieldbook_model::{Change, Fields, Json, Schema, Version, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_server_store::UpgradeError;

use crate::builder::{Device, add, insert, product, record, set, shop, tell};
use crate::world::{ALL, Make, World, at, find, verdicts};

fn text() -> Kind {
    Kind::Text { max: 200 }
}

fn field<'s>(schema: &'s mut Schema, of: &str, name: &str) -> &'s mut Field {
    let ty = schema.types.iter_mut().find(|ty| ty.name == of).expect("a type");
    ty.fields.iter_mut().find(|field| field.name == name).expect("a field")
}

/// The shop with renamed types and fields, a wider number, a split text, a dropped field and a new one.
fn next() -> Schema {
    let mut next = Schema { version: 2, ..shop() };
    for field in next.types.iter_mut().flat_map(|ty| &mut ty.fields) {
        if let Kind::Ref { to, .. } = &mut field.kind
            && to == "product"
        {
            "article".clone_into(to);
        }
    }
    let ty = next.types.iter_mut().find(|ty| ty.name == "product").expect("a type");
    "article".clone_into(&mut ty.name);
    ty.fields.push(Field { default: Some("box".into()), ..Field::new("unit", text()) });
    "title".clone_into(&mut field(&mut next, "article", "name").name);
    field(&mut next, "article", "stock").kind = Kind::Decimal { scale: 1 };
    "tel".clone_into(&mut field(&mut next, "customer", "phone").name);
    "number".clone_into(&mut field(&mut next, "customer", "code").name);
    let customer = next.types.iter_mut().find(|ty| ty.name == "customer").expect("a type");
    customer.unique[0].fields = vec!["number".into()];
    customer.fields.retain(|field| field.name != "note");
    let payment = next.types.iter_mut().find(|ty| ty.name == "payment").expect("a type");
    payment.fields.pop();
    payment.fields.extend(["who", "why"].map(|name| Field::new(name, text())));
    let (of, field) = (String::from, String::from);
    next.steps = [
        StepChange::RenameType { from: of("product"), to: of("article") },
        StepChange::RenameField { of: of("article"), from: of("name"), to: of("title") },
        StepChange::ChangeKind { of: of("article"), field: field("stock"), values: Vec::new() },
        StepChange::RenameField { of: of("customer"), from: of("phone"), to: of("tel") },
        StepChange::RenameField { of: of("customer"), from: of("code"), to: of("number") },
        StepChange::DropField { of: of("customer"), field: field("note") },
        StepChange::Split {
            of: of("payment"),
            field: field("remark"),
            into: vec!["who".into(), "why".into()],
            by: ": ".into(),
        },
    ]
    .map(|change| Step { to: 2, change })
    .to_vec();
    next
}

impl World {
    fn upgrade(&mut self) -> Version {
        match self.store.upgrade(&next()) {
            Ok(version) => version,
            Err(error) => panic!("{error}: {error:?}"),
        }
    }

    /// The fields of a record that is shown, as text.
    fn row(&self, of: &str, n: u64) -> String {
        let start = format!(r#"{{"type":"{of}","id":"{}","#, record(n));
        let line = self.export().into_iter().find(|line| line.starts_with(&start));
        line.and_then(|line| find(&json::parse(&line).unwrap(), "fields"))
            .map_or_else(String::new, |it| json::write(&it))
    }
}

/// A device of the newer version.
fn newer(n: u8) -> Device {
    Device { schema: 2, ..Device::new(n) }
}

fn of(of: &str, n: u64, base: u64, fields: Fields) -> Change {
    let Change::Update { add, count, include, exclude, reset, .. } = set(n, base, "", Json::Null) else {
        unreachable!("it sets something");
    };
    Change::Update {
        of: of.into(),
        id: record(n),
        base: Version(base),
        set: fields,
        add,
        count,
        include,
        exclude,
        reset,
    }
}

fn sets(name: &str, value: &str) -> Fields {
    Fields::from([(name, value.into())])
}

pub fn an_upgrade_takes_a_place_and_the_rows_get_their_new_shape(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let made = a.op([product(1, "Chai"), insert("payment", 2, [("remark", "Ann: rent".into())])]);
    world.push(&a, &[&made]);
    let before = world.reader().head().unwrap();
    assert_eq!(world.upgrade(), Version(2));
    let head = world.reader().head().unwrap();
    assert_eq!((head.version, head.epoch), (Version(2), before.epoch));
    assert_ne!(head.hash, before.hash, "the chain of all that happened tells of it");
    assert_eq!(
        world.row("article", 1),
        r#"{"title":"Chai","price":"1.50","stock":"10.0","tags":null,"unit":"box"}"#
    );
    assert_eq!(world.row("payment", 2), r#"{"amount":null,"who":"Ann","why":"rent"}"#);
    let page = world.page_of(&newer(2), at(1), ALL);
    assert_eq!((page.rows.len(), page.end.to.version, page.end.schema), (0, Version(2), 2));
}

pub fn ops_of_an_older_version_still_apply(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let made = a.op([product(1, "Chai")]);
    world.push(&a, &[&made]);
    let queued = [
        a.op([set(1, 1, "name", "Tea"), add(1, 1, -2)]),
        a.op([product(2, "Cake")]),
        a.op([tell(1, 1, "phone", "030")]),
        a.op([insert("payment", 3, [("remark", "Ben".into())])]),
    ];
    world.upgrade();
    let answers = world.push(&a, &queued.each_ref());
    assert_eq!(verdicts(&answers), ["committed", "committed", "unknown-record", "committed"]);
    assert_eq!(world.field("article", 1, "title"), Some("Tea".into()));
    assert_eq!(world.field("article", 1, "stock"), Some("8.0".into()));
    assert_eq!(world.field("article", 2, "unit"), Some("box".into()));
    assert_eq!(world.row("payment", 3), r#"{"amount":null,"who":"Ben","why":null}"#);
    let ops = world.reader().ops(Version(3), 1).unwrap();
    assert!(ops[0].1.ends_with(&format!(r#""op":{}}}"#, queued[0].text)), "the bytes stay");
    assert_eq!(verdicts(&world.push(&a, &queued.each_ref())), verdicts(&answers), "asked again, the same");
}

pub fn an_older_device_reads_rows_of_its_own_version(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), newer(2));
    world.upgrade();
    let fields = Fields::from([("title", "Chai".into()), ("stock", "2.5".into()), ("unit", "bag".into())]);
    let made = b.op([
        Change::Insert { of: "article".into(), id: record(1), fields },
        insert("payment", 2, [("why", "rent".into()), ("who", "Ann".into())]),
    ]);
    assert_eq!(world.verdict(&b, &made), "committed");
    let page = world.page(&a, 0);
    let told: Vec<String> = page
        .rows
        .iter()
        .map(|row| {
            let columns = &page.types[row.of];
            format!("{}{}: {}", columns.of, json::write(&columns.columns), json::write(&row.values()))
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"product["name","price","stock","tags"]: ["Chai",null,3,null]"#,
            r#"payment["amount","remark"]: [null,"Ann: rent"]"#,
        ]
    );
    assert_eq!((page.end.schema, page.end.newest), (1, 2), "and is told that there is more");
    let edit = a.saw(2).op([add(1, 2, 1)]);
    assert_eq!(world.verdict(&a, &edit), "committed");
    assert_eq!(world.field("article", 1, "stock"), Some("3.5".into()), "what it could not see stays");
}

pub fn an_op_of_a_newer_version_waits_and_is_taken_when_the_server_has_it(make: Make) {
    let (mut world, mut b) = (World::new(make), newer(1));
    let ops = [b.op([insert("article", 1, [("title", "Chai".into())])]), b.op([insert("payment", 2, [])])];
    for _ in 0..2 {
        let problem = world.try_push(&b, &ops.each_ref()).expect_err("not yet");
        assert_eq!(problem.code, ProblemCode::NewerSchema);
    }
    world.upgrade();
    assert_eq!(verdicts(&world.push(&b, &ops.each_ref())), ["committed", "committed"]);
}

pub fn a_schema_that_may_not_follow_changes_nothing(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let made = a.op([product(1, "Chai")]);
    world.push(&a, &[&made]);
    let (before, head) = (world.export(), world.reader().head().unwrap());
    for wrong in [Schema { version: 3, ..next() }, Schema { steps: Vec::new(), ..next() }] {
        let Err(UpgradeError::Refused(findings)) = world.store.upgrade(&wrong) else { panic!("it followed") };
        assert!(!findings.is_empty());
    }
    assert_eq!((world.export(), world.reader().head().unwrap()), (before, head));
    world.upgrade();
    assert!(matches!(world.store.upgrade(&next()), Err(UpgradeError::Refused(_))), "not twice");
}

pub fn a_value_that_does_not_fit_the_new_kind_stops_the_upgrade(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let made = a.op([insert("product", 1, [("stock", 999_999_999_999_999_999.into())])]);
    assert_eq!(world.verdict(&a, &made), "committed");
    let before = world.export();
    let error = world.store.upgrade(&next()).expect_err("19 digits").to_string();
    assert!(error.contains(&record(1).to_string()) && error.contains("18 digits"), "{error}");
    assert_eq!(world.export(), before);
    let less = a.saw(1).op([add(1, 1, -999_999_999_999_999_000)]);
    assert_eq!(world.verdict(&a, &less), "committed");
    world.upgrade();
    assert_eq!(world.field("article", 1, "stock"), Some("999.0".into()));
}

pub fn a_held_op_is_settled_by_a_decision_of_the_older_version(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let made = a.op([insert("customer", 1, [("phone", "030".into())]), product(1, "Chai")]);
    let theirs = a.op([tell(1, 1, "phone", "040")]);
    world.push(&a, &[&made, &theirs]);
    let held = b.saw(1).op([tell(1, 1, "phone", "050"), add(1, 1, -2)]);
    assert_eq!(world.verdict(&b, &held), "conflicted");
    world.upgrade();
    let units = |world: &World| {
        let conflict = world.export().into_iter().find(|line| line.starts_with(r#"{"type":"conflict""#));
        conflict.expect("a conflict")
    };
    assert!(
        units(&world).contains(r#""unit":"tel","kind":"edit","base":{"tel":"030"}"#),
        "{}",
        units(&world)
    );
    let page = world.page(&b, 2);
    let row = page.rows.iter().find(|row| row.id == held.op.op_id.as_record()).expect("the conflict");
    assert!(json::write(&row.values()).contains(r#""unit":"phone""#), "{row:?}");
    let decision = a.saw(3).resolves(&held, 3, 1, Some("phone"), Take::Mine);
    assert_eq!(world.verdict(&a, &decision), "committed");
    assert_eq!(world.field("customer", 1, "tel"), Some("050".into()));
    assert_eq!(world.field("article", 1, "stock"), Some("8.0".into()));
}

pub fn an_undo_takes_back_what_was_done_under_an_older_version(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), newer(2));
    let made = a.op([product(1, "Chai"), insert("payment", 2, [("remark", "Ann: rent".into())])]);
    let renamed =
        a.op([set(1, 1, "name", "Tea"), add(1, 1, -2), of("payment", 2, 1, sets("remark", "Ann: food"))]);
    world.push(&a, &[&made, &renamed]);
    world.upgrade();
    let undo = a.undoes(&renamed);
    assert_eq!(world.verdict(&a, &undo), "committed");
    assert_eq!(world.field("article", 1, "title"), Some("Chai".into()));
    assert_eq!(world.field("article", 1, "stock"), Some("10.0".into()));
    assert_eq!(world.row("payment", 2), r#"{"amount":null,"who":"Ann","why":"rent"}"#);
    let over = b.saw(4).op([of("article", 1, 4, sets("title", "Coffee"))]);
    world.push(&b, &[&over]);
    let redo = a.undoes(&undo);
    assert_eq!(world.verdict(&a, &redo), "committed");
    assert_eq!(world.field("article", 1, "title"), Some("Coffee".into()), "what came over it stays");
    assert_eq!(world.field("article", 1, "stock"), Some("8.0".into()));
}

pub fn histories_speak_of_what_there_is_now(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([set(1, 1, "name", "Tea"), add(1, 1, -2)])];
    world.push(&a, &ops.each_ref());
    let refused = a.op([set(1, 1, "name", "x"), tell(7, 1, "phone", "1")]);
    world.push(&a, &[&refused]);
    world.upgrade();
    let told: Vec<String> = world
        .history("article", 1)
        .iter()
        .flat_map(|line| line.units.iter())
        .map(|unit| format!("{} {} > {}", unit.field, json::write(&unit.before), json::write(&unit.after)))
        .collect();
    assert_eq!(
        told,
        [
            r#"title null > "Chai""#,
            r#"price null > "1.50""#,
            r#"stock null > "10.0""#,
            r#"unit null > "box""#,
            r#"title "Chai" > "Tea""#,
            r#"stock "10.0" > "8.0""#,
            r#"title "Chai" > "x""#,
        ]
    );
    assert_eq!(world.history("product", 1), []);
}

pub fn the_same_act_is_a_duplicate_on_both_sides_of_an_upgrade(make: Make) {
    let (mut world, mut a, mut b, mut c) = (World::new(make), Device::new(1), Device::new(2), newer(3));
    let pay = |n: u64| [insert("payment", n, [("amount", "5.00".into())]), product(n + 100, "Bag")];
    let first = a.pays("k", pay(1));
    let early = b.pays("k", pay(2));
    world.push(&a, &[&first]);
    world.push(&b, &[&early]);
    world.upgrade();
    let article = insert("article", 103, [("title", "Bag".into()), ("stock", "10".into())]);
    let late = c.pays("k", [insert("payment", 3, [("amount", "5".into())]), article]);
    let answer = world.push(&c, &[&late]).remove(0);
    assert!(json::write(&answer).contains(r#""type":"article""#), "{answer:?}");
    // Under the names of whoever asks again.
    assert!(json::write(&world.push(&b, &[&early])).contains(r#""type":"product""#));
    assert!(json::write(&world.page(&b, 0).answers).contains(r#""type":"product""#));
    let other = c.pays("k", [insert("payment", 4, [("amount", "6".into())])]);
    assert_eq!(world.verdict(&c, &other), "key-reused");
}

pub fn a_split_text_stamps_only_the_part_that_its_author_changed(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), newer(2));
    let made = a.op([insert("payment", 1, [("remark", "Ann: rent".into())])]);
    world.push(&a, &[&made]);
    let whole = a.op([of("payment", 1, 1, sets("remark", "Ann: food"))]);
    world.upgrade();
    let part = b.saw(2).op([of("payment", 1, 1, sets("who", "Ben"))]);
    assert_eq!(world.verdict(&b, &part), "committed");
    assert_eq!(world.verdict(&a, &whole), "committed");
    assert_eq!(world.row("payment", 1), r#"{"amount":null,"who":"Ben","why":"food"}"#);
    let history = world.history_units("payment", 1);
    assert_eq!(history.last().map(String::as_str), Some("why"), "{history:?}");
}

impl World {
    fn history_units(&self, of: &str, n: u64) -> Vec<String> {
        self.history(of, n).iter().flat_map(|line| &line.units).map(|unit| unit.field.clone()).collect()
    }
}

pub fn a_dropped_field_is_kept_for_older_devices(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let made = a.op([insert("customer", 1, [("note", "kind".into()), ("phone", "030".into())])]);
    world.push(&a, &[&made]);
    world.upgrade();
    assert_eq!(world.row("customer", 1), r#"{"tel":"030","number":null}"#);
    let edit = a.saw(2).op([tell(1, 1, "note", "very kind")]);
    assert_eq!(world.verdict(&a, &edit), "committed");
    let page = world.page(&a, 2);
    assert_eq!(json::write(&page.rows[0].values()), r#"["030",null,"very kind"]"#);
    let schemas = world.reader().schemas(1).unwrap().schemas;
    let customer = schemas[0].schema.find("customer").expect("a type");
    assert!(customer.position("note").is_none(), "no newer device hears of it");
}

pub fn keys_are_met_under_their_new_names(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), newer(2));
    let made = a.op([insert("customer", 1, [("code", "X1".into())])]);
    world.push(&a, &[&made]);
    world.upgrade();
    let blind = b.op([insert("customer", 2, [("number", "X1".into())])]);
    assert_eq!(world.verdict(&b, &blind), "conflicted");
}

pub fn a_device_asks_for_the_versions_behind_its_own(make: Make) {
    let mut world = World::new(make);
    assert_eq!(world.reader().schemas(1).unwrap().schemas, []);
    world.upgrade();
    let reply = world.reader().schemas(1).unwrap();
    let told: Vec<_> = reply.schemas.iter().map(|it| (it.at, it.schema.version)).collect();
    assert_eq!(told, [(Version(1), 2)]);
    assert_eq!(world.reader().schemas(0).unwrap().schemas.len(), 2);
    assert_eq!(world.reader().schemas(2).unwrap().schemas, []);
}
