//! A script: what one side does, step by step, while its disk may fail; and how it goes on where it stopped.

use fieldbook_device_store::Moment;
use fieldbook_model::WallTime;

use super::stage::{Base, Side, Stage};
use super::trouble::Trouble;
use crate::pair::NOW;

/// Adds an op to the log, at a moment.
pub type Acts = Box<dyn Fn(&mut Stage, Moment) -> Result<(), Trouble> + Send + Sync>;
/// Does something on the disk that may fail.
pub type Does = Box<dyn Fn(&mut Stage) -> Result<(), Trouble> + Send + Sync>;
/// Does something on the disk that holds.
pub type Holds = Box<dyn Fn(&mut Stage) + Send + Sync>;

/// What a step does.
pub enum Step {
    /// Adds one op to the device's log; what is in the log is not done again.
    Op(Acts),
    /// Something that may be done again, as often as one likes: all that syncs, and all settings.
    Again(Does),
    /// Something on the disk that holds, which happens once. Between a pull and the op after it there is none: a pull that
    /// a power cut took would bring it, and the op would have seen more.
    Elsewhere(Holds),
}

/// A script.
pub struct Script {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Whose disk fails.
    pub side: Side,
    /// What is there before.
    pub base: fn() -> Base,
    /// The steps.
    pub steps: Vec<Step>,
}

/// How a run of a script ended.
pub struct Stopped {
    /// The step that failed; none: opening did.
    pub step: Option<usize>,
    /// Why.
    pub trouble: Trouble,
}

/// The moment of a step: always the same, so that the op which is done again is the same op.
pub fn moment(step: usize) -> Moment {
    let mut random = [1; 16];
    random[..8].copy_from_slice(&(step as u64 + 10_000).to_be_bytes());
    Moment { wall: WallTime(NOW.0 + 10_000 + step as i64), random }
}

impl Script {
    /// Plays the script from where it stopped; `first` is the last op in the log when it began. A step that fails is tried
    /// so many times more, the last time with the store opened anew.
    ///
    /// # Errors
    /// At the first step that does not come out.
    pub fn play(&self, stage: &mut Stage, first: u64, tries: usize) -> Result<(), Stopped> {
        let stopped = |step| move |trouble| Stopped { step, trouble };
        again(stage, tries, &mut Stage::open).map_err(stopped(None))?;
        let resume = again(stage, tries, &mut |stage| self.resume(stage, first)).map_err(stopped(None))?;
        for at in resume..self.steps.len() {
            self.step(stage, at, first, tries).map_err(stopped(Some(at)))?;
            again(stage, tries, &mut Stage::mark).map_err(stopped(Some(at)))?;
        }
        Ok(())
    }

    fn step(&self, stage: &mut Stage, at: usize, first: u64, tries: usize) -> Result<(), Trouble> {
        let before = |is: fn(&Step) -> bool| self.steps[..at].iter().filter(|step| is(step)).count();
        match &self.steps[at] {
            Step::Op(acts) => {
                let seq = first + before(|step| matches!(step, Step::Op(_))) as u64 + 1;
                again(stage, tries, &mut |stage| does_op(stage, (seq, moment(at)), acts))
            }
            Step::Again(does) => again(stage, tries, &mut |stage| does(stage)),
            Step::Elsewhere(holds) => {
                let place = before(|step| matches!(step, Step::Elsewhere(_)));
                if stage.elsewhere <= place {
                    holds(stage);
                    stage.elsewhere = place + 1;
                }
                Ok(())
            }
        }
    }

    /// The step behind the last op that is in the log.
    fn resume(&self, stage: &mut Stage, first: u64) -> Result<usize, Trouble> {
        let Some(store) = &mut stage.device else { return Ok(0) };
        let done = usize::try_from(store.facts()?.last.0.saturating_sub(first)).unwrap_or(0);
        let ops = self.steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Op(_)));
        Ok(ops.map(|(at, _)| at + 1).take(done).last().unwrap_or(0))
    }
}

/// Adds an op to the log, unless it is there.
fn does_op(stage: &mut Stage, (seq, moment): (u64, Moment), acts: &Acts) -> Result<(), Trouble> {
    if stage.device().facts()?.last.0 < seq {
        acts(stage, moment)?;
    }
    promise(stage, seq);
    Ok(())
}

/// Notes that an op was done, as whoever acted knows; and its text, where the disk still gives it.
fn promise(stage: &mut Stage, seq: u64) {
    let seq = fieldbook_model::Seq(seq);
    let text = stage.device().op_text(seq).ok().flatten().unwrap_or_default();
    stage.promised.retain(|(other, _)| *other != seq);
    stage.promised.push((seq, text));
}

/// Does something, and after a failure does it again.
fn again<T>(
    stage: &mut Stage,
    tries: usize,
    does: &mut dyn FnMut(&mut Stage) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut left = tries;
    loop {
        match does(stage) {
            Err(_) if left > 0 => {
                left -= 1;
                if left == 0 {
                    stage.close();
                    stage.open()?;
                }
            }
            result => return result,
        }
    }
}
