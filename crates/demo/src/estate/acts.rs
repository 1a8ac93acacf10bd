//! What three people did on the estates: one made them, one keeps them, one walks around.

use fieldbook_model::{Fields, Json, RecordId};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::buildings::{Building, Drawing, ESTATES, Estate, Floor, Site};
use super::plan::{Plan, Point, Room, Use};
use super::stock::{LISTINGS, Listing, places};
use super::{Pictures, Stage, Who};

/// 2026-03-02, when the first of it was made: the time in the ids of all records.
const MADE_MS: u64 = 1_772_409_600_000;
/// The asset that two people move while they are apart.
const DISPUTED: &str = "BH-0-001";

/// An action as `fieldbook act -` reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Act {
    #[serde(rename = "type")]
    action: &'static str,
    key: String,
    changes: Vec<Edit>,
}

impl Act {
    /// In one line, as `fieldbook act -` reads it.
    pub fn json_line(&self) -> String {
        fieldbook_model::json::write(self)
    }
}

/// A change, without what a device fills in.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Edit {
    Insert { insert: &'static str, id: RecordId, fields: Fields },
    Update { update: &'static str, id: RecordId, set: Fields },
    Include { update: &'static str, id: RecordId, include: Fields },
    Delete { delete: &'static str, id: RecordId },
    Restore { restore: &'static str, id: RecordId },
}

/// An asset, as the later stages know it.
struct Asset {
    tag: String,
    nickname: String,
    kind: &'static str,
    at: Point,
}

impl Asset {
    fn id(&self) -> RecordId {
        id("asset", &self.tag)
    }

    /// One of so many, in a way that has nothing to do with where it stands.
    fn is_one_of(&self, all: u64, what: &str) -> bool {
        lot(what, &self.tag).is_multiple_of(all)
    }

    fn moved(&self, x: f64, y: f64) -> Edit {
        update("asset", self.id(), [("x", metres(self.at.x + x)), ("y", metres(self.at.y + y))])
    }
}

/// Everything, in the order in which it was done.
pub fn stages(pictures: &Pictures) -> Vec<Stage> {
    let mut assets = Vec::new();
    let mut made = Vec::new();
    for estate in &ESTATES {
        made.extend(founded(estate));
        for site in estate.sites {
            for building in site.buildings {
                for floor in building.floors {
                    made.extend(drawn(estate, site, building, floor, pictures, &mut assets));
                }
            }
        }
    }
    let disputed: Vec<&Asset> = assets.iter().filter(|asset| asset.tag == DISPUTED).collect();
    let moved = |name: &str, x, y| {
        disputed
            .iter()
            .map(|asset| act("asset.move", &format!("apart:{name}"), vec![asset.moved(x, y)]))
            .collect()
    };
    vec![
        Stage { who: Who::Ann, acts: made, is_apart: false },
        Stage { who: Who::Ben, acts: kept(&assets), is_apart: false },
        Stage { who: Who::Cleo, acts: walked(&assets), is_apart: false },
        Stage { who: Who::Cleo, acts: moved("cleo", 1.6, 0.0), is_apart: true },
        Stage { who: Who::Ben, acts: moved("ben", 0.0, 1.2), is_apart: true },
    ]
}

/// An estate, its sites, its buildings and its catalogue.
fn founded(estate: &Estate) -> Vec<Act> {
    let Estate { name, about, contact, sites } = *estate;
    let here = id("estate", name);
    let mut acts = vec![one(
        "estate.add",
        name,
        insert(
            "estate",
            here,
            [("name", text(name)), ("description", text(about)), ("contact", text(contact))],
        ),
    )];
    for Site { name, postcode, address, buildings } in sites {
        let fields = [
            ("estate", link(here)),
            ("name", text(name)),
            ("postcode", text(postcode)),
            ("address", text(address)),
        ];
        acts.push(one("site.add", name, insert("site", id("site", name), fields)));
        for building in *buildings {
            let levels = Json::Int(building.floors.len() as i64);
            let fields =
                [("site", link(id("site", name))), ("name", text(building.name)), ("levels", levels)];
            acts.push(one(
                "building.add",
                building.name,
                insert("building", id("building", building.name), fields),
            ));
        }
    }
    for listing in &LISTINGS {
        let specs = listing.specs.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        let fields = [
            ("estate", link(here)),
            ("name", text(listing.name)),
            ("kind", text(listing.kind)),
            ("supplier", text(listing.supplier)),
            ("price", text(listing.price)),
            ("specs", Json::Object(specs)),
            ("status", text("approved")),
        ];
        let key = listed(estate, listing);
        acts.push(one("listing.add", &key, insert("listing", id("listing", &key), fields)));
    }
    acts
}

/// A floor, its rooms, and what stands in each.
fn drawn(
    estate: &Estate,
    site: &Site,
    building: &Building,
    floor: &Floor,
    pictures: &Pictures,
    assets: &mut Vec<Asset>,
) -> Vec<Act> {
    let path = format!("{}/{}/{}", site.name, building.name, floor.name);
    let here = id("floor", &path);
    let mut fields = vec![
        ("building", link(id("building", building.name))),
        ("name", text(floor.name)),
        ("level", Json::Int(floor.level)),
    ];
    let Some(Drawing { name: file, pixels, plan }) = floor.drawing else {
        return vec![one("floor.add", &path, insert("floor", here, fields))];
    };
    let plan = plan();
    fields.push(("width", Json::Int((plan.size.wide * pixels).round() as i64)));
    fields.push(("height", Json::Int((plan.size.high * pixels).round() as i64)));
    fields.push(("metres", metres(plan.size.wide)));
    if let Some(picture) = pictures.get(file) {
        fields.push(("plan", text(&picture.plan)));
        fields.push(("detail", text(&picture.detail)));
    }
    let mut acts = vec![one("floor.add", &path, insert("floor", here, fields))];
    let rooms = plan.rooms.iter().map(|room| {
        let corners = room.area.corners().map(millimetres);
        let fields =
            [("floor", link(here)), ("name", text(&room.name)), ("outline", Json::List(corners.to_vec()))];
        insert("room", id("room", &format!("{path}/{}", room.name)), fields)
    });
    acts.push(act("room.draw", &path, rooms.collect()));
    let mut number = 0;
    for room in &plan.rooms {
        let placed = stocked(estate, building, floor, here, &path, room, &mut number, assets);
        if !placed.is_empty() {
            acts.push(act("asset.place", &format!("{path}/{}", room.name), placed));
        }
    }
    acts.extend(noted(&plan, &path, here));
    acts
}

/// What stands in a room.
#[expect(clippy::too_many_arguments, reason = "a room is known by all that it lies in")]
fn stocked(
    estate: &Estate,
    building: &Building,
    floor: &Floor,
    on: RecordId,
    path: &str,
    room: &Room,
    number: &mut u32,
    assets: &mut Vec<Asset>,
) -> Vec<Edit> {
    let mut placed = Vec::new();
    for listing in &LISTINGS {
        for at in places(listing, room) {
            *number += 1;
            let tag = format!("{}-{}-{number:03}", building.short, floor.level);
            let nickname = format!("{}, {}", listing.name, room.name);
            let asset = Asset { tag, nickname, kind: listing.kind, at };
            let mut fields = vec![
                ("floor", link(on)),
                ("x", metres(at.x)),
                ("y", metres(at.y)),
                ("room", link(id("room", &format!("{path}/{}", room.name)))),
                ("nickname", text(&asset.nickname)),
                ("kind", text(listing.kind)),
                ("tag", text(&asset.tag)),
                ("listing", link(id("listing", &listed(estate, listing)))),
                ("status", text("active")),
                ("installed", text(&day(lot("installed", &asset.tag)))),
            ];
            if listing.numbered {
                fields.push(("serial", text(&serial(&asset.tag, listing))));
            }
            placed.push(insert("asset", asset.id(), fields));
            assets.push(asset);
        }
    }
    placed
}

/// What is written on a plan.
fn noted(plan: &Plan, path: &str, on: RecordId) -> Vec<Act> {
    let of = |used: Use| plan.rooms.iter().find(|room| room.used == used).map(|room| room.area);
    let mut notes = Vec::new();
    if let Some(area) = of(Use::Plant) {
        notes.push(("note", vec![millimetres(area.at(0.8, 0.75))], "Keys at reception"));
    }
    if let Some(area) = of(Use::Stairs) {
        notes.push((
            "arrow",
            vec![millimetres(area.at(0.5, 1.6)), millimetres(area.at(0.5, 0.9))],
            "Way out",
        ));
    }
    if let Some(area) = of(Use::Store) {
        notes.push(("pin", vec![millimetres(area.at(0.5, 0.8))], "Shelves block the door"));
    }
    let annotated = notes.into_iter().map(|(kind, geometry, said)| {
        let key = format!("{path}/{kind}");
        let fields = [
            ("floor", link(on)),
            ("kind", text(kind)),
            ("geometry", Json::List(geometry)),
            ("text", text(said)),
            ("colour", text("#b3261e")),
        ];
        one("annotation.add", &key, insert("annotation", id("annotation", &key), fields))
    });
    annotated.collect()
}

/// What Ben did, who keeps it all running.
fn kept(assets: &[Asset]) -> Vec<Act> {
    let mut acts = Vec::new();
    for asset in assets {
        let tag = &asset.tag;
        if matches!(asset.kind, "boiler" | "pump") {
            let served = property(tag, "Last service", &day(lot("served", tag) % 90));
            acts.push(one("property.set", &format!("{tag}/served"), served));
        }
        if asset.is_one_of(31, "status") {
            let status = [("status", text("maintenance"))];
            acts.push(one("asset.edit", &format!("{tag}/status"), update("asset", asset.id(), status)));
        }
        if asset.is_one_of(37, "moved") {
            acts.push(one("asset.move", &format!("{tag}/moved"), asset.moved(0.35, 0.0)));
        }
        if asset.is_one_of(41, "described") {
            let said = [("description", text("Replaced in spring; the old one is in the store."))];
            acts.push(one("asset.edit", &format!("{tag}/described"), update("asset", asset.id(), said)));
        }
    }
    // Old extinguishers are taken out of use in one go.
    let old = assets.iter().filter(|asset| asset.kind == "fire_extinguisher" && asset.is_one_of(6, "old"));
    let ended = old.map(|asset| update("asset", asset.id(), [("status", text("decommissioned"))]));
    acts.push(act("asset.edit", "old-extinguishers", ended.collect()));
    acts
}

/// What Cleo did, who walked around.
fn walked(assets: &[Asset]) -> Vec<Act> {
    const REMARKS: [&str; 5] = [
        "Rattles when it starts.",
        "The label is hardly legible.",
        "Works, but the cover is loose.",
        "Tested, in order.",
        "Leaks a little at the lower joint; put a tray under it.",
    ];
    let mut acts = Vec::new();
    for asset in assets {
        let tag = &asset.tag;
        if asset.is_one_of(17, "remark") {
            let body = REMARKS[(lot("which", tag) % REMARKS.len() as u64) as usize];
            let fields = [
                ("asset", link(asset.id())),
                ("body", text(body)),
                ("written", text(&format!("{}T10:12:00.000Z", day(lot("written", tag) % 60)))),
            ];
            acts.push(one("remark.write", tag, insert("remark", id("remark", tag), fields)));
        }
        if asset.is_one_of(43, "moved-again") {
            acts.push(one("asset.move", &format!("{tag}/moved-again"), asset.moved(0.0, 0.3)));
        }
        if asset.is_one_of(13, "label") {
            let labels = Fields(vec![("labels".to_owned(), Json::List(vec![text("check again")]))]);
            let labelled = Edit::Include { update: "asset", id: asset.id(), include: labels };
            acts.push(one("asset.edit", &format!("{tag}/label"), labelled));
        }
        if asset.is_one_of(97, "gone") && asset.tag != DISPUTED {
            let gone = Edit::Delete { delete: "asset", id: asset.id() };
            acts.push(one("asset.delete", &format!("{tag}/gone"), gone));
            if asset.is_one_of(2, "back") {
                let back = Edit::Restore { restore: "asset", id: asset.id() };
                acts.push(one("asset.revive", &format!("{tag}/back"), back));
            }
        }
    }
    acts
}

fn property(tag: &str, name: &str, value: &str) -> Edit {
    let fields = [("asset", link(id("asset", tag))), ("name", text(name)), ("value", text(value))];
    insert("property", id("property", &format!("{tag}/{name}")), fields)
}

/// The name of a listing among those of all estates.
fn listed(estate: &Estate, listing: &Listing) -> String {
    format!("{}/{}", estate.name, listing.name)
}

fn serial(tag: &str, listing: &Listing) -> String {
    let maker: String = listing.supplier.chars().take(2).collect::<String>().to_uppercase();
    format!("{maker}{:08}", lot("serial", tag) % 100_000_000)
}

/// A day in the five years before the first of it was made.
fn day(lot: u64) -> String {
    let (year, month, of_month) = (2021 + lot % 5, 1 + lot / 5 % 12, 1 + lot / 60 % 28);
    format!("{year}-{month:02}-{of_month:02}")
}

/// The id of a record, the same in every run.
fn id(of: &str, name: &str) -> RecordId {
    let mut random = [0; 10];
    random.copy_from_slice(&hash(of, name)[..10]);
    RecordId::v7(MADE_MS, random)
}

/// A number that goes with a question and a name: what makes one asset differ from its neighbour.
fn lot(what: &str, name: &str) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash(what, name)[..8]);
    u64::from_be_bytes(first)
}

fn hash(of: &str, name: &str) -> [u8; 32] {
    Sha256::digest(format!("estate/{of}/{name}")).into()
}

fn one(action: &'static str, key: &str, change: Edit) -> Act {
    act(action, key, vec![change])
}

fn act(action: &'static str, key: &str, changes: Vec<Edit>) -> Act {
    Act { action, key: format!("estate:{action}:{key}"), changes }
}

fn insert(of: &'static str, id: RecordId, fields: impl IntoIterator<Item = (&'static str, Json)>) -> Edit {
    Edit::Insert { insert: of, id, fields: named(fields) }
}

fn update(of: &'static str, id: RecordId, fields: impl IntoIterator<Item = (&'static str, Json)>) -> Edit {
    Edit::Update { update: of, id, set: named(fields) }
}

fn named(fields: impl IntoIterator<Item = (&'static str, Json)>) -> Fields {
    Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn link(id: RecordId) -> Json {
    Json::Text(id.to_string())
}

/// A point of an outline.
fn millimetres(Point { x, y }: Point) -> Json {
    Json::List([x, y].map(|it| Json::Int((it * 1000.0).round() as i64)).to_vec())
}

/// To the millimetre, as the schema has places.
fn metres(value: f64) -> Json {
    Json::Text(format!("{value:.3}"))
}
