//! What `fieldbook sync --compare` came to, and what `status` and `scopes` say of it.

use fieldbook_device::Device;
use fieldbook_device::store::{Compared, Difference, Next};
use fieldbook_model::{Scope, Version, WallTime};
use serde::Serialize;

use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// How a device last compared with the server. Its fields keep their names and meanings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// When, by this device's clock.
    at: WallTime,
    parts: u64,
    records: u64,
    /// Whether both held the same in the end.
    same: bool,
    /// Where they did not: of what is asked about, the newest first.
    differences: Vec<Differing>,
}

/// A part that differed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differing {
    at: WallTime,
    version: Version,
    /// The root where there is none.
    scope: Option<Scope>,
    beneath: bool,
    here: u64,
    there: u64,
    /// `true`: everything was fetched again; `false`: that had been in vain before.
    fetched: bool,
}

impl Comparison {
    /// The last one of a device, with the differences that were found since a time; `None` before the first.
    pub fn of(device: &Device, since: WallTime) -> Result<Option<Self>, Failure> {
        let mut store = device.store();
        let Some(last) = store.compared()? else { return Ok(None) };
        let found = store.differences()?.into_iter().filter(|it| it.at >= since);
        let Compared { at, parts, records, next, .. } = last;
        let differences = found.map(Differing::from).collect();
        Ok(Some(Self { at, parts, records, same: next == Next::Nothing, differences }))
    }

    /// Whether a difference was ever found, of which the device still knows.
    pub fn has_differed(&self) -> bool {
        !self.differences.is_empty()
    }

    /// In one line.
    pub fn line(&self) -> String {
        format!("compared {}", self.said())
    }

    fn said(&self) -> String {
        let parts = counted(self.parts, "part");
        let records = counted(self.records, "record");
        let said = match (self.same, self.differences.first().map(|it| it.fetched)) {
            (true, _) => "the same",
            (false, Some(true)) => "not the same; everything is fetched again with the next sync",
            (false, _) => {
                "not the same, and fetching everything again did not help; `fieldbook sync --compare` tries again"
            }
        };
        format!("{parts}, {records}: {said}")
    }

    /// For whoever looks how the device stands: when it was, and what was found last.
    pub fn stand(&self, now: WallTime) -> Vec<(&'static str, String)> {
        let ago = |at: WallTime| format!("{at}, {} ago", clock::age(at, now));
        let mut lines = vec![("compared", format!("{}: {}", ago(self.at), self.said()))];
        if let Some(last) = self.differences.first() {
            let of_then = self.differences.iter().filter(|it| it.at == last.at);
            lines.extend(of_then.map(|it| ("difference", format!("{}: {}", ago(it.at), it.line()))));
        }
        lines
    }

    /// Tells what a sync found. Differences that are still there are a failure.
    pub fn tell(&self) -> Result<Exit, Failure> {
        for differing in self.differences.iter().rev() {
            output::line(&differing.line())?;
        }
        output::line(&self.line())?;
        self.end()
    }

    /// How such a sync ends.
    pub fn end(&self) -> Result<Exit, Failure> {
        match self.same {
            true => Ok(Exit::Done),
            false => {
                let words = "this device and the server hold different things; nothing unsent is lost by that: \
                             tell whoever runs the server, and try again";
                Err(Failure::new(Exit::Failed, "differs", words.to_owned()))
            }
        }
    }
}

impl From<Difference> for Differing {
    fn from(it: Difference) -> Self {
        let Difference { at, version, scope, beneath, here, there, next } = it;
        Self { at, version, scope, beneath, here, there, fetched: next == Next::Repair }
    }
}

impl Differing {
    /// In one line.
    pub fn line(&self) -> String {
        let part = match (&self.scope, self.beneath) {
            (None, _) => "what lies in no part".to_owned(),
            (Some(scope), false) => scope.to_string(),
            (Some(scope), true) => format!("{scope}/*"),
        };
        let (here, there) = (counted(self.here, "record"), thousands(self.there));
        let fetched = if self.fetched { "; all was fetched again" } else { "" };
        match self.here == self.there {
            true => format!("{part} differed: {here} here and as many on the server, not the same{fetched}"),
            false => format!("{part} differed: {here} here, {there} on the server{fetched}"),
        }
    }
}

/// Nothing was compared though it was asked for.
pub fn not_compared() -> Failure {
    let words = "nothing was compared: the server did not tell what it has (it may be older than this program), or \
                 something came in between; try again";
    Failure::new(Exit::Failed, "not-compared", words.to_owned())
}

fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A number with a comma before each three digits.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut spoken = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            spoken.push(',');
        }
        spoken.push(digit);
    }
    spoken
}

#[cfg(test)]
impl Comparison {
    /// One that found a difference, or none.
    pub fn example(at: WallTime, differs: bool) -> Self {
        let scope = "floor/0198c0de-7a11-7000-8000-000000000002".parse().ok();
        let differing = Differing {
            at,
            version: Version(39),
            scope,
            beneath: false,
            here: 1_203,
            there: 1_204,
            fetched: false,
        };
        let differences = if differs { vec![differing] } else { Vec::new() };
        Self { at, parts: 2, records: 12_345, same: !differs, differences }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_readable() {
        let told: Vec<String> = [0, 7, 999, 1_000, 12_345, 1_234_567].map(thousands).to_vec();
        assert_eq!(told, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
    }
}
