//! The status as one table of facts. What a person reads is a pure function of it.

use fieldbook_model::WallTime;

use crate::trouble::{Kind, Trouble};

/// How the device stands to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The last call succeeded, or none was made yet.
    Connected,
    /// The last call failed.
    Broken {
        /// How.
        trouble: Trouble,
        /// The monotonic time of the next try, in milliseconds.
        until_ms: u64,
    },
    /// No calls are made until something changes.
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
    /// Ops that were refused and wait for the person.
    pub rejected: u64,
    /// When the device was last level with the server.
    pub last_success: Option<WallTime>,
}

/// The colours that a status has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Connected, nothing pending.
    Synced,
    /// Connected, ops are being sent.
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
        return (Status::NeedsYou, format!("Sync error: {cause}; {queue}"));
    }
    match session.map(|session| &session.link) {
        None => (Status::Offline, format!("Not syncing, {queue}")),
        Some(Link::Broken { trouble, .. }) => (Status::Offline, format!("Offline ({trouble}), {queue}")),
        Some(_) if facts.pending > 0 => (Status::Syncing, format!("Syncing, {queue}")),
        Some(_) => (Status::Synced, "Online, everything is synced".to_owned()),
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
    if facts.rejected > 0 {
        return Some(match facts.rejected {
            1 => "1 action was refused".to_owned(),
            refused => format!("{refused} actions were refused"),
        });
    }
    let stuck = session.and_then(|session| session.stuck)?;
    Some(format!("{stuck} makes no progress"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_protocol::ProblemCode;

    fn check(pending: u64, rejected: u64, link: Option<Link>, status_is: Status, words: &str) {
        let facts = Facts { pending, rejected, ..Facts::default() };
        let session = link.map(|link| Session { link, sending: false, receiving: false, stuck: None });
        assert_eq!(status(&facts, session.as_ref()), (status_is, words.to_owned()));
    }

    #[test]
    fn red_shows_whenever_something_needs_a_person() {
        let broken = Link::Broken { trouble: Trouble::NoAnswer, until_ms: 9 };
        let signed_out = Trouble::Problem { code: ProblemCode::SessionEnded, retry_after_ms: None };
        check(0, 0, Some(Link::Connected), Status::Synced, "Online, everything is synced");
        check(3, 0, Some(Link::Connected), Status::Syncing, "Syncing, 3 queued");
        check(
            0,
            0,
            Some(broken.clone()),
            Status::Offline,
            "Offline (the server does not answer), nothing queued",
        );
        check(2, 0, None, Status::Offline, "Not syncing, 2 queued");
        check(0, 1, Some(broken), Status::NeedsYou, "Sync error: 1 action was refused; nothing queued");
        check(
            5,
            0,
            Some(Link::Halted(signed_out)),
            Status::NeedsYou,
            "Sync error: signed out, sign in again (nothing is lost); 5 queued",
        );
    }
}
