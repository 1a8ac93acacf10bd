//! How a device knows its server: by the authorities that the system trusts, or by the fingerprint of one certificate.
//!
//! With a fingerprint nothing else counts: no name, no date, no authority. The handshake still proves that the server has the
//! certificate's key.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use fieldbook_device_sync::Trouble;
use fieldbook_protocol::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};

/// A TLS that trusts one certificate.
pub fn only(pinned: Fingerprint) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let one = Arc::new(One { pinned, provider: Arc::clone(&provider) });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(one).with_no_client_auth())
}

/// Trusts the one certificate of a fingerprint.
#[derive(Debug)]
struct One {
    pinned: Fingerprint,
    provider: Arc<CryptoProvider>,
}

/// Another certificate than the one that is trusted.
#[derive(Debug)]
struct Another {
    pinned: Fingerprint,
    shown: Fingerprint,
}

impl fmt::Display for Another {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pinned, shown } = self;
        write!(
            f,
            "its certificate has the fingerprint {shown}, and this device trusts the one with {pinned}; if the server's certificate is a new one, sign in again with --fingerprint and what the server prints at its start"
        )
    }
}

impl Error for Another {}

impl ServerCertVerifier for One {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let (pinned, shown) = (self.pinned, Fingerprint::of(end_entity));
        match pinned == shown {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::Other(OtherError(Arc::new(Another { pinned, shown }))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a call failed because of the certificate that it was shown: then somebody answered, and it is not the server.
pub fn distrust(error: &(dyn Error + 'static)) -> Option<Trouble> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An I/O error passes over the error within it when it is asked for its source.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if let Some(rustls::Error::InvalidCertificate(why)) = found {
            return Some(Trouble::Foreign(words(why)));
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn words(why: &CertificateError) -> String {
    match why {
        CertificateError::Other(OtherError(other)) if other.is::<Another>() => other.to_string(),
        why => format!(
            "its certificate is not trusted here: {why}; where the server made its certificate itself, sign in with --fingerprint and what it prints at its start"
        ),
    }
}
