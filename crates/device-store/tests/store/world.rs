//! A small shop for tests: its schema, its records by one letter, pages in a few words.
//!
//! Changes: `add p -2`, `name p Chai`, `tag p a`, `untag p a`, `like p q`, `del p`, `res p`, `ins r New 3`; a
//! comma joins changes of one op. Rows: `p Tea 10 @1`, with `[a,b]` for tags and `~q` for a reference,
//! `p gone @2`; verdicts `ok 1 @2`, `no 1 @2`, `dup 1 r=s @3`.

use fieldbook_device_store::{Acted, Action, Arrived, Identity, IncomingError, LogFilter, Moment, Store};
use fieldbook_model::schema::{self, Field, Kind, Merge, RecordType};
use fieldbook_model::{
    Change, Code, Cursor, DeviceId, Epoch, Fields, Json, Limits, OpId, RecordId, Refusal, Schema, Seq,
    UserId, Version, WallTime, WorkspaceId,
};
use fieldbook_protocol::page::{Columns, PageEnd, PageStart, PageWriter};
use fieldbook_protocol::push::SameRecord;
use fieldbook_protocol::{Answer, Verdict};

pub const EPOCH: Epoch = Epoch(1);

fn field(name: &str, kind: Kind) -> Field {
    Field::new(name, kind)
}

fn ty(name: &str, insert_only: bool, fields: Vec<Field>) -> RecordType {
    RecordType { insert_only, ..RecordType::new(name, fields) }
}

pub fn schema() -> Schema {
    let text = || Kind::Text { max: 300 };
    let to = |to: &str| Kind::Ref { to: to.into(), owner: false, on_delete: Default::default() };
    let money = || Kind::Money { currency: "EUR".into(), scale: 4 };
    let product = vec![
        Field { required: true, ..field("name", text()) },
        Field { merge: Merge::Delta, ..field("stock", Kind::Integer) },
        field("tags", Kind::Set { max: 2 }),
        field("like", to("product")),
        field("price", money()),
    ];
    let thing = vec![
        field("text", text()),
        field("whole", Kind::Integer),
        field("exact", Kind::Decimal { scale: 2 }),
        field("money", money()),
        field("flag", Kind::Boolean),
        field("day", Kind::Date),
        field("at", Kind::Timestamp),
        field("word", Kind::Enum { values: vec!["a".into(), "b".into()] }),
        field("json", Kind::Json),
        field("set", Kind::Set { max: 9 }),
        field("ref", to("product")),
        field("blob", Kind::Blob),
    ];
    let payment = vec![field("product", to("product")), field("amount", money())];
    let pay = schema::Action { key: vec!["payment.product".into()], ..schema::Action::new("pay") };
    let types = vec![ty("thing", false, thing), ty("product", false, product), ty("payment", true, payment)];
    Schema::new("shop", 3, types, vec![pay, schema::Action::new("count")])
}

pub fn identity() -> Identity {
    Identity {
        workspace_id: WorkspaceId::from_bytes([1; 16]),
        workspace: "Northwind".into(),
        user_id: UserId::from_bytes([2; 16]),
        user: "Nancy".into(),
        device_id: DeviceId::from_bytes([3; 16]),
        role: "member".into(),
        schema: schema(),
        limits: Limits::default(),
        epoch: EPOCH,
    }
}

pub fn id(letter: &str) -> RecordId {
    let mut bytes = [0; 16];
    bytes[15] = letter.as_bytes()[0];
    RecordId::from_bytes(bytes)
}

fn letter(id: RecordId) -> char {
    char::from(id.bytes()[15])
}

pub fn cursor(version: u64) -> Cursor {
    Cursor { epoch: EPOCH, version: Version(version) }
}

