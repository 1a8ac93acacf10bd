//! The network between devices and the server: what may go wrong with a request and its reply.

use fieldbook_device_sync::backoff::Dice;

/// How often what goes wrong, in permille, and how long things take, in milliseconds. Each seed draws its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// A request never arrives.
    pub lost: u64,
    /// A request arrives twice.
    pub doubled: u64,
    /// A reply never arrives: the device waits until its time is up.
    pub reply_lost: u64,
    /// A reply breaks in the middle: the device knows at once.
    pub reply_cut: u64,
    /// Something else answers.
    pub foreign: u64,
    /// A stream of pages or events is cut after any part.
    pub stream_cut: u64,
    /// A stream of events loses one and goes on.
    pub stream_skips: u64,
    /// A device is killed at an output of its machine.
    pub kill: u64,
    /// A device is killed in the middle of a write.
    pub torn: u64,
    /// The server fails to commit a group of pushes.
    pub commit_fails: u64,
    /// A device loses its network for a while.
    pub partition: u64,
    /// What surrounds a device changes: its battery, its network's price, whether somebody looks.
    pub around: u64,
    /// The server comes back from its last backup.
    pub restore: u64,
    /// The longest way of a message.
    pub delay_ms_max: u64,
    /// A proxy on the way refuses bodies above this, in bytes.
    pub proxy_bytes_max: Option<usize>,
}

impl Faults {
    /// A network without faults.
    pub fn none() -> Self {
        Self {
            lost: 0,
            doubled: 0,
            reply_lost: 0,
            reply_cut: 0,
            foreign: 0,
            stream_cut: 0,
            stream_skips: 0,
            kill: 0,
            torn: 0,
            commit_fails: 0,
            partition: 0,
            around: 0,
            restore: 0,
            delay_ms_max: 20,
            proxy_bytes_max: None,
        }
    }

    /// The faults of a seed: each kind is off in half of the seeds, so that pairs meet without the noise of all.
    pub fn drawn(dice: &mut Dice) -> Self {
        let mut some = |max: u64| if dice.roll().is_multiple_of(2) { 0 } else { dice.roll() % (max + 1) };
        Self {
            lost: some(300),
            doubled: some(300),
            reply_lost: some(250),
            reply_cut: some(250),
            foreign: some(60),
            stream_cut: some(200),
            stream_skips: some(150),
            kill: some(60),
            torn: 0,
            commit_fails: some(120),
            partition: some(120),
            restore: 0,
            delay_ms_max: [5, 50, 500, 5_000][(some(3)) as usize],
            proxy_bytes_max: if some(7) == 7 { Some(1_500) } else { None },
            around: some(80),
        }
    }

    /// Kills in the middle of a write, in half of the worlds.
    pub fn with_torn_writes(self, seed: u64) -> Self {
        let mut dice = Dice(seed ^ 0x70a4);
        let torn = if dice.roll().is_multiple_of(2) { 0 } else { dice.roll() % 121 };
        Self { torn, ..self }
    }

    /// What comes back from backups, in some worlds.
    pub fn with_backups(self, dice: &mut Dice) -> Self {
        let restore = if dice.roll().is_multiple_of(4) { 5 + dice.roll() % 25 } else { 0 };
        Self { restore, ..self }
    }
}

/// Whether something with so many permille happens now.
pub fn happens(dice: &mut Dice, permille: u64) -> bool {
    permille > 0 && dice.roll() % 1000 < permille
}
