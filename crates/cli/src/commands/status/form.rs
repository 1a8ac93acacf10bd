//! Everything that there is to say of a device, for people and for programs.

use fieldbook_device::store::Facts as Stored;
use fieldbook_device::store::forms::{StatusForm, Whose};
use fieldbook_device::sync::Conditions;
use fieldbook_device::sync::status::{Colour, Facts};
use fieldbook_device::{Device, HomeFile, Running};
use fieldbook_model::WallTime;
use fieldbook_model::schema::Vocabulary;
use serde::Serialize;

use crate::clock;
use crate::colour::Paint;
use crate::commands::compare::Comparison;
use crate::failure::Failure;

/// Everything that there is to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Stand {
    file: HomeFile,
    vocabulary: Vocabulary,
    facts: Facts,
    stored: Stored,
    running: Option<(u32, WallTime)>,
    compared: Option<Comparison>,
}

/// The answer for programs. Its fields keep their names and meanings; there may be more of them one day.
#[derive(Serialize)]
pub struct Answer<'a> {
    #[serde(flatten)]
    status: StatusForm<'a>,
    syncing: Option<Syncing>,
    compared: Option<&'a Comparison>,
}

#[derive(Serialize)]
struct Syncing {
    pid: u32,
    since: WallTime,
}

impl Stand {
    /// Of a device, as it is now.
    pub fn of(device: &Device, vocabulary: Vocabulary) -> Result<Self, Failure> {
        let running = device.running();
        let stored = device.store().facts()?;
        let facts = Facts::of(&stored.stored(), running.as_ref().map(|running| &running.report));
        let running = running.map(|Running { pid, since, .. }| (pid, since));
        let compared = Comparison::of(device, WallTime(i64::MIN))?;
        Ok(Self { file: device.file().clone(), vocabulary, facts, stored, running, compared })
    }

    /// For programs.
    pub fn answer(&self) -> Answer<'_> {
        let Self { file, vocabulary, facts, stored, running, compared } = self;
        let whose = Whose {
            workspace: &file.workspace,
            user: &file.user,
            server: &file.server,
            device_id: file.device_id,
        };
        Answer {
            status: StatusForm::of(whose, *vocabulary, (facts, stored)),
            syncing: running.map(|(pid, since)| Syncing { pid, since }),
            compared: compared.as_ref(),
        }
    }

    /// The colour of its first line, as near to the app's as a terminal gets.
    pub fn paint(&self) -> Paint {
        match self.facts.status(self.vocabulary).colour {
            Colour::Green => Paint::Good,
            Colour::Red => Paint::Bad,
            Colour::Grey => Paint::Quiet,
            Colour::Yellow | Colour::Orange | Colour::Blue => Paint::Waits,
        }
    }

    /// For people.
    pub fn lines(&self, now: WallTime) -> Vec<String> {
        let Stored { conflicts, rejected, conflicted, lost_base, again, cursor, .. } = self.stored;
        let line = |name: &str, value: String| format!("{name:<13}{value}");
        let since = |then: WallTime| format!("{then}, {} ago", clock::age(then, now));
        let mut lines = vec![
            self.facts.line(self.vocabulary),
            line("workspace", self.file.workspace.clone()),
            line("user", self.file.user.clone()),
            line("server", self.file.server.clone()),
            line("pending", self.pending(now)),
            line("conflicts", conflicts.to_string()),
            line("refused", rejected.to_string()),
            line("last level", self.facts.last_success.map_or_else(|| "never".to_owned(), since)),
            line("cursor", format!("version {} of epoch {}", cursor.version, cursor.epoch)),
        ];
        let held = (conflicted > 0).then(|| format!("{conflicted} of your actions wait for a decision"));
        let lost =
            (lost_base > 0).then(|| format!("{lost_base} of your actions wait for what the server lost"));
        let again =
            (again > 0).then(|| format!("{again} of the pending were saved, and the server lost them"));
        let next = self.facts.activity.until().map(|at| format!("at {at}"));
        let syncing = self.running.map(|(pid, since)| format!("by process {pid} since {since}"));
        for (name, value) in [
            ("held", held),
            ("lost", lost),
            ("again", again),
            ("next try", next),
            ("progress", self.facts.progress()),
            ("conditions", spoken(self.facts.conditions)),
            ("syncing", syncing),
            ("clock", clock::off(self.stored.off_ms)),
        ] {
            lines.extend(value.map(|value| line(name, value)));
        }
        let compared = self.compared.iter().flat_map(|compared| compared.stand(now));
        lines.extend(compared.map(|(name, value)| line(name, value)));
        lines
    }

    fn pending(&self, now: WallTime) -> String {
        match (self.facts.pending, self.facts.oldest) {
            (0, _) => "nothing".to_owned(),
            (pending, None) => pending.to_string(),
            (pending, Some(oldest)) => format!("{pending}, the oldest for {}", clock::age(oldest, now)),
        }
    }
}