pub fn moment(n: u64) -> Moment {
    let mut random = [0; 16];
    random[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Moment { wall: WallTime(1_800_000_000_000 + n as i64), random }
}

pub fn insert(of: &str, id: RecordId, fields: Fields) -> Change {
    Change::Insert { of: of.into(), id, fields }
}

pub fn set(of: &str, id: RecordId, set: Fields) -> Change {
    update(of, id, [set, Fields::default(), Fields::default(), Fields::default()])
}

pub fn update(of: &str, id: RecordId, [set, add, include, exclude]: [Fields; 4]) -> Change {
    Change::Update {
        of: of.into(),
        id,
        base: Version(0),
        set,
        add,
        count: Fields::default(),
        include,
        exclude,
        reset: Fields::default(),
    }
}

pub fn change(text: &str) -> Change {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (verb, at) = (words[0], id(words[1]));
    let none = Fields::default;
    let list = || Json::List(vec![Json::from(words[2])]);
    let number = |word: &str| Json::Int(word.parse().expect("a number"));
    let product = |edits| update("product", at, edits);
    match verb {
        "add" => product([none(), [("stock", number(words[2]))].into(), none(), none()]),
        "name" => product([[("name", Json::from(words[2]))].into(), none(), none(), none()]),
        "like" => product([[("like", Json::Text(id(words[2]).to_string()))].into(), none(), none(), none()]),
        "tag" => product([none(), none(), [("tags", list())].into(), none()]),
        "untag" => product([none(), none(), none(), [("tags", list())].into()]),
        "del" => Change::Delete { of: "product".into(), id: at, base: Version(0) },
        "res" => Change::Restore { of: "product".into(), id: at, base: Version(0) },
        "ins" => {
            let fields = [("name", Json::from(words[2])), ("stock", number(words[3]))];
            insert("product", at, fields.into())
        }
        other => panic!("{other} is no verb"),
    }
}

pub fn edit(text: &str) -> Action {
    Action { action: "edit".into(), key: None, changes: text.split(", ").map(change).collect() }
}

/// Acts once for each `;`-separated op.
pub fn act(store: &mut Store, ops: &str) -> Vec<Acted> {
    let ops = ops.split(';').map(str::trim).filter(|op| !op.is_empty());
    let acted = ops.map(|op| {
        let n = store.facts().expect("facts").last.0 + 1;
        store.act(moment(n), edit(op)).unwrap_or_else(|error| panic!("{op}: {error}"))
    });
    acted.collect()
}

pub fn columns(of: &str) -> Columns {
    let schema = schema();
    let place = schema.types.iter().position(|ty| ty.name == of).expect("a type");
    fieldbook_protocol::row::columns(&schema, place)
}

/// How a page begins: one that comes after what is staged is of the same pull.
pub fn start(store: &mut Store, from: u64) -> PageStart {
    let facts = store.facts().expect("facts");
    let continues = facts.staged.is_some() && from > facts.cursor.version.0;
    let base = if continues { facts.cursor.version } else { Version(from) };
    PageStart {
        from: cursor(from),
        base,
        view: base.to_string(),
        join: None,
        load: None,
        cuts: None,
        places: Vec::new(),
    }
}

/// A page in a few words; `more`, when it is not the last.
pub fn page(store: &mut Store, from: u64, to: u64, more: bool, news: &str) -> String {
    let mut writer = PageWriter::new(&start(store, from));
    writer.columns(&columns("product"));
    for entry in news.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (what, version) = entry.split_once(" @").expect("a version");
        let version = Version(version.parse().expect("a version"));
        match what.split_whitespace().collect::<Vec<_>>()[..] {
            ["ok" | "no" | "dup", seq, ..] => {
                let seq = Seq(seq.parse().expect("a seq"));
                let op_id = op_id(store, seq);
                writer.answer(&Answer { seq, op_id, version, verdict: verdict(what), partly: false });
            }
            [at, "gone"] => writer.gone(0, id(at), version),
            [at, name, stock, ref rest @ ..] => writer.row(0, id(at), version, &values(name, stock, rest)),
            _ => panic!("{entry} is no news"),
        }
    }
    let head = Version(if more { to + 1 } else { to });
    writer.end(&PageEnd {
        backup: None,
        to: cursor(to),
        head,
        hash: fieldbook_model::chain::Hash::ZERO,
        head_hash: None,
        fork: None,
        horizon: None,
        more,
        schema: 3,
        newest: 3,
        time: WallTime(0),
    })
}

