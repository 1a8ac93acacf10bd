//! A floor as a drawing: walls, doors, windows, stairs, what is built in, names, areas, a scale and a title.

use std::fmt::Write as _;

use super::plan::{Area, Gap, Plan, Point, Room, Side, Use};

const OUTER: f64 = 0.32;
const INNER: f64 = 0.12;
const INK: &str = "#22282d";
const FINE: &str = "#7b868e";
const PAPER: &str = "#fcfbf7";

/// An SVG of `pixels` to the metre.
pub fn svg(plan: &Plan, title: &str, pixels: f64) -> String {
    let Area { wide, high, .. } = plan.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" font-family=\"'DejaVu Sans', sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n",
        (wide * pixels).round(),
        (high * pixels).round(),
        n(wide),
        n(high)
    );
    plan.rooms.iter().for_each(|room| fitted(&mut out, room));
    for room in &plan.rooms {
        rect(&mut out, room.area, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"{INNER}\""));
    }
    rect(&mut out, plan.outline, &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"{OUTER}\""));
    plan.windows.iter().for_each(|gap| window(&mut out, gap));
    plan.doors.iter().for_each(|gap| door(&mut out, gap));
    plan.rooms.iter().for_each(|room| named(&mut out, room));
    foot(&mut out, plan, title);
    out.push_str("</svg>\n");
    out
}

/// To the millimetre, without a tail of zeros.
pub fn n(metres: f64) -> String {
    let text = format!("{metres:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rect(out: &mut String, Area { x, y, wide, high }: Area, style: &str) {
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {style}/>",
        n(x),
        n(y),
        n(wide),
        n(high)
    );
}

fn line(out: &mut String, from: Point, to: Point, colour: &str, wide: f64) {
    let _ = writeln!(
        out,
        "<path d=\"M{} {}L{} {}\" stroke=\"{colour}\" stroke-width=\"{wide}\"/>",
        n(from.x),
        n(from.y),
        n(to.x),
        n(to.y)
    );
}

