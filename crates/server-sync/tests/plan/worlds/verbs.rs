//! What the devices of a small world may do: for each rule its verbs.

use fieldbook_model::op::Fields;
use fieldbook_model::{Change, Json, RecordId, Version};

/// What an op is made of.
pub struct Ask<'a> {
    /// The record that it is about.
    pub record: RecordId,
    /// The other of the two.
    pub other: RecordId,
    /// An id that nobody used.
    pub fresh: RecordId,
    /// What this device made last, else `record`.
    pub made: RecordId,
    /// The confirmed version of a record on this device.
    pub base: &'a dyn Fn(RecordId) -> Version,
}

/// One thing that a user may do.
pub struct Verb {
    /// For the report.
    pub name: &'static str,
    /// Its idempotency key and action, if it names an occasion.
    pub key: Option<(&'static str, &'static str)>,
    /// Its changes.
    pub changes: fn(&Ask<'_>) -> Vec<Change>,
}

/// A rule, the verbs that it is about, and which of the two records are there from the start.
pub struct Rule {
    pub name: &'static str,
    pub there: &'static [&'static str],
    /// How many worlds there are.
    pub worlds: u64,
    pub verbs: &'static [Verb],
}

const fn verb(name: &'static str, changes: fn(&Ask<'_>) -> Vec<Change>) -> Verb {
    Verb { name, key: None, changes }
}

fn fields(name: &str, value: impl Into<Json>) -> Fields {
    Fields::from([(name, value.into())])
}

fn list(elements: &[&str]) -> Json {
    Json::List(elements.iter().map(|element| Json::from(*element)).collect())
}

fn none() -> Fields {
    Fields::default()
}

fn update(ask: &Ask<'_>, id: RecordId, [set, add, include, exclude]: [Fields; 4]) -> Change {
    let count = none();
    let reset = none();
    Change::Update { of: "item".into(), id, base: (ask.base)(id), set, add, count, include, exclude, reset }
}

fn set(ask: &Ask<'_>, id: RecordId, field: &str, value: impl Into<Json>) -> Change {
    update(ask, id, [fields(field, value), none(), none(), none()])
}

fn add(ask: &Ask<'_>, number: i64) -> Change {
    update(ask, ask.record, [none(), fields("n", number), none(), none()])
}

fn include(ask: &Ask<'_>, elements: &[&str]) -> Change {
    update(ask, ask.record, [none(), none(), fields("tags", list(elements)), none()])
}

fn exclude(ask: &Ask<'_>, elements: &[&str]) -> Change {
    update(ask, ask.record, [none(), none(), none(), fields("tags", list(elements))])
}

fn insert(id: RecordId, field: &str, value: impl Into<Json>) -> Change {
    let fields = Fields::from([("name", "new".into()), (field, value.into())]);
    Change::Insert { of: "item".into(), id, fields }
}

fn note(ask: &Ask<'_>, text: &str, about: Option<RecordId>) -> Change {
    let mut fields = fields("text", text);
    fields.0.extend(about.map(|id| ("about".to_owned(), link(id))));
    Change::Insert { of: "note".into(), id: ask.fresh, fields }
}

fn link(id: RecordId) -> Json {
    Json::Text(id.to_string())
}

fn delete(ask: &Ask<'_>) -> Change {
    Change::Delete { of: "item".into(), id: ask.record, base: (ask.base)(ask.record) }
}

fn restore(ask: &Ask<'_>) -> Change {
    Change::Restore { of: "item".into(), id: ask.record, base: (ask.base)(ask.record) }
}

const BOTH: &[&str] = &["r", "s"];
const ONE: &[&str] = &["r"];

