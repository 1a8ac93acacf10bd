//! `fieldbook serve`: the server of a data folder, until it is asked to end.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use fieldbook_protocol::Fingerprint;
use fieldbook_server::{
    Apps, AppsError, BLOB_MIB, BLOBS_GIB, Config, DAY, KEEP_DELETED_DAYS, KEEP_NOTES_DAYS, MADE_MAX, Makers,
    Origin, Ready, ServeError, Tls,
};
use serde::Serialize;

use super::admin::{data, there};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::logging::LogFormat;
use crate::password::{BreachedArgs, breached};
use crate::server_key::KeyArgs;
use crate::{interrupt, output};

/// The web apps that were built into the program; none without the feature `apps`.
mod inside {
    include!(concat!(env!("OUT_DIR"), "/apps.rs"));
}

/// Serve the workspaces of a data folder until Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook serve --data shop/server --listen 127.0.0.1:4180")]
pub struct Serve {
    /// The folder with the accounts and the workspaces
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4180", value_parser = address)]
    listen: SocketAddr,
    /// Speak TLS with this certificate, in PEM with those between it and its authority. It is read again when it changes, or on
    /// SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Speak TLS with a certificate that is made here and kept in the data folder; devices trust it by its fingerprint
    #[arg(long, value_enum, conflicts_with = "tls_cert")]
    tls: Option<OwnTls>,
    /// Also tell Prometheus what goes on, at http://ADDRESS:PORT/metrics: without TLS and without a sign-in, so only where
    /// nobody else can reach it
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    metrics: Option<SocketAddr>,
    /// Take each caller's address from the X-Forwarded-For of a proxy that stands before the server; with it
    /// wrong sign-ins are counted. Only where nobody can reach the server but through that proxy
    #[arg(long)]
    behind_proxy: bool,
    /// Also answer web pages of this origin, such as https://app.example.com: exactly what a browser sends. May be given more
    /// than once. Pages of other places are refused
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<Origin>,
    #[command(flatten)]
    breached: BreachedArgs,
    /// Hand out the web apps in this folder, which `cargo xtask apps` makes, and not those that the program has in itself
    #[arg(long, value_name = "DIR")]
    apps: Option<PathBuf>,
    /// Hand out no web apps
    #[arg(long, conflicts_with = "apps")]
    no_apps: bool,
    /// For how many days what was deleted is kept, 1 to 3650, whole workspaces too. Then only its ids are: nothing brings it back,
    /// and a device that was away for longer gets everything anew
    #[arg(long, value_name = "DAYS", default_value_t = KEEP_DELETED_DAYS, value_parser = days)]
    keep_deleted: u32,
    /// For how many days notes of who was let in and of what was decided are kept, 1 to 3650
    #[arg(long, value_name = "DAYS", default_value_t = KEEP_NOTES_DAYS, value_parser = days)]
    keep_notes: u32,
    /// Who makes workspaces over the network, with `fieldbook workspace new`; without this only whoever runs the server does
    #[arg(long, value_enum, value_name = "WHO")]
    workspaces_by: Option<MadeBy>,
    /// How many workspaces one person may make over the network, 1 to 1000; a deleted one counts for as long as it is kept
    #[arg(long, value_name = "COUNT", default_value_t = MADE_MAX, value_parser = count)]
    workspaces_max: u32,
    /// How many MiB one blob may have, 1 to 1024; each is in the server's memory while it comes in
    #[arg(long, value_name = "MIB", default_value_t = BLOB_MIB, value_parser = mib)]
    blob_max: u32,
    /// How many GiB all blobs of one workspace may have, 1 to 65536
    #[arg(long, value_name = "GIB", default_value_t = BLOBS_GIB, value_parser = gib)]
    blobs_max: u32,
    /// The form of the log lines on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// A certificate that is nobody's but this server's.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OwnTls {
    /// Made at the first start
    SelfSigned,
}

/// Who makes workspaces over the network.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MadeBy {
    /// Whoever owns a workspace of this server
    Owners,
    /// Whoever is a member of one
    Everybody,
}

/// What is served, for programs.
#[derive(Serialize)]
struct Serving<'a> {
    data: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Fingerprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<String>,
    /// Where each web app is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apps: Vec<String>,
    /// For each workspace without a member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    first_owners: Vec<FirstOwner>,
}

/// With what a workspace gets its first owner.
#[derive(Serialize)]
struct FirstOwner {
    workspace: String,
    link: String,
}

impl Serving<'_> {
    /// For people: what devices need to know.
    fn words(&self, own: bool) -> String {
        let Self { data, url, fingerprint, metrics, apps, first_owners } = self;
        let mut lines = vec![format!("serving {data} at {url}")];
        if let Some(fingerprint) = fingerprint.filter(|_| own) {
            lines.push(format!("fingerprint {fingerprint}"));
            lines.push(format!("sign devices in with --fingerprint {fingerprint}"));
        }
        lines.extend(metrics.as_ref().map(|url| format!("metrics at {url}")));
        lines.extend(apps.iter().map(|url| format!("app at {url}")));
        for FirstOwner { workspace, link } in first_owners {
            lines.push(format!(
                "{workspace} has no member yet; whoever opens this link, once, within a day, owns it: {link}"
            ));
            lines.push(format!("  on a computer: fieldbook join '{link}' --user NAME"));
        }
        lines.join("\n")
    }
}

