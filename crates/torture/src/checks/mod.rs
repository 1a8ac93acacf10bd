//! What must hold when everybody is level again. Each check reads what the public commands say.

mod alike;
mod kept;
mod numbers;
mod said;

use crate::device::{Device, well};
use crate::finding::Kind;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::program::{self, text};
use crate::settle;
use crate::stage::{Stage, look};

/// All of them.
pub fn check(stage: &Stage, plan: &Plan, ledgers: &[Ledger]) {
    if let Err(words) = checked(stage, ledgers) {
        stage.find(Kind::Other, words);
    }
    said::check(stage, plan.family);
}

fn checked(stage: &Stage, ledgers: &[Ledger]) -> Result<(), String> {
    let fresh = newcomer(stage)?;
    let server = server(stage)?;
    let all = || stage.devices.iter().chain([&stage.office, &fresh]);
    for device in all() {
        alike::check(stage, device, &server)?;
    }
    alike::conflicts(stage, all())?;
    for words in look(&fresh)?.wrong(&stage.begin, &stage.begin) {
        stage.find(Kind::Other, format!("when all was over: {words}"));
    }
    for words in numbers::wrong(&fresh.lines(&["query", "--json", numbers::SQL])?)? {
        stage.find(Kind::Other, words);
    }
    kept(stage, ledgers, &server.join("\n"))
}

/// A device that has nothing yet and loads everything, without a proxy.
fn newcomer(stage: &Stage) -> Result<Device, String> {
    let fresh = Device { name: "fresh".to_owned(), home: stage.folder.join("fresh"), ..stage.office.clone() };
    fresh.sign_in(&stage.url(), stage.user())?;
    settle::catch_up(stage, &fresh);
    Ok(fresh)
}

fn kept(stage: &Stage, ledgers: &[Ledger], server: &str) -> Result<(), String> {
    let mut logs = Vec::new();
    for (device, ledger) in stage.devices.iter().zip(ledgers) {
        let log = device.log()?;
        let findings = kept::findings(&device.name, &log, ledger, server);
        findings.into_iter().for_each(|finding| stage.find(finding.kind, finding.words));
        logs.push(log);
    }
    kept::twice(&logs).into_iter().for_each(|words| stage.find(Kind::Other, words));
    Ok(())
}

/// What the server shows.
fn server(stage: &Stage) -> Result<Vec<String>, String> {
    let data = stage.data();
    let words = ["admin", "export", "--workspace", crate::device::WORKSPACE, "--data", text(&data)];
    let outcome =
        program::run(&mut stage.program.call(words), "", None).map_err(|error| error.to_string())?;
    Ok(well(outcome, "admin export")?.lines().map(str::to_owned).collect())
}
