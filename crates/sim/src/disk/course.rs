//! The course of a script: played once undisturbed, it says how many points there are, what was shown at each moment and how
//! it ends; then one case after the other is held against that.

use std::collections::BTreeSet;

use fieldbook_faulty_disk::{Counts, Fault, Lasts, Loss, Plan};

use super::checks::check;
use super::script::{Script, Stopped};
use super::stage::{Base, Side, Stage};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The power goes; what was not synced is lost.
    Lost,
    /// The power goes in the middle of a write of sectors of 512 bytes.
    Torn,
    /// The same with sectors of 4 KiB.
    TornWide,
    /// The power goes, and of what was under way anything may have come first.
    Reordered,
    /// One call fails.
    FailsOnce,
    /// All calls fail from there on.
    Fails,
    /// One sync fails, and what it was to save is gone unless it is written again. SQLite does not write it again, so this
    /// is not among those that must hold: it is played when it is asked for by name.
    SyncForgets,
    /// One write is cut short.
    Short,
    /// The disk is full for one write.
    FullOnce,
    /// The disk is full from there on.
    Full,
    /// One read fails.
    Unreadable,
    /// One bit of one read is another.
    Flipped,
}

/// One run: where what goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// What.
    pub kind: Kind,
    /// Where, from 1.
    pub point: u64,
}

impl Kind {
    /// All that must hold, the cuts first.
    pub const ALL: [Self; 11] = [
        Self::Lost,
        Self::Torn,
        Self::TornWide,
        Self::Reordered,
        Self::FailsOnce,
        Self::Fails,
        Self::Short,
        Self::FullOnce,
        Self::Full,
        Self::Unreadable,
        Self::Flipped,
    ];

    /// As a person types it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Torn => "torn",
            Self::TornWide => "torn-4k",
            Self::Reordered => "reordered",
            Self::FailsOnce => "fails-once",
            Self::Fails => "fails",
            Self::SyncForgets => "sync-forgets",
            Self::Short => "short",
            Self::FullOnce => "full-once",
            Self::Full => "full",
            Self::Unreadable => "unreadable",
            Self::Flipped => "flipped",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::SyncForgets]).find(|kind| kind.name() == name)
    }

    /// What a cut leaves; none for what is no cut.
    pub fn loss(self) -> Option<Loss> {
        Some(match self {
            Self::Lost => Loss::Lost,
            Self::Torn => Loss::Torn { sector_bytes: 512 },
            Self::TornWide => Loss::Torn { sector_bytes: 4096 },
            Self::Reordered => Loss::Reordered,
            _ => return None,
        })
    }

    fn plan(self, at: u64) -> Plan {
        let (fault, lasts) = match self {
            Self::Lost | Self::Torn | Self::TornWide | Self::Reordered => return Plan::cut(at),
            Self::FailsOnce => (Fault::Error, Lasts::Once),
            Self::Fails => (Fault::Error, Lasts::ForGood),
            Self::SyncForgets => (Fault::Forgets, Lasts::Once),
            Self::Short => (Fault::Short, Lasts::Once),
            Self::FullOnce => (Fault::Full, Lasts::Once),
            Self::Full => (Fault::Full, Lasts::ForGood),
            Self::Unreadable => (Fault::Unreadable, Lasts::Once),
            Self::Flipped => (Fault::Flipped, Lasts::Once),
        };
        Plan { at, fault, lasts }
    }

    /// Whether it stays until the machine starts again.
    fn is_for_good(self) -> bool {
        matches!(self, Self::Fails | Self::Full)
    }

    /// Whether it befalls reads.
    fn reads(self) -> bool {
        matches!(self, Self::Unreadable | Self::Flipped)
    }
}

/// A script as it goes undisturbed.
pub struct Course {
    /// What is there before.
    pub base: Base,
    /// The last op in the log then.
    pub first: u64,
    /// What was shown at each moment.
    pub seen: BTreeSet<String>,
    /// All that it tells in the end.
    pub end: String,
    /// The calls of its disk.
    pub counts: Counts,
}

/// How often a step is tried again after a fault that passes.
const TRIES: usize = 3;

