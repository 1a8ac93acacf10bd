//! The walk through the shop: one table that is printed for a person and walked by the check.

use std::path::Path;
use std::time::Duration;

use super::ground::Ground;
use super::interrupt::Interrupt;
use super::shop::Till;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use crate::tally::Tally;

/// One command of the walk.
pub struct Stop {
    /// What it does, for the line above it.
    pub says: &'static str,
    /// To be pasted.
    pub command: &'static str,
    /// Words that its output must contain on the first walk.
    shows: &'static [&'static str],
}

/// The sum of all order lines, to the last digit.
pub const LINE_TOTAL: &str = "1265793.039500";
/// The units in stock before anything is sold.
pub const UNITS_LOADED: &str = "3119";
/// Both totals at once. Price has four decimals and the discount is in percent, so the product has six.
pub const TOTALS: &str = "select decimal_text(sum(price*quantity*(100-discount)),6) as lines, \
                          (select sum(stock) from product) as units from order_line";

/// With the line that prepares the terminal it makes a dozen.
pub const WALK: [Stop; 11] = [
    Stop {
        says: "read on till A, from its own encrypted file: 39 Chai in stock on the first walk",
        command: r#"fieldbook query --home "$TILL_A" "select name, stock from product where name = 'Chai'""#,
        shows: &["Chai", "39"],
    },
    Stop {
        says: "till A sells two",
        command: r#"fieldbook act --home "$TILL_A" --type pos.sale.create --add product:name=Chai stock=-2"#,
        shows: &[],
    },
    Stop {
        says: "till A corrects the phone number of a customer",
        command: r#"fieldbook act --home "$TILL_A" --set "customer:name=Alfreds Futterkiste" phone=030-0074999"#,
        shows: &[],
    },
    Stop {
        says: "till B, cut off from the network, sells three of the same",
        command: r#"fieldbook act --home "$TILL_B" --offline --type pos.sale.create --add product:name=Chai stock=-3"#,
        shows: &[],
    },
    Stop {
        says: "and writes a note on the same customer",
        command: r#"fieldbook act --home "$TILL_B" --offline --set "customer:name=Alfreds Futterkiste" note="pays by invoice""#,
        shows: &[],
    },
    Stop {
        says: "what till B says of itself: two actions wait",
        command: r#"fieldbook status --home "$TILL_B" --offline"#,
        shows: &["2"],
    },
    Stop {
        says: "its op log, where both stand as waiting",
        command: r#"fieldbook log --home "$TILL_B""#,
        shows: &["pos.sale.create", "waiting"],
    },
    Stop {
        says: "both come back, and till A asks once more for what till B brought",
        command: r#"fieldbook sync --wait --home "$TILL_A" && fieldbook sync --wait --home "$TILL_B" && fieldbook sync --wait --home "$TILL_A""#,
        shows: &[],
    },
    Stop {
        says: "both sales count: five less than before, 34 on the first walk",
        command: r#"fieldbook query --home "$TILL_A" "select name, stock from product where name = 'Chai'""#,
        shows: &["Chai", "34"],
    },
    Stop {
        says: "both edits of the customer are there, on till B too",
        command: r#"fieldbook query --home "$TILL_B" "select name, phone, note from customer where name = 'Alfreds Futterkiste'""#,
        shows: &["030-0074999", "invoice"],
    },
    Stop {
        says: "all order lines come to 1265793.039500 exactly, with 3114 units in stock after the first walk",
        command: r#"fieldbook query --home "$TILL_B" "select decimal_text(sum(price*quantity*(100-discount)),6) as lines, (select sum(stock) from product) as units from order_line""#,
        shows: &[LINE_TOTAL, "3114"],
    },
];

/// The longest that one command may take.
const LIMIT: Duration = Duration::from_secs(120);

