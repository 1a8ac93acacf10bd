//! After the storm: everything works again, and everybody has to become level by themselves, in bounded time.

use std::time::Duration;

use crate::clock::{self, pause};
use crate::device::{Device, Status, well};
use crate::fault::Target;
use crate::finding::Kind;
use crate::proxy::After;
use crate::stage::Stage;

/// From the end of the last fault, and of the last wait that somebody asked for.
pub const LEVEL_WITHIN: Duration = Duration::from_secs(60);

/// So long a caller that was sent away was asked to stay away.
pub const ASKED_TO_WAIT: Duration = Duration::from_secs(1);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(150);

/// Ends whatever fault is left, and sees to it that every service runs.
pub fn heal(stage: &Stage) {
    for (_, disk) in &stage.disks {
        if let Err(error) = disk.free() {
            stage.find(Kind::Other, format!("the disk cannot be freed: {error}"));
        }
    }
    stage.proxies.iter().for_each(|proxy| proxy.end(After::Released));
    targets(stage).for_each(|target| stage.tend(target));
    stage.journal.note(format_args!("HEALED"));
}

/// Waits until nothing waits on any device and all have read equally far. What is sent comes back to its device at
/// its version, so nobody can have read less than the head then.
pub fn wait(stage: &Stage, limit: Duration) {
    let healed = clock::now();
    loop {
        let stand: Vec<_> = stage.devices.iter().map(Device::status).collect();
        if is_level(&stand) {
            let took = clock::now().duration_since(healed).as_millis();
            return stage.journal.note(format_args!("LEVEL after {took} ms"));
        }
        if clock::now().duration_since(healed) > limit {
            return stage
                .find(Kind::Stuck, format!("not level after {} s: {}", limit.as_secs(), told(&stand)));
        }
        targets(stage).for_each(|target| stage.tend(target));
        pause(LOOK);
    }
}

/// The loops end, and the office, which was away all the time, comes back.
pub fn close(stage: &Stage) {
    for number in 0..stage.devices.len() {
        stage.terminate(Target::Device(number));
    }
    catch_up(stage, &stage.office);
}

/// A sync to its end.
pub fn catch_up(stage: &Stage, device: &Device) {
    let limit = LEVEL_WITHIN.as_secs().to_string();
    let synced = device.run(&["sync", "--wait", "--timeout", &limit]);
    if let Err(words) = synced.and_then(|outcome| well(outcome, "sync --wait")) {
        stage.find(Kind::Stuck, format!("{}: {words}", device.name));
    }
}

fn targets(stage: &Stage) -> impl Iterator<Item = Target> {
    std::iter::once(Target::Server).chain((0..stage.devices.len()).map(Target::Device))
}

fn is_level(stand: &[Result<Status, String>]) -> bool {
    let first = stand.first().and_then(|first| first.as_ref().ok()).map(|first| first.cursor);
    let level = |one: &Result<Status, String>| {
        one.as_ref().is_ok_and(|one| one.pending == 0 && Some(one.cursor) == first)
    };
    stand.iter().all(level)
}

fn told(stand: &[Result<Status, String>]) -> String {
    let one = |(number, one): (usize, &Result<Status, String>)| match one {
        Ok(Status { pending, cursor, says }) => {
            format!(
                "d{number} has {pending} waiting, is at {}.{}, says {says:?}",
                cursor.epoch, cursor.version
            )
        }
        Err(words) => format!("d{number}: {words}"),
    };
    stand.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Cursor;

    fn stand(pending: u64, version: u64) -> Result<Status, String> {
        Ok(Status { pending, cursor: Cursor { epoch: 1, version }, says: String::new() })
    }

    #[test]
    fn level_is_who_has_nothing_to_send_and_reads_as_far_as_all() {
        assert!(is_level(&[stand(0, 7), stand(0, 7)]));
        assert!(!is_level(&[stand(0, 7), stand(0, 6)]));
        assert!(!is_level(&[stand(0, 7), stand(1, 7)]));
        assert!(!is_level(&[stand(0, 7), Err("busy".to_owned())]));
    }
}