fn values(name: &str, stock: &str, rest: &[&str]) -> String {
    let tags = rest.iter().find_map(|word| word.strip_prefix('[')).map_or("null".to_owned(), |tags| {
        let tags = tags.trim_end_matches(']').split(',').map(|tag| format!("{tag:?}"));
        format!("[{}]", tags.collect::<Vec<_>>().join(","))
    });
    let like = rest.iter().find_map(|word| word.strip_prefix('~'));
    let like = like.map_or("null".to_owned(), |like| format!("\"{}\"", id(like)));
    format!("[{name:?},{stock},{tags},{like},\"18.0000\"]")
}

pub fn verdict(text: &str) -> Verdict {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[0] {
        "ok" => Verdict::Committed,
        "no" => Verdict::Rejected {
            refusal: Refusal::new(Code::UnknownRecord, "It is not there."),
            depends_on: None,
        },
        _ => {
            let (own, existing) = words[2].split_once('=').expect("two records");
            let same = SameRecord { of: "product".into(), own: id(own), existing: id(existing) };
            Verdict::DuplicateOf { op: OpId::from_bytes([9; 16]), ids: vec![same] }
        }
    }
}

pub fn op_id(store: &mut Store, seq: Seq) -> OpId {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    store.log(filter).expect("the log")[0].op_id
}

/// Takes in a page from the device's cursor to the last version that the news names.
pub fn news(store: &mut Store, news: &str) -> Result<Arrived, IncomingError> {
    let from = store.facts().expect("facts").cursor.version.0;
    let versions = news.split(';').filter_map(|entry| entry.split_once(" @")?.1.trim().parse().ok());
    let to = versions.fold(from + 1, u64::max);
    let page = page(store, from, to, false, news);
    store.incoming(&page)
}

/// What is shown, in the words of [`page`], without the tags and references that are empty.
pub fn shown(store: &mut Store) -> String {
    rows(&store.export(fieldbook_device_store::Export::Shown).expect("an export"))
}

pub fn confirmed(store: &mut Store) -> String {
    rows(&store.export(fieldbook_device_store::Export::Confirmed).expect("an export"))
}

fn rows(lines: &[String]) -> String {
    lines.iter().map(|line| row(line)).collect::<Vec<_>>().join("; ")
}

fn row(line: &str) -> String {
    let Json::Object(line) = fieldbook_model::json::parse(line).expect("JSON") else { panic!("no object") };
    let Json::Object(fields) = &line[3].1 else { panic!("no fields") };
    let text = |json: &Json| match json {
        Json::Text(text) => text.clone(),
        other => fieldbook_model::json::write(other),
    };
    let record = |json: &Json| letter(RecordId::parse(&text(json)).expect("an id"));
    let mut words = vec![record(&line[1].1).to_string(), text(&fields[0].1), text(&fields[1].1)];
    if let Json::List(tags) = &fields[2].1 {
        words.push(format!("[{}]", tags.iter().map(text).collect::<Vec<_>>().join(",")));
    }
    if fields[3].1 != Json::Null {
        words.push(format!("~{}", record(&fields[3].1)));
    }
    words.push(format!("@{}", text(&line[2].1)));
    words.join(" ")
}

/// The seqs of pending ops in doubt.
pub fn in_doubt(store: &mut Store) -> String {
    let filter = LogFilter { state: None, from: None, max: 100, newest_first: false };
    let entries = store.log(filter).expect("the log");
    let doubted = entries.iter().filter(|entry| entry.in_doubt).map(|entry| entry.seq.to_string());
    doubted.collect::<Vec<_>>().join(" ")
}

/// A store in memory that has taken in some rows.
pub fn with(base: &str) -> Store {
    let mut store = Store::memory(&identity()).expect("a store");
    for part in base.split("//").map(str::trim).filter(|part| !part.is_empty()) {
        news(&mut store, part).expect("the base");
    }
    store
}
