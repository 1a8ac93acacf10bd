//! The families of faults. A run is of one family, so that a failure says what kind of fault led to it.

/// A family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Connections break, lose replies, are slow or are sent away.
    Disconnect,
    /// Server and loops are asked to end, and start again.
    Stop,
    /// Server, loops and acts are killed at any moment.
    Kill,
    /// Processes stand still for a while.
    Pause,
    /// Groups of devices are cut off: both ways, one way, by silence, by somebody else's answers.
    Partition,
    /// The disk of a device or of the server is full for a while.
    DiskFull,
}

impl Family {
    /// All, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Disconnect, Self::Stop, Self::Kill, Self::Pause, Self::Partition, Self::DiskFull];

    /// As a person types it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Partition => "partition",
            Self::DiskFull => "disk-full",
        }
    }

    /// The family of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Whether an act may wait for a process that stands still or a disk that is full. In all other families it
    /// never waits for anything but the machine.
    pub fn may_hold_acts_up(self) -> bool {
        matches!(self, Self::Pause | Self::DiskFull)
    }
}
