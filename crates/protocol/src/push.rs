//! Push: a device's ops in seq order, and an answer for each. Safe to repeat.

use fieldbook_model::chain::Hash;
use fieldbook_model::json::{self, JsonError, Words};
use fieldbook_model::{Code, Cursor, Epoch, OpId, RecordId, Refusal, SealedOp, Seq, Version, WallTime};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::branch::Branch;
use crate::trail::{Standing, Trail};

/// What a device pushes, in seq order.
#[derive(Debug, Clone, PartialEq)]
pub struct PushRequest {
    /// Where the device is.
    pub standing: Standing,
    /// Its log, if that begins as a copy of another.
    pub branch: Option<Box<Branch>>,
    /// What lies before the first op, and that the device does not have any more.
    pub gap: Option<Box<Gap>>,
    /// Ops in seq order.
    pub ops: Vec<Pushed>,
}

/// Ops that a server had acknowledged and lost since, and that their device had let go of in between: nobody has them
/// any more (rule 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The first op that the device still has, which begins the push.
    pub first: Seq,
    /// The hash of the op before it.
    pub previous: Hash,
    /// The numbers of series that the lost ops had given out, as far as the device knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Number>,
}

/// A number of a device's series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The record's type.
    #[serde(rename = "type")]
    pub of: String,
    /// The field.
    pub field: String,
    /// The number.
    pub number: String,
}

/// One op of a push.
#[derive(Debug, Clone, PartialEq)]
pub enum Pushed {
    /// An op as it was made.
    Whole(Box<SealedOp>),
    /// An op whose text is no op of this protocol, but whose place can be read: it is rejected and the rest flows.
    Broken(Head, String),
    /// Only the head of an op that was too large to send: its seq is taken and it is rejected (rule 29).
    TooLarge(Head),
}

/// An op's place in its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its identity.
    pub op_id: OpId,
    /// Its place.
    pub seq: Seq,
    /// The hash of the op before it.
    pub previous: Hash,
    /// The hash of its own text. Read from the text itself where that is there.
    #[serde(default)]
    pub hash: Hash,
    /// The bytes of its text.
    #[serde(default)]
    pub bytes: u64,
}

impl Pushed {
    /// The op's place in its log.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Whole(sealed) => sealed.op.seq,
            Self::Broken(head, _) | Self::TooLarge(head) => head.seq,
        }
    }
    /// The op's identity.
    pub fn op_id(&self) -> OpId {
        match self {
            Self::Whole(sealed) => sealed.op.op_id,
            Self::Broken(head, _) | Self::TooLarge(head) => head.op_id,
        }
    }
    /// The hash of the op before it.
    pub fn previous(&self) -> Hash {
        match self {
            Self::Whole(sealed) => sealed.op.previous,
            Self::Broken(head, _) | Self::TooLarge(head) => head.previous,
        }
    }
    /// The hash of its own text.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Whole(sealed) => sealed.hash,
            Self::Broken(head, _) | Self::TooLarge(head) => head.hash,
        }
    }

    /// Reads an op of a push, behind the op whose hash is `last`.
    fn read(text: &str, last: Option<Hash>) -> Result<Self, JsonError> {
        #[derive(Deserialize)]
        struct Slim {
            too_large: Option<Head>,
        }
        let linked = || last.and_then(|last| link::made(text, last)).unwrap_or_else(|| text.to_owned());
        let broken = match SealedOp::open(linked()) {
            Ok(sealed) => return Ok(Self::Whole(Box::new(sealed))),
            Err(error) => error,
        };
        if let Ok(Slim { too_large: Some(head) }) = json::parse(text) {
            return Ok(Self::TooLarge(head));
        }
        // A text that names the op before it in a place of its own is as whole as it stands.
        let read = |text: String| json::parse(&text).ok().map(|head: Head| (head, text));
        let (mut head, text) = read(linked()).or_else(|| read(text.to_owned())).ok_or(broken)?;
        head.hash = Hash::of(text.as_bytes());
        head.bytes = text.len() as u64;
        Ok(Self::Broken(head, text))
    }
}

/// Which op an op continues, at the end of its text: in a push that is left out where it is the op before.
mod link {
    use fieldbook_model::chain::Hash;

    const BEGIN: &str = r#","previous":""#;
    const END: &str = r#""}"#;

    /// A text without its link, if that is to `last`.
    pub fn cut(text: &str, last: Hash) -> Option<&str> {
        let rest = text.strip_suffix(END)?.strip_suffix(&last.to_string())?;
        rest.strip_suffix(BEGIN)
    }

