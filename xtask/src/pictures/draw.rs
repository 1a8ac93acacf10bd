//! Draws a scene as SVG: what was there, what two people did to it, and what everybody has in the end. Colours
//! follow the reader's light or dark theme.

use std::fmt::Write as _;

use super::scenes::{End, Scene};

const WIDTH: u32 = 720;
const BOX: u32 = 196;
const LINE: u32 = 18;

const STYLE: &str = "\
text{font:14px system-ui,sans-serif;fill:#1d2733}.who{font-weight:600}.small{font-size:12px;fill:#5a6572}\
rect{fill:#f4f6f8;stroke:#c3ccd5}.ask{fill:#fdecea;stroke:#d2452f}.well{fill:#e8f5ec;stroke:#2f8f4e}\
path{stroke:#8793a0;fill:none}.back{fill:#fff;stroke:none}\
@media (prefers-color-scheme:dark){text{fill:#e6ebf0}.small{fill:#a7b2bd}rect{fill:#222a33;stroke:#46525e}\
.ask{fill:#3c201d;stroke:#ff7a66}.well{fill:#1b3023;stroke:#58c27d}path{stroke:#7c8894}.back{fill:#12171d}}";

/// The picture's text.
pub fn svg(scene: &Scene) -> String {
    let rows = [scene.before, scene.first.1, scene.second.1, scene.after].map(<[&str]>::len);
    let middle = (rows[1] + rows[2]) as u32 * LINE + 2 * 34 + 16;
    let height = middle.max(rows[3] as u32 * LINE + 40).max(110) + 32;
    let mut text = begun(scene.title, STYLE, height);
    let center = height / 2;
    let tall = |rows: usize| rows as u32 * LINE + 34;
    let at = |rows: usize| center - tall(rows) / 2;
    let first = center - (tall(rows[1]) + tall(rows[2]) + 16) / 2;
    let second = first + tall(rows[1]) + 16;
    card(&mut text, "", (8, at(rows[0])), "before", scene.before);
    card(&mut text, "", (262, first), scene.first.0, scene.first.1);
    card(&mut text, "", (262, second), scene.second.0, scene.second.1);
    let class = match scene.end {
        End::Well => "well",
        End::Asks => "ask",
    };
    card(&mut text, class, (516, at(rows[3])), scene.told, scene.after);
    for y in [first + tall(rows[1]) / 2, second + tall(rows[2]) / 2] {
        arrow(&mut text, (8 + BOX, center), (262, y));
        arrow(&mut text, (262 + BOX, y), (516, center));
    }
    text.push_str("</svg>\n");
    text
}

/// The beginning of a picture: its size, its title, how it looks, and what is behind everything.
pub fn begun(title: &str, style: &str, height: u32) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\"><title>{}</title><style>{style}</style>\n\
         <rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
        escaped(title)
    )
}

fn card(text: &mut String, class: &str, (x, y): (u32, u32), head: &str, lines: &[&str]) {
    let height = lines.len() as u32 * LINE + 34;
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    // Writing to a text cannot fail.
    let _ = writeln!(text, "<rect{class} x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{height}\" rx=\"8\"/>");
    let _ = writeln!(text, "<text class=\"who\" x=\"{}\" y=\"{}\">{}</text>", x + 10, y + 20, escaped(head));
    for (place, line) in lines.iter().enumerate() {
        let (small, line) = match line.strip_prefix("· ") {
            Some(line) => (" class=\"small\"", line),
            None => ("", *line),
        };
        let y = y + 22 + (place as u32 + 1) * LINE;
        let _ = writeln!(text, "<text{small} x=\"{}\" y=\"{y}\">{}</text>", x + 10, escaped(line));
    }
}

fn arrow(text: &mut String, (x, y): (u32, u32), (to_x, to_y): (u32, u32)) {
    let half = (x + to_x) / 2;
    let _ = writeln!(text, "<path d=\"M{x} {y}C{half} {y} {half} {to_y} {to_x} {to_y}m-6 -4l6 4l-6 4\"/>");
}

/// A text as it stands in SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
