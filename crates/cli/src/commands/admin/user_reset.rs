//! `fieldbook admin user reset`: a code with which a user chooses a new password.

use clap::Args;
use fieldbook_model::WallTime;
use serde::Serialize;

use super::{account, operator};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::server_key::DataArgs;
use crate::{clock, output};

/// For how long the code works.
const CODE_MS: i64 = 24 * 3_600_000;

/// Make a code with which a user who forgot the password chooses a new one: it works once, for a day
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin user reset ann --data shop/server

Give it to the user and to nobody else, by a way on which you know each other. Nothing changes until it is used; then every device
of the user is signed out, and keeps what it has.")]
pub struct UserReset {
    /// The user's name
    name: String,
    #[command(flatten)]
    data: DataArgs,
}

/// A code, for programs.
#[derive(Serialize)]
struct Made<'a> {
    user: &'a str,
    code: &'a str,
    expires_at: WallTime,
}

impl UserReset {
    /// Makes one.
    pub fn run(self) -> Result<Exit, Failure> {
        let (folder, now) = (self.data.open()?, clock::wall());
        let fresh = (clock::random(), WallTime(now.0 + CODE_MS));
        let made = folder.accounts().offer_reset(&self.name, fresh, &operator(), now).map_err(account)?;
        let words = || {
            format!(
                "{}\nlets {} choose a new password, once, within a day: fieldbook account reset CODE --server URL --user {:?}",
                made.code, made.name, made.name
            )
        };
        output::answer(words, &Made { user: &made.name, code: &made.code, expires_at: made.expires_at })?;
        Ok(Exit::Done)
    }
}
