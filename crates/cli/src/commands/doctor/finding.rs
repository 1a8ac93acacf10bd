//! One thing that was looked at, and how it is.

use serde::Serialize;

use crate::output;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Well.
    Ok,
    /// It works, and somebody should look after it.
    Warn,
    /// It does not work.
    Fail,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub level: Level,
    /// What was looked at: a stable name for programs.
    pub check: &'static str,
    /// What is the case.
    pub says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self { level: Level::Ok, check, says: says.into(), todo: None }
    }

    /// Somebody should do something.
    pub fn warn(check: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { level: Level::Warn, check, says: says.into(), todo: Some(todo.into()) }
    }

    /// Somebody has to do something.
    pub fn fail(check: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { level: Level::Fail, ..Self::warn(check, says, todo) }
    }

    /// How it is, in a word.
    pub fn level(&self) -> &'static str {
        match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }

    /// For people.
    pub fn line(&self) -> String {
        let todo = self.todo.as_ref().map_or_else(String::new, |todo| format!(": {todo}"));
        output::visible(&format!("{:<4}  {:<12} {}{todo}", self.level(), self.check, self.says))
    }
}
