//! The picture of `docs/guide/performance.md`: its table as bars, a field for each row, each on a scale of its own from zero.

use std::fmt::Write as _;

use super::draw::{begun, escaped};

/// Rows of the table that are drawn: how each begins, and what its field says.
const FIELDS: [(&str, &str); 10] = [
    ("local write, 1/s", "local writes a second: more is better"),
    ("flush of 10,000", "flush of 10,000, ops a second: more is better"),
    ("first load of", "first load, rows a second: more is better"),
    ("5,000 records edited", "5,000 records edited on both sides, s: less is better"),
    ("write to seen, p50", "write to seen, median ms: less is better"),
    ("last of all subscribers, p50", "last of 100 subscribers, median ms: less is better"),
    ("wire up per op", "wire up, B for each op: less is better"),
    ("wire down per row", "wire down, B for each row: less is better"),
    ("client's peak memory", "client's peak memory, MiB: less is better"),
    ("server's peak memory", "server's peak memory, MiB: less is better"),
];

const FIELD: u32 = 350;
const LINE: u32 = 17;
/// Where a field's bars begin, and how long the longest is.
const BARS: (u32, u32) = (92, 190);

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1d2733}.head{font-weight:600}.end{text-anchor:end}\
rect{fill:#b3bec9}.own{fill:#1f77b4}.limit{fill:#e1e6eb}.back{fill:#fff}\
@media (prefers-color-scheme:dark){text{fill:#e6ebf0}rect{fill:#566370}.own{fill:#4aa3df}.limit{fill:#323c46}.back{fill:#12171d}}";

/// A table's columns and rows.
struct Table<'a> {
    columns: Vec<&'a str>,
    rows: Vec<Vec<&'a str>>,
}

/// The picture of a guide's table of peers. `None` where it has none.
pub fn svg(guide: &str) -> Option<String> {
    let table = Table::read(guide)?;
    let fields: Vec<_> = FIELDS.iter().filter_map(|field| table.field(field)).collect();
    let tall = |bars: usize| 30 + bars as u32 * LINE;
    let row_tall = tall(table.columns.len());
    let height = (fields.len() as u32).div_ceil(2) * row_tall + 12;
    let mut text = begun("Fieldbook beside other sync engines", STYLE, height);
    for (place, (says, bars)) in fields.iter().enumerate() {
        let (x, y) = (8 + (place as u32 % 2) * (FIELD + 4), 8 + (place as u32 / 2) * row_tall);
        field(&mut text, (x, y), says, bars);
    }
    text.push_str("</svg>\n");
    Some(text)
}

/// A bar: whose, the figure as it stands in the table, and as a number.
type Bar<'a> = (&'a str, &'a str, f64);

impl<'a> Table<'a> {
    fn read(guide: &'a str) -> Option<Self> {
        let mut lines = guide.lines().skip_while(|line| !line.starts_with("| | limit before |"));
        let cells =
            |line: &'a str| -> Vec<&'a str> { line.trim_matches('|').split('|').map(str::trim).collect() };
        let columns = cells(lines.next()?);
        let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
        Some(Self { columns, rows })
    }

    fn field(&self, (begins, says): &(&str, &'static str)) -> Option<(&'static str, Vec<Bar<'a>>)> {
        let row = self.rows.iter().find(|row| row[0].starts_with(begins))?;
        let bars = self.columns.iter().zip(row).skip(1).filter_map(|(column, cell)| {
            let number: f64 = cell.replace(',', "").parse().ok()?;
            (number > 0.0).then_some((*column, *cell, number))
        });
        Some((says, bars.collect()))
    }
}

fn field(text: &mut String, (x, y): (u32, u32), says: &str, bars: &[Bar<'_>]) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "<text class=\"head\" x=\"{x}\" y=\"{}\">{}</text>", y + 14, escaped(says));
    let most = bars.iter().map(|(_, _, number)| *number).fold(f64::EPSILON, f64::max);
    for (place, (name, figure, number)) in bars.iter().enumerate() {
        let top = y + 22 + place as u32 * LINE;
        let long = ((number / most * f64::from(BARS.1)).round() as u32).max(1);
        let class = match *name {
            "fieldbook" => " class=\"own\"",
            name if name.starts_with("limit") => " class=\"limit\"",
            _ => "",
        };
        let (left, base) = (x + BARS.0, top + 11);
        let _ =
            writeln!(text, "<text class=\"end\" x=\"{}\" y=\"{base}\">{}</text>", left - 6, escaped(name));
        let _ =
            writeln!(text, "<rect{class} x=\"{left}\" y=\"{top}\" width=\"{long}\" height=\"13\" rx=\"2\"/>");
        let _ = writeln!(text, "<text x=\"{}\" y=\"{base}\">{}</text>", left + long + 5, escaped(figure));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_table_is_a_field_and_each_figure_a_bar() {
        let guide = "## The table\n\n| | limit before | fieldbook | other | limit after |\n|---|---|---|---|---|\n\
            | wire up per op, B |  | 64 | 1,237 | |\n| something else | 1 | 2 | 3 | 4 |\n\nEnd.";
        let drawn = svg(guide).expect("a picture");
        assert_eq!(drawn.matches("class=\"head\"").count(), 1);
        let widths = drawn.matches("width=\"10\"").chain(drawn.matches("width=\"190\"")).count();
        assert_eq!(widths, 2, "a twentieth is as long as that: {drawn}");
        assert!(drawn.contains(">1,237</text>") && drawn.contains("class=\"own\""), "{drawn}");
        assert!(svg("no table").is_none());
    }
}
