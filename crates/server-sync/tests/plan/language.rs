//! The language of a history: steps apart by `;`, each `DEVICE[options]: change, change @base/seen`.
//!
//! ```text
//! +r  +r{x=a n=5 up=@s}  +note/m{text=hi}     insert; `name` is given by itself
//! r.x=a  r.x=null  r.x=a&n+2  r.tags=[p|q]    set, several edits of one change by &
//! r.n+2  r.n-3  r.n#5  r.tags<p|q  r.tags>p   add, count, include, exclude
//! r.top!3                                     reset
//! -r  ^r                                      delete, restore
//! @3     base and seen are 3; @3/5: base 3, seen 5; without: what the server has
//! [key=K action=sale] [again=1] [gap] …       see `Options`
//! [action=undo undoes=A2]: nothing            also redo, discards=A2, replaces=A2
//! [action=conflict.resolve resolves=B2/7/r.x:mine/s:theirs/deal~d.a:value,a,5]: nothing
//! [action=member.role member=B:manager]: nothing
//! [action=member.grant grant=B:shop~s:viewer]: nothing   without a role it is taken back
//! [role=cashier] …                            what the account of the author says
//! ```

use fieldbook_model::op::{About, Choice, Fields, Resolution, Take};
use fieldbook_model::{Change, Granting, Json, Membership, OpId, Role, Scope, Version};

use crate::names;

/// One op, or what is offered in its place.
#[derive(Debug)]
pub struct Step {
    pub device: char,
    pub options: Options,
    pub changes: Vec<Change>,
    /// `None`: the device is level with the server.
    pub seen: Option<Version>,
    pub text: String,
}

/// What is special about an offer.
#[derive(Debug, Default)]
pub struct Options {
    /// Offers the device's n-th op again.
    pub again: Option<usize>,
    /// Takes the op_id of the device's n-th op, at the next place of the log.
    pub alter: Option<usize>,
    /// Takes op_id and place of the device's n-th op.
    pub stale: Option<usize>,
    pub key: Option<String>,
    pub action: Option<String>,
    pub schema: Option<u32>,
    /// The milliseconds of its stamp; the server's clock says [`crate::server::CLOCK`].
    pub hlc: Option<u64>,
    /// What it has to do with another op.
    pub about: Option<About>,
    /// What the account of whoever offers says.
    pub role: Option<Role>,
    pub flags: Vec<String>,
}

impl Options {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }
}

/// Reads a history. `head` stands for the version of the step before, which each step raises by one.
pub fn steps(history: &str) -> Vec<Step> {
    history.split(';').map(|text| step(text.trim())).collect()
}

fn step(text: &str) -> Step {
    // Options may hold colons.
    let end = if text.contains('[') && text.find('[') < text.find(':') { "]:" } else { ":" };
    let (who, what) = text.split_once(end).expect("DEVICE: changes");
    let (device, options) = match who.split_once('[') {
        Some((device, options)) => (device, read_options(options.trim_end_matches(']'))),
        None => (who, Options::default()),
    };
    let (what, at) = match what.rsplit_once(" @") {
        Some((what, at)) => (what, Some(at)),
        None => (what, None),
    };
    let number = |text: &str| Version(text.trim().parse().expect("a version"));
    let (base, seen) = match at.map(|at| at.split_once('/').unwrap_or((at, at))) {
        Some((base, seen)) => (number(base), Some(number(seen))),
        None => (LEVEL, None),
    };
    let changes = what.split(',').map(str::trim).filter(|text| !text.is_empty() && *text != "nothing");
    let changes = changes.map(|text| change(text, base)).collect();
    let device = device.trim().chars().next().expect("a device");
    Step { device, options, changes, seen, text: text.to_owned() }
}

/// A base that means "what the server has"; the bench puts the version in.
pub const LEVEL: Version = Version(u64::MAX);

fn read_options(text: &str) -> Options {
    let mut options = Options::default();
    for option in text.split(' ') {
        match option.split_once('=') {
            Some(("again", n)) => options.again = n.parse().ok(),
            Some(("alter", n)) => options.alter = n.parse().ok(),
            Some(("stale", n)) => options.stale = n.parse().ok(),
            Some(("schema", n)) => options.schema = n.parse().ok(),
            Some(("hlc", n)) => options.hlc = n.parse().ok(),
            Some(("undoes", op)) => options.about = Some(About::Undoes(op_named(op))),
            Some(("discards", op)) => options.about = Some(About::Discards(op_named(op))),
            Some(("replaces", op)) => options.about = Some(About::Replaces(op_named(op))),
            Some(("resolves", text)) => options.about = Some(About::Resolves(resolution(text))),
            Some(("member", text)) => options.about = Some(About::Member(membership(text))),
            Some(("grant", text)) => options.about = Some(About::Grant(granting(text))),
            Some(("role", role)) => options.role = role.parse().ok(),
            Some(("key", key)) => options.key = Some(key.to_owned()),
            Some(("action", action)) => options.action = Some(action.to_owned()),
            _ => options.flags.push(option.to_owned()),
        }
    }
    options
}

