//! A table for people: columns as wide as they need to be, numbers to the right.

use crate::colour::{self, Paint};
use crate::output::visible;

/// A cell as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// To the left.
    Text(String),
    /// To the right.
    Number(String),
}

impl Shown {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// Lays a table out: its head, a rule, its rows, and how many there are.
pub fn table(columns: &[String], rows: &[Vec<Shown>]) -> String {
    let rows: Vec<Vec<Shown>> = rows.iter().map(|row| row.iter().map(clean).collect()).collect();
    let mut widths: Vec<usize> = columns.iter().map(|name| width(name)).collect();
    for row in &rows {
        for (place, cell) in widths.iter_mut().zip(row) {
            *place = (*place).max(width(cell.text()));
        }
    }
    let numeric = |column: usize| rows.iter().any(|row| matches!(row.get(column), Some(Shown::Number(_))));
    let head = columns.iter().enumerate().map(|(at, name)| match numeric(at) {
        true => Shown::Number(name.clone()),
        false => Shown::Text(name.clone()),
    });
    let head: Vec<Shown> = head.collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines =
        vec![colour::out(Paint::Heading, &line(&head, &widths)), colour::out(Paint::Quiet, &rule.join("  "))];
    lines.extend(rows.iter().map(|row| line(row, &widths)));
    lines.push(count(rows.len()));
    lines.join("\n")
}

/// How many rows, in words.
fn count(rows: usize) -> String {
    match rows {
        0 => "no rows".to_owned(),
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}

fn clean(cell: &Shown) -> Shown {
    match cell {
        Shown::Text(text) => Shown::Text(visible(text)),
        Shown::Number(text) => Shown::Number(visible(text)),
    }
}

fn line(cells: &[Shown], widths: &[usize]) -> String {
    let pad = |(cell, to): (&Shown, &usize)| {
        let room = " ".repeat(to.saturating_sub(width(cell.text())));
        match cell {
            Shown::Text(text) => format!("{text}{room}"),
            Shown::Number(text) => format!("{room}{text}"),
        }
    };
    let line: Vec<String> = cells.iter().zip(widths).map(pad).collect();
    line.join("  ").trim_end().to_owned()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be_and_numbers_stand_right() {
        let columns = ["name".to_owned(), "stock".to_owned()];
        let rows = [
            vec![Shown::Text("Chai".into()), Shown::Number("39".into())],
            vec![Shown::Text("Gumbär Gummibärchen".into()), Shown::Number("-1".into())],
        ];
        let expected = "\
name                 stock
-------------------  -----
Chai                    39
Gumbär Gummibärchen     -1
2 rows";
        assert_eq!(table(&columns, &rows), expected);
    }

    #[test]
    fn a_table_without_rows_says_so() {
        assert_eq!(table(&["name".to_owned()], &[]), "name\n----\nno rows");
    }

    #[test]
    fn a_text_of_several_lines_stays_in_its_row() {
        let rows = [vec![Shown::Text("a\nb".into())]];
        assert_eq!(table(&["t".to_owned()], &rows), "t\n---\na⏎b\n1 row");
    }
}
