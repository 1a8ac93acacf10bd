//! The certificate of a first try: made once, kept in the data folder, trusted by its fingerprint.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::tls::TlsError;

const CERT: &str = "tls-cert.pem";
const KEY: &str = "tls-key.pem";

/// The two files, which are made where there is none. A certificate without its key is not replaced: devices know it.
pub fn files(data: &Path, address: IpAddr) -> Result<(PathBuf, PathBuf), TlsError> {
    let (cert, key) = (data.join(CERT), data.join(KEY));
    match (cert.exists(), key.exists()) {
        (true, true) => {}
        (true, false) => {
            let words = format!(
                "its key {KEY} is gone. Put it back from a backup; or remove {CERT}, start again, and sign every device in with the new fingerprint"
            );
            return Err(TlsError::Content { path: cert, words });
        }
        // A key alone is of a start that was cut off; nobody has seen its certificate.
        (false, _) => make(&cert, &key, address)?,
    }
    Ok((cert, key))
}

fn make(cert: &Path, key: &Path, address: IpAddr) -> Result<(), TlsError> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(names(address))?;
    params.distinguished_name.push(DnType::CommonName, "Fieldbook server, self-signed");
    let made = params.self_signed(&pair)?;
    // The certificate is written last: with it the pair is complete.
    write(key, &pair.serialize_pem())?;
    write(cert, &made.pem())
}

/// For programs that look at names. Devices go by the fingerprint, whatever the address.
fn names(address: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let own = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    names.extend(own.iter().map(ToString::to_string));
    if !address.is_unspecified() && !own.contains(&address) {
        names.push(address.to_string());
    }
    names
}

/// Whole or not at all, and for its owner only.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let draft = path.with_extension("new");
    let written = private(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        sync_folder(path)
    });
    written.map_err(|error| TlsError::File { path: path.to_owned(), error })
}

fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Elsewhere a folder cannot be synced, and the file system sees to its names.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{Certificate, Tls};

    fn open(folder: &Path) -> Result<Certificate, TlsError> {
        Certificate::open(&Tls::SelfSigned, folder, Ipv4Addr::UNSPECIFIED.into())
    }

    #[test]
    fn a_certificate_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = open(folder.path()).expect("made").fingerprint();
        assert_eq!(open(folder.path()).expect("found").fingerprint(), first);
        #[cfg(unix)]
        for name in [CERT, KEY] {
            let mode = fs::metadata(folder.path().join(name)).expect("a file").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600, "{name}");
        }
        fs::remove_file(folder.path().join(CERT)).expect("removed");
        assert_ne!(open(folder.path()).expect("made anew").fingerprint(), first);
    }

    #[test]
    fn a_certificate_without_its_key_is_told_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path()).expect("made");
        fs::remove_file(folder.path().join(KEY)).expect("removed");
        let words = open(folder.path()).err().expect("told").to_string();
        assert!(words.contains("tls-cert.pem: its key tls-key.pem is gone."), "{words}");
        assert!(folder.path().join(CERT).exists());
    }

    #[test]
    fn the_names_are_those_of_this_machine_and_the_address_that_was_named() {
        let own = ["localhost", "127.0.0.1", "::1"];
        assert_eq!(names(Ipv4Addr::UNSPECIFIED.into()), own);
        assert_eq!(names(Ipv4Addr::LOCALHOST.into()), own);
        assert_eq!(names(Ipv4Addr::new(192, 0, 2, 1).into()).last().map(String::as_str), Some("192.0.2.1"));
    }
}
