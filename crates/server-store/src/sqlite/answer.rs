//! An op's answer as the database keeps it: nothing when the op was plainly committed, else its JSON.

use std::borrow::Cow;

use fieldbook_model::json;
use fieldbook_model::{OpId, Seq, Version};
use fieldbook_protocol::{Answer, Verdict};

use crate::error::{StoreError, damaged};

/// What is kept of an answer.
pub fn write(answer: &Answer) -> Option<String> {
    (answer.verdict != Verdict::Committed || answer.partly).then(|| json::write(answer))
}

/// The answer again.
pub fn read(version: Version, seq: Seq, op_id: OpId, kept: Option<&str>) -> Result<Answer, StoreError> {
    match kept {
        None => Ok(Answer { seq, op_id, version, verdict: Verdict::Committed, partly: false }),
        Some(text) => json::parse(text).map_err(|_| damaged("an answer")),
    }
}

/// The answer's JSON again.
pub fn text<'a>(version: Version, seq: Seq, op_id: OpId, kept: Option<&'a str>) -> Cow<'a, str> {
    let plain = || json::write(&Answer { seq, op_id, version, verdict: Verdict::Committed, partly: false });
    kept.map_or_else(|| Cow::Owned(plain()), Cow::Borrowed)
}
