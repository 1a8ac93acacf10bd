//! No file of the repository holds a secret: keys and tokens, each known by its look. What only looks like one stands in
//! a list, by file and with the reason.

use super::text::grep;
use super::{Finding, answer};
use crate::places::Places;

/// A kind of secret.
struct Kind {
    name: &'static str,
    /// An extended regular expression. One letter stands in brackets, so that no pattern finds itself.
    pattern: &'static str,
}

const KINDS: [Kind; 20] = [
    Kind { name: "private key in PEM", pattern: r"-----BEGI[N] ([A-Z0-9]+ )*PRIVATE KEY" },
    Kind { name: "private key of PuTTY", pattern: r"PuTTY-User-Key-Fil[e]-" },
    Kind {
        name: "age secret key",
        pattern: r"(AGE-SECRET-KE[Y]|age-secret-ke[y])-(PQ-|pq-)?1[0-9A-Za-z]{58}",
    },
    Kind { name: "token of ours", pattern: r"fb[1]_[0-9a-f]{64}" },
    Kind { name: "access key of AWS", pattern: r"(AKI|ASI)[A][0-9A-Z]{16}" },
    Kind {
        name: "secret of AWS",
        pattern: r"(SECRE[T]_ACCESS_KEY|secre[t]_access_key).{0,5}[A-Za-z0-9/+]{40}",
    },
    Kind { name: "token of GitHub", pattern: r"g[h][pousr]_[A-Za-z0-9]{36}" },
    Kind { name: "fine token of GitHub", pattern: r"github_pa[t]_[A-Za-z0-9_]{40}" },
    Kind { name: "token of GitLab", pattern: r"glpa[t]-[A-Za-z0-9_-]{20}" },
    Kind { name: "token of npm", pattern: r"np[m]_[A-Za-z0-9]{36}" },
    Kind {
        name: "password of a registry",
        pattern: r"_(authToke[n]|passwor[d]|aut[h]) *= *[A-Za-z0-9+/=_-]{8}",
    },
    Kind { name: "token of PyPI", pattern: r"pyp[i]-A[A-Za-z0-9_-]{40}" },
    Kind { name: "token of crates.io", pattern: r#"(^|[^A-Za-z0-9])ci[o][A-Za-z0-9]{32}($|[^A-Za-z0-9])"# },
    Kind { name: "token of Slack", pattern: r"xo[x][abeprs]-[A-Za-z0-9-]{20}" },
    Kind { name: "key of Google", pattern: r"AIz[a][0-9A-Za-z_-]{35}" },
    Kind { name: "key of Stripe", pattern: r"[rs]k_liv[e]_[0-9a-zA-Z]{24}" },
    Kind { name: "key with sk", pattern: r"(^|[^A-Za-z0-9])s[k]-[A-Za-z0-9_-]{32}" },
    Kind { name: "JSON web token", pattern: r"ey[J][A-Za-z0-9_-]{10,}\.ey[J][A-Za-z0-9_-]{10,}" },
    Kind {
        name: "password in an address",
        pattern: r#"[a-z]:/[/][A-Za-z0-9_.-]+:[^][/@ "'`{}<$]{4,}@[A-Za-z0-9]"#,
    },
    Kind {
        name: "secret by its name",
        pattern: r#"(passwor[d]|secre[t]|toke[n]|api_ke[y])["']? *[:=] *["'][A-Za-z0-9+/=_-]{24,}["']"#,
    },
];

/// What looks like a secret and is none.
struct Allowed {
    file: &'static str,
    kind: &'static str,
    #[expect(dead_code, reason = "for whoever reads the list")]
    why: &'static str,
}

const ALLOWED: &[Allowed] = &[
    Allowed { file: "crates/protocol/golden/sign-in-reply.json", kind: "token of ours", why: GOLDEN },
    Allowed { file: "crates/protocol/golden/sign-in-reply.json", kind: "secret by its name", why: GOLDEN },
    Allowed { file: "crates/protocol/golden/sign-in-reply-keys.json", kind: "token of ours", why: GOLDEN },
    Allowed {
        file: "crates/protocol/golden/sign-in-reply-keys.json",
        kind: "secret by its name",
        why: GOLDEN,
    },
    Allowed {
        file: "crates/crypto/src/tests/golden.rs",
        kind: "secret by its name",
        why: "what a key file looks like, with a secret that no device has",
    },
];
const GOLDEN: &str = "what a reply looks like: all digits in their order, sixteen at a time";

/// Files that are there to hold secrets, by the end of their names.
const FILES: [&str; 18] = [
    "device.key",
    "device.secret",
    "keys.json",
    ".key",
    ".pem",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".kdbx",
    "id_rsa",
    "id_ed25519",
    ".env",
    ".npmrc",
    ".pypirc",
    ".netrc",
    ".git-credentials",
    "passwords.txt",
];

/// One check for all kinds, one for the list of what is allowed, and one for files.
pub fn check(places: &Places) -> [Finding; 3] {
    let found = KINDS.iter().map(|kind| Ok((kind, found(places, kind)?))).collect::<Result<Vec<_>, String>>();
    let secrets = found.clone().map(|found| {
        let lines = found.iter().flat_map(|(kind, lines)| lines.iter().map(move |line| (kind, line)));
        let wrong = lines.filter(|(kind, line)| !ALLOWED.iter().any(|it| it.is_about(kind, line)));
        wrong.map(|(kind, line)| format!("{}: {}", kind.name, place(line))).collect()
    });
    let idle = found.map(|found| {
        let is_idle = |it: &&Allowed| {
            !found.iter().any(|(kind, lines)| lines.iter().any(|line| it.is_about(kind, line)))
        };
        ALLOWED.iter().filter(is_idle).map(|it| format!("{}: {}", it.kind, it.file)).collect()
    });
    [
        Finding::of("no file holds a secret", secrets),
        Finding::of("what is allowed to look like a secret is there", idle),
        Finding::of("no file is one that is there to hold a secret", files(places)),
    ]
}

impl Allowed {
    fn is_about(&self, kind: &Kind, line: &str) -> bool {
        self.kind == kind.name && line.strip_prefix(self.file).is_some_and(|rest| rest.starts_with(':'))
    }
}

/// The places of one kind, each with its line.
fn found(places: &Places, kind: &Kind) -> Result<Vec<String>, String> {
    grep(places, &["grep", "--untracked", "-n", "--text", "-E", "-e", kind.pattern])
}

/// The files that are tracked, or would be, whose names say that they hold a secret.
fn files(places: &Places) -> Result<Vec<String>, String> {
    let list = answer(places.git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    Ok(list.split('\0').filter(|file| holds_secrets(file)).map(str::to_owned).collect())
}

fn holds_secrets(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    FILES.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || end.starts_with('.')))
}

