//! A server with a certificate: of its own, which devices know by its fingerprint, or of an authority.

use std::fs;
use std::path::Path;

use crate::run::{Beside, Outcome, fieldbook, run, text};
use crate::world::{Device, PASSWORD, WORKSPACE, file};

/// A data folder with a workspace and ann, served at a port of its own.
struct Shop {
    folder: tempfile::TempDir,
}

/// A server that shows a certificate.
struct Shown {
    server: Beside,
    url: String,
    fingerprint: String,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("server");
        let schema = file("apps/counter/schema.toml");
        let add = ["admin", "workspace", "add", WORKSPACE, "--schema", text(&schema), "--data", text(&data)];
        run(&mut fieldbook(add)).well();
        let add = ["admin", "user", "add", "ann", "--workspace", WORKSPACE, "--data", text(&data)];
        run(fieldbook(add).env("FIELDBOOK_PASSWORD", PASSWORD)).well();
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Serves with a certificate of its own.
    fn serve(&self, listen: &str) -> Shown {
        let data = self.path("server");
        let words = ["serve", "--data", text(&data), "--listen", listen, "--tls", "self-signed"];
        let server = Beside::start(&mut fieldbook(words));
        let url = server.line().rsplit(' ').next().expect("an address").to_owned();
        let fingerprint = server.line().strip_prefix("fingerprint ").expect("one").to_owned();
        let hint = format!("sign devices in with --fingerprint {fingerprint}");
        assert_eq!(server.line(), hint);
        Shown { server, url, fingerprint }
    }

    fn device(&self, name: &str) -> Device {
        Device { home: self.path(name) }
    }
}

fn sign_in(url: &str, home: &Path, trust: &[&str]) -> Outcome {
    let words = ["device", "sign-in", "--server", url, "--workspace", WORKSPACE, "--user", "ann"];
    let at = ["--home", text(home)];
    run(fieldbook(words.iter().chain(trust).chain(&at)).env("FIELDBOOK_PASSWORD", PASSWORD))
}

#[test]
fn a_device_trusts_one_certificate_by_its_fingerprint_and_no_other() {
    let shop = Shop::new();
    let Shown { server, url, fingerprint } = shop.serve("127.0.0.1:0");
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let a = shop.device("a");

    let untold = sign_in(&url, &a.home, &[]);
    assert_eq!(untold.exit, 5, "{untold:?}");
    assert!(untold.err.contains("its certificate is not trusted here: "), "{untold:?}");
    assert!(untold.err.contains("sign in with --fingerprint"), "{untold:?}");

    let wrong =
        fingerprint.replacen(&fingerprint[..2], if fingerprint.starts_with("00") { "01" } else { "00" }, 1);
    let refused = sign_in(&url, &a.home, &["--fingerprint", &wrong]);
    assert_eq!(refused.exit, 5, "{refused:?}");
    let both = format!("the fingerprint {fingerprint}, and this device trusts the one with {wrong}");
    assert!(refused.err.contains(&both), "{refused:?}");
    assert!(!a.home.join("home.json").exists());

    let no_tls = url.replacen("https", "http", 1);
    let words = "is called without TLS; a fingerprint belongs to an address that begins with https://";
    let clear = sign_in(&no_tls, &a.home, &["--fingerprint", &fingerprint]);
    clear.check(2, &format!("error: {no_tls} {words}"));

    sign_in(&url, &a.home, &["--fingerprint", &fingerprint.replace(':', "").to_lowercase()]).well();
    a.run(&["act", "--insert", "shipper", "name=Rheingold"]).well();
    a.sync();
    // Signed in again it trusts as before, and another device finds what it sent.
    sign_in(&url, &a.home, &[]).well();
    let b = shop.device("b");
    sign_in(&url, &b.home, &["--fingerprint", &fingerprint]).well();
    b.sync();
    assert_eq!(b.cell("select name from shipper"), "Rheingold");
    // Whoever trusts the system again does not trust this one.
    assert_eq!(sign_in(&url, &b.home, &["--fingerprint", "none"]).exit, 5);
    assert_eq!(server.terminate().0, 0);
}