impl Course {
    /// Plays a script undisturbed.
    ///
    /// # Panics
    /// When it does not come to its end.
    pub fn of(script: &Script) -> Self {
        let base = (script.base)();
        let first = {
            let mut stage = Stage::lay(script.side, &base);
            stage.open().unwrap_or_else(|trouble| panic!("BUG: a base: {trouble:?}"));
            stage.device.as_mut().map_or(0, |store| store.facts().expect("BUG: a base").last.0)
        };
        let mut stage = Stage::lay(script.side, &base);
        stage.seen = Some(Vec::new());
        stage.disk().begin(None);
        stage.open().and_then(|()| stage.mark()).unwrap_or_else(|trouble| panic!("BUG: {trouble:?}"));
        goes(script.play(&mut stage, first, 0));
        let end = stage.tells().unwrap_or_else(|trouble| panic!("BUG: {trouble:?}"));
        stage.close();
        let counts = stage.disk().counts();
        let seen = stage.seen.take().unwrap_or_default().into_iter().collect();
        Self { base, first, seen, end, counts }
    }

    /// Every case of a kind: each point, and the end, for a cut; the points that a fault can befall else.
    pub fn cases(&self, side: Side, kind: Kind) -> impl Iterator<Item = Case> + use<> {
        let last = match kind {
            _ if kind.loss().is_some() => self.counts.points + 1,
            Kind::SyncForgets => self.counts.points,
            // Where nothing but SQLite's own checks watches over the pages, another bit is another value.
            Kind::Flipped if side == Side::Server => 0,
            _ if kind.reads() => self.counts.reads,
            _ => self.counts.points,
        };
        (1..=last).map(move |point| Case { kind, point })
    }

    /// Plays a case and all that must hold after it. Tells whether anything went wrong at all.
    ///
    /// # Panics
    /// When something does not hold.
    pub fn holds(&self, script: &Script, case: Case) -> bool {
        let mut stage = Stage::lay(script.side, &self.base);
        stage.disk().begin(Some(case.kind.plan(case.point)));
        if case.kind == Kind::Flipped {
            return self.is_right_or_noticed(script, &mut stage);
        }
        if case.kind.loss().is_some() {
            self.cut(script, &mut stage);
        } else {
            self.fails(script, &mut stage, case);
        }
        // While it is closed something may go wrong too.
        stage.close();
        let failed = stage.disk().counts().failed > 0;
        let loss = case.kind.loss().unwrap_or(Loss::Lost);
        stage.restart(loss, case.point);
        check(&mut stage, self);
        goes(script.play(&mut stage, self.first, 0));
        self.ends(&mut stage);
        failed
    }

    fn cut(&self, script: &Script, stage: &mut Stage) {
        if let Err(stopped) = script.play(stage, self.first, 0) {
            assert!(stage.disk().is_off(), "step {:?} failed by itself: {:?}", stopped.step, stopped.trouble);
        }
    }

    fn fails(&self, script: &Script, stage: &mut Stage, case: Case) {
        let tries = if case.kind.is_for_good() { 1 } else { TRIES };
        match script.play(stage, self.first, tries) {
            Ok(()) => {
                stage.disk().mend();
                self.ends(stage);
            }
            Err(stopped) if case.kind.is_for_good() => {
                let words = &stopped.trouble.words;
                assert!(
                    stopped.trouble.may_pass,
                    "I24: a disk that fails is told as something else: {words}"
                );
            }
            Err(stopped) => {
                panic!("step {:?} does not go on after it: {:?}", stopped.step, stopped.trouble);
            }
        }
    }

    /// After a bit that is another nothing is told that is not so: all is as undisturbed, or something is told as damaged.
    /// Such a bit may stay, where SQLite moved it from its log into the file.
    fn is_right_or_noticed(&self, script: &Script, stage: &mut Stage) -> bool {
        if script.play(stage, self.first, TRIES).is_ok()
            && let Ok(end) = stage.tells()
        {
            self.is_end(&end);
        }
        stage.disk().counts().failed > 0
    }

    /// All is told as after an undisturbed run; at the latest when the program is started again.
    fn ends(&self, stage: &mut Stage) {
        let end = stage.tells().or_else(|_| {
            stage.close();
            stage.open().and_then(|()| stage.tells())
        });
        self.is_end(&end.unwrap_or_else(|trouble| panic!("{}", trouble.words)));
    }

    fn is_end(&self, end: &str) {
        if end != self.end {
            let pair = end.lines().zip(self.end.lines()).find(|(is, was)| is != was);
            panic!("it ends otherwise than undisturbed: {pair:#?}");
        }
    }
}

fn goes(played: Result<(), Stopped>) {
    if let Err(Stopped { step, trouble }) = played {
        panic!("step {step:?} failed: {trouble:?}");
    }
}
