//! A floor in metres: its rooms, doors, windows and stairs, from the upper left corner of its picture, down and to the right.

/// A place, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// An area along the axes, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub wide: f64,
    pub high: f64,
}

impl Area {
    pub const fn new(x: f64, y: f64, wide: f64, high: f64) -> Self {
        Self { x, y, wide, high }
    }

    /// The place that lies so far across and down, each from 0 to 1.
    pub fn at(self, across: f64, down: f64) -> Point {
        Point { x: self.x + self.wide * across, y: self.y + self.high * down }
    }

    /// Clockwise from the upper left.
    pub fn corners(self) -> [Point; 4] {
        [self.at(0.0, 0.0), self.at(1.0, 0.0), self.at(1.0, 1.0), self.at(0.0, 1.0)]
    }
}

/// What a room is for, which says what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Office,
    Meeting,
    Classroom,
    Hall,
    Corridor,
    Stairs,
    Washroom,
    Kitchen,
    Plant,
    Store,
    /// Open to the sky: nothing stands there but what is outdoors.
    Yard,
}

/// A room.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    pub name: String,
    pub used: Use,
    pub area: Area,
    /// The side with its door, where nothing is built in.
    pub door: Side,
}

/// The side of a room at which something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Top,
    Right,
    Bottom,
    Left,
}

/// A gap in a wall: where its middle is, along which side of a room, and how wide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    pub middle: Point,
    pub side: Side,
    pub wide: f64,
}

/// A floor.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Of the picture, with its margins.
    pub size: Area,
    /// The outer walls.
    pub outline: Area,
    pub rooms: Vec<Room>,
    /// Each opens into the room whose side it is at.
    pub doors: Vec<Gap>,
    pub windows: Vec<Gap>,
}

/// Around a building on its picture, and below it for the scale and the title.
const MARGIN: f64 = 2.0;
const FOOT: f64 = 4.0;
const DOOR: f64 = 0.95;
const CORRIDOR: f64 = 2.4;

