//! Every row of the table, made from what a store and a machine say, and how it is written down.

use std::fmt;

use fieldbook_device_sync::status::{Facts, Link, Session, Status};
use fieldbook_device_sync::{Conditions, Now, Stored, Trouble};
use fieldbook_model::WallTime;
use fieldbook_model::schema::Vocabulary;
use fieldbook_protocol::ProblemCode;

/// The moment of the table.
pub const NOW: Now = Now { mono_ms: 1_000_000, wall: WallTime(1_800_000_000_000) };

/// A row.
pub struct Case {
    pub connection: &'static str,
    pub activity: &'static str,
    pub needs: &'static str,
    pub facts: Facts,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection, activity, needs, facts } = self;
        let of = |vocabulary| shown(&facts.status(vocabulary));
        let [site, capture, counter] = Vocabulary::ALL.map(|(_, vocabulary)| of(vocabulary));
        write!(f, "{connection:<18} | {activity:<15} | {needs:<23} | {site:<35} | {capture:<28} | ")?;
        write!(f, "{counter:<47} | {}", facts.says())
    }
}

/// A status as it is written in a table.
pub fn shown(Status { colour, icon, words, beside }: &Status) -> String {
    let (colour, icon) = (format!("{colour:?}").to_lowercase(), format!("{icon:?}").to_lowercase());
    let beside = beside.as_ref().map(|beside| format!(" ({beside})")).unwrap_or_default();
    format!("{colour} {icon} {words}{beside}")
}

const CONNECTIONS: [&str; 6] =
    ["not syncing", "no network", "connecting", "unreachable", "a portal answers", "connected"];
const ACTIVITIES: [&str; 4] = ["nothing pending", "waiting until t", "sending 3", "receiving"];
const NEEDS: [&str; 8] = [
    "ok",
    "1 conflict",
    "2 refused",
    "conflict and refused",
    "signed out",
    "shut out",
    "stuck",
    "stuck and conflict",
];

/// Every row that can be: ops are sent, and news comes, only where there is a connection.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for connection in CONNECTIONS {
        for activity in ACTIVITIES {
            for needs in NEEDS {
                if !can_be(connection, activity, needs) {
                    continue;
                }
                cases.push(Case { connection, activity, needs, facts: facts(connection, activity, needs) });
            }
        }
    }
    cases
}

fn can_be(connection: &str, activity: &str, needs: &str) -> bool {
    let connected = connection == "connected";
    let calls = ["sending 3", "receiving"].contains(&activity);
    match needs {
        // Who is shut out has been answered; whether there is a network now is another matter.
        "signed out" | "shut out" => !calls && (connected || connection == "no network"),
        // Only calls are stuck, or silence that goes on while the next try is waited for.
        "stuck" | "stuck and conflict" => {
            connected && calls || connection == "unreachable" && activity == "waiting until t"
        }
        _ => connected || !calls,
    }
}

fn facts(connection: &str, activity: &str, needs: &str) -> Facts {
    let pending = if ["waiting until t", "sending 3"].contains(&activity) { 3 } else { 0 };
    let stored = Stored {
        pending,
        waiting: pending,
        oldest: (pending > 0).then_some(WallTime(NOW.wall.0 - 60_000)),
        conflicts: u64::from(needs.contains("conflict")),
        rejected: if needs.contains("refused") { 2 } else { 0 },
        last_success: Some(WallTime(NOW.wall.0 - 90_000)),
    };
    let session = session(connection, activity, needs);
    let report = (connection != "not syncing").then(|| session.report(NOW));
    Facts::of(&stored, report.as_ref())
}

fn session(connection: &str, activity: &str, needs: &str) -> Session {
    let problem = |code| Link::Halted(Trouble::Problem { code, retry_after_ms: None });
    let until_ms = NOW.mono_ms + 20_000;
    let link = match (connection, needs) {
        (_, "signed out") => problem(ProblemCode::SessionEnded),
        (_, "shut out") => problem(ProblemCode::Forbidden),
        ("no network", _) => Link::NoNetwork,
        ("connecting" | "not syncing", _) => Link::Connecting,
        ("unreachable", _) => Link::Broken { trouble: Trouble::NoAnswer, until_ms },
        ("a portal answers", _) => {
            Link::Broken { trouble: Trouble::Foreign("200 text/html".into()), until_ms }
        }
        _ => Link::Connected,
    };
    let receiving = activity == "receiving";
    let held = (connection, activity) == ("connected", "waiting until t");
    Session {
        link,
        conditions: Conditions {
            no_network: connection == "no network",
            low_battery: held,
            ..Conditions::default()
        },
        sending: activity == "sending 3",
        receiving,
        loading: false,
        level: !receiving,
        stuck: needs.starts_with("stuck").then_some(if receiving { "receiving" } else { "sending" }),
        held_until_ms: held.then_some(until_ms),
        upload: None,
        download: None,
    }
}
