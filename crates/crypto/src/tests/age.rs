//! The age format against the published test files of its project, and against the library of others, both ways.
//!
//! The test files come with the package of the `age` library, which cargo fetches; nothing of them is in the tree.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

use fieldbook_model::{Hash, json};
use serde::Deserialize;

use super::fresh;
use crate::age::{Identity, Recipient, decrypt, encrypt};
use crate::{KeyError, What};

#[derive(Deserialize)]
struct Packages {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// Where cargo put the library's package, and in it the test files.
fn folder() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["metadata", "--format-version", "1", "--locked", "--offline"];
    let output = Command::new(cargo).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let Packages { packages } = json::parse_bytes(&output.stdout).expect("cargo's answer");
    let age = packages.into_iter().find(|package| package.name == "age").expect("a dependency of the tests");
    age.manifest_path.parent().expect("a folder").join("tests/testdata/testkit")
}

/// A test file: what should come of it, and the file.
struct Case {
    name: String,
    facts: Vec<(String, String)>,
    file: Vec<u8>,
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let bytes = fs::read(&path).expect("a test file");
        let end = bytes.windows(2).position(|two| two == b"\n\n").expect("an empty line");
        let facts = std::str::from_utf8(&bytes[..end]).expect("text");
        let facts = facts.lines().filter_map(|line| line.split_once(": "));
        let facts: Vec<_> = facts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut case = Self { name, facts, file: bytes[end + 2..].to_vec() };
        if case.fact("compressed") == Some("zlib") {
            let mut file = Vec::new();
            let packed = std::mem::take(&mut case.file);
            flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut file).expect("zlib");
            case.file = file;
        }
        case
    }

    fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(fact, _)| fact == name).map(|(_, value)| value.as_str())
    }

    /// For a key, and not in the form for e-mail: the rest is not read here.
    fn is_ours(&self) -> bool {
        self.fact("identity").is_some() && self.fact("armored").is_none()
    }
}

#[test]
fn the_test_files_of_the_format_come_out_as_they_say() {
    let paths = fs::read_dir(folder()).expect("the test files");
    let cases: Vec<Case> = paths.map(|path| Case::read(path.expect("an entry").path())).collect();
    let (all, ours) = (cases.len(), cases.iter().filter(|case| case.is_ours()).count());
    eprintln!("age: {ours} of {all} test files");
    assert_eq!((ours, all), (67, 123));
    for case in cases.iter().filter(|case| case.is_ours()) {
        let identities = case.facts.iter().filter(|(name, _)| name == "identity");
        let results: Vec<_> = identities
            .map(|(_, text)| decrypt(&Identity::read(text).expect("an identity"), &case.file))
            .collect();
        // With more than one identity the one that opens counts.
        let result = results.iter().find(|result| result.is_ok()).unwrap_or(&results[0]);
        check(case, result);
    }
}

fn check(case: &Case, result: &Result<Vec<u8>, KeyError>) {
    let name = &case.name;
    match case.fact("expect").expect("what to expect") {
        "success" => {
            let plain = result.as_ref().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Some(Hash::of(plain).to_string().as_str()), case.fact("payload"), "{name}");
        }
        "no match" => assert_eq!(result, &Err(KeyError::WrongKey(What::Bundle)), "{name}"),
        "header failure" => assert!(matches!(result, Err(KeyError::Form { .. })), "{name}: {result:?}"),
        "HMAC failure" | "payload failure" => {
            assert_eq!(result, &Err(KeyError::Damaged(What::Bundle)), "{name}");
        }
        other => panic!("{name}: {other}"),
    }
}

/// Around the ends of chunks.
const SIZES: [usize; 7] = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000];

#[test]
fn what_is_written_here_the_library_of_others_opens() {
    let identity = Identity::make(fresh(1));
    let theirs: age::x25519::Identity = identity.write().trim_end().parse().expect("an identity");
    assert_eq!(theirs.to_public().to_string(), identity.recipient().to_string());
    for (at, size) in SIZES.into_iter().enumerate() {
        let plain: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
        let file = encrypt(&identity.recipient(), &plain, fresh(10 + at as u8)).expect("a recipient");
        assert!(age::decrypt(&theirs, &file).expect("it opens") == plain, "{size}");
    }
}

#[test]
fn what_the_library_of_others_writes_opens_here() {
    let theirs = age::x25519::Identity::generate();
    let identity = {
        use age::secrecy::ExposeSecret as _;
        Identity::read(theirs.to_string().expose_secret()).expect("an identity")
    };
    for size in SIZES {
        let plain: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
        let file = age::encrypt(&theirs.to_public(), &plain).expect("a recipient");
        assert!(decrypt(&identity, &file).expect("it opens") == plain, "{size}");
    }
}

#[test]
fn a_recipient_and_an_identity_have_one_spelling() {
    let recipient = Identity::make(fresh(1)).recipient();
    let text = recipient.to_string();
    assert_eq!(Recipient::parse(&text), Ok(recipient));
    let changed = text.replacen('1', "2", 1);
    for wrong in [text.to_uppercase(), format!("{text} "), text[..61].to_owned(), changed, String::new()] {
        assert!(Recipient::parse(&wrong).is_err(), "{wrong}");
    }
    let identity = Identity::make(fresh(1));
    assert!(Identity::read(&identity.write().to_lowercase()).is_err());
    // A file of age-keygen, with its comments.
    let file =
        format!("# created: 2026-05-19T09:14:23Z\n# public key: {text}\n{}", identity.write().as_str());
    assert_eq!(Identity::read(&file), Ok(identity));
    assert!(Identity::read(&format!("{file}{}", Identity::make(fresh(2)).write().as_str())).is_err());
}

#[test]
fn nothing_is_encrypted_to_a_point_of_low_order() {
    let weak = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age").expect("a word"), &[0; 32]);
    let weak = Recipient::parse(&weak.expect("32 bytes")).expect("of its form");
    assert_eq!(encrypt(&weak, b"facts", fresh(1)), Err(KeyError::Public(What::Recipient)));
}
