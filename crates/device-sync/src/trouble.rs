//! What went wrong with a call, split by what the machine does next.

use std::fmt;

use fieldbook_protocol::{Ordered, Problem, ProblemCode};

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answered: no network, no such host, connection refused.
    NoAnswer,
    /// No answer within the time that the machine gives a call.
    TimedOut,
    /// The connection broke before the answer was whole.
    Cut,
    /// Something answered that is not the server: a captive portal, a proxy. What it said, in a few words.
    Foreign(String),
    /// The server orders that this device is wiped. Whether it was the server says the signature, which nobody has looked at yet.
    Wiped(Box<Ordered>),
    /// The server said no.
    Problem {
        /// Its code.
        code: ProblemCode,
        /// When it wants to be asked again.
        retry_after_ms: Option<u64>,
    },
}

/// In words: what the device makes of it is told elsewhere.
const WIPED: &str = "the server orders that this device is wiped";

/// What to do about trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Try again after a while.
    Retry,
    /// The push has to be smaller.
    Smaller,
    /// Stop until the person has signed in again. The queue waits; it is no attempt.
    SignIn,
    /// Stop: this device is a copy of another, or the server's rules shut it out. See [`Trouble::may_mend`].
    Halt,
}

impl Trouble {
    /// Its name for programs.
    pub fn code(&self) -> String {
        match self {
            Self::NoAnswer => "no-answer".to_owned(),
            Self::TimedOut => "timed-out".to_owned(),
            Self::Cut => "cut".to_owned(),
            Self::Foreign(_) => "something-else-answers".to_owned(),
            Self::Wiped(_) => "wiped".to_owned(),
            Self::Problem { code, .. } => code.name(),
        }
    }

    /// What to do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoAnswer | Self::TimedOut | Self::Cut | Self::Foreign(_) => Kind::Retry,
            Self::Wiped(_) => Kind::Halt,
            Self::Problem { code, .. } => match code {
                ProblemCode::TooLarge => Kind::Smaller,
                ProblemCode::SignInNeeded | ProblemCode::SessionEnded | ProblemCode::WrongSignIn => {
                    Kind::SignIn
                }
                ProblemCode::TooMany
                | ProblemCode::Unavailable
                | ProblemCode::Internal
                | ProblemCode::NewerSchema
                // The pull that comes with the next try begins anew.
                | ProblemCode::HistoryDiffers
                // Said of a log that was just begun: the server lost the op that it goes on from, and another is begun.
                | ProblemCode::LogForked => Kind::Retry,
                ProblemCode::BadRequest
                | ProblemCode::Revoked
                | ProblemCode::Wiped
                | ProblemCode::Forbidden
                // Said of a person's account and of who is what, which no sync asks for.
                | ProblemCode::WrongPassword
                | ProblemCode::ConfirmNeeded
                | ProblemCode::UselessCode
                | ProblemCode::Conflict
                | ProblemCode::OtherKeys
                | ProblemCode::NotSigned
                | ProblemCode::NotFound
                | ProblemCode::OtherProtocol
                | ProblemCode::WrongMethod => Kind::Halt,
            },
        }
    }

    /// Whether a server that is repaired or upgraded could take back what halts the device: then it is asked
    /// again, now and then. A session that ended has ended.
    pub fn may_mend(&self) -> bool {
        self.kind() == Kind::Halt
    }

    /// Whether the server goes on with this log from somebody else, or has lost where it began (rules 23 and 58).
    pub fn is_fork(&self) -> bool {
        matches!(self, Self::Problem { code: ProblemCode::LogForked, .. })
    }

    /// Whether the person was removed from the workspace, or the device is to be wiped when it has sent what it has: nothing is
    /// read any more, and what is queued may still go (rule 33).
    pub fn is_removal(&self) -> bool {
        match self {
            Self::Wiped(ordered) => ordered.rescue,
            trouble => matches!(trouble, Self::Problem { code: ProblemCode::Revoked, .. }),
        }
    }

    /// The wait that the server asked for, in milliseconds.
    pub fn retry_after_ms(&self) -> u64 {
        match self {
            Self::Problem { retry_after_ms, .. } => retry_after_ms.unwrap_or(0),
            _ => 0,
        }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        match &problem.wipe {
            Some(ordered) if problem.code == ProblemCode::Wiped => Self::Wiped(ordered.clone()),
            _ => Self::Problem { code: problem.code, retry_after_ms: problem.retry_after_ms },
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("the server does not answer"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::Cut => f.write_str("the connection broke"),
            Self::Foreign(said) => write!(f, "something else answers instead of the server ({said})"),
            Self::Wiped(_) => f.write_str(WIPED),
            Self::Problem { code, .. } => match code {
                ProblemCode::Wiped => f.write_str(WIPED),
                ProblemCode::SignInNeeded | ProblemCode::SessionEnded | ProblemCode::WrongSignIn => {
                    f.write_str("signed out")
                }
                ProblemCode::LogForked => {
                    f.write_str("this device is a copy of another one, or was restored from a backup")
                }
                ProblemCode::OtherKeys | ProblemCode::NotSigned => f.write_str("the server knows other keys of this device: sign in again"),
                ProblemCode::NewerSchema => {
                    f.write_str("the server has an older schema than this device, which waits for its update")
                }
                ProblemCode::TooMany | ProblemCode::Unavailable => f.write_str("the server is busy"),
                ProblemCode::Internal => f.write_str("the server has a defect, or its database is damaged: its log says why"),
                ProblemCode::HistoryDiffers => {
                    f.write_str("the server came back from a backup; what it lost is offered again")
                }
                ProblemCode::TooLarge => f.write_str("the server does not take this much at once"),
                ProblemCode::BadRequest | ProblemCode::WrongMethod => {
                    f.write_str("the server does not understand this version of the app")
                }
                ProblemCode::OtherProtocol => f.write_str(
                    "the server speaks another version of the protocol than this app: update whichever is older",
                ),
                ProblemCode::Revoked => f.write_str(
                    "you are no member of this workspace any more; what is on this device stays here",
                ),
                ProblemCode::Forbidden | ProblemCode::NotFound => {
                    f.write_str("the workspace is not there, or not for this user")
                }
                ProblemCode::WrongPassword => f.write_str("the password is wrong"),
                ProblemCode::ConfirmNeeded => f.write_str("the server wants the password once more for this"),
                ProblemCode::UselessCode => f.write_str("this link or code does not work, or not any more"),
                ProblemCode::Conflict => f.write_str("this cannot be as things stand"),
            },
        }
    }
}
