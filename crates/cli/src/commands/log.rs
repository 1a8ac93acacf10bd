//! `fieldbook log`: what was done on this device, and what became of it.

use clap::{Args, ValueEnum};
use fieldbook_device::store::forms::LogForm;
use fieldbook_device::store::{Conflict, LogEntry, LogFilter, OpState, Which};
use fieldbook_model::{Change, Fields, Json, RecordId, json};

use crate::colour::{self, Paint};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;

/// List the actions of this device, newest first, with what became of each
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook log --home till-a --state rejected")]
pub struct Log {
    /// Only actions in this state
    #[arg(long, value_enum)]
    state: Option<StateArg>,
    /// At most so many
    #[arg(long, value_name = "OPS", default_value_t = 50)]
    max: u32,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// A state as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateArg {
    Waiting,
    InFlight,
    Answered,
    Committed,
    Conflicted,
    LostBase,
    #[value(alias = "refused")]
    Rejected,
    Duplicate,
    Discarded,
    Withdrawn,
    Replaced,
    Lost,
}

impl Log {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let state = self.state.map(OpState::from);
        let filter = LogFilter { state, from: None, max: self.max, newest_first: true };
        let entries = device.store().log(filter)?;
        let conflicts = device.store().conflicts(Which::All)?;
        let about = |entry: &LogEntry| about(entry, &entries, &conflicts);
        let line =
            |entry: &LogEntry| if output::in_json() { answer(entry) } else { words(entry, about(entry)) };
        output::lines(entries.iter().map(line))?;
        if entries.is_empty() && !output::in_json() {
            output::note(&format!("no such action in the workspace {}", device.file().workspace));
        }
        Ok(Exit::Done)
    }
}

impl From<StateArg> for OpState {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Waiting => Self::Waiting,
            StateArg::InFlight => Self::InFlight,
            StateArg::Answered => Self::Answered,
            StateArg::Committed => Self::Committed,
            StateArg::Conflicted => Self::Conflicted,
            StateArg::LostBase => Self::LostBase,
            StateArg::Rejected => Self::Rejected,
            StateArg::Duplicate => Self::Duplicate,
            StateArg::Discarded => Self::Discarded,
            StateArg::Withdrawn => Self::Withdrawn,
            StateArg::Replaced => Self::Replaced,
            StateArg::Lost => Self::Lost,
        }
    }
}

/// What waits, and what came to nothing.
fn paint(state: OpState) -> Paint {
    match state {
        OpState::Committed => Paint::Good,
        OpState::Waiting | OpState::InFlight | OpState::Answered => Paint::Waits,
        OpState::Rejected | OpState::Conflicted | OpState::LostBase | OpState::Lost => Paint::Bad,
        OpState::Duplicate | OpState::Discarded | OpState::Withdrawn | OpState::Replaced => Paint::Quiet,
    }
}

fn answer(entry: &LogEntry) -> String {
    json::write(&LogForm::from(entry))
}

/// What an action is about: another of this device, or a conflict of anybody.
fn about(entry: &LogEntry, entries: &[LogEntry], conflicts: &[Conflict]) -> Option<String> {
    let target = entry.about.as_ref()?.target()?;
    if let Some(own) = entries.iter().find(|own| own.op_id == target) {
        return Some(format!("about op {}", own.seq));
    }
    let conflict = conflicts.iter().find(|conflict| conflict.id == target);
    let about = conflict.map(|conflict| format!("the conflict about {}", conflict.label));
    Some(format!("about {}", about.unwrap_or_else(|| end(&target.to_string()))))
}

fn words(entry: &LogEntry, about: Option<String>) -> String {
    let mut changes: Vec<String> = entry.changes.iter().map(short).collect();
    changes.extend(about);
    let LogEntry { seq, created_at, action, .. } = entry;
    let state = entry.state.name();
    let doubt = if entry.in_doubt { " (in doubt)" } else { "" };
    let doubt = if entry.partly { " (in part: 'fieldbook history --op' tells what not)" } else { doubt };
    let doubt = if entry.undone { " (undone)" } else { doubt };
    let doubt = if entry.again { " (again: the server lost it)" } else { doubt };
    let waits = "waits for a record that the server lost".to_owned();
    let waits = match entry.state {
        OpState::LostBase => Some(waits),
        OpState::Lost => Some("the server lost it, and nobody has it any more".to_owned()),
        _ if entry.let_go => Some("what it changed is not kept here any more".to_owned()),
        _ => None,
    };
    let why = entry.words.clone().or(waits).map(|words| format!(" · {words}")).unwrap_or_default();
    let state = colour::out(paint(entry.state), &format!("{state:<10}"));
    let rest = output::visible(&format!("{doubt}  {action}  {}{why}", listed(&changes)));
    format!("{seq:>6}  {created_at}  {state}{rest}")
}

