//! The server behind TLS: what it shows, and what becomes of that while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldbook_protocol::Fingerprint;
use fieldbook_server::{Config, Tls};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::{World, unlock};

/// The operator's two files, and who trusts what was ever in them.
struct Files {
    cert: PathBuf,
    key: PathBuf,
    trusted: Mutex<RootCertStore>,
    _folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        Self { cert, key, trusted: Mutex::new(RootCertStore::empty()), _folder: folder }
    }

    /// Another certificate, not yet in the files: the texts of both, and its fingerprint.
    fn make(&self) -> (String, String, Fingerprint) {
        let pair = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let made = params.self_signed(&pair).expect("a certificate");
        self.trusted.lock().expect("the store").add(made.der().clone()).expect("a certificate");
        (made.pem(), pair.serialize_pem(), Fingerprint::of(made.der()))
    }

    /// Puts another certificate into the files.
    fn renew(&self) -> Fingerprint {
        let (cert, key, fingerprint) = self.make();
        fs::write(&self.cert, cert).expect("written");
        fs::write(&self.key, key).expect("written");
        fingerprint
    }

    fn configure(&self, config: &mut Config) {
        config.tls = Some(Tls::Files { cert: self.cert.clone(), key: self.key.clone() });
        // Only who asks has them read again.
        config.tls_look = Duration::from_secs(3_600);
    }

    async fn connect(&self, world: &World) -> std::io::Result<TlsStream<TcpStream>> {
        let roots = self.trusted.lock().expect("the store").clone();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let stream = TcpStream::connect(world.address).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// What a new connection is shown.
    async fn shown(&self, world: &World) -> Fingerprint {
        shown(&self.connect(world).await.expect("a handshake"))
    }
}

fn shown(stream: &TlsStream<TcpStream>) -> Fingerprint {
    let certificates: &[CertificateDer<'_>] = stream.get_ref().1.peer_certificates().expect("a certificate");
    Fingerprint::of(&certificates[0])
}

/// Asks over a connection, and gives the first line of the reply.
async fn asks(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("asked");
    let mut reply = Vec::new();
    while !reply.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut reply).await.expect("a reply"), 0);
    }
    String::from_utf8(reply).expect("UTF-8").lines().next().expect("a line").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_behind_tls_a_browser_is_told_never_to_come_without() {
    let files = Files::new();
    files.renew();
    let world = World::start_with(|config| files.configure(config)).await;
    for path in ["/healthz", "/nothing", "/docs"] {
        let mut stream = files.connect(&world).await.expect("a handshake");
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("asked");
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
        let reply = String::from_utf8(reply).expect("UTF-8");
        assert!(
            reply.contains("strict-transport-security: max-age=31536000; includeSubDomains\r\n"),
            "{reply}"
        );
    }
    world.stop().await;
    let world = World::start().await;
    let reply = crate::client::Client::connect(world.address).await.call("GET", "/healthz", None, "").await;
    assert!(!reply.headers.contains_key("strict-transport-security"));
    world.stop().await;
}

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let waited = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.expect("in a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_to_new_connections_and_ends_no_old_one() {
    let (files, mut reload) = (Files::new(), None);
    let first = files.renew();
    let world = World::start_with(|config| {
        files.configure(config);
        reload = Some(Arc::clone(&config.reload));
    })
    .await;
    let mut old = files.connect(&world).await.expect("a handshake");
    assert_eq!((shown(&old), asks(&mut old).await.as_str()), (first, "HTTP/1.1 200 OK"));
    let second = files.renew();
    assert_eq!(files.shown(&world).await, first, "nobody has asked yet");
    reload.expect("a bell").notify_one();
    until(async || files.shown(&world).await == second).await;
    assert_eq!(asks(&mut old).await, "HTTP/1.1 200 OK");
    drop(old);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_are_found_by_themselves_and_half_of_them_is_not_taken() {
    let files = Files::new();
    let first = files.renew();
    let world = World::start_with(|config| {
        files.configure(config);
        config.tls_look = Duration::from_millis(5);
    })
    .await;
    let (cert, key, second) = files.make();
    fs::write(&files.cert, &cert).expect("written");
    until(async || crate::logs::log().contains("does not fit the certificate")).await;
    assert_eq!(files.shown(&world).await, first);
    fs::write(&files.key, &key[..40]).expect("written");
    until(async || crate::logs::log().contains("has no private key in PEM")).await;
    assert_eq!(files.shown(&world).await, first);
    fs::write(&files.key, key).expect("written");
    until(async || files.shown(&world).await == second).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_does_not_come_ends_the_connection_and_holds_up_no_stop() {
    let files = Files::new();
    files.renew();
    let world = World::start_with(|config| {
        files.configure(config);
        config.head_time_max = Duration::from_millis(20);
    })
    .await;
    let mut silent = TcpStream::connect(world.address).await.expect("a connection");
    assert_eq!(silent.read(&mut [0; 9]).await.expect("the end"), 0);
    let mut clear = TcpStream::connect(world.address).await.expect("a connection");
    clear.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sent");
    let mut reply = Vec::new();
    let _ = clear.read_to_end(&mut reply).await;
    assert!(!reply.starts_with(b"HTTP/"), "nothing is answered in clear");
    world.stop().await;

    let world = World::start_with(|config| {
        files.configure(config);
        config.stop_time_max = Duration::from_secs(600);
    })
    .await;
    let silent = TcpStream::connect(world.address).await.expect("a connection");
    assert!(files.connect(&world).await.is_ok(), "who came later was taken, and so was the silent one");
    tokio::time::timeout(Duration::from_secs(60), world.stop()).await.expect("a stop that waits for none");
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_whole_certificate_does_not_start_and_says_why() {
    let files = Files::new();
    let (cert, key, _) = files.make();
    let (_, other_key, _) = files.make();
    let check = async |cert: Option<&str>, key: Option<&str>, expected: &str| {
        let put = |path: &Path, text: Option<&str>| match text {
            Some(text) => fs::write(path, text).expect("written"),
            None => drop(fs::remove_file(path)),
        };
        put(&files.cert, cert);
        put(&files.key, key);
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::new(folder.path().to_owned(), ([127, 0, 0, 1], 0).into());
        files.configure(&mut config);
        let served =
            fieldbook_server::serve(config, unlock(), std::future::pending(), |_| panic!("it listens")).await;
        let words = served.expect_err("no certificate").to_string();
        assert!(words.contains(expected), "{words}");
    };
    check(None, Some(&key), "cert.pem: No such file").await;
    check(Some(&cert), None, "key.pem: No such file").await;
    check(Some(""), Some(&key), "cert.pem: has no certificate in PEM").await;
    check(Some(&key), Some(&key), "cert.pem: has no certificate in PEM").await;
    check(Some(&cert), Some(&cert), "key.pem: has no private key in PEM").await;
    check(Some(&cert), Some(&other_key), "does not fit the certificate in").await;
}
