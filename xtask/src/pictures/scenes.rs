//! The scenes: each merge rule once, with two people who did not see each other's change.

/// What a picture shows.
pub struct Scene {
    /// The file's name.
    pub name: &'static str,
    /// For those who cannot see it.
    pub title: &'static str,
    /// What was there. A line that begins with `· ` is small.
    pub before: &'static [&'static str],
    /// Who reached the server first, and what they did.
    pub first: (&'static str, &'static [&'static str]),
    /// Who came after that without having seen it, and what they did.
    pub second: (&'static str, &'static [&'static str]),
    /// Whether a person is asked.
    pub end: End,
    /// Whom the end is told to.
    pub told: &'static str,
    /// What everybody has in the end.
    pub after: &'static [&'static str],
}

/// How it ends.
pub enum End {
    /// By itself.
    Well,
    /// A person decides.
    Asks,
}

const BEN: &str = "Ben, arrives first";
const ANN: &str = "Ann, offline till then";
const ALL_HAVE: &str = "everybody has";
const ASKED: &str = "a person is asked";

/// All of them, in the order of the guide.
pub const ALL: &[Scene] = &[
    Scene {
        name: "last-synced",
        title: "last-synced: the edit that arrives last stands, the other is in the history",
        before: &["note: “call back”"],
        first: (BEN, &["note: “paid in cash”"]),
        second: (ANN, &["note: “moves in May”"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["note: “moves in May”", "· Ben's is in the history"],
    },
    Scene {
        name: "fields",
        title: "different fields of one record merge",
        before: &["phone: 030", "note: –"],
        first: (BEN, &["phone: 040"]),
        second: (ANN, &["note: “VIP”"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["phone: 040", "note: “VIP”"],
    },
    Scene {
        name: "delta",
        title: "delta: additions add up",
        before: &["stock: 39"],
        first: (BEN, &["sells 2"]),
        second: (ANN, &["sells 3"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["stock: 34"],
    },
    Scene {
        name: "count",
        title: "count: a count that missed somebody's addition asks",
        before: &["stock: 39"],
        first: (BEN, &["sells 2"]),
        second: (ANN, &["counts 40"]),
        end: End::Asks,
        told: ASKED,
        after: &["stock: 37 until then", "· 40, or 37, or another", "· sales go on and count"],
    },
    Scene {
        name: "set",
        title: "set: elements join",
        before: &["tags: tea"],
        first: (BEN, &["adds “sale”"]),
        second: (ANN, &["adds “green”"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["tags: green, sale, tea"],
    },
    Scene {
        name: "set-exclude",
        title: "set: an element stays that somebody put in unseen",
        before: &["tags: tea"],
        first: (BEN, &["adds “sale”"]),
        second: (ANN, &["takes out “sale” again"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["tags: sale, tea", "· Ann's is in the history"],
    },
    Scene {
        name: "max",
        title: "max: the highest stays, whoever comes last",
        before: &["highest: 71"],
        first: (BEN, &["highest: 90"]),
        second: (ANN, &["highest: 84"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["highest: 90", "· Ann's is in the history"],
    },
    Scene {
        name: "reset",
        title: "reset: a reset that missed a higher value asks",
        before: &["highest: 71"],
        first: (BEN, &["highest: 90"]),
        second: (ANN, &["resets it to 0"]),
        end: End::Asks,
        told: ASKED,
        after: &["highest: 90 until then", "· 0, or 90, or another"],
    },
    Scene {
        name: "priority",
        title: "priority: the value that stands first in the order stays",
        before: &["status: open"],
        first: (BEN, &["status: void"]),
        second: (ANN, &["status: paid"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["status: void", "· Ann's is in the history"],
    },
    Scene {
        name: "priority-role",
        title: "priority by role: the manager's price beats the cashier's",
        before: &["price: 2.00"],
        first: ("Ben, manager, is first", &["price: 2.50"]),
        second: ("Ann, cashier, offline", &["price: 2.20"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["price: 2.50", "· the same if Ann comes first"],
    },
    Scene {
        name: "last-written",
        title: "last-written: the edit that was made later stays",
        before: &["note: “call back”"],
        first: ("Ben, 10:40, first", &["note: “paid in cash”"]),
        second: ("Ann, 10:15, offline", &["note: “moves in May”"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["note: “paid in cash”", "· Ann's is in the history"],
    },
    Scene {
        name: "manual",
        title: "manual: the same field changed differently is a conflict",
        before: &["phone: 030"],
        first: (BEN, &["phone: 040"]),
        second: (ANN, &["phone: 050"]),
        end: End::Asks,
        told: ASKED,
        after: &["phone: 040 until then", "· mine 050, theirs 040,", "· or another value"],
    },
    Scene {
        name: "group",
        title: "group: fields that mean something only together go together",
        before: &["x 10, y 20", "room: Plant"],
        first: (BEN, &["x 15, y 20", "room: Plant"]),
        second: (ANN, &["x 2, y 3", "room: Attic"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["x 2, y 3", "room: Attic", "· never x of one, y of another"],
    },
    Scene {
        name: "delete",
        title: "a delete against an edit: the delete stands, the edit is in the history",
        before: &["draft “Offer”"],
        first: (BEN, &["deletes it"]),
        second: (ANN, &["text: “Offer 2”"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["no draft", "· Ann's edit is in the history", "· restore brings it back"],
    },
    Scene {
        name: "edit-wins",
        title: "edit-wins: an edit brings the record back",
        before: &["task “Order tea”"],
        first: (BEN, &["deletes it"]),
        second: (ANN, &["due: Friday"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["task “Order tea”", "due: Friday"],
    },
    Scene {
        name: "manual-delete",
        title: "a manual type: a delete against an edit is a conflict",
        before: &["customer ALFKI"],
        first: (BEN, &["phone: 040"]),
        second: (ANN, &["deletes it"]),
        end: End::Asks,
        told: ASKED,
        after: &["ALFKI stays until then", "· mine: deleted", "· theirs: phone 040"],
    },
    Scene {
        name: "one-at-a-time",
        title: "one-at-a-time: a second payment by somebody who had not seen the first",
        before: &["invoice 17: 80.00"],
        first: (BEN, &["takes 80.00"]),
        second: (ANN, &["takes 80.00"]),
        end: End::Asks,
        told: ASKED,
        after: &["one payment until then", "· both, or Ben's alone", "· had Ann seen it: both"],
    },
    Scene {
        name: "unique",
        title: "unique: two records that may be the same",
        before: &["no customer TORTU"],
        first: (BEN, &["adds TORTU"]),
        second: (ANN, &["adds TORTU"]),
        end: End::Asks,
        told: ASKED,
        after: &["Ben's until then", "· both, or Ben's alone", "· the key is never shared", "· unseen"],
    },
    Scene {
        name: "cascade",
        title: "cascade: children go and come with their owner",
        before: &["order 11, two lines"],
        first: (BEN, &["deletes order 11"]),
        second: (ANN, &["adds a third line"]),
        end: End::Well,
        told: ALL_HAVE,
        after: &["no order, no lines", "· restore the order:", "· all three lines are back"],
    },
    Scene {
        name: "held",
        title: "a held action takes along what builds upon it, and nothing else",
        before: &["phone: 030", "stock: 39"],
        first: (BEN, &["phone: 040"]),
        second: (ANN, &["1 phone: 050", "2 phone: 055", "3 sells 2"]),
        end: End::Asks,
        told: ASKED,
        after: &[
            "stock: 37 at once",
            "phone: 040 until then",
            "· mine is 055: 1 and 2",
            "· wait on one card",
        ],
    },
    Scene {
        name: "undo",
        title: "undo takes back what the action did, where nobody changed it since",
        before: &["price: 18", "stock: 39"],
        first: ("Ann", &["price: 20, stock −2"]),
        second: ("Ben, then", &["price: 21"]),
        end: End::Well,
        told: "Ann's undo",
        after: &["asks: Ben came between", "stock: 39 again", "price: 21 stays", "· and says why"],
    },
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_line_fits_its_box() {
        for scene in ALL {
            let heads = [scene.first.0, scene.second.0, scene.told];
            let lines = [scene.before, scene.first.1, scene.second.1, scene.after].concat();
            for line in heads.into_iter().chain(lines) {
                let max = if line.starts_with('·') { 30 } else { 23 };
                assert!(line.chars().count() <= max, "{}: {line}", scene.name);
            }
        }
    }
}