/// What of the surroundings makes a difference.
fn spoken(conditions: Conditions) -> Option<String> {
    let Conditions { no_network, metered, low_battery, hidden } = conditions;
    let words = [
        (no_network, "no network"),
        (metered, "metered network"),
        (low_battery, "low battery"),
        (hidden, "nobody looks"),
    ];
    let words: Vec<&str> = words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use fieldbook_device::sync::Report;
    use fieldbook_device::sync::status::{Connection, Download, Upload};
    use fieldbook_model::{Cursor, DeviceId, Epoch, Seq, UserId, Version, WorkspaceId, json};

    /// A till in three moments: in peace, in trouble, at its first load.
    fn stands() -> [Stand; 3] {
        let at = |seconds: i64| WallTime(1_800_000_000_000 + seconds * 1000);
        let cursor = |version| Cursor { epoch: Epoch(1), version: Version(version) };
        let connected = Report { connection: Connection::Connected, level: true, ..Report::begun(None) };
        let calm = Stored {
            cursor: cursor(40),
            last_success: Some(at(0)),
            schema: 2,
            next: Seq(8),
            last: Seq(7),
            ..Stored::default()
        };
        let trouble = Stored {
            waiting: 3,
            rejected: 1,
            conflicted: 2,
            lost_base: 1,
            again: 2,
            conflicts: 1,
            in_doubt: 1,
            off_ms: 3 * 365 * 86_400_000,
            ..calm
        };
        let trouble = Stored { oldest_waiting: Some(at(20)), ..trouble };
        let portal = Connection::Unreachable {
            because: "something else answers instead of the server (200 text/html)".into(),
            answered: Some("200 text/html".into()),
        };
        let broken = Report {
            connection: portal,
            until: Some(at(99)),
            conditions: Conditions { low_battery: true, hidden: true, ..Conditions::default() },
            ..Report::begun(None)
        };
        let download = Download { bytes: 70_000, from: Version(0), upto: Version(30), head: Version(120) };
        let first = Report {
            level: false,
            upload: Some(Upload { answered: 1, going: 3 }),
            download: Some(download),
            ..connected.clone()
        };
        let empty = Stored { cursor: cursor(0), last_success: None, waiting: 3, ..calm };
        [
            (calm, connected, Vocabulary::Counter),
            (trouble, broken, Vocabulary::Site),
            (empty, first, Vocabulary::Capture),
        ]
        .map(|(stored, report, vocabulary)| Stand {
            file: HomeFile {
                format: 1,
                server: "https://shop.example".into(),
                fingerprint: None,
                workspace_id: WorkspaceId::from_bytes([1; 16]),
                workspace: "shop".into(),
                user: "ann".into(),
                user_id: UserId::from_bytes([2; 16]),
                device_id: DeviceId::from_bytes([3; 16]),
            },
            vocabulary,
            facts: Facts::of(&stored.stored(), Some(&report)),
            stored,
            running: Some((4711, at(-60))),
            compared: match vocabulary {
                Vocabulary::Counter => Some(Comparison::example(at(-3_600), false)),
                Vocabulary::Site => Some(Comparison::example(at(-3_600), true)),
                Vocabulary::Capture => None,
            },
        })
    }

    /// Compares with a golden file. `FIELDBOOK_GOLDEN=write` writes it anew; then a person looks at it.
    fn golden(name: &str, told: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        if std::env::var_os("FIELDBOOK_GOLDEN").is_some() {
            std::fs::write(&path, told).expect("written");
        }
        assert_eq!(told, std::fs::read_to_string(&path).expect("a golden file"));
    }

    #[test]
    fn programs_find_what_they_found_before() {
        let told: String = stands().iter().map(|stand| json::write(&stand.answer()) + "\n").collect();
        golden("status.jsonl", &told);
    }

    #[test]
    fn people_find_what_they_look_for() {
        let now = WallTime(1_800_000_060_000);
        let told: Vec<String> = stands().iter().map(|stand| stand.lines(now).join("\n") + "\n").collect();
        golden("status.txt", &told.join("\n"));
    }
}
