//! Decision 0011, paragraph by paragraph: small histories, what the last op is told, and what is there then.
//!
//! The reference judges the engine; these rows judge the reference.

mod language;
mod random;
mod render;
mod schema;
mod screen;
mod table;

use fieldbook_reference::Said;
use language::Bench;

/// A sentence, a history, what is said to its last op, and what is there after it.
pub type Row = (&'static str, &'static str, &'static str, &'static str);

fn check(rows: &[Row]) {
    let schema = schema::schema();
    let mut wrong = Vec::new();
    for (sentence, history, said, there) in rows {
        let mut bench = Bench::new(&schema);
        let answered = bench.play(history);
        let found = (render::said(&answered), render::there(&bench));
        if found != ((*said).to_owned(), (*there).to_owned()) {
            wrong.push(format!("{sentence}\n  {history}\n  {}\n  {}", found.0, found.1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rewound_history_goes_on_as_if_nothing_had_happened() {
    let schema = schema::schema();
    for (sentence, history, said, there) in table::all() {
        let Some((before, last)) = history.rsplit_once(';') else { continue };
        let mut bench = Bench::new(&schema);
        bench.play(before);
        let mark = bench.mark();
        let conflicts = bench.reference.conflicts();
        bench.play(last);
        bench.rewind(mark);
        assert_eq!(bench.reference.conflicts(), conflicts, "{sentence}");
        let answered = bench.play(last);
        assert_eq!(
            (render::said(&answered).as_str(), render::there(&bench).as_str()),
            (*said, *there),
            "{sentence}"
        );
    }
}

#[test]
fn the_first_answer_stays_whatever_becomes_of_the_op() {
    let schema = schema::schema();
    for (sentence, history, ..) in table::all() {
        let mut bench = Bench::new(&schema);
        let answers: Vec<_> = history.split(';').map(|step| bench.play(step)).collect();
        for (step, answered) in answers.into_iter().enumerate() {
            assert_eq!(bench.offer_again(step), Said::Again(answered), "{sentence}");
        }
    }
}
