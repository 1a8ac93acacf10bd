//! The two estates: their sites, buildings and floors.

use super::plan::Use::{Classroom, Corridor, Hall, Kitchen, Meeting, Office, Plant, Stairs, Store, Washroom};
use super::plan::{Plan, Wanted};

/// An estate.
pub struct Estate {
    pub name: &'static str,
    pub about: &'static str,
    pub contact: &'static str,
    pub sites: &'static [Site],
}

/// A site.
pub struct Site {
    pub name: &'static str,
    pub postcode: &'static str,
    pub address: &'static str,
    pub buildings: &'static [Building],
}

/// A building.
pub struct Building {
    pub name: &'static str,
    /// In front of the tags of its assets.
    pub short: &'static str,
    pub floors: &'static [Floor],
}

/// A floor.
pub struct Floor {
    pub name: &'static str,
    pub level: i64,
    /// Its drawing, where it has one.
    pub drawing: Option<Drawing>,
}

/// A drawing.
#[derive(Clone, Copy)]
pub struct Drawing {
    /// Its file's name, without an ending.
    pub name: &'static str,
    /// To the metre.
    pub pixels: f64,
    /// What is drawn.
    pub plan: fn() -> Plan,
}

const fn drawn(name: &'static str, pixels: f64, plan: fn() -> Plan) -> Option<Drawing> {
    Some(Drawing { name, pixels, plan })
}

/// All of them.
pub const ESTATES: [Estate; 2] = [
    Estate {
        name: "Harbour Estate",
        about: "Offices, a boiler house and the old custom house at the harbour.",
        contact: "Facilities desk, 8 to 17",
        sites: &[
            Site {
                name: "North Quay",
                postcode: "HB1 2NQ",
                address: "3 North Quay",
                buildings: &[
                    Building {
                        name: "Harbour House",
                        short: "HH",
                        floors: &[
                            Floor {
                                name: "Ground floor",
                                level: 0,
                                drawing: drawn("harbour-house-0", 80.0, house_ground),
                            },
                            Floor {
                                name: "First floor",
                                level: 1,
                                drawing: drawn("harbour-house-1", 80.0, house_first),
                            },
                            Floor {
                                name: "Second floor",
                                level: 2,
                                drawing: drawn("harbour-house-2", 80.0, house_second),
                            },
                            Floor { name: "Roof", level: 3, drawing: None },
                        ],
                    },
                    Building {
                        name: "Boiler House",
                        short: "BH",
                        floors: &[Floor {
                            name: "Ground floor",
                            level: 0,
                            drawing: drawn("boiler-house-0", 150.0, boilers),
                        }],
                    },
                ],
            },
            Site {
                name: "Custom House Square",
                postcode: "HB1 4CH",
                address: "1 Custom House Square",
                buildings: &[Building {
                    name: "Custom House",
                    short: "CH",
                    floors: &[Floor {
                        name: "Ground floor",
                        level: 0,
                        drawing: drawn("custom-house-0", 80.0, custom),
                    }],
                }],
            },
        ],
    },
    Estate {
        name: "Moorland Schools",
        about: "One school with its sports hall.",
        contact: "Caretaker's office",
        sites: &[Site {
            name: "Moorland School",
            postcode: "ML7 3SC",
            address: "Moor Lane",
            buildings: &[
                Building {
                    name: "Main School",
                    short: "MS",
                    floors: &[
                        Floor {
                            name: "Ground floor",
                            level: 0,
                            drawing: drawn("main-school-0", 80.0, school_ground),
                        },
                        Floor {
                            name: "First floor",
                            level: 1,
                            drawing: drawn("main-school-1", 80.0, school_first),
                        },
                    ],
                },
                Building {
                    name: "Sports Hall",
                    short: "SH",
                    floors: &[Floor {
                        name: "Ground floor",
                        level: 0,
                        drawing: drawn("sports-hall-0", 130.0, sports),
                    }],
                },
            ],
        }],
    },
];

fn house(top: &[Wanted], bottom: &[Wanted]) -> Plan {
    Plan::slab(46.0, 16.0, top, bottom)
}

fn house_ground() -> Plan {
    house(
        &[
            ("Stair A", Stairs, 0.6),
            ("Reception", Office, 1.6),
            ("Post room", Store, 0.8),
            ("Meeting 1", Meeting, 1.2),
            ("Office 0.1", Office, 1.2),
            ("Office 0.2", Office, 1.2),
            ("Server room", Plant, 0.9),
            ("Stair B", Stairs, 0.6),
        ],
        &[
            ("WC women", Washroom, 0.8),
            ("WC men", Washroom, 0.8),
            ("Café", Kitchen, 1.6),
            ("Office 0.3", Office, 1.2),
            ("Office 0.4", Office, 1.2),
            ("Electrical intake", Plant, 0.9),
            ("Cleaners", Store, 0.5),
        ],
    )
}

fn house_first() -> Plan {
    house(
        &[
            ("Stair A", Stairs, 0.6),
            ("Office 1.1", Office, 1.2),
            ("Office 1.2", Office, 1.2),
            ("Office 1.3", Office, 1.2),
            ("Meeting 2", Meeting, 1.0),
            ("Office 1.4", Office, 1.2),
            ("Print room", Store, 0.6),
            ("Stair B", Stairs, 0.6),
        ],
        &[
            ("WC women", Washroom, 0.8),
            ("WC men", Washroom, 0.8),
            ("Kitchen", Kitchen, 0.9),
            ("Office 1.5", Office, 1.4),
            ("Board room", Meeting, 1.8),
            ("Archive", Store, 1.0),
        ],
    )
}