fn text(out: &mut String, Point { x, y }: Point, size: f64, style: &str, said: &str) {
    let said = said.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(out, "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" {style}>{said}</text>", n(x), n(y));
}

/// What is built into a room.
fn fitted(out: &mut String, room: &Room) {
    let Area { x, y, wide, high } = room.area;
    let fine = format!("fill=\"none\" stroke=\"{FINE}\" stroke-width=\"0.05\"");
    match room.used {
        Use::Stairs => {
            let steps = 12;
            for step in 1..steps {
                let along = f64::from(step) / f64::from(steps);
                let (from, to) = match wide > high {
                    true => (room.area.at(along, 0.1), room.area.at(along, 0.9)),
                    false => (room.area.at(0.1, along), room.area.at(0.9, along)),
                };
                line(out, from, to, FINE, 0.05);
            }
            line(out, room.area.at(0.5, 0.85), room.area.at(0.5, 0.2), INK, 0.06);
            let tip = room.area.at(0.5, 0.2);
            line(out, tip, Point { x: tip.x - 0.25, y: tip.y + 0.35 }, INK, 0.06);
            line(out, tip, Point { x: tip.x + 0.25, y: tip.y + 0.35 }, INK, 0.06);
        }
        Use::Washroom => {
            let (pan, bowl) = match room.door {
                Side::Top => (y + high - 0.45, y + high - 0.75),
                _ => (y + 0.2, y + 0.75),
            };
            for place in 0..(wide / 1.3) as usize {
                let at = x + 0.35 + 1.3 * place as f64;
                rect(out, Area::new(at, pan, 0.45, 0.25), &fine);
                let _ = writeln!(
                    out,
                    "<ellipse cx=\"{}\" cy=\"{}\" rx=\"0.2\" ry=\"0.28\" {fine}/>",
                    n(at + 0.22),
                    n(bowl)
                );
            }
        }
        Use::Kitchen => {
            let counter = if room.door == Side::Top { y + high - 0.8 } else { y + 0.2 };
            rect(out, Area::new(x + 0.2, counter, wide - 0.4, 0.6), &fine);
            for ring in 0..4 {
                let (right, down) = (f64::from(ring % 2) * 0.28, f64::from(ring / 2) * 0.28);
                let _ = writeln!(
                    out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"0.11\" {fine}/>",
                    n(x + 1.0 + right),
                    n(counter + 0.16 + down)
                );
            }
        }
        Use::Plant => {
            // What is wheeled in by the door needs its way.
            let clear = if room.door == Side::Left { 3.2_f64.min(wide * 0.2) } else { 0.6 };
            for place in 0..((wide - clear - 0.2) / 2.2) as usize {
                let block = Area::new(x + clear + 2.2 * place as f64, y + high * 0.3, 1.5, high * 0.34);
                rect(out, block, &fine);
                line(out, block.at(0.0, 0.0), block.at(1.0, 1.0), FINE, 0.04);
                line(out, block.at(1.0, 0.0), block.at(0.0, 1.0), FINE, 0.04);
            }
        }
        Use::Store => {
            let first = if room.door == Side::Top { 1.5 } else { 0.3 };
            for shelf in 0..((high - 1.8) / 1.4) as usize {
                rect(out, Area::new(x + 0.3, y + first + 1.4 * shelf as f64, wide - 0.6, 0.5), &fine);
            }
        }
        Use::Meeting => {
            let table = Area::new(x + wide * 0.25, y + high * 0.35, wide * 0.5, high * 0.3);
            rect(out, table, &format!("rx=\"0.3\" {fine}"));
        }
        Use::Classroom => {
            for (across, down) in grid(3, 4) {
                let at = room.area.at(0.1 + 0.8 * across, 0.2 + 0.7 * down);
                rect(out, Area::new(at.x - 0.6, at.y - 0.25, 1.2, 0.5), &fine);
            }
        }
        Use::Office => {
            for (across, down) in grid(2, 2) {
                let at = room.area.at(0.1 + 0.8 * across, 0.12 + 0.76 * down);
                rect(out, Area::new(at.x - 0.7, at.y - 0.4, 1.4, 0.8), &fine);
            }
        }
        Use::Hall => {
            let court = Area::new(x + wide * 0.12, y + high * 0.14, wide * 0.76, high * 0.72);
            rect(out, court, &fine);
            line(out, court.at(0.5, 0.0), court.at(0.5, 1.0), FINE, 0.05);
            let Point { x, y } = court.at(0.5, 0.5);
            let _ = writeln!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"1.8\" {fine}/>", n(x), n(y));
        }
        Use::Yard => {
            for (across, down) in grid(4, 3) {
                let Point { x, y } = room.area.at(across, down);
                let _ = writeln!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"0.5\" {fine}/>", n(x), n(y));
            }
        }
        Use::Corridor => {}
    }
}

/// The middles of so many cells across and down, each from 0 to 1.
pub fn grid(across: u32, down: u32) -> impl Iterator<Item = (f64, f64)> {
    let middle = |cell: u32, all: u32| (f64::from(cell) + 0.5) / f64::from(all);
    (0..down).flat_map(move |row| (0..across).map(move |column| (middle(column, across), middle(row, down))))
}

fn window(out: &mut String, gap: &Gap) {
    let half = gap.wide / 2.0;
    let Point { x, y } = gap.middle;
    let across = matches!(gap.side, Side::Top | Side::Bottom);
    let pane = match across {
        true => Area::new(x - half, y - OUTER / 2.0, gap.wide, OUTER),
        false => Area::new(x - OUTER / 2.0, y - half, OUTER, gap.wide),
    };
    rect(out, pane, &format!("fill=\"{PAPER}\" stroke=\"{INK}\" stroke-width=\"0.04\""));
    let (from, to) =
        if across { (pane.at(0.0, 0.5), pane.at(1.0, 0.5)) } else { (pane.at(0.5, 0.0), pane.at(0.5, 1.0)) };
    line(out, from, to, INK, 0.04);
}

