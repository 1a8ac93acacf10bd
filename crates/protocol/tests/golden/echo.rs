//! No error of a reader repeats what it was given: passwords, ids and names end up in logs otherwise.

use crate::shapes::{GOLDEN, Golden};
use crate::text::quoted;

const CANARY: &str = r#""Canary 9`, expected Canary""#;

#[test]
fn no_error_repeats_a_text_or_a_key() {
    let mut errors = 0;
    for Golden { name, text, rewrite } in GOLDEN {
        for place in quoted(text) {
            let spoiled = format!("{}{CANARY}{}", &text[..place.start], &text[place.end..]);
            let Err(error) = rewrite(&spoiled) else { continue };
            assert!(!error.contains("Canary"), "{name}: {} became {error}", &text[place]);
            errors += 1;
        }
    }
    assert!(errors > 300, "{errors}");
}

#[test]
fn no_error_repeats_a_text_that_stands_for_something_else() {
    for Golden { name, text, rewrite } in GOLDEN {
        for place in crate::text::entries(text) {
            let key = text[place.clone()].find(':').expect("an entry") + place.start;
            for value in [CANARY.to_owned(), format!("[{CANARY}]"), format!("{{{CANARY}:{CANARY}}}")] {
                let spoiled = format!("{}:{value}{}", &text[..key], &text[place.end..]);
                if let Err(error) = rewrite(&spoiled) {
                    assert!(!error.contains("Canary"), "{name}: {} became {error}", &text[place.clone()]);
                }
            }
        }
    }
}