fn house_second() -> Plan {
    house(
        &[
            ("Stair A", Stairs, 0.6),
            ("Studio", Office, 2.4),
            ("Meeting 3", Meeting, 1.0),
            ("Office 2.1", Office, 1.2),
            ("Office 2.2", Office, 1.2),
            ("Stair B", Stairs, 0.6),
        ],
        &[
            ("WC", Washroom, 0.8),
            ("Kitchen", Kitchen, 0.9),
            ("Air handling", Plant, 2.0),
            ("Office 2.3", Office, 1.4),
            ("Office 2.4", Office, 1.4),
            ("Store", Store, 0.7),
        ],
    )
}

fn boilers() -> Plan {
    Plan::hall(
        34.0,
        22.0,
        ("Boiler hall", Plant, 0.68),
        &[
            ("Pumps", Plant, 1.0),
            ("Water treatment", Plant, 1.0),
            ("Switchgear", Plant, 1.0),
            ("Gas meter", Plant, 0.6),
        ],
        &[
            ("Workshop", Store, 1.4),
            ("Parts", Store, 1.0),
            ("Control room", Office, 1.4),
            ("Mess room", Kitchen, 1.0),
            ("WC", Washroom, 0.6),
            ("Shower", Washroom, 0.5),
            ("Stair", Stairs, 0.6),
        ],
    )
}

fn custom() -> Plan {
    Plan::court(
        40.0,
        32.0,
        [
            &[
                ("Stair 1", Stairs, 0.6),
                ("Long room", Hall, 2.4),
                ("Registry", Office, 1.2),
                ("Strong room", Store, 0.7),
                ("Stair 2", Stairs, 0.6),
            ],
            &[("Office E1", Office, 1.0), ("Office E2", Office, 1.0), ("WC east", Washroom, 0.6)],
            &[
                ("Boiler room", Plant, 1.0),
                ("Entrance hall", Corridor, 1.2),
                ("Porter", Office, 0.6),
                ("Exhibition", Hall, 1.8),
                ("Kitchen", Kitchen, 0.9),
            ],
            &[("Office W1", Office, 1.0), ("Office W2", Office, 1.0), ("WC west", Washroom, 0.6)],
        ],
    )
}

fn school(first: &str) -> Plan {
    let ground = first == "0";
    let top: &[Wanted] = if ground {
        &[
            ("Stair N", Stairs, 0.5),
            ("Class 1", Classroom, 1.3),
            ("Class 2", Classroom, 1.3),
            ("Class 3", Classroom, 1.3),
            ("Class 4", Classroom, 1.3),
            ("WC north", Washroom, 0.6),
        ]
    } else {
        &[
            ("Stair N", Stairs, 0.5),
            ("Class 11", Classroom, 1.3),
            ("Class 12", Classroom, 1.3),
            ("Physics", Classroom, 1.4),
            ("Chemistry", Classroom, 1.4),
            ("Preparation", Store, 0.6),
        ]
    };
    let bottom: &[Wanted] = if ground {
        &[
            ("Plant room", Plant, 1.0),
            ("Entrance", Corridor, 0.8),
            ("Office", Office, 0.8),
            ("Dining hall", Hall, 2.0),
            ("School kitchen", Kitchen, 1.1),
        ]
    } else {
        &[
            ("Server room", Plant, 0.6),
            ("Library", Hall, 2.0),
            ("Staff room", Meeting, 1.2),
            ("Head", Office, 0.8),
            ("WC south", Washroom, 0.6),
        ]
    };
    let (right, left): (&[Wanted], &[Wanted]) = if ground {
        (
            &[("Class 5", Classroom, 1.0), ("Class 6", Classroom, 1.0)],
            &[("Class 7", Classroom, 1.0), ("Nurse", Office, 0.6)],
        )
    } else {
        (
            &[("Art", Classroom, 1.0), ("Music", Classroom, 1.0)],
            &[("Class 13", Classroom, 1.0), ("Store", Store, 0.5)],
        )
    };
    Plan::court(48.0, 36.0, [top, right, bottom, left])
}

fn school_ground() -> Plan {
    school("0")
}

fn school_first() -> Plan {
    school("1")
}

fn sports() -> Plan {
    Plan::hall(
        40.0,
        28.0,
        ("Sports hall", Hall, 0.76),
        &[
            ("Equipment", Store, 1.2),
            ("Air handling", Plant, 1.0),
            ("Hot water", Plant, 0.8),
            ("First aid", Office, 0.6),
        ],
        &[
            ("Entrance", Corridor, 0.8),
            ("Changing 1", Washroom, 1.2),
            ("Showers 1", Washroom, 0.7),
            ("Changing 2", Washroom, 1.2),
            ("Showers 2", Washroom, 0.7),
            ("Coach", Office, 0.6),
            ("Stair", Stairs, 0.6),
            ("Gym", Store, 1.3),
        ],
    )
}
