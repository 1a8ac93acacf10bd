//! TLS: which certificate the server shows, and how it changes while the server runs.
//!
//! A connection keeps the certificate with which it began; a new one gets what the files hold by then. Files that do not fit
//! together, because somebody is just replacing them, change nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldbook_model::chain::Hash;
use fieldbook_protocol::Fingerprint;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::lock::lock;
use crate::self_signed;

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Two PEM files of the operator's: the certificate with those between it and its authority, and its key.
    Files {
        /// The certificates, the server's own first.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// One that the server makes for itself, once, and keeps in its data folder.
    SelfSigned,
}

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {words}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        words: String,
    },
    /// The two do not belong together.
    #[error("the key in {} does not fit the certificate in {}: {error}", key.display(), cert.display())]
    Pair {
        /// The certificates.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong.
        error: rustls::Error,
    },
    /// None could be made.
    #[error("no certificate can be made: {0}")]
    Making(#[from] rcgen::Error),
}

/// The certificate that is shown, and the files that it comes from.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    shown: Mutex<Shown>,
}

#[derive(Clone)]
struct Shown {
    config: Arc<ServerConfig>,
    fingerprint: Fingerprint,
    /// Of the files' bytes, so that a file that was written again unchanged is no news.
    content: Hash,
}

impl Certificate {
    /// Reads it, and makes it before where that is wanted.
    pub fn open(tls: &Tls, data: &Path, address: std::net::IpAddr) -> Result<Self, TlsError> {
        let (cert, key) = match tls {
            Tls::Files { cert, key } => (cert.clone(), key.clone()),
            Tls::SelfSigned => self_signed::files(data, address)?,
        };
        let shown = Mutex::new(read(&cert, &key)?);
        Ok(Self { cert, key, shown })
    }

    /// Of the server's own certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        lock(&self.shown).fingerprint
    }

    /// What takes the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&lock(&self.shown).config))
    }

    /// Looks at the files now and then, and whenever somebody asks, for as long as the server runs.
    pub async fn keep_fresh(self: Arc<Self>, look: Duration, asked: Arc<Notify>) {
        // What was told once is not told at every look.
        let mut told = None;
        loop {
            tokio::select! {
                () = asked.notified() => told = None,
                () = tokio::time::sleep(look) => {}
            }
            match self.refresh() {
                Ok(None) => told = None,
                Ok(Some(fingerprint)) => {
                    told = None;
                    tracing::info!(%fingerprint, "new connections are shown another certificate");
                }
                Err(error) => {
                    let words = error.to_string();
                    if told.as_ref() != Some(&words) {
                        tracing::warn!(%error, "the certificate's files cannot be used; the one from before is shown");
                    }
                    told = Some(words);
                }
            }
        }
    }

    /// Takes over what the files hold; tells the fingerprint of a new certificate.
    fn refresh(&self) -> Result<Option<Fingerprint>, TlsError> {
        let (cert, key) = (bytes(&self.cert)?, bytes(&self.key)?);
        if content(&cert, &key) == lock(&self.shown).content {
            return Ok(None);
        }
        let shown = understood((&self.cert, &cert), (&self.key, &key))?;
        let fingerprint = shown.fingerprint;
        *lock(&self.shown) = shown;
        Ok(Some(fingerprint))
    }
}

fn read(cert: &Path, key: &Path) -> Result<Shown, TlsError> {
    understood((cert, &bytes(cert)?), (key, &bytes(key)?))
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error })
}

fn content(cert: &[u8], key: &[u8]) -> Hash {
    Hash::of(cert).then(&Hash::of(key))
}

fn understood(cert: (&Path, &[u8]), key: (&Path, &[u8])) -> Result<Shown, TlsError> {
    let wrong = |path: &Path, words: String| TlsError::Content { path: path.to_owned(), words };
    let chain = CertificateDer::pem_slice_iter(cert.1).collect::<Result<Vec<_>, _>>();
    let chain =
        chain.map_err(|error| wrong(cert.0, format!("is no file of certificates in PEM: {error}")))?;
    let own = chain.first().ok_or_else(|| wrong(cert.0, "has no certificate in PEM".to_owned()))?;
    let fingerprint = Fingerprint::of(own);
    let private = PrivateKeyDer::from_pem_slice(key.1)
        .map_err(|error| wrong(key.0, format!("has no private key in PEM: {error}")))?;
    let provider: Arc<crypto::CryptoProvider> = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config =
        config.map_err(|error| TlsError::Pair { cert: cert.0.to_owned(), key: key.0.to_owned(), error })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Shown { config: Arc::new(config), fingerprint, content: content(cert.1, key.1) })
}
