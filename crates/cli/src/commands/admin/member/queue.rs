//! `fieldbook admin member queue`: what a person's devices sent and nobody carried out, with all that it says.

use clap::Args;
use fieldbook_model::{Code, Op, UserId, Version, json};
use fieldbook_protocol::{Answer, Verdict};
use fieldbook_server_store::{Reader, Store};
use serde::Deserialize;

use super::super::store;
use super::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Ops that are read at a time.
const AT_ONCE: u32 = 1000;

/// Print the actions of a member that were refused for want of permission, as JSON lines
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin member queue ann --workspace shop --data shop/server")]
pub struct MemberQueue {
    /// The member's name
    user: String,
    #[command(flatten)]
    place: Place,
}

impl MemberQueue {
    /// Prints them.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let member = of.member(&self.user)?;
        let workspace = of.folder.open_store(of.row.id).map_err(store)?;
        let mut reader = workspace.reader().map_err(store)?;
        output::lines(refused(reader.as_mut(), member.user)?)?;
        Ok(Exit::Done)
    }
}

fn refused(reader: &mut dyn Reader, user: UserId) -> Result<Vec<String>, Failure> {
    let (mut lines, mut from) = (Vec::new(), Version(1));
    loop {
        let ops = reader.ops(from, AT_ONCE).map_err(store)?;
        let Some((last, _)) = ops.last() else { return Ok(lines) };
        from = last.next();
        lines.extend(ops.into_iter().filter(|(_, text)| is_refused(text, user)).map(|(_, text)| text));
    }
}

/// An op with what was said to it.
#[derive(Deserialize)]
struct Line {
    answer: Answer,
    op: Op,
}

fn is_refused(text: &str, user: UserId) -> bool {
    let Ok(Line { answer, op }) = json::parse(text) else { return false };
    let code = match answer.verdict {
        Verdict::Rejected { refusal, .. } => Some(refusal.code),
        _ => None,
    };
    op.user_id == user && code == Some(Code::NoPermission)
}