#[test]
fn a_certificate_of_its_own_outlives_a_restart_and_another_one_at_the_same_address_is_refused() {
    let shop = Shop::new();
    // An address that no other test takes a port of between the end of one server and the start of the next.
    let first = shop.serve("127.77.0.1:0");
    let a = shop.device("a");
    sign_in(&first.url, &a.home, &["--fingerprint", &first.fingerprint]).well();
    let listen = first.url.trim_start_matches("https://").to_owned();
    first.server.terminate();
    let second = shop.serve(&listen);
    assert_eq!(second.fingerprint, first.fingerprint);
    a.run(&["act", "--insert", "shipper", "name=Rheingold"]).well();
    a.sync();
    second.server.terminate();
    for name in ["tls-cert.pem", "tls-key.pem"] {
        fs::remove_file(shop.path("server").join(name)).expect("removed");
    }
    let third = shop.serve(&listen);
    assert_ne!(third.fingerprint, first.fingerprint);
    let refused = a.run(&["sync", "--wait", "--timeout", "1"]);
    assert_eq!(refused.exit, 5, "{refused:?}");
    for fingerprint in [&first.fingerprint, &third.fingerprint] {
        assert!(refused.err.contains(fingerprint.as_str()), "{refused:?}");
    }
    sign_in(&first.url, &a.home, &["--fingerprint", &third.fingerprint]).well();
    a.sync();
    third.server.terminate();
}

#[test]
fn files_of_the_operators_are_served_and_read_again_on_a_hangup() {
    let shop = Shop::new();
    // Two certificates that another server made for itself.
    let [one, two] = ["one", "two"].map(|name| {
        let data = shop.path(name);
        let add = ["admin", "workspace", "add", "any", "--schema"];
        let schema = file("apps/counter/schema.toml");
        run(fieldbook(add).arg(&schema).args(["--data", text(&data)])).well();
        let words =
            ["serve", "--json", "--data", text(&data), "--listen", "127.0.0.1:0", "--tls", "self-signed"];
        let server = Beside::start(&mut fieldbook(words));
        let line = server.line();
        let fingerprint = line.rsplit("\"fingerprint\":\"").next().and_then(|rest| rest.split('"').next());
        server.terminate();
        (data, fingerprint.expect("a fingerprint").to_owned())
    });
    let (cert, key) = (shop.path("cert.pem"), shop.path("key.pem"));
    let put = |from: &Path| {
        fs::copy(from.join("tls-cert.pem"), &cert).expect("copied");
        fs::copy(from.join("tls-key.pem"), &key).expect("copied");
    };
    put(&one.0);
    let data = shop.path("server");
    let words = ["serve", "--data", text(&data), "--listen", "127.0.0.1:0"];
    let shows = ["--tls-cert", text(&cert), "--tls-key", text(&key)];
    let server = Beside::start(&mut fieldbook(words.iter().chain(&shows)));
    let url = server.line().rsplit(' ').next().expect("an address").to_owned();
    let a = shop.device("a");
    sign_in(&url, &a.home, &["--fingerprint", &one.1]).well();
    put(&two.0);
    server.hang_up();
    server.error_with(&two.1);
    sign_in(&url, &a.home, &["--fingerprint", &two.1]).well();
    assert_eq!(server.terminate().0, 0);
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_before_anything_is_served() {
    let shop = Shop::new();
    let data = shop.path("server");
    let check = |words: &[&str], exit: i32, line: &str| {
        let all = ["serve", "--data", text(&data), "--listen", "127.0.0.1:0"];
        run(&mut fieldbook(all.iter().chain(words))).check(exit, line);
    };
    check(
        &["--tls-cert", "no-such-file", "--tls-key", "no-such-key"],
        1,
        "error: no-such-file: No such file or directory (os error 2)",
    );
    check(
        &["--tls-cert", "no-such-file"],
        2,
        "error: the following required arguments were not provided: --tls-key <FILE> (--help says more)",
    );
    check(
        &["--tls", "self-made"],
        2,
        "error: invalid value 'self-made' for '--tls <TLS>' [possible values: self-signed] tip: a similar value exists: 'self-signed' (--help says more)",
    );
    let home = shop.path("a");
    sign_in("https://127.0.0.1:1", &home, &["--fingerprint", "12:34"]).check(
        2,
        "error: invalid value '12:34' for '--fingerprint <SHA-256>': a fingerprint has 64 hexadecimal digits, with or without colons between them, or is `none` (--help says more)",
    );
}
