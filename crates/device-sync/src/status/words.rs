//! Three apps' words for one table of facts.
//!
//! Red shows whenever something needs a person. What the app would have said otherwise is not lost by that: it stands
//! beside it. Site has its connection beside the icon always.

use fieldbook_model::schema::Vocabulary;
use serde::Serialize;

use super::{Activity, Connection, Facts, Need};

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// All is well.
    Green,
    /// Ops are on their way.
    Yellow,
    /// Ops wait.
    Orange,
    /// Something needs a person.
    Red,
    /// Something turns.
    Blue,
    /// The device is by itself.
    Grey,
}

/// What is drawn in that colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Icon {
    /// A tick.
    Check,
    /// An arrow that turns.
    Spinner,
    /// A warning.
    Warning,
    /// A cross.
    Error,
    /// A dot.
    Dot,
    /// An airplane.
    Airplane,
}

/// What an app shows of its status at all times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// In which colour.
    pub colour: Colour,
    /// As what.
    pub icon: Icon,
    /// In which words.
    pub words: String,
    /// How the connection stands beside it, where the words do not say it.
    pub beside: Option<String>,
}

impl Facts {
    /// The status in the words of an app.
    pub fn status(&self, vocabulary: Vocabulary) -> Status {
        match vocabulary {
            Vocabulary::Site => self.site(),
            Vocabulary::Capture => self.needy("Sync error", Icon::Dot, self.capture()),
            Vocabulary::Counter => self.needy("Sync error — tap", Icon::Dot, self.counter()),
        }
    }

    /// The status in one line: the words, what stands beside them, and a sentence.
    pub fn line(&self, vocabulary: Vocabulary) -> String {
        let Status { words, beside, .. } = self.status(vocabulary);
        let beside = beside.map(|beside| format!(" ({beside})")).unwrap_or_default();
        let queue = match (vocabulary, self.pending) {
            (Vocabulary::Counter, _) | (_, 0) => String::new(),
            (_, pending) => format!("; {pending} pending"),
        };
        format!("{words}{beside}: {}{queue}", self.says())
    }

    fn is_connected(&self) -> bool {
        self.connection == Connection::Connected
    }

    fn site(&self) -> Status {
        let (colour, icon, words) = match (&self.needs[..], self.is_connected(), &self.activity) {
            ([Need::Conflicts(_)], ..) => (Colour::Red, Icon::Error, "Sync conflict"),
            ([_, ..], ..) => (Colour::Red, Icon::Error, "Sync error"),
            ([], _, Activity::Nothing) => (Colour::Green, Icon::Check, "Synced"),
            ([], true, Activity::Sending { .. } | Activity::Receiving) => {
                (Colour::Blue, Icon::Spinner, "Syncing")
            }
            ([], ..) => (Colour::Orange, Icon::Warning, "Pending"),
        };
        let beside = if self.is_connected() { "Online" } else { "Offline" };
        Status { colour, icon, words: words.to_owned(), beside: Some(beside.to_owned()) }
    }

    fn capture(&self) -> (Colour, Icon, String) {
        let (colour, icon, words) = match (self.is_connected() && !self.is_halted(), &self.activity) {
            (false, _) => (Colour::Grey, Icon::Airplane, "Offline"),
            (true, Activity::Nothing) => (Colour::Green, Icon::Dot, "Synced"),
            (true, _) => (Colour::Orange, Icon::Dot, "Syncing"),
        };
        (colour, icon, words.to_owned())
    }

    fn counter(&self) -> (Colour, Icon, String) {
        let (colour, words) = match (self.is_connected(), self.pending) {
            (true, 0) if self.activity == Activity::Receiving => (Colour::Yellow, "Syncing".to_owned()),
            (true, 0) => (Colour::Green, "Online".to_owned()),
            (true, pending) if self.is_halted() => (Colour::Orange, format!("Online — {pending} queued")),
            (true, pending) => (Colour::Yellow, format!("Syncing — {pending} pending")),
            (false, 0) => (Colour::Orange, "Offline".to_owned()),
            (false, pending) => (Colour::Orange, format!("Offline — {pending} queued")),
        };
        (colour, Icon::Dot, words)
    }

    /// Red, with what would have been said otherwise beside it.
    fn needy(&self, red: &str, icon: Icon, otherwise: (Colour, Icon, String)) -> Status {
        let (colour, calm_icon, words) = otherwise;
        match self.needs.is_empty() {
            true => Status { colour, icon: calm_icon, words, beside: None },
            false => Status { colour: Colour::Red, icon, words: red.to_owned(), beside: Some(words) },
        }
    }
}
