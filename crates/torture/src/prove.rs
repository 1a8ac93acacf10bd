//! Runs that are spoiled on purpose, to see that the runner would notice: what it never found in a good run proves
//! little unless it finds it in a bad one.

use std::fs;
use std::time::Duration;

use crate::disk::copy;
use crate::finding::Kind;
use crate::proxy::{After, Mode};
use crate::settle::{ASKED_TO_WAIT, LEVEL_WITHIN};
use crate::stage::Stage;

/// How a run is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// It is not.
    None,
    /// A device's home is put back to what it was before its acts, and nothing of them had been sent.
    PutBack,
    /// The faults never end for one device.
    Unhealed,
    /// Somebody on the way puts other words into what one device receives.
    Garbled,
}

/// The one that it happens to.
const VICTIM: usize = 0;

impl Sabotage {
    /// Those that must be noticed.
    pub const ALL: [Self; 3] = [Self::PutBack, Self::Unhealed, Self::Garbled];

    /// What must be found.
    pub fn shows_as(self) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::PutBack => Some(Kind::Lost),
            Self::Unhealed => Some(Kind::Stuck),
            Self::Garbled => Some(Kind::Divergent),
        }
    }

    /// What the run's folder is called beside those of good runs.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::PutBack => "-put-back",
            Self::Unhealed => "-unhealed",
            Self::Garbled => "-garbled",
        }
    }

    /// Whether a loop never runs while others act.
    pub fn keeps_still(self, number: usize) -> bool {
        self == Self::PutBack && number == VICTIM
    }

    /// Whether faults end.
    pub fn heals(self) -> bool {
        self != Self::Unhealed
    }

    /// How long everybody may take to become level.
    pub fn limit(self) -> Duration {
        match self {
            Self::Unhealed => Duration::from_secs(5),
            _ => LEVEL_WITHIN + ASKED_TO_WAIT,
        }
    }

    /// Before anybody acts.
    pub fn before(self, stage: &Stage) -> Result<(), String> {
        let home = &stage.devices[VICTIM].home;
        match self {
            Self::None | Self::Unhealed => Ok(()),
            Self::PutBack => copy(home, &home.with_extension("before")).map_err(|error| error.to_string()),
            Self::Garbled => {
                stage.proxies[VICTIM].begin(Mode::Garble);
                Ok(())
            }
        }
    }

    /// After everybody has acted.
    pub fn after(self, stage: &Stage) -> Result<(), String> {
        let home = &stage.devices[VICTIM].home;
        match self {
            Self::None => Ok(()),
            Self::PutBack => {
                fs::remove_dir_all(home)
                    .and_then(|()| copy(&home.with_extension("before"), home))
                    .map_err(|error| error.to_string())?;
                stage.start_loop(VICTIM);
                Ok(())
            }
            Self::Unhealed => {
                stage.proxies.iter().for_each(|proxy| proxy.end(After::Released));
                stage.proxies[VICTIM].begin(Mode::Cut);
                let act = stage.devices[VICTIM].run(&["act", "--insert", "customer", "name=Late"])?;
                crate::device::well(act, "the last act").map(drop)
            }
            Self::Garbled => Ok(()),
        }
    }
}
