//! The network between devices and the server: what may go wrong with a request and its reply.

use fieldbook_device_sync::backoff::Dice;

/// How often what goes wrong, in permille, each with the most that a seed draws.
macro_rules! faults {
    ($($(#[doc = $says:literal])* $name:ident: $most:literal,)*) => {
        /// How often what goes wrong, in permille, and how long things take, in milliseconds. Each seed draws its own.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Faults {
            $($(#[doc = $says])* pub $name: u64,)*
            /// The longest way of a message.
            pub delay_ms_max: u64,
            /// A proxy on the way refuses bodies above this, in bytes; 0: there is none.
            pub proxy_bytes_max: u64,
        }

        impl Faults {
            /// A network without faults.
            pub fn none() -> Self {
                Self { $($name: 0,)* delay_ms_max: 20, proxy_bytes_max: 0 }
            }

            /// The faults of a seed: each kind is off in half of the seeds, so that pairs meet without the noise of all.
            pub fn drawn(dice: &mut Dice) -> Self {
                let mut some =
                    |most: u64| if dice.roll().is_multiple_of(2) { 0 } else { dice.roll() % (most + 1) };
                Self {
                    $($name: some($most),)*
                    delay_ms_max: [5, 50, 500, 5_000][some(3) as usize],
                    proxy_bytes_max: if some(7) == 7 { 1_500 } else { 0 },
                }
            }

            /// Each number with its name.
            pub fn all(&mut self) -> Vec<(&'static str, &mut u64)> {
                vec![
                    $((stringify!($name), &mut self.$name),)*
                    ("delay_ms_max", &mut self.delay_ms_max),
                    ("proxy_bytes_max", &mut self.proxy_bytes_max),
                ]
            }
        }
    };
}

faults! {
    /// A request never arrives.
    lost: 300,
    /// A request arrives twice; what is heard is the reply to one of them.
    doubled: 300,
    /// A reply never arrives: the device waits until its time is up.
    reply_lost: 250,
    /// A reply breaks before its first byte: the device knows at once.
    reply_cut: 250,
    /// A reply breaks at any of its bytes. Perhaps nobody says so, and it looks as if that were its end.
    reply_torn: 150,
    /// A request breaks at any of its bytes: the server has some of it, and the device knows at once.
    request_torn: 100,
    /// Something else answers.
    foreign: 60,
    /// The server or something on the way says no, before or after the server has done what was asked.
    answer: 120,
    /// The name of the server is not found, after a while.
    no_name: 60,
    /// What answers at the server's address proves to be somebody else, or nobody.
    no_tls: 60,
    /// A stream of pages or events is cut after any part.
    stream_cut: 200,
    /// A stream of events loses one and goes on.
    stream_skips: 150,
    /// All connections of a device stay open, and nothing comes on them any more.
    half_open: 60,
    /// A device is killed at an output of its machine.
    kill: 60,
    /// A device is killed in the middle of a write.
    torn: 120,
    /// The server fails to commit a group of pushes.
    commit_fails: 120,
    /// A device loses its network for a while.
    partition: 120,
    /// A device loses its network many times in a row, each for a moment.
    flapping: 40,
    /// The session of a device ends: its person has to sign in again.
    session_ends: 20,
    /// What surrounds a device changes: its battery, its network's price, whether somebody looks.
    around: 80,
    /// The server comes back from its last backup.
    restore: 0,
}

impl Faults {
    /// The same where a device makes so many times as many calls and takes in as many pages: what befalls one of them
    /// is as much rarer.
    pub fn rarer(self, times: u64) -> Self {
        let some = |permille: u64| permille.div_ceil(times);
        Self {
            lost: some(self.lost),
            doubled: some(self.doubled),
            reply_lost: some(self.reply_lost),
            reply_cut: some(self.reply_cut),
            reply_torn: some(self.reply_torn),
            request_torn: some(self.request_torn),
            foreign: some(self.foreign),
            answer: some(self.answer),
            no_name: some(self.no_name),
            no_tls: some(self.no_tls),
            stream_cut: some(self.stream_cut),
            stream_skips: some(self.stream_skips),
            kill: some(self.kill),
            torn: some(self.torn),
            ..self
        }
    }

    /// What comes back from backups, in some worlds.
    pub fn with_backups(self, dice: &mut Dice) -> Self {
        let restore = if dice.roll().is_multiple_of(4) { 5 + dice.roll() % 25 } else { 0 };
        Self { restore, ..self }
    }
}

/// Whether something with so many permille happens now. What never happens is drawn too: so nothing else becomes another when
/// one kind is taken out.
pub fn happens(dice: &mut Dice, permille: u64) -> bool {
    dice.roll() % 1000 < permille
}
