//! What keeps a device from being level, as one thing: what a screen names first.

use serde::Serialize;

use super::{Connection, Facts, Need};

/// From how much on a clock is wrong, in milliseconds. Less nobody notices, and networks take their time.
pub const CLOCK_OFF_MIN_MS: i64 = 10 * 60_000;

/// What keeps a device from being level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Cause {
    /// Its own storage fails.
    Failing {
        /// Why, in words.
        because: String,
    },
    /// The system says that there is no network.
    NoNetwork,
    /// There is a network that does not let it through.
    Blocked {
        /// What answered in the server's place.
        answered: String,
    },
    /// There is a network, and the server does not answer, or says that it cannot just now.
    ServerDown {
        /// Why, in words.
        because: String,
    },
    /// The session has ended.
    SignedOut,
    /// The server shuts the device out.
    ShutOut {
        /// Why, in words.
        because: String,
    },
    /// Its clock is wrong. It syncs, and tells wrong times.
    Clock {
        /// By how much the server's is ahead, in milliseconds.
        off_ms: i64,
    },
}

impl Facts {
    /// What keeps the device from being level, if anything does: what has to be mended before all else. `off_ms`: by how much the
    /// server's clock is ahead.
    pub fn cause(&self, off_ms: i64) -> Option<Cause> {
        self.own()
            .or_else(|| self.way())
            .or_else(|| self.server())
            .or_else(|| (off_ms.saturating_abs() >= CLOCK_OFF_MIN_MS).then_some(Cause::Clock { off_ms }))
    }

    fn own(&self) -> Option<Cause> {
        self.needs.iter().find_map(|need| match need {
            Need::Failing(because) => Some(Cause::Failing { because: because.clone() }),
            _ => None,
        })
    }

    /// Nobody signs in without a way to the server.
    fn way(&self) -> Option<Cause> {
        match &self.connection {
            Connection::NoNetwork => Some(Cause::NoNetwork),
            Connection::Unreachable { answered: Some(answered), .. } => {
                Some(Cause::Blocked { answered: answered.clone() })
            }
            Connection::Unreachable { because, .. } => Some(Cause::ServerDown { because: because.clone() }),
            Connection::NotSyncing | Connection::Connecting | Connection::Connected => None,
        }
    }

    fn server(&self) -> Option<Cause> {
        self.needs.iter().find_map(|need| match need {
            Need::SignedOut => Some(Cause::SignedOut),
            Need::ShutOut(because) => Some(Cause::ShutOut { because: because.clone() }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Conditions;
    use crate::status::Activity;

    fn check(connection: Connection, needs: Vec<Need>, off_ms: i64, expected: &str) {
        let facts = Facts {
            connection,
            activity: Activity::Nothing,
            needs,
            pending: 0,
            oldest: None,
            last_success: None,
            conditions: Conditions::default(),
            upload: None,
            download: None,
        };
        let told = facts.cause(off_ms).map(|cause| fieldbook_model::json::write(&cause));
        assert_eq!(told.unwrap_or_default(), expected);
    }

    #[test]
    fn what_has_to_be_mended_first_is_the_cause() {
        let unreachable = |answered: Option<&str>| Connection::Unreachable {
            because: "why".into(),
            answered: answered.map(str::to_owned),
        };
        check(Connection::Connected, vec![], 0, "");
        check(Connection::Connected, vec![Need::Conflicts(1), Need::Rejected(2)], 599_999, "");
        check(Connection::Connected, vec![], -600_000, r#"{"is":"clock","off_ms":-600000}"#);
        check(Connection::Connecting, vec![], 0, "");
        check(Connection::NoNetwork, vec![Need::SignedOut], 0, r#"{"is":"no-network"}"#);
        check(
            unreachable(Some("200 text/html")),
            vec![],
            0,
            r#"{"is":"blocked","answered":"200 text/html"}"#,
        );
        check(unreachable(None), vec![], 700_000, r#"{"is":"server-down","because":"why"}"#);
        check(Connection::Connected, vec![Need::SignedOut], 700_000, r#"{"is":"signed-out"}"#);
        check(
            Connection::Connected,
            vec![Need::ShutOut("gone".into())],
            0,
            r#"{"is":"shut-out","because":"gone"}"#,
        );
        check(
            Connection::NoNetwork,
            vec![Need::Failing("full".into())],
            0,
            r#"{"is":"failing","because":"full"}"#,
        );
    }
}