/// A file and a line's number, without the line: what was found belongs in no log.
fn place(line: &str) -> String {
    line.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::text::tests::repository;
    use super::*;

    /// One of each kind, in two pieces, so that this file does not hold them.
    fn planted() -> Vec<(&'static str, String)> {
        let (digits, letters) = ("0123456789abcdef".repeat(4), "aB3dE6gH9k".repeat(6));
        let upper = letters.to_uppercase();
        let all = [
            ("private key in PEM", ["-----BEGIN", " EC PRIVATE KEY-----"].concat()),
            ("private key in PEM", ["-----BEGIN", " PRIVATE KEY-----"].concat()),
            ("private key in PEM", ["-----BEGIN", " OPENSSH PRIVATE KEY-----"].concat()),
            ("private key in PEM", ["-----BEGIN", " PGP PRIVATE KEY BLOCK-----"].concat()),
            ("private key of PuTTY", ["PuTTY-User-Key", "-File-3: ssh-ed25519"].concat()),
            ("age secret key", ["AGE-SECRET", "-KEY-1", &upper[..58]].concat()),
            ("age secret key", ["AGE-SECRET", "-KEY-PQ-1", &upper[..58]].concat()),
            ("token of ours", ["fb", "1_", &digits].concat()),
            ("access key of AWS", ["AK", "IA", &upper[..16]].concat()),
            ("secret of AWS", ["aws_secret_", "access_key = ", &letters[..40]].concat()),
            ("token of GitHub", ["gh", "p_", &letters[..36]].concat()),
            ("fine token of GitHub", ["github", "_pat_", &letters[..40]].concat()),
            ("token of GitLab", ["glp", "at-", &letters[..20]].concat()),
            ("token of npm", ["np", "m_", &letters[..36]].concat()),
            ("password of a registry", ["//registry.example/:_auth", "Token=", &letters[..12]].concat()),
            ("token of PyPI", ["py", "pi-AgEIcHlwaS5vcmc", &letters[..40]].concat()),
            ("token of crates.io", ["ci", "o", &letters[..32]].concat()),
            ("token of Slack", ["xo", "xb-", &letters[..24]].concat()),
            ("key of Google", ["AI", "za", &letters[..35]].concat()),
            ("key of Stripe", ["sk", "_live_", &letters[..24]].concat()),
            ("key with sk", ["s", "k-", &letters[..32]].concat()),
            ("JSON web token", ["ey", "JhbGciOiJIUzI1", ".ey", "JzdWIiOiIxMjM0"].concat()),
            ("password in an address", ["postgres:/", "/ann:hunter22", "@db.example/shop"].concat()),
            ("secret by its name", ["\"device_sec", "ret\": \"", &letters[..32], "\""].concat()),
        ];
        all.into_iter().collect()
    }

    #[test]
    fn each_kind_is_found_where_it_is_planted_and_not_told() {
        let places = repository("secrets", "");
        let file = places.root.join("file.txt");
        for (name, secret) in planted() {
            fs::write(&file, format!("one\nhere: {secret}\n")).expect("a file");
            let [secrets, ..] = check(&places);
            assert!(secrets.wrong.contains(&format!("{name}: file.txt:2")), "{name}: {:?}", secrets.wrong);
            // A file with other bytes is searched too.
            fs::write(&file, [b"\0\xff\n".as_slice(), secret.as_bytes()].concat()).expect("a file");
            assert!(!check(&places)[0].wrong.is_empty(), "{name} among other bytes");
        }
        fs::remove_dir_all(&places.root).expect("gone");
    }

    #[test]
    fn each_kind_is_planted() {
        let planted = planted();
        for kind in &KINDS {
            assert!(planted.iter().any(|(name, _)| *name == kind.name), "{}", kind.name);
        }
    }

    #[test]
    fn what_is_allowed_is_allowed_in_its_file_and_as_its_kind() {
        let [allowed, ..] = ALLOWED else { panic!("nothing is allowed") };
        let kind = |name| KINDS.iter().find(|kind| kind.name == name).expect("a kind");
        let line = format!("{}:1:…", allowed.file);
        assert!(allowed.is_about(kind(allowed.kind), &line));
        assert!(!allowed.is_about(kind("token of npm"), &line));
        assert!(!allowed.is_about(kind(allowed.kind), &format!("{}x:1:…", allowed.file)));
    }

    #[test]
    fn a_permission_that_nobody_needs_is_told() {
        let places = repository("idle", "nothing");
        let [secrets, idle, _] = check(&places);
        assert!(secrets.wrong.is_empty());
        assert_eq!(idle.wrong.len(), ALLOWED.len());
        fs::remove_dir_all(&places.root).expect("gone");
    }

    #[test]
    fn a_file_is_known_by_the_end_of_its_name() {
        for file in
            ["device.secret", "shop/server/keys.json", "cert/server.key", "a/.env", ".npmrc", "x/id_rsa"]
        {
            assert!(holds_secrets(file), "{file}");
        }
        for file in
            ["crates/crypto/src/secret.rs", "golden/sign-in-reply-keys.json", "docs/keys.md", "a.environment"]
        {
            assert!(!holds_secrets(file), "{file}");
        }
    }
}