/// A gap, the leaf that stands open into the room, and the quarter of a circle that it sweeps.
fn door(out: &mut String, gap: &Gap) {
    let Point { x, y } = gap.middle;
    let half = gap.wide / 2.0;
    let thick = OUTER + 0.04;
    let (opening, hinge, shut, open, turn) = match gap.side {
        Side::Top => (
            Area::new(x - half, y - thick / 2.0, gap.wide, thick),
            Point { x: x - half, y },
            Point { x: x + half, y },
            Point { x: x - half, y: y + gap.wide },
            1,
        ),
        Side::Bottom => (
            Area::new(x - half, y - thick / 2.0, gap.wide, thick),
            Point { x: x - half, y },
            Point { x: x + half, y },
            Point { x: x - half, y: y - gap.wide },
            0,
        ),
        Side::Left => (
            Area::new(x - thick / 2.0, y - half, thick, gap.wide),
            Point { x, y: y - half },
            Point { x, y: y + half },
            Point { x: x + gap.wide, y: y - half },
            0,
        ),
        Side::Right => (
            Area::new(x - thick / 2.0, y - half, thick, gap.wide),
            Point { x, y: y - half },
            Point { x, y: y + half },
            Point { x: x - gap.wide, y: y - half },
            1,
        ),
    };
    rect(out, opening, &format!("fill=\"{PAPER}\""));
    line(out, hinge, open, INK, 0.06);
    let wide = n(gap.wide);
    let _ = writeln!(
        out,
        "<path d=\"M{} {}A{wide} {wide} 0 0 {turn} {} {}\" fill=\"none\" stroke=\"{FINE}\" stroke-width=\"0.04\"/>",
        n(shut.x),
        n(shut.y),
        n(open.x),
        n(open.y)
    );
}

/// A room's name and its area.
fn named(out: &mut String, room: &Room) {
    let Area { wide, high, .. } = room.area;
    let longest = wide.max(high);
    let size = (longest / (room.name.chars().count() as f64 * 0.68)).clamp(0.28, 0.62);
    let Point { x, y } = room.area.at(0.5, 0.5);
    // A narrow room is written in along its length.
    let turned = match wide < high && wide < room.name.chars().count() as f64 * 0.4 {
        true => format!("transform=\"rotate(-90 {} {})\" ", n(x), n(y)),
        false => String::new(),
    };
    let halo = format!("stroke=\"{PAPER}\" stroke-width=\"0.16\" paint-order=\"stroke\"");
    let style = format!("{turned}text-anchor=\"middle\" fill=\"{INK}\" {halo}");
    text(out, Point { x, y }, size, &style, &room.name);
    if room.used != Use::Stairs {
        let small = size * 0.72;
        let (below, turned) = match turned.is_empty() {
            true => (Point { x, y: y + small * 1.35 }, style),
            false => (
                Point { x: x + small * 1.35, y },
                style.replace(&format!("{} {})", n(x), n(y)), &format!("{} {})", n(x + small * 1.35), n(y))),
            ),
        };
        text(out, below, small, &turned, &format!("{:.1} m²", wide * high));
    }
}

/// The scale, where north is, and the title.
fn foot(out: &mut String, plan: &Plan, title: &str) {
    let Area { x, y, high, wide } = plan.outline;
    let base = y + high + 2.2;
    for part in 0..4 {
        let filled = if part % 2 == 0 { INK } else { PAPER };
        let cell = Area::new(x + 2.5 * f64::from(part), base, 2.5, 0.3);
        rect(out, cell, &format!("fill=\"{filled}\" stroke=\"{INK}\" stroke-width=\"0.05\""));
    }
    for (metres, said) in [(0.0, "0"), (5.0, "5"), (10.0, "10 m")] {
        let at = Point { x: x + metres, y: base + 0.95 };
        text(out, at, 0.5, &format!("text-anchor=\"middle\" fill=\"{INK}\""), said);
    }
    let end = x + wide;
    text(
        out,
        Point { x: end - 2.0, y: base + 0.1 },
        0.85,
        &format!("text-anchor=\"end\" fill=\"{INK}\""),
        title,
    );
    let scale = "All measures in metres";
    text(
        out,
        Point { x: end - 2.0, y: base + 0.95 },
        0.5,
        &format!("text-anchor=\"end\" fill=\"{FINE}\""),
        scale,
    );
    let (north, south) = (Point { x: end - 0.7, y: base - 0.8 }, Point { x: end - 0.7, y: base + 1.2 });
    line(out, south, north, INK, 0.08);
    line(out, north, Point { x: north.x - 0.3, y: north.y + 0.5 }, INK, 0.08);
    line(out, north, Point { x: north.x + 0.3, y: north.y + 0.5 }, INK, 0.08);
    text(
        out,
        Point { x: north.x, y: north.y - 0.2 },
        0.5,
        &format!("text-anchor=\"middle\" fill=\"{INK}\""),
        "N",
    );
}