impl Serve {
    /// Serves.
    pub fn run(self) -> Result<Exit, Failure> {
        there(&self.data)?;
        let unlock = self.key.unlock()?;
        let runtime = interrupt::runtime()?;
        let shown = self.data.display().to_string();
        let (tls, own) = (self.tls(), self.tls.is_some());
        let apps = self.apps()?;
        let names: Vec<String> = apps.names().map(str::to_owned).collect();
        let ready = |Ready { address, fingerprint, metrics, first_owners }: Ready| {
            let scheme = if fingerprint.is_some() { "https" } else { "http" };
            let metrics = metrics.map(|address| format!("http://{address}/metrics"));
            let url = format!("{scheme}://{address}");
            let first = |(workspace, code)| FirstOwner { workspace, link: format!("{url}/join#{code}") };
            let first_owners = first_owners.into_iter().map(first).collect();
            let apps = names.iter().map(|name| format!("{url}/{name}/")).collect();
            let serving = Serving { data: &shown, url: &url, fingerprint, metrics, apps, first_owners };
            // Whoever started it may have gone; that is no reason not to serve.
            let _ = output::answer(|| serving.words(own), &serving);
        };
        let mut config = Config::new(self.data, self.listen);
        (config.tls, config.metrics) = (tls, self.metrics);
        config.trusted_proxy = self.behind_proxy;
        config.breached = self.breached.breached_passwords;
        config.origins = self.allow_origin;
        config.apps = Arc::new(apps);
        config.keep_deleted = DAY * self.keep_deleted;
        config.keep_notes = DAY * self.keep_notes;
        config.makers = match self.workspaces_by {
            None => Makers::Nobody,
            Some(MadeBy::Owners) => Makers::Owners,
            Some(MadeBy::Everybody) => Makers::Everybody,
        };
        config.made_max = self.workspaces_max;
        config.blobs.blob_bytes_max = u64::from(self.blob_max) << 20;
        config.blobs.workspace_bytes_max = u64::from(self.blobs_max) << 30;
        // Whoever closes the terminal of a server without a certificate ends it.
        let hears = config.tls.is_some() || !std::io::stdin().is_terminal();
        let reload = hears.then(|| Arc::clone(&config.reload));
        let served = runtime.block_on(async {
            // Heard from before the address is told.
            reload.inspect(interrupt::ring_on_hangup);
            fieldbook_server::serve(config, unlock, interrupt::asked_to_stop(), ready).await
        });
        served.map(|()| Exit::Done).map_err(failure)
    }

    /// What browsers get.
    fn apps(&self) -> Result<Apps, Failure> {
        match &self.apps {
            Some(folder) => Apps::read(folder).map_err(no_apps),
            None if self.no_apps => Ok(Apps::default()),
            None => Ok(Apps::inside(inside::FILES)),
        }
    }

    fn tls(&self) -> Option<Tls> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(Tls::Files { cert: cert.clone(), key: key.clone() }),
            _ => self.tls.map(|OwnTls::SelfSigned| Tls::SelfSigned),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let words = "no address with a port, such as 127.0.0.1:4180, or 0.0.0.0:4180 for every network";
    text.parse().map_err(|_| words.to_owned())
}

fn origin(text: &str) -> Result<Origin, String> {
    text.parse().map_err(str::to_owned)
}

fn days(text: &str) -> Result<u32, String> {
    number(text, 3650).ok_or_else(|| "a number of days from 1 to 3650, such as 180".to_owned())
}

fn count(text: &str) -> Result<u32, String> {
    number(text, 1000).ok_or_else(|| "a number from 1 to 1000, such as 10".to_owned())
}

fn mib(text: &str) -> Result<u32, String> {
    number(text, 1024).ok_or_else(|| "a number of MiB from 1 to 1024, such as 64".to_owned())
}

fn gib(text: &str) -> Result<u32, String> {
    number(text, 65_536).ok_or_else(|| "a number of GiB from 1 to 65536, such as 32".to_owned())
}

/// A number from 1 on.
fn number(text: &str, most: u32) -> Option<u32> {
    text.parse().ok().filter(|number| (1..=most).contains(number))
}

fn no_apps(error: AppsError) -> Failure {
    let words = format!("{error}; `cargo xtask apps` makes one, and with --no-apps none are handed out");
    Failure::new(Exit::Failed, "apps", words)
}

fn failure(error: ServeError) -> Failure {
    let words = error.to_string();
    match error {
        ServeError::Data(error) => data(error),
        ServeError::Listen { .. } => {
            let words = format!("{words}; name another place with --listen ADDRESS:PORT");
            Failure::new(Exit::Failed, "listen", words)
        }
        ServeError::Breached(error) => breached(&error),
        ServeError::Tls(_) => Failure::new(Exit::Failed, "tls", words),
        ServeError::Hurried => Failure::new(Exit::Failed, "hurried", words),
    }
}