/// All rules with their verbs.
pub const RULES: &[Rule] = &[
    Rule {
        name: "last-synced text",
        there: BOTH,
        worlds: 199_620,
        verbs: &[
            verb("x=a", |ask| vec![set(ask, ask.record, "x", "a")]),
            verb("x=b", |ask| vec![set(ask, ask.record, "x", "b")]),
            verb("y=a", |ask| vec![set(ask, ask.record, "y", "a")]),
            verb("x=c on both", |ask| vec![set(ask, ask.record, "x", "c"), set(ask, ask.other, "x", "c")]),
        ],
    },
    Rule {
        name: "delta number",
        there: BOTH,
        worlds: 102_147,
        verbs: &[
            verb("n+2", |ask| vec![add(ask, 2)]),
            verb("n-3", |ask| vec![add(ask, -3)]),
            verb("n+all", |ask| vec![add(ask, 999_999_999_999_999_998)]),
        ],
    },
    Rule {
        name: "set elements",
        there: BOTH,
        worlds: 199_620,
        verbs: &[
            verb("tags<p", |ask| vec![include(ask, &["p"])]),
            verb("tags<q|t|u", |ask| vec![include(ask, &["q", "t", "u"])]),
            verb("tags>p", |ask| vec![exclude(ask, &["p"])]),
            verb("tags=[q]", |ask| vec![set(ask, ask.record, "tags", list(&["q"]))]),
        ],
    },
    Rule {
        name: "highest number",
        there: BOTH,
        worlds: 102_147,
        verbs: &[
            verb("top=3", |ask| vec![set(ask, ask.record, "top", 3)]),
            verb("top=5", |ask| vec![set(ask, ask.record, "top", 5)]),
            verb("top=4", |ask| vec![set(ask, ask.record, "top", 4)]),
        ],
    },
    Rule {
        name: "insert-only type",
        there: ONE,
        worlds: 204_294,
        verbs: &[
            verb("+note about", |ask| vec![note(ask, "t", Some(ask.record))]),
            verb("note.text=u", |ask| {
                let Change::Update { id, base, set, add, count, include, exclude, reset, .. } =
                    set(ask, ask.made, "text", "u")
                else {
                    return Vec::new();
                };
                vec![Change::Update { of: "note".into(), id, base, set, add, count, include, exclude, reset }]
            }),
            verb("-r", |ask| vec![delete(ask)]),
        ],
    },
    Rule {
        name: "record life",
        there: ONE,
        worlds: 652_936,
        verbs: &[
            verb("+r", |ask| vec![insert(ask.record, "x", "i")]),
            verb("-r", |ask| vec![delete(ask)]),
            verb("^r", |ask| vec![restore(ask)]),
            verb("x=a", |ask| vec![set(ask, ask.record, "x", "a")]),
            verb("n+2", |ask| vec![add(ask, 2)]),
        ],
    },
    Rule {
        name: "references",
        there: ONE,
        worlds: 326_468,
        verbs: &[
            verb("+child up=r", |ask| vec![insert(ask.fresh, "up", link(ask.record))]),
            verb("up=other", |ask| vec![set(ask, ask.record, "up", link(ask.other))]),
            verb("+r", |ask| vec![insert(ask.record, "x", "i")]),
            verb("-r", |ask| vec![delete(ask)]),
        ],
    },
    Rule {
        name: "refused and dependent",
        there: ONE,
        worlds: 326_468,
        verbs: &[
            verb("x=5", |ask| vec![set(ask, ask.record, "x", 5)]),
            verb("+r x=5", |ask| vec![insert(ask.record, "x", 5)]),
            verb("x=a", |ask| vec![set(ask, ask.record, "x", "a")]),
            verb("n+2", |ask| vec![add(ask, 2)]),
        ],
    },
    Rule {
        name: "idempotency keys",
        there: ONE,
        worlds: 657_610,
        verbs: &[
            Verb {
                name: "K:+item",
                key: Some(("K", "plain")),
                changes: |ask| vec![insert(ask.fresh, "x", "k")],
            },
            Verb {
                name: "L:+item x",
                key: Some(("L", "label")),
                changes: |ask| vec![insert(ask.fresh, "x", "l")],
            },
            Verb {
                name: "L:+item y",
                key: Some(("L", "label")),
                changes: |ask| vec![insert(ask.fresh, "y", "l")],
            },
            verb("made.x=a", |ask| vec![set(ask, ask.made, "x", "a")]),
            verb("+child up=made", |ask| vec![insert(ask.fresh, "up", link(ask.made))]),
        ],
    },
];