/// `B:manager`: what the person of device B is from now on.
fn membership(text: &str) -> Membership {
    let (who, role) = text.split_once(':').expect("who:role");
    let user = names::user(who.chars().next().expect("a device"));
    Membership { user, name: who.to_owned(), role: role.parse().expect("a role") }
}

/// `B:shop~s:manager`: what the person of device B is in a scope; `B:shop~s` takes that back.
fn granting(text: &str) -> Granting {
    let mut parts = text.split(':');
    let mut part = || parts.next();
    let user = names::user(part().and_then(|who| who.chars().next()).expect("a device"));
    let (of, name) = part().and_then(|scope| scope.split_once('~')).expect("type~name");
    let scope = Scope { of: of.to_owned(), id: names::record(name) };
    Granting { user, scope, role: part().map(|role| role.parse().expect("a role")) }
}

/// `B2`: the second op of device B.
fn op_named(text: &str) -> OpId {
    let mut chars = text.chars();
    let device = chars.next().expect("a device");
    names::op(device, chars.as_str().parse().expect("a place in its log"))
}

/// `B2/7/r.x:mine/s:theirs/r.y:value,y,5`: the conflict, the pair, and a choice for each unit; a value is given
/// as fields and values in turn.
fn resolution(text: &str) -> Resolution {
    let mut parts = text.split('/');
    let conflict = op_named(parts.next().expect("an op"));
    let pair = Version(parts.next().expect("a pair").parse().expect("a version"));
    Resolution { conflict, pair, choices: parts.map(choice).collect() }
}

fn choice(text: &str) -> Choice {
    let (what, take) = text.split_once(':').expect("unit:take");
    let (name, unit) =
        what.split_once('.').map_or((what, None), |(name, unit)| (name, Some(unit.to_owned())));
    let (of, name) = name.split_once('~').unwrap_or(("item", name));
    let take = match take {
        "mine" => Take::Mine,
        "theirs" => Take::Theirs,
        other => {
            let words: Vec<&str> = other.split(',').skip(1).collect();
            let pairs = words.chunks(2).map(|pair| (pair[0].to_owned(), value(pair[1])));
            Take::Value(Fields(pairs.collect()))
        }
    };
    Choice { of: of.to_owned(), id: names::record(name), unit, take }
}

fn change(text: &str, base: Version) -> Change {
    if let Some(rest) = text.strip_prefix('+') {
        let (name, fields) = rest.split_once('{').unwrap_or((rest, ""));
        return insert(name, fields.trim_end_matches('}'));
    }
    if let Some(name) = text.strip_prefix('-') {
        let (of, id) = named(name);
        return Change::Delete { of, id, base };
    }
    if let Some(name) = text.strip_prefix('^') {
        let (of, id) = named(name);
        return Change::Restore { of, id, base };
    }
    let (name, edits) = text.split_once('.').expect("record.field");
    update(name, edits, base)
}

fn insert(name: &str, fields: &str) -> Change {
    let (of, id) = named(name);
    let mut all = Vec::new();
    if of == "item" && !fields.contains("name=") {
        all.push(("name".to_owned(), Json::from(name)));
    }
    for field in fields.split(' ').filter(|field| !field.is_empty()) {
        let (field, given) = field.split_once('=').expect("field=value");
        all.push((field.to_owned(), value(given)));
    }
    Change::Insert { of, id, fields: Fields(all) }
}

fn update(name: &str, edits: &str, base: Version) -> Change {
    let (of, id) = named(name);
    let [mut set, mut add, mut count, mut include, mut exclude, mut reset] =
        [const { Fields(Vec::new()) }; 6];
    for edit in edits.split('&').filter(|edit| *edit != "nothing") {
        let place = edit.find(['=', '+', '-', '#', '<', '>', '!']).expect("an edit");
        let (field, given) = (edit[..place].to_owned(), &edit[place + 1..]);
        match &edit[place..=place] {
            "=" => set.0.push((field, value(given))),
            "!" => reset.0.push((field, value(given))),
            "#" => count.0.push((field, value(given))),
            "+" => add.0.push((field, value(given))),
            "-" => add.0.push((field, value(&format!("-{given}")))),
            "<" => include.0.push((field, elements(given))),
            _ => exclude.0.push((field, elements(given))),
        }
    }
    Change::Update { of, id, base, set, add, count, include, exclude, reset }
}

fn named(name: &str) -> (String, fieldbook_model::RecordId) {
    let (of, name) = name.split_once('/').unwrap_or(("item", name));
    (of.to_owned(), names::record(name))
}

fn value(text: &str) -> Json {
    if text == "null" {
        return Json::Null;
    }
    if let Ok(truth) = text.parse() {
        return Json::Bool(truth);
    }
    if let Some(name) = text.strip_prefix('@') {
        return Json::Text(names::record(name).to_string());
    }
    if let Some(list) = text.strip_prefix('[') {
        return elements(list.trim_end_matches(']'));
    }
    text.parse().map_or_else(|_| Json::from(text), Json::Int)
}

fn elements(text: &str) -> Json {
    match text.parse() {
        Ok(number) => Json::Int(number),
        Err(_) => Json::List(text.split('|').map(Json::from).collect()),
    }
}
