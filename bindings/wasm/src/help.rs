//! Diagnostics, as `fieldbook diagnostics` makes them: what the database tells, and of a browser nothing but that it is one.

use fieldbook_crypto::Fresh;
use fieldbook_crypto::age::Recipient;
use fieldbook_device_store::{Payloads, Store};
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::PROTOCOL;
use fieldbook_protocol::diagnostics::{self, Absent, Part, Place, Program, Sum, sums};
use serde::Serialize;

use crate::call::Caller;
use crate::failure::Failure;

/// The name under which the store keeps who opens diagnostics.
pub const SUPPORT: &str = "support";
/// The form of what is kept beside the database: IndexedDB, in place of a folder.
const HOME_FORMAT: u32 = 2;

/// What is in diagnostics, for a screen.
#[derive(Serialize)]
struct Told<'a> {
    parts: &'a [Part],
    sums: Vec<Sum>,
    with_payloads: bool,
    recipient: Option<Recipient>,
}

/// Diagnostics that are not encrypted yet.
pub struct Diagnostics {
    parts: Vec<Part>,
    payloads: Payloads,
}

impl Diagnostics {
    /// Collects them.
    pub fn collect(store: &mut Store, server: &str, at: WallTime, payloads: Payloads) -> Self {
        let identity = store.identity();
        let program = Program {
            made_at: at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL,
            system: "browser".to_owned(),
            processor: std::env::consts::ARCH.to_owned(),
            with_payloads: payloads == Payloads::With,
        };
        let place = Place {
            workspace: identity.workspace_id,
            user: identity.user_id,
            home_format: HOME_FORMAT,
            tls: server.starts_with("https://"),
            pinned: false,
            near: false,
        };
        let told = store.diagnostics(payloads);
        let absent = told.absent.into_iter().map(|(part, error)| {
            Part::Absent(Absent { part: part.to_owned(), code: error.code().to_owned() })
        });
        let parts = [Part::Program(program), Part::Place(place)].into_iter().chain(told.parts).chain(absent);
        Self { parts: parts.collect(), payloads }
    }

    /// What is in them, as JSON, and who opens them.
    pub fn told(&self, recipient: Option<Recipient>) -> String {
        let with_payloads = self.payloads == Payloads::With;
        json::write(&Told { parts: &self.parts, sums: sums(&self.parts), with_payloads, recipient })
    }

    /// The file, signed by the device, for one reader.
    pub fn file(&self, caller: &Caller, to: &Recipient, fresh: Fresh) -> Result<Vec<u8>, Failure> {
        diagnostics::seal((caller.device, Some(&caller.keys)), &self.parts, to, fresh)
            .map_err(|error| Failure::ask("no-support-key", error.to_string()))
    }
}

/// Who opens diagnostics, as the server told at the sign-in.
pub fn recipient(store: &mut Store) -> Result<Option<Recipient>, Failure> {
    Ok(store.noted(SUPPORT)?.and_then(|text| Recipient::parse(&text).ok()))
}

/// What is told where the server named nobody.
pub fn no_recipient() -> Failure {
    let words = "This device does not know its server's support key yet: sign in again.";
    Failure::ask("no-support-key", words)
}