/// A room that is still to be laid out: its name, its use, and its share of the row that it stands in.
pub type Wanted = (&'static str, Use, f64);

impl Plan {
    fn of(wide: f64, high: f64) -> Self {
        Self {
            size: Area::new(0.0, 0.0, wide + 2.0 * MARGIN, high + 2.0 * MARGIN + FOOT),
            outline: Area::new(MARGIN, MARGIN, wide, high),
            rooms: Vec::new(),
            doors: Vec::new(),
            windows: Vec::new(),
        }
    }

    /// Two rows of rooms with a corridor between them and stairs at both of its ends.
    pub fn slab(wide: f64, high: f64, top: &[Wanted], bottom: &[Wanted]) -> Self {
        let mut plan = Self::of(wide, high);
        let deep = (high - CORRIDOR) / 2.0;
        let Area { x, y, .. } = plan.outline;
        plan.row(Area::new(x, y, wide, deep), top, Side::Bottom, Side::Top);
        plan.row(Area::new(x, y + deep + CORRIDOR, wide, deep), bottom, Side::Top, Side::Bottom);
        plan.adds("Corridor", Use::Corridor, Area::new(x, y + deep, wide, CORRIDOR), Side::Left);
        let middle = y + deep + CORRIDOR / 2.0;
        plan.doors.push(Gap { middle: Point { x, y: middle }, side: Side::Left, wide: 2.0 * DOOR });
        plan
    }

    /// Four wings around a yard, with a corridor along its inner walls.
    pub fn court(wide: f64, high: f64, wings: [&[Wanted]; 4]) -> Self {
        let mut plan = Self::of(wide, high);
        let Area { x, y, .. } = plan.outline;
        let deep = high / 4.5;
        let [top, right, bottom, left] = wings;
        let inner = high - 2.0 * deep;
        plan.row(Area::new(x, y, wide, deep), top, Side::Bottom, Side::Top);
        plan.row(Area::new(x, y + high - deep, wide, deep), bottom, Side::Top, Side::Bottom);
        plan.column(Area::new(x, y + deep, deep, inner), left, Side::Right, Side::Left);
        plan.column(Area::new(x + wide - deep, y + deep, deep, inner), right, Side::Left, Side::Right);
        let ring = Area::new(x + deep, y + deep, wide - 2.0 * deep, inner);
        let Area { wide, high, .. } = ring;
        let across = |name, down| (name, Area::new(ring.x, ring.y + down, wide, CORRIDOR));
        let along = |name, right| {
            (name, Area::new(ring.x + right, ring.y + CORRIDOR, CORRIDOR, high - 2.0 * CORRIDOR))
        };
        for (name, area) in [
            across("North corridor", 0.0),
            along("East corridor", wide - CORRIDOR),
            across("South corridor", high - CORRIDOR),
            along("West corridor", 0.0),
        ] {
            plan.adds(name, Use::Corridor, area, Side::Left);
        }
        let yard =
            Area::new(ring.x + CORRIDOR, ring.y + CORRIDOR, wide - 2.0 * CORRIDOR, high - 2.0 * CORRIDOR);
        plan.adds("Courtyard", Use::Yard, yard, Side::Bottom);
        plan.doors.push(Gap { middle: yard.at(0.5, 1.0), side: Side::Bottom, wide: 2.0 * DOOR });
        for across in [0.2, 0.4, 0.6, 0.8] {
            plan.windows.push(Gap { middle: yard.at(across, 0.0), side: Side::Top, wide: 2.0 });
        }
        plan
    }

    /// One great room with a row of rooms below it and a column of them at its right.
    pub fn hall(wide: f64, high: f64, great: Wanted, column: &[Wanted], row: &[Wanted]) -> Self {
        let mut plan = Self::of(wide, high);
        let Area { x, y, .. } = plan.outline;
        let (name, used, share) = great;
        let (main, deep) = (wide * share, high * 0.7);
        let area = Area::new(x, y, main, deep);
        plan.adds(name, used, area, Side::Left);
        plan.doors.push(Gap { middle: area.at(0.0, 0.5), side: Side::Left, wide: 3.0 * DOOR });
        for across in [0.15, 0.38, 0.62, 0.85] {
            plan.windows.push(Gap { middle: area.at(across, 0.0), side: Side::Top, wide: 2.4 });
        }
        plan.column(Area::new(x + main, y, wide - main, deep), column, Side::Left, Side::Right);
        plan.row(Area::new(x, y + deep, wide, high - deep), row, Side::Top, Side::Bottom);
        plan
    }

    fn adds(&mut self, name: &str, used: Use, area: Area, door: Side) {
        self.rooms.push(Room { name: name.to_owned(), used, area, door });
    }

    /// Rooms beside each other, with their doors at one side and their windows at the other.
    fn row(&mut self, within: Area, wanted: &[Wanted], doors: Side, windows: Side) {
        let all: f64 = wanted.iter().map(|(_, _, share)| share).sum();
        let mut x = within.x;
        for &(name, used, share) in wanted {
            let wide = within.wide * share / all;
            self.room(name, used, Area::new(x, within.y, wide, within.high), doors, windows);
            x += wide;
        }
    }

    /// Rooms below each other.
    fn column(&mut self, within: Area, wanted: &[Wanted], doors: Side, windows: Side) {
        let all: f64 = wanted.iter().map(|(_, _, share)| share).sum();
        let mut y = within.y;
        for &(name, used, share) in wanted {
            let high = within.high * share / all;
            self.room(name, used, Area::new(within.x, y, within.wide, high), doors, windows);
            y += high;
        }
    }

    fn room(&mut self, name: &str, used: Use, area: Area, doors: Side, windows: Side) {
        self.adds(name, used, area, doors);
        self.doors.push(gap(area, doors, 0.25, DOOR));
        let length = if matches!(windows, Side::Top | Side::Bottom) { area.wide } else { area.high };
        let panes = if matches!(used, Use::Plant | Use::Store) { 0 } else { (length / 3.5) as usize };
        for pane in 0..panes {
            self.windows.push(gap(area, windows, (pane as f64 + 0.5) / panes as f64, 1.8));
        }
    }
}

/// So far along a side, from 0 to 1.
fn gap(area: Area, side: Side, along: f64, wide: f64) -> Gap {
    let middle = match side {
        Side::Top => area.at(along, 0.0),
        Side::Bottom => area.at(along, 1.0),
        Side::Left => area.at(0.0, along),
        Side::Right => area.at(1.0, along),
    };
    Gap { middle, side, wide }
}