/// The line that prepares a terminal.
pub fn setup(places: &Places, ground: &Ground) -> String {
    let program = places.target.join("release");
    let program = match program.strip_prefix(&places.root) {
        Ok(inside) => format!("$PWD/{}", inside.display()),
        Err(_) => program.display().to_string(),
    };
    let home = |till: Till| quoted(places.typed(&ground.path(till.folder())));
    format!("export PATH=\"{program}:$PATH\" TILL_A={} TILL_B={}", home(Till::A), home(Till::B))
}

/// Walks it as a person would who pastes line after line, and counts.
pub fn walked(
    clock: &Clock,
    places: &Places,
    ground: &Ground,
    interrupt: &Interrupt,
) -> Result<Tally, Problem> {
    let setup = setup(places, ground);
    let mut tally = Tally::default();
    for stop in &WALK {
        let mut shell = places.command("sh");
        shell.args(["-c", &format!("{setup}\n{}", stop.command)]);
        let outcome =
            Step::new(shell, LastLine::default()).within(LIMIT).run(clock).while_trying("start a shell")?;
        interrupt.go_on()?;
        let missing: Vec<&str> =
            stop.shows.iter().filter(|word| !shows(&outcome.stdout, word)).copied().collect();
        let well = outcome.success && missing.is_empty();
        tally += Tally::of(well);
        clock.say(format_args!("{}: {}", if well { "ok" } else { "FAILED" }, stop.says));
        if !well {
            println!("{}\n{}\nexpected to show: {}", stop.command, outcome.tail(40), stop.shows.join(", "));
        }
    }
    Ok(tally)
}

/// Whether a word stands in the text, as a word of its own.
pub fn shows(text: &str, word: &str) -> bool {
    text.split(|sign: char| !sign.is_alphanumeric() && !['.', '-', '_'].contains(&sign))
        .any(|part| part == word)
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |sign: char| sign.is_ascii_alphanumeric() || ['/', '.', '-', '_'].contains(&sign);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_as_a_whole() {
        let cases = [
            ("Chai | 39", "39", true),
            (r#"{"name":"Chai","stock":39}"#, "39", true),
            ("| 1265793.039500 |", LINE_TOTAL, true),
            ("stock 394", "39", false),
            ("1265793.0395001", LINE_TOTAL, false),
            ("-34", "34", false),
        ];
        for (text, word, expected) in cases {
            assert_eq!(shows(text, word), expected, "{text}");
        }
    }

    #[test]
    fn the_walk_is_at_most_a_dozen_lines_with_the_one_that_prepares_it() {
        assert!(WALK.len() < 12);
        assert!(WALK.iter().all(|stop| !stop.says.is_empty() && !stop.command.contains('\n')));
    }

    #[test]
    fn a_line_above_a_command_does_no_harm_in_a_shell_that_reads_it_as_a_command() {
        // Some shells know no comments at the prompt: there the line must stay one unknown command.
        let plain = |sign: char| sign.is_alphanumeric() || " ,.:-".contains(sign);
        for stop in &WALK {
            assert!(stop.says.chars().all(plain), "{}", stop.says);
        }
    }

    #[test]
    fn the_walk_shows_the_totals_that_the_loading_counts() {
        assert!(WALK.iter().any(|stop| stop.command.ends_with(&format!("\"{TOTALS}\""))));
    }

    #[test]
    fn a_terminal_is_prepared_with_plain_relative_paths() {
        let places = Places { root: "/checkout".into(), target: "/checkout/target".into() };
        let ground = Ground::at(&places, None).expect("a folder");
        assert_eq!(
            setup(&places, &ground),
            "export PATH=\"$PWD/target/release:$PATH\" TILL_A=target/demo/till-a TILL_B=target/demo/till-b"
        );
    }

    #[test]
    fn a_build_folder_elsewhere_and_a_path_with_a_space_still_paste() {
        let places = Places { root: "/checkout".into(), target: "/builds".into() };
        let ground = Ground::at(&places, Some("/checkout/my data")).expect("a folder");
        assert_eq!(
            setup(&places, &ground),
            "export PATH=\"/builds/release:$PATH\" TILL_A='my data/till-a' TILL_B='my data/till-b'"
        );
    }
}