    /// A text with its link, if it has none at its end.
    pub fn made(text: &str, last: Hash) -> Option<String> {
        let rest = text.strip_suffix('}')?;
        let digits = |text: &str| text.len() >= 64 && text.is_char_boundary(text.len() - 64);
        let has_one = text
            .strip_suffix(END)
            .is_some_and(|text| digits(text) && text[..text.len() - 64].ends_with(BEGIN));
        (!has_one).then(|| format!("{rest}{BEGIN}{last}{END}"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestForm<'a> {
    cursor: Cursor,
    trail: Option<Box<Trail>>,
    branch: Option<Box<Branch>>,
    gap: Option<Box<Gap>>,
    #[serde(borrow)]
    ops: Vec<&'a RawValue>,
}

impl PushRequest {
    /// Reads the body of a push. An op that is no op, but has a readable place, does not spoil the rest.
    pub fn read(body: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(body).map_err(JsonError::not_utf8)?;
        let form: RequestForm<'_> = json::parse_borrowed(text)?;
        let mut ops: Vec<Pushed> = Vec::with_capacity(form.ops.len());
        for raw in form.ops {
            ops.push(Pushed::read(raw.get(), ops.last().map(Pushed::hash))?);
        }
        let standing = Standing { cursor: form.cursor, trail: form.trail };
        Ok(Self { standing, branch: form.branch, gap: form.gap, ops })
    }

    /// Starts the body of a push; [`Batch`] adds the ops' texts as they are.
    pub fn batch(standing: &Standing) -> Batch {
        Self::batch_of(None, standing)
    }

    /// The same of a log that begins as a copy of another.
    pub fn batch_of(branch: Option<&Branch>, standing: &Standing) -> Batch {
        Self::batch_behind(None, branch, standing)
    }

    /// The same behind ops that nobody has any more.
    pub fn batch_behind(gap: Option<&Gap>, branch: Option<&Branch>, standing: &Standing) -> Batch {
        let cursor = json::write(&standing.cursor);
        let branch = branch.map(|branch| format!(r#""branch":{},"#, json::write(branch))).unwrap_or_default();
        let gap = gap.map(|gap| format!(r#""gap":{},"#, json::write(gap))).unwrap_or_default();
        let trail = standing.trail.as_ref().map(|trail| format!(r#""trail":{},"#, json::write(trail)));
        let trail = trail.unwrap_or_default();
        let body = format!(r#"{{"cursor":{cursor},{trail}{branch}{gap}"ops":["#);
        Batch { body, ops: 0, last: Hash::ZERO }
    }
}

/// The body of a push while it is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    body: String,
    ops: u32,
    /// The hash of the last op in it.
    last: Hash,
}

impl Batch {
    /// Adds an op's text. That it continues the one before it is not said again: a hash is the half of what is left
    /// when a push is packed.
    pub fn op(&mut self, text: &str) {
        match link::cut(text, self.last).filter(|_| self.ops > 0) {
            Some(rest) => {
                self.item(rest);
                self.body.push('}');
            }
            None => self.item(text),
        }
        self.last = Hash::of(text.as_bytes());
    }
    /// Adds the head of an op that is too large.
    pub fn too_large(&mut self, head: &Head) {
        self.item(&format!(r#"{{"too_large":{}}}"#, json::write(head)));
        self.last = head.hash;
    }
    fn item(&mut self, text: &str) {
        if self.ops > 0 {
            self.body.push_str(",\n");
        }
        self.body.push_str(text);
        self.ops += 1;
    }
    /// How many ops are in it.
    pub fn ops(&self) -> u32 {
        self.ops
    }
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.body.len() + 2
    }
    /// The whole body.
    pub fn finish(mut self) -> String {
        self.body.push_str("]}");
        self.body
    }
}

/// What became of an op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its changes are made.
    Committed,
    /// It is refused for good and kept for the person.
    Rejected {
        /// Why.
        refusal: Refusal,
        /// The op of the same device that it depended on, if that is why.
        depends_on: Option<OpId>,
    },
    /// It is the same act as an earlier op, and has no effect of its own.
    DuplicateOf {
        /// The earlier op.
        op: OpId,
        /// The ids of this op's records → the ids of the records that the earlier one made.
        ids: Vec<SameRecord>,
    },
    /// It waits until a person has decided. What becomes of it then comes as a [`Settlement`]; this answer stays.
    Conflicted {
        /// The conflict that it waits in: the op that met somebody else's change, which may be itself.
        conflict: OpId,
        /// The op that it depends on, where it met nobody's change itself.
        depends_on: Option<OpId>,
    },
}

/// What became of an op that was held or refused (rule 38).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The op's place in its log.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// Where in the total order it was settled.
    pub version: Version,
    /// What became of it.
    pub state: SettledState,
    /// The op that settled it.
    pub by: OpId,
    /// The conflict that it waits in now, where it is held still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<OpId>,
    /// Why, where it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Committed, but not all of it took hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly: bool,
}

/// What may become of an op that was held or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettledState {
    /// Its changes are made, as far as the person decided so.
    Committed,
    /// It is refused after all.
    Rejected,
    /// It is held still, in another conflict.
    Conflicted,
    /// Given up.
    Discarded,
    /// Taken back by its author before anybody decided.
    Withdrawn,
    /// Another was sent in its place.
    Replaced,
}

/// Two ids that turned out to name one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameRecord {
    /// The record's type.
    #[serde(rename = "type")]
    pub of: String,
    /// The id that the duplicate made.
    pub own: RecordId,
    /// The id that is in force.
    pub existing: RecordId,
}

/// The answer to one op: its verdict, which never changes, and where in the total order it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnswerForm", into = "AnswerForm")]
pub struct Answer {
    /// The op's place in its log.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// The place in the total order.
    pub version: Version,
    /// What became of it.
    pub verdict: Verdict,
    /// Committed, but not all of it took hold: its history says what did not, and why.
    pub partly: bool,
}

/// The JSON shape of an answer: flat, so that it reads well and a key that stands twice is noticed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerForm {
    seq: Seq,
    op_id: OpId,
    version: Version,
    verdict: VerdictName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conflict: Option<OpId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    depends_on: Option<OpId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    op: Option<OpId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<SameRecord>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    partly: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum VerdictName {
    Committed,
    Rejected,
    DuplicateOf,
    Conflicted,
}

impl From<Answer> for AnswerForm {
    fn from(answer: Answer) -> Self {
        let Answer { seq, op_id, version, verdict, partly } = answer;
        let plain = |verdict| Self {
            seq,
            op_id,
            version,
            verdict,
            code: None,
            field: None,
            words: None,
            conflict: None,
            depends_on: None,
            op: None,
            ids: Vec::new(),
            partly,
        };
        match verdict {
            Verdict::Committed => plain(VerdictName::Committed),
            Verdict::Rejected { refusal: Refusal { code, field, words }, depends_on } => {
                let (code, words) = (Some(code), Some(words));
                Self { code, field, words, depends_on, ..plain(VerdictName::Rejected) }
            }
            Verdict::DuplicateOf { op, ids } => Self { op: Some(op), ids, ..plain(VerdictName::DuplicateOf) },
            Verdict::Conflicted { conflict, depends_on } => {
                let conflict = Some(conflict);
                Self { conflict, depends_on, ..plain(VerdictName::Conflicted) }
            }
        }
    }
}

impl TryFrom<AnswerForm> for Answer {
    type Error = Words;
    fn try_from(form: AnswerForm) -> Result<Self, Self::Error> {
        let AnswerForm { seq, op_id, version, partly, .. } = form;
        let verdict = match form.verdict {
            VerdictName::Committed => Verdict::Committed,
            VerdictName::Rejected => {
                let code = form.code.ok_or(Words("a rejection needs its code"))?;
                let words = form.words.ok_or(Words("a rejection needs its words"))?;
                let refusal = Refusal { code, field: form.field, words };
                Verdict::Rejected { refusal, depends_on: form.depends_on }
            }
            VerdictName::DuplicateOf => {
                let op = form.op.ok_or(Words("a duplicate needs the op that it is of"))?;
                Verdict::DuplicateOf { op, ids: form.ids }
            }
            VerdictName::Conflicted => {
                let conflict = form.conflict.ok_or(Words("an op in conflict needs the conflict"))?;
                Verdict::Conflicted { conflict, depends_on: form.depends_on }
            }
        };
        Ok(Self { seq, op_id, version, verdict, partly })
    }
}

/// The reply to a push: answers to the ops in their order, as far as they were taken.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushReply {
    /// The server's clock.
    pub time: WallTime,
    /// The workspace's history.
    pub epoch: Epoch,
    /// The last version of the workspace.
    pub head: Version,
    /// The running hash of the server's log there.
    pub hash: Hash,
    /// In the order of the ops.
    pub answers: Vec<Answer>,
    /// Set when an op came out of turn: the seq that the server wants next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Seq>,
}