/// The first changes, and how many more there are.
fn listed(changes: &[String]) -> String {
    const SHOWN_MAX: usize = 2;
    let shown = changes.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join("; ");
    match changes.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// A change in short words, such as `product …00002a: stock -2`.
fn short(change: &Change) -> String {
    let of = change.of();
    let id = end(&change.id().to_string());
    let what = match change {
        Change::Insert { fields, .. } => format!("new {}", pairs(fields, "=")),
        Change::Delete { .. } => "deleted".to_owned(),
        Change::Restore { .. } => "restored".to_owned(),
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            let parts = [
                pairs(set, "="),
                sums(add),
                pairs(count, " counted "),
                pairs(include, " with "),
                pairs(exclude, " without "),
                pairs(reset, " reset to "),
            ];
            let told = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            if told.is_empty() { "a field that is no more".to_owned() } else { told }
        }
    };
    format!("{of} {id}: {what}")
}

/// The end of an id, which tells two apart that were made at one moment; their beginnings are alike.
fn end(id: &str) -> String {
    const CHARS: usize = 6;
    format!("…{}", id.chars().skip(id.chars().count().saturating_sub(CHARS)).collect::<String>())
}

fn pairs(fields: &Fields, between: &str) -> String {
    const SHOWN_MAX: usize = 2;
    let pair = |(name, value): &(String, Json)| format!("{name}{between}{}", shown(value));
    let mut parts: Vec<String> = fields.0.iter().take(SHOWN_MAX).map(pair).collect();
    if fields.0.len() > SHOWN_MAX {
        parts.push("…".to_owned());
    }
    parts.join(", ")
}

/// Sums with their sign.
fn sums(fields: &Fields) -> String {
    let sum = |(name, value): &(String, Json)| {
        let value = shown(value);
        let sign = if value.starts_with('-') { "" } else { "+" };
        format!("{name} {sign}{value}")
    };
    fields.0.iter().map(sum).collect::<Vec<_>>().join(", ")
}

fn shown(value: &Json) -> String {
    const CHARS_MAX: usize = 40;
    let text = match value {
        Json::Text(id) if RecordId::parse(id).is_ok() => return end(id),
        Json::Text(text) => text.clone(),
        other => json::write(other),
    };
    match text.chars().count() > CHARS_MAX {
        true => text.chars().take(CHARS_MAX).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: &str, expected: &str) {
        let change: Change =
            json::parse(&change.replace('#', "0198c0de-7a11-7000-8000-00000000002a")).expect("a change");
        assert_eq!(short(&change), expected);
    }

    #[test]
    fn a_change_is_told_in_short_words() {
        check(r##"{"update":"product","id":"#","base":1,"add":{"stock":-2}}"##, "product …00002a: stock -2");
        check(
            r##"{"update":"product","id":"#","base":1,"set":{"note":"x"},"add":{"stock":3}}"##,
            "product …00002a: note=x, stock +3",
        );
        check(
            r##"{"insert":"customer","id":"#","fields":{"name":"Ann","note":null}}"##,
            "customer …00002a: new name=Ann, note=null",
        );
        check(r##"{"delete":"customer","id":"#","base":3}"##, "customer …00002a: deleted");
        check(
            r##"{"update":"product","id":"#","base":1,"include":{"tags":["a"]}}"##,
            "product …00002a: tags with [\"a\"]",
        );
    }

    #[test]
    fn a_change_of_which_a_newer_schema_left_nothing_says_so() {
        let mut change: Change = json::parse(
            r#"{"update":"product","id":"0198c0de-7a11-7000-8000-00000000002a","base":1,"set":{"old":1}}"#,
        )
        .expect("a change");
        if let Change::Update { set, .. } = &mut change {
            set.0.clear();
        }
        assert_eq!(short(&change), "product …00002a: a field that is no more");
    }

    #[test]
    fn of_many_changes_the_first_are_told() {
        let changes: Vec<String> = (1..=5).map(|n| n.to_string()).collect();
        assert_eq!(listed(&changes), "1; 2; and 3 more");
    }
}
