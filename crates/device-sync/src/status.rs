//! The status as one table of facts. What a person reads is a pure function of it.

use fieldbook_model::WallTime;

use crate::trouble::{Kind, Trouble};

/// How the device stands to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No call has succeeded or failed yet, since the beginning or since somebody asked to sync now.
    Connecting,
    /// Calls succeed.
    Connected,
    /// A call failed, and has not succeeded since. It stays so while it is tried again.
    Broken {
        /// How.
        trouble: Trouble,
        /// The monotonic time of the next try, in milliseconds; it is past while it is being tried.
        until_ms: u64,
    },
    /// The server shuts the device out: no calls are made until something changes, or but rarely.
    Halted(Trouble),
}

/// What the sync loop knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// How the device stands to the server.
    pub link: Link,
    /// Ops are on their way.
    pub sending: bool,
    /// News is on its way.
    pub receiving: bool,
    /// A pull has ended, and the device has all that the server spoke of.
    pub level: bool,
    /// What has made no progress for a minute, if anything.
    pub stuck: Option<&'static str>,
}

/// What the store knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Ops that the server has not confirmed in a pull.
    pub pending: u64,
    /// When the oldest of them was made.
    pub oldest: Option<WallTime>,
    /// Conflicts that somebody here may decide.
    pub conflicts: u64,
    /// Ops that were refused and wait for the person.
    pub rejected: u64,
    /// When the device was last level with the server.
    pub last_success: Option<WallTime>,
}

/// The colours that a status has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Connected, nothing pending, and level with the server.
    Synced,
    /// Connected, ops are being sent or news is being received.
    Syncing,
    /// Not connected.
    Offline,
    /// Something needs a person.
    NeedsYou,
}

/// The status of a device, and a line that says it. `session` is `None` where no sync loop runs.
pub fn status(facts: &Facts, session: Option<&Session>) -> (Status, String) {
    let queue = match facts.pending {
        0 => "nothing queued".to_owned(),
        pending => format!("{pending} queued"),
    };
    if let Some(cause) = red(facts, session) {
        let offline = match session.map(|session| &session.link) {
            Some(Link::Broken { trouble, .. }) => format!("; offline ({trouble})"),
            _ => String::new(),
        };
        return (Status::NeedsYou, format!("Sync error: {cause}; {queue}{offline}"));
    }
    let Some(session) = session else { return (Status::Offline, format!("Not syncing, {queue}")) };
    match &session.link {
        Link::Connecting => (Status::Offline, format!("Connecting, {queue}")),
        Link::Broken { trouble, .. } => (Status::Offline, format!("Offline ({trouble}), {queue}")),
        _ if facts.pending > 0 => (Status::Syncing, format!("Syncing, {queue}")),
        _ if !session.level => (Status::Syncing, "Syncing, receiving".to_owned()),
        _ => (Status::Synced, "Online, everything is synced".to_owned()),
    }
}

/// What needs a person, most urgent first.
fn red(facts: &Facts, session: Option<&Session>) -> Option<String> {
    match session.map(|session| &session.link) {
        Some(Link::Halted(trouble)) if trouble.kind() == Kind::SignIn => {
            return Some("signed out, sign in again (nothing is lost)".to_owned());
        }
        Some(Link::Halted(trouble)) => return Some(trouble.to_string()),
        _ => {}
    }
    if let Some(stuck) = session.and_then(|session| session.stuck) {
        return Some(format!("{stuck} makes no progress"));
    }
    let conflicts = match facts.conflicts {
        0 => None,
        1 => Some("1 conflict needs your decision".to_owned()),
        open => Some(format!("{open} conflicts need your decision")),
    };
    let refused = match facts.rejected {
        0 => None,
        1 => Some("1 action was refused".to_owned()),
        refused => Some(format!("{refused} actions were refused")),
    };
    let words: Vec<String> = conflicts.into_iter().chain(refused).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_protocol::ProblemCode;

    /// A queue, refusals, a link, whether the device is level, and what is stuck; then what a person reads.
    type Row = (u64, u64, Option<Link>, bool, Option<&'static str>, Status, &'static str);

    #[test]
    fn the_status_says_what_is_and_red_shows_whenever_something_needs_a_person() {
        use Status::{NeedsYou, Offline, Synced, Syncing};
        let problem = |code| Link::Halted(Trouble::Problem { code, retry_after_ms: None });
        let broken = || Some(Link::Broken { trouble: Trouble::NoAnswer, until_ms: 9 });
        let signed_out = || Some(problem(ProblemCode::SessionEnded));
        let shut_out = || Some(problem(ProblemCode::Forbidden));
        let (connecting, connected) = (|| Some(Link::Connecting), || Some(Link::Connected));
        let stuck = Some("sending");
        #[rustfmt::skip]
        let table: Vec<Row> = vec![
            (0, 0, None, false, None, Offline, "Not syncing, nothing queued"),
            (2, 0, None, false, None, Offline, "Not syncing, 2 queued"),
            (2, 1, None, false, None, NeedsYou, "Sync error: 1 action was refused; 2 queued"),
            (0, 0, connecting(), false, None, Offline, "Connecting, nothing queued"),
            (3, 0, connecting(), true, None, Offline, "Connecting, 3 queued"),
            (0, 1, connecting(), false, None, NeedsYou, "Sync error: 1 action was refused; nothing queued"),
            (0, 0, connected(), true, None, Synced, "Online, everything is synced"),
            (0, 0, connected(), false, None, Syncing, "Syncing, receiving"),
            (3, 0, connected(), true, None, Syncing, "Syncing, 3 queued"),
            (3, 0, connected(), false, None, Syncing, "Syncing, 3 queued"),
            (0, 2, connected(), true, None, NeedsYou, "Sync error: 2 actions were refused; nothing queued"),
            (4, 2, connected(), true, stuck, NeedsYou, "Sync error: sending makes no progress; 4 queued"),
            (0, 0, broken(), true, None, Offline, "Offline (the server does not answer), nothing queued"),
            (0, 1, broken(), true, None, NeedsYou,
             "Sync error: 1 action was refused; nothing queued; offline (the server does not answer)"),
            (4, 1, broken(), true, stuck, NeedsYou,
             "Sync error: sending makes no progress; 4 queued; offline (the server does not answer)"),
            (5, 1, signed_out(), true, stuck, NeedsYou,
             "Sync error: signed out, sign in again (nothing is lost); 5 queued"),
            (0, 1, shut_out(), true, None, NeedsYou,
             "Sync error: the workspace is not there, or not for this user; nothing queued"),
        ];
        for (pending, rejected, link, level, stuck, colour, words) in table {
            let facts = Facts { pending, rejected, ..Facts::default() };
            let session = link.map(|link| Session { link, sending: false, receiving: false, level, stuck });
            assert_eq!(status(&facts, session.as_ref()), (colour, words.to_owned()));
        }
    }

    #[test]
    fn conflicts_stand_before_what_was_refused() {
        for (conflicts, rejected, words) in [
            (1, 0, "Sync error: 1 conflict needs your decision; nothing queued"),
            (3, 0, "Sync error: 3 conflicts need your decision; nothing queued"),
            (2, 1, "Sync error: 2 conflicts need your decision, 1 action was refused; nothing queued"),
            (1, 2, "Sync error: 1 conflict needs your decision, 2 actions were refused; nothing queued"),
        ] {
            let facts = Facts { conflicts, rejected, ..Facts::default() };
            assert_eq!(status(&facts, None), (Status::NeedsYou, words.to_owned()));
        }
    }
}
