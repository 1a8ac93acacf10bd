//! `fieldbook blob put`, `get` and `list`: files that records name by the SHA-256 of their bytes.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use fieldbook_device::store::forms::BlobForm;
use fieldbook_model::chain::Hash;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::table::{Shown, table};
use crate::{interrupt, output};

/// Files that records name: bring one, take one out, list what is here
#[derive(Debug, Subcommand)]
pub enum Blob {
    Put(PutBlob),
    Get(GetBlob),
    List(ListBlobs),
}

/// Bring a file to the server and onto this device; what it says is what a field of kind blob then holds
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook blob put ground.png --home surveyor

Needs a connection. Then name it: fieldbook act --set floor:ID plan=SUM --home surveyor")]
pub struct PutBlob {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Write a blob that is on this device into a file
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook blob get 5e1f… --to ground.png --home surveyor")]
pub struct GetBlob {
    /// What the field holds: 64 hexadecimal digits
    sum: String,
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Say which blobs the records on this device name, and which of them are here
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook blob list --home surveyor")]
pub struct ListBlobs {
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Brought {
    sum: Hash,
    size: u64,
}

impl Blob {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Put(command) => command.run(),
            Self::Get(command) => command.run(),
            Self::List(command) => command.run(),
        }
    }
}

impl PutBlob {
    fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let bytes = fs::read(&self.file).map_err(|error| file(&self.file, &error))?;
        let size = bytes.len() as u64;
        let runtime = interrupt::runtime()?;
        let sum = device.put_blob(runtime.handle(), bytes)?;
        output::answer(|| sum.to_string(), &Brought { sum, size })?;
        Ok(Exit::Done)
    }
}

impl GetBlob {
    fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let sum = Hash::parse(&self.sum)
            .ok_or_else(|| Failure::wrong("a blob is named by 64 hexadecimal digits in lower case"))?;
        if self.to.exists() {
            let words = format!("{} is there already; name a file that is not", self.to.display());
            return Err(Failure::new(Exit::Wrong, "exists", words));
        }
        let Some(bytes) = device.store().blob(sum, 0..u64::MAX)? else {
            let words = "this blob is not on this device; `fieldbook blob list` says why";
            return Err(Failure::new(Exit::Failed, "not-here", words));
        };
        let size = bytes.len() as u64;
        fs::write(&self.to, bytes).map_err(|error| file(&self.to, &error))?;
        output::answer(|| format!("{}: {size} bytes", self.to.display()), &Brought { sum, size })?;
        Ok(Exit::Done)
    }
}

impl ListBlobs {
    fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let named: Vec<BlobForm> = device.store().blobs()?.into_iter().map(BlobForm::from).collect();
        if output::in_json() {
            named.iter().try_for_each(output::json)?;
            return Ok(Exit::Done);
        }
        if named.is_empty() {
            output::line("No record on this device names a blob.")?;
            return Ok(Exit::Done);
        }
        let columns = ["record", "field", "KiB", "here", "sum"].map(str::to_owned);
        let rows: Vec<Vec<Shown>> = named.iter().map(row).collect();
        output::line(&table(&columns, &rows))?;
        Ok(Exit::Done)
    }
}

fn row(blob: &BlobForm) -> Vec<Shown> {
    let size = blob.size.map_or_else(String::new, |size| size.div_ceil(1024).to_string());
    let here = match (blob.why, blob.room) {
        (None, _) => "yes".to_owned(),
        (Some(why), Some(room)) => format!("{why}: {} KiB are left", room / 1024),
        (Some(why), None) => why.to_owned(),
    };
    vec![
        Shown::Text(format!("{}:{}", blob.of, blob.id)),
        Shown::Text(blob.field.clone()),
        Shown::Number(size),
        Shown::Text(here),
        Shown::Text(blob.sum.to_string()),
    ]
}

fn file(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "file", format!("{}: {error}", path.display()))
}
