//! The catalogue, and what of it stands where in a room of each use.

use super::draw::grid;
use super::plan::{Area, Point, Room, Use};

/// What may be placed.
pub struct Listing {
    pub name: &'static str,
    pub kind: &'static str,
    pub supplier: &'static str,
    /// In pounds.
    pub price: &'static str,
    /// Names and values, as people write them.
    pub specs: &'static [(&'static str, &'static str)],
    /// Whether each has a serial number of its own.
    pub numbered: bool,
    pub place: Place,
    /// The uses of the rooms in which it stands.
    pub rooms: &'static [Use],
}

/// Where in a room.
#[derive(Clone, Copy)]
pub enum Place {
    /// At the ceiling, one to so many square metres.
    Ceiling(f64),
    /// On the wall, so far across and down.
    Wall(f64, f64),
    /// On the floor in a row, one to so many metres.
    Row(f64),
}

/// The whole catalogue.
pub const LISTINGS: [Listing; 14] = [
    Listing {
        name: "LED panel 600",
        kind: "luminaire",
        supplier: "Brightline",
        price: "64.50",
        specs: &[("Power", "32 W"), ("Light", "4,000 lm, 4000 K")],
        numbered: false,
        place: Place::Ceiling(22.0),
        rooms: &[Use::Office, Use::Meeting, Use::Classroom, Use::Kitchen],
    },
    Listing {
        name: "High bay light",
        kind: "luminaire",
        supplier: "Brightline",
        price: "189.00",
        specs: &[("Power", "120 W"), ("Protection", "IP65")],
        numbered: false,
        place: Place::Ceiling(60.0),
        rooms: &[Use::Hall],
    },
    Listing {
        name: "Emergency light",
        kind: "emergency_light",
        supplier: "Brightline",
        price: "47.20",
        specs: &[("Battery", "3 h"), ("Test", "monthly")],
        numbered: false,
        place: Place::Ceiling(34.0),
        rooms: &[Use::Corridor, Use::Stairs],
    },
    Listing {
        name: "Smoke detector",
        kind: "smoke_detector",
        supplier: "Sentry Fire",
        price: "38.90",
        specs: &[("Kind", "optical"), ("Replace after", "10 years")],
        numbered: true,
        place: Place::Ceiling(80.0),
        rooms: &[Use::Office, Use::Meeting, Use::Classroom, Use::Corridor, Use::Store, Use::Plant, Use::Hall],
    },
    Listing {
        name: "Heat detector",
        kind: "heat_detector",
        supplier: "Sentry Fire",
        price: "41.30",
        specs: &[("Kind", "rate of rise")],
        numbered: true,
        place: Place::Ceiling(60.0),
        rooms: &[Use::Kitchen],
    },
    Listing {
        name: "Call point",
        kind: "call_point",
        supplier: "Sentry Fire",
        price: "29.00",
        specs: &[("Glass", "resettable")],
        numbered: false,
        place: Place::Wall(0.06, 0.08),
        rooms: &[Use::Corridor, Use::Stairs, Use::Hall],
    },
    Listing {
        name: "Extinguisher, foam 6 l",
        kind: "fire_extinguisher",
        supplier: "Sentry Fire",
        price: "52.00",
        specs: &[("Class", "A, B"), ("Service", "yearly")],
        numbered: true,
        place: Place::Wall(0.94, 0.1),
        rooms: &[Use::Corridor, Use::Hall, Use::Classroom, Use::Office],
    },
    Listing {
        name: "Extinguisher, CO₂ 5 kg",
        kind: "fire_extinguisher",
        supplier: "Sentry Fire",
        price: "96.00",
        specs: &[("Class", "B, electrical"), ("Service", "yearly")],
        numbered: true,
        place: Place::Wall(0.94, 0.9),
        rooms: &[Use::Plant, Use::Kitchen],
    },
    Listing {
        name: "Radiator 1200",
        kind: "radiator",
        supplier: "Warmwell",
        price: "143.00",
        specs: &[("Output", "1.6 kW"), ("Valve", "thermostatic")],
        numbered: false,
        place: Place::Wall(0.6, 0.94),
        rooms: &[Use::Office, Use::Meeting, Use::Classroom, Use::Washroom, Use::Stairs],
    },
    Listing {
        name: "Hand dryer",
        kind: "hand_dryer",
        supplier: "Warmwell",
        price: "310.00",
        specs: &[("Power", "1.1 kW")],
        numbered: true,
        place: Place::Wall(0.9, 0.5),
        rooms: &[Use::Washroom],
    },
    Listing {
        name: "Extractor fan",
        kind: "hvac_fan",
        supplier: "Northair",
        price: "118.00",
        specs: &[("Flow", "240 m³/h")],
        numbered: true,
        place: Place::Wall(0.3, 0.2),
        rooms: &[Use::Washroom, Use::Kitchen],
    },
    Listing {
        name: "Gas boiler 250",
        kind: "boiler",
        supplier: "Warmwell",
        price: "18450.00",
        specs: &[("Output", "250 kW"), ("Fuel", "gas"), ("Service", "half-yearly")],
        numbered: true,
        place: Place::Row(6.6),
        rooms: &[Use::Plant],
    },
    Listing {
        name: "Circulation pump",
        kind: "pump",
        supplier: "Northair",
        price: "860.00",
        specs: &[("Flow", "12 m³/h"), ("Head", "8 m")],
        numbered: true,
        place: Place::Row(4.4),
        rooms: &[Use::Plant],
    },
    Listing {
        name: "Distribution board",
        kind: "distribution_board",
        supplier: "Voltek",
        price: "1240.00",
        specs: &[("Ways", "24"), ("Test", "every 5 years")],
        numbered: true,
        place: Place::Wall(0.5, 0.06),
        rooms: &[Use::Plant, Use::Store],
    },
];

/// Where each of a listing stands in a room.
pub fn places(listing: &Listing, room: &Room) -> Vec<Point> {
    if !listing.rooms.contains(&room.used) {
        return Vec::new();
    }
    let Area { wide, high, .. } = room.area;
    match listing.place {
        Place::Wall(across, down) => vec![room.area.at(across, down)],
        Place::Ceiling(share) => {
            let all = (wide * high / share).ceil().max(1.0);
            let across = (all * wide / high).sqrt().round().clamp(1.0, all);
            let down = (all / across).ceil();
            grid(across as u32, down as u32).map(|(across, down)| room.area.at(across, down)).collect()
        }
        Place::Row(step) => {
            let all = (wide / step).floor().max(0.0) as u32;
            grid(all, 1).map(|(across, _)| room.area.at(across, 0.46)).collect()
        }
    }
}
