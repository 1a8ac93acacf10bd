//! `fieldbook serve`: the server of a data folder, until it is asked to end.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use fieldbook_server::{Config, DAY, KEEP_DELETED_DAYS, ServeError};
use serde::Serialize;

use super::admin::{data, there};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::logging::LogFormat;
use crate::{interrupt, output};

/// Serve the workspaces of a data folder until Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook serve --data shop/server --listen 127.0.0.1:4180")]
pub struct Serve {
    /// The folder with the accounts and the workspaces
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4180", value_parser = address)]
    listen: SocketAddr,
    /// Take each caller's address from the X-Forwarded-For of a proxy that stands before the server; with it
    /// wrong sign-ins are counted. Only where nobody can reach the server but through that proxy
    #[arg(long)]
    behind_proxy: bool,
    /// For how many days what was deleted is kept, 1 to 3650. Then only its ids are: nothing brings it back, and a device
    /// that was away for longer gets everything anew
    #[arg(long, value_name = "DAYS", default_value_t = KEEP_DELETED_DAYS, value_parser = days)]
    keep_deleted: u32,
    /// The form of the log lines on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// What is served, for programs.
#[derive(Serialize)]
struct Serving<'a> {
    data: &'a str,
    url: &'a str,
}

impl Serve {
    /// Serves.
    pub fn run(self) -> Result<Exit, Failure> {
        there(&self.data)?;
        let runtime = interrupt::runtime()?;
        let shown = self.data.display().to_string();
        let ready = |address: SocketAddr| {
            // Whoever started it may have gone; that is no reason not to serve.
            let url = format!("http://{address}");
            let _ =
                output::answer(|| format!("serving {shown} at {url}"), &Serving { data: &shown, url: &url });
        };
        let mut config = Config::new(self.data, self.listen);
        config.trusted_proxy = self.behind_proxy;
        config.keep_deleted = DAY * self.keep_deleted;
        let served = runtime.block_on(async {
            // Heard from before the address is told.
            fieldbook_server::serve(config, interrupt::asked_to_stop(), ready).await
        });
        served.map(|()| Exit::Done).map_err(failure)
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let words = "no address with a port, such as 127.0.0.1:4180, or 0.0.0.0:4180 for every network";
    text.parse().map_err(|_| words.to_owned())
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| (1..=3650).contains(days));
    days.ok_or_else(|| "a number of days from 1 to 3650, such as 180".to_owned())
}

fn failure(error: ServeError) -> Failure {
    let words = error.to_string();
    match error {
        ServeError::Data(error) => data(error),
        ServeError::Listen { .. } => {
            let words = format!("{words}; name another place with --listen ADDRESS:PORT");
            Failure::new(Exit::Failed, "listen", words)
        }
        ServeError::Hurried => Failure::new(Exit::Failed, "hurried", words),
    }
}
