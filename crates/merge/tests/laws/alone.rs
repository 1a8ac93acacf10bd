//! One row with nobody else there: what an edit makes of it, and how one's own edits go back.

use std::collections::BTreeSet;

use fieldbook_merge::play::{Misfit, back, edited, play};
use fieldbook_merge::{Deed, Edit, Held, Verb};
use fieldbook_model::Value;
use fieldbook_model::decimal::Scaled;

use crate::{CASH, LOW, N, TAGS, TOP, X, row, ty};

fn set(elements: &str) -> BTreeSet<String> {
    elements.chars().map(String::from).collect()
}

fn tags(elements: &str) -> Value {
    Value::Set(set(elements))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn deed(field: usize, before: Value, after: Value) -> Deed {
    Deed { field, before, after, stamps: None }
}

/// A row in which one field holds a value.
fn with(field: usize, value: Value) -> fieldbook_merge::Row {
    let mut row = row(0);
    row[field] = value;
    row
}

#[test]
fn what_is_added_goes_back_by_an_addition_and_a_value_only_where_it_stands() {
    let money = |cents| Value::Decimal(Scaled(cents, 2));
    let cases = [
        // Of what adds up the difference goes back, whatever is there by now.
        (deed(N, Value::Int(5), Value::Int(3)), Value::Int(10), Some(Edit::Add(2))),
        (deed(N, Value::Int(3), Value::Int(7)), Value::Int(0), Some(Edit::Add(-4))),
        (deed(CASH, money(250), money(100)), money(0), Some(Edit::Add(150))),
        // A number that does not add up is a value like any.
        (deed(TOP, Value::Int(3), Value::Int(7)), Value::Int(7), Some(Edit::Set(Value::Int(3)))),
        (deed(TOP, Value::Int(3), Value::Int(7)), Value::Int(9), None),
        (deed(LOW, money(9), money(4)), money(4), Some(Edit::Set(money(9)))),
        (deed(LOW, money(9), money(4)), money(2), None),
        (deed(X, Value::Null, text("u")), text("u"), Some(Edit::Set(Value::Null))),
        (deed(X, Value::Null, text("u")), text("v"), None),
        // Of a set only what came in goes out, and what went out comes in.
        (
            deed(TAGS, tags("ab"), tags("bc")),
            tags("bcd"),
            Some(Edit::Swap { exclude: set("c"), include: set("a"), max: 3 }),
        ),
        // One that was emptied of nothing is no set again.
        (deed(TAGS, Value::Null, tags("")), tags(""), Some(Edit::Set(Value::Null))),
        (deed(TAGS, Value::Null, tags("")), tags("a"), None),
    ];
    for (deed, holds, expected) in cases {
        let row = with(deed.field, holds);
        let deeds = [deed.clone()];
        assert_eq!(back(&ty(), &row, &deeds, &deed), expected, "{deed:?} of {row:?}");
    }
}

#[test]
fn an_undo_on_a_row_puts_back_what_stands_and_leaves_the_rest() {
    let deeds = vec![
        deed(X, text("u"), text("v")),
        deed(N, Value::Int(1), Value::Int(6)),
        deed(TOP, Value::Int(1), Value::Int(2)),
    ];
    let mut held = row(0);
    (held[X], held[N], held[TOP]) = (text("v"), Value::Int(8), Value::Int(9));
    let mut expected = held.clone();
    (expected[X], expected[N]) = (text("u"), Value::Int(3));
    let after = play(&ty(), &Held::live(held), &Verb::Revert(deeds));
    assert_eq!(after, Ok(Held::live(expected)));
    let over = deed(N, Value::Int(0), Value::Int(-999_999_999_999_999_999));
    let full = with(N, Value::Int(999_999_999_999_999_999));
    assert_eq!(play(&ty(), &Held::live(full), &Verb::Revert(vec![over])), Err(Misfit::Range));
}

#[test]
fn elements_that_are_exchanged_where_there_is_no_set() {
    let swap = |exclude, include| Edit::Swap { exclude: set(exclude), include: set(include), max: 3 };
    let cases = [
        ("taking from nothing leaves nothing", Value::Null, swap("a", ""), Some(Value::Null)),
        ("what comes makes a set", Value::Null, swap("a", "b"), Some(tags("b"))),
        ("what goes and comes", tags("ac"), swap("a", "b"), Some(tags("bc"))),
        ("a set that is full takes no more", tags("abc"), swap("", "d"), None),
        ("nothing stays nothing", Value::Null, Edit::Exclude(set("a")), Some(Value::Null)),
    ];
    for (sentence, holds, edit, expected) in cases {
        assert_eq!(edited(&holds, &edit), expected, "{sentence}");
    }
}

#[test]
fn a_bound_takes_the_first_value_and_then_what_goes_beyond() {
    let raise = |number| Edit::Raise(Value::Int(number));
    let lower = |number| Edit::Lower(Value::Int(number));
    let day = |day: &str| text(&format!("2026-01-{day}"));
    let cases = [
        (Value::Null, raise(-5), Value::Int(-5)),
        (Value::Null, lower(5), Value::Int(5)),
        (Value::Int(3), raise(4), Value::Int(4)),
        (Value::Int(3), raise(2), Value::Int(3)),
        (Value::Int(3), lower(4), Value::Int(3)),
        (Value::Int(3), lower(2), Value::Int(2)),
        (day("10"), Edit::Raise(day("09")), day("10")),
        (day("10"), Edit::Lower(day("09")), day("09")),
    ];
    for (holds, edit, expected) in cases {
        assert_eq!(edited(&holds, &edit), Some(expected), "{edit:?} of {holds:?}");
    }
}
