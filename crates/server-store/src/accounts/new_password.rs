//! What a password must be that is to become somebody's: long enough, none of those that are tried first, and none that was
//! stolen elsewhere. Which signs it is made of is nobody's affair, and it is kept as it was typed. A password that is shown at
//! a sign-in is never held against this: it was set once, and goes on fitting.

use std::sync::Arc;

use zxcvbn::matching::patterns::MatchPattern;

use super::breached::Breached;
use super::{AccountError, password};

/// The name that everybody knows here.
const PRODUCT: &str = "fieldbook";
/// The first so many characters are looked at; nothing that is common is longer.
const LOOKED_AT: usize = 100;
/// What is guessed within so many tries is no password: a guesser who is let try once in six seconds, for a name, needs two months.
const GUESSES_MIN: u64 = 1_000_000;

/// What new passwords are held against on this server.
#[derive(Debug, Clone, Default)]
pub struct PasswordRules {
    breached: Option<Arc<Breached>>,
}

/// A password that may become somebody's.
pub struct NewPassword<'a>(&'a str);

impl PasswordRules {
    /// With a list of stolen ones.
    pub fn with(breached: Breached) -> Self {
        Self { breached: Some(Arc::new(breached)) }
    }

    /// Sees whether a password may become that of a user, whose own names are `names`: the user's, the workspace's.
    pub fn check<'a>(&self, password: &'a str, names: &[&str]) -> Result<NewPassword<'a>, AccountError> {
        password::check_length(password)?;
        if password.chars().count() < password::CHARS_MIN {
            return Err(AccountError::BadPassword);
        }
        if is_tried_first(password, names) {
            return Err(AccountError::CommonPassword);
        }
        match &self.breached {
            Some(list) if list.has(password)? => Err(AccountError::BreachedPassword),
            _ => Ok(NewPassword(password)),
        }
    }
}

impl NewPassword<'_> {
    /// Its text.
    pub fn text(&self) -> &str {
        self.0
    }
}

/// Whether it is, as a whole, a common password, a word or a name, in any case, backwards or with digits for letters; or is
/// guessed as fast as one of those.
fn is_tried_first(password: &str, names: &[&str]) -> bool {
    if password.chars().count() > LOOKED_AT {
        return false;
    }
    let names: Vec<&str> = names.iter().map(|name| name.trim()).chain([PRODUCT]).collect();
    let found = zxcvbn::zxcvbn(password, &names);
    let is_a_word = matches!(found.sequence(), [one] if matches!(one.pattern, MatchPattern::Dictionary(_)));
    is_a_word || found.guesses() < GUESSES_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str) -> Option<String> {
        let checked = PasswordRules::default().check(password, &["Ann O'Neil-Sanderson", "Corner Store"]);
        checked.err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_tried_first_is_no_password() {
        let all = [
            "password",
            "PassWord",
            "drowssap",
            "p@ssw0rd",
            "P4ssw0rd!",
            "12345678",
            "87654321",
            "11111111111111",
            "qwertyuiop",
            "abcdefgh",
            "iloveyou",
            "trustno1",
            "sunshine1",
            "elephant",
            "2001-07-14",
            "fieldbook",
            "FieldBook",
            "koobdleif",
            "f13ldb00k",
            "fieldbook1",
            "ann o'neil-sanderson",
            "ANN O'NEIL-SANDERSON",
            "corner store",
            "c0rner st0re",
        ];
        let words = "this password is one of the first that anybody tries";
        let is_refused = |password: &str| refusal(password).is_some_and(|told| told.starts_with(words));
        let taken: Vec<_> = all.into_iter().filter(|password| !is_refused(password)).collect();
        assert_eq!(taken, Vec::<&str>::new());
    }

    #[test]
    fn what_it_is_made_of_is_nobodys_affair() {
        for good in [
            "correct horse battery",
            "everyones-password",
            "vier graue katzen laufen",
            "nxqhwkzrtv",
            "  spaces before and behind  ",
            "\u{645}\u{641}\u{62a}\u{627}\u{62d} \u{627}\u{644}\u{628}\u{64a}\u{62a}",
            "\u{1f332}\u{1f9ed}\u{1f4d2}\u{1f511}\u{2693}\u{1f6e0}\u{1f4e6}\u{23f3}",
            "8306-2291-5574",
            &"x".repeat(1024),
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
    }

    #[test]
    fn a_short_or_endless_password_is_refused() {
        let words = "a password has at least 8 characters and at most 1024 bytes";
        for wrong in ["", "1234567", "\u{e9}\u{e9}\u{e9}\u{e9}", &"x".repeat(1025)] {
            assert_eq!(refusal(wrong).as_deref(), Some(words), "{}", wrong.len());
        }
    }
}
