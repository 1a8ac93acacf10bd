//! The harness's line protocol: one command a line as JSON, and one answer for each, marked `@@`.

use std::io::{BufRead, Write};

use fieldbook_model::{Json, json};
use serde::Deserialize;

/// A command with what may stand in it. What a command does not name is not read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    id: i64,
    /// Which command.
    pub cmd: String,
    /// How many records.
    pub n: u64,
    /// The first record's number.
    pub start: u64,
    /// Clients of this process.
    pub k: Option<u64>,
    /// Records in one transaction.
    pub chunk: Option<u64>,
    /// Where the data goes.
    pub dir: String,
    /// The server's address, a bar, and the password.
    pub url: Option<String>,
    /// Milliseconds between two looks.
    pub poll: Option<u64>,
    /// Milliseconds to wait.
    pub timeout: Option<u64>,
    /// Milliseconds between two writes.
    pub every: u64,
    /// Who edits.
    pub tag: String,
    /// What is edited beside the notes.
    pub field: String,
    /// Added to the record's number.
    pub add: i64,
}

/// Answers each line of the input until it ends.
///
/// # Panics
/// When the output is closed.
pub fn serve(
    input: impl BufRead,
    mut output: impl Write,
    mut answer: impl FnMut(&Ask) -> Result<Json, String>,
) {
    for line in input.lines() {
        let Ok(line) = line else { return };
        let ask: Ask = json::parse(&line).expect("a command of the harness");
        let said = match answer(&ask) {
            Ok(out) => ("out", out),
            Err(why) => ("err", Json::Text(why)),
        };
        let reply = object([("id", Json::Int(ask.id)), said]);
        writeln!(output, "@@{}", json::write(&reply)).and_then(|()| output.flush()).expect("a reader");
    }
}

/// An object of some values.
pub fn object<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_answered_under_its_number() {
        let input = "{\"id\":7,\"cmd\":\"count\",\"n\":3}\n{\"id\":8,\"cmd\":\"fly\"}\n";
        let mut output = Vec::new();
        serve(input.as_bytes(), &mut output, |ask| match ask.cmd.as_str() {
            "count" => Ok(object([("n", Json::Int(ask.n as i64))])),
            other => Err(format!("no {other}")),
        });
        let said = String::from_utf8(output).expect("text");
        assert_eq!(said, "@@{\"id\":7,\"out\":{\"n\":3}}\n@@{\"id\":8,\"err\":\"no fly\"}\n");
    }
}
