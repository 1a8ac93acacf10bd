//! `fieldbook join`: takes an invitation up.

use clap::Args;
use fieldbook_device::Trust;
use fieldbook_protocol::account::JoinRequest;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::password::{Asked, PasswordArgs};
use crate::{interrupt, output};

/// Take an invitation up: makes you a member of the workspace that it is for
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook join 'https://fieldbook.example.org/join#fbi_…' --user ann

Who has a user on that server already gives that one's name and password. Then sign in: fieldbook device sign-in")]
pub struct Join {
    /// The link
    link: String,
    /// What you are called there
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The address that the invitation was sent to, if it is bound to one
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Trust the one certificate with this fingerprint
    #[arg(long, value_name = "SHA-256", value_parser = super::account::trust)]
    fingerprint: Option<Trust>,
    #[command(flatten)]
    password: PasswordArgs,
}

impl Join {
    /// Takes it up.
    pub fn run(self) -> Result<Exit, Failure> {
        let (server, code) = parts(&self.link)?;
        let password = self.password.read(&self.user, Asked::Twice)?;
        let request = JoinRequest { code: code.to_owned(), user: self.user, password, address: self.address };
        let trust = self.fingerprint.unwrap_or_default();
        let joined = interrupt::runtime()?.block_on(fieldbook_device::join(server, trust, &request))?;
        let words = || {
            format!(
                "you are {} of {} now, as {}; sign in: fieldbook device sign-in --server {server} --workspace {:?} --user {:?} --home DIR",
                joined.role, joined.workspace, joined.user, joined.workspace, joined.user
            )
        };
        output::answer(words, &joined)?;
        Ok(Exit::Done)
    }
}

/// The server's address and the code of a link.
fn parts(link: &str) -> Result<(&str, &str), Failure> {
    let found = link
        .trim()
        .split_once("/join#")
        .filter(|(server, code)| server.starts_with("http") && code.starts_with("fbi_"));
    found.ok_or_else(|| {
        Failure::wrong("this is no invitation: its link looks like https://…/join#fbi_…; put it in quotes, since # begins a comment for some shells")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_an_address_and_a_code() {
        assert_eq!(parts(" http://a:1/join#fbi_0 ").ok(), Some(("http://a:1", "fbi_0")));
        for wrong in
            ["", "fbi_0", "http://a:1/join", "http://a:1/join#", "ftp://a/join#fbi_0", "http://a/x#fbi_0"]
        {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
