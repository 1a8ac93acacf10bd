//! Somebody says no in the server's place, or the server itself says what it should not: each status, with and without a
//! document that says what is wrong, and with whatever stands in `Retry-After` in this world.

use fieldbook_device_sync::Head;
use fieldbook_model::json;
use fieldbook_protocol::problem::PROBLEM_JSON;
use fieldbook_protocol::{Problem, ProblemCode};

use super::World;
use super::wire::Line;

/// What may be answered, and with which words the server itself says so.
const ANSWERS: [(u16, &str, &[ProblemCode]); 9] = [
    // Whose session has ended is in `befalling`.
    (401, "fault: an answer 401", &[]),
    (403, "fault: an answer 403", &[ProblemCode::Forbidden]),
    (408, "fault: an answer 408", &[]),
    (409, "fault: an answer 409", &[ProblemCode::HistoryDiffers, ProblemCode::NewerSchema]),
    (429, "fault: an answer 429", &[ProblemCode::TooMany]),
    (500, "fault: an answer 500", &[ProblemCode::Internal]),
    (502, "fault: an answer 502", &[]),
    (503, "fault: an answer 503", &[ProblemCode::Unavailable]),
    (504, "fault: an answer 504", &[]),
];

/// No server is believed that asks for a longer wait, in milliseconds.
const BELIEVED_MS: u64 = 3_600_000;
/// A device that is shut out asks again within this, in milliseconds.
const SHUT_OUT_MS: u64 = 360_000;

impl World {
    /// Perhaps a call gets an answer that is none of what was asked.
    pub(super) fn is_answered(&mut self, line: Line) -> bool {
        let rate = self.faults.answer;
        if !crate::network::happens(&mut self.dice, rate) {
            return false;
        }
        let (status, name, codes) = ANSWERS[(self.dice.roll() % ANSWERS.len() as u64) as usize];
        self.checks.count(name);
        // In every other one whoever answers has something else to say than the server.
        let own = self.dice.roll() as usize % (2 * codes.len().max(1));
        let wait = self.wait();
        let name = self.devices[line.device].name;
        self.tell(&format!("{name} gets an answer {status}, to come back: {wait:?}"));
        match codes.get(own) {
            Some(code) => self.says_as_server(line, *code, wait),
            None => self.says_as_proxy(line, status, wait),
        }
        true
    }

    /// What stands behind `Retry-After`; what is no number has to be passed over.
    fn wait(&mut self) -> Option<String> {
        let roll = self.dice.roll();
        let odd = match roll % 12 {
            0 => "0",
            1 => "-5",
            2 => "soon",
            3 => "Wed, 21 Oct 2026 07:28:00 GMT",
            4 => "99999999999999999999999999",
            5 => "18446744073709551615",
            6..10 => return Some((1 + (roll >> 8) % 20).to_string()),
            _ => return None,
        };
        self.checks.count("fault: a wait that is odd");
        Some(odd.to_owned())
    }

    fn says_as_proxy(&mut self, line: Line, status: u16, wait: Option<String>) {
        let seconds = wait.as_ref().and_then(|wait| wait.parse::<u64>().ok());
        if matches!(status, 429 | 503) {
            self.asks_to_wait(seconds.unwrap_or(0).saturating_mul(1_000));
        }
        let head = Head::new(status, Some("text/html; charset=utf-8"), wait.as_deref());
        self.says_no(line, head, "<html><body>No.</body></html>".to_owned());
    }

    fn says_as_server(&mut self, line: Line, code: ProblemCode, wait: Option<String>) {
        let problem = json::write(&Problem::new(code, "No.", self.wall()));
        let wait_ms = wait.as_deref().map(in_document);
        self.asks_to_wait(wait_ms.as_ref().and_then(|ms| ms.parse().ok()).unwrap_or(0));
        if code == ProblemCode::Forbidden {
            self.last_wait_ms = self.last_wait_ms.max(self.now_ms + self.faults.delay_ms_max + SHUT_OUT_MS);
        }
        let ends = wait_ms.map_or("}".to_owned(), |ms| format!(",\"retry_after_ms\":{ms}}}"));
        let body = problem.strip_suffix('}').map(|open| format!("{open}{ends}")).unwrap_or(problem);
        self.says_no(line, Head::new(code.status(), Some(PROBLEM_JSON), wait.as_deref()), body);
    }

    /// A device is asked to wait. It comes back within half as much again, so that not all do at once.
    pub(super) fn asks_to_wait(&mut self, ms: u64) {
        let ms = ms.min(BELIEVED_MS);
        let until_ms = self.now_ms + self.faults.delay_ms_max + ms + ms / 2;
        if ms > 0 {
            self.last_wait_ms = self.last_wait_ms.max(until_ms);
        }
    }
}

/// A wait as it stands in a problem document: in milliseconds, and in quotes where it is nothing like a number.
fn in_document(wait: &str) -> String {
    match wait.parse::<u64>() {
        Ok(seconds) if seconds < BELIEVED_MS => (seconds * 1_000).to_string(),
        Err(_) if !wait.starts_with(['-', '9']) => format!("{wait:?}"),
        _ => wait.to_owned(),
    }
}
