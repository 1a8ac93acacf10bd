//! The records of a type as a person reads them by now: those that fit a wish, in an order, a stretch of them. Cells have the form that
//! a device's query gives them, so that a screen needs to know one.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use fieldbook_model::access::Access;
use fieldbook_model::decimal::Scaled;
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::{Field, Kind};
use fieldbook_model::{RecordId, Value};
use fieldbook_protocol::record::RecordsReply;
use rusqlite::Connection;

use super::batch;
use super::frame::Frame;
use super::number::nat;
use super::one::is_shown;
use super::scopes::Tree;
use super::sight::Sight;
use crate::error::{StoreError, damaged};
use crate::store::{Listed, Test};

const LIVE: &str = "SELECT id, version, row, scope FROM record WHERE of = ? AND deleted = 0 ORDER BY id";
const ID: &str = "id";
const VERSION: &str = "_version";

/// What stands in a cell. Nothing comes before numbers, and those before texts, as in a device's database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// A column that a wish names.
#[derive(Clone, Copy)]
enum Column {
    Id,
    Version,
    Field(usize),
}

/// A record that fits.
struct Row {
    id: RecordId,
    version: u64,
    cells: Vec<Cell>,
    key: Cell,
}

/// Those that fit. A field that the reader does not read counts as empty. `Err` within: what is wrong with the wish, in words.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    access: Access,
    wish: &Listed,
) -> Result<Result<RecordsReply, String>, StoreError> {
    let Some(of) = frame.schema.place(&wish.of).filter(|of| !frame.ty(*of).system) else {
        return Ok(Err(format!("there is no record type {:?}", wish.of)));
    };
    let ty = frame.ty(of);
    let fields: Vec<usize> = (0..ty.fields.len()).filter(|at| !ty.fields[*at].retired).collect();
    let wanted = match Wanted::read(frame, of, wish) {
        Ok(wanted) => wanted,
        Err(words) => return Ok(Err(words)),
    };
    let mut tree = Tree::new(connection, frame);
    let within = wish.within.as_ref().map(|scope| tree.within(scope)).transpose()?;
    let mut sight = Sight::new(&frame.schema, access);
    let mut find = connection.prepare_cached(LIVE)?;
    let mut rows = find.query([frame.number(of)])?;
    let mut fit = Vec::new();
    while let Some(row) = rows.next()? {
        let home: i64 = row.get(3)?;
        if within.as_ref().is_some_and(|within| !within.contains(&home)) {
            continue;
        }
        let Some(seen) = sight.within(&mut tree, home)?[of].clone() else { continue };
        let text = row.get_ref(2)?.as_str().map_err(|_| damaged("a record"))?;
        let values: Vec<Json> = json::parse(text).map_err(|_| damaged("a record"))?;
        let cells = cells(ty.fields.as_slice(), &values, &seen)?;
        let (id, version) = (RecordId::from_bytes(row.get(0)?), nat(row.get(1)?)?);
        if !wanted.fits(&cells, id, version) || !is_shown(connection, frame, of, text)? {
            continue;
        }
        let key = wanted.order.map_or(Cell::Null, |(column, _)| at(&cells, id, version, column));
        fit.push(Row { id, version, cells, key });
    }
    fit.sort_by(|a, b| wanted.compare(a, b));
    let total = fit.len() as u64;
    let told = fit.into_iter().skip(wish.skip).take(wish.limit);
    let rows = told.map(|row| {
        let own = fields.iter().map(|field| row.cells[*field].clone().json());
        let id = Json::Text(row.id.to_string());
        [id].into_iter()
            .chain(own)
            .chain([Json::Int(i64::try_from(row.version).unwrap_or(i64::MAX))])
            .collect()
    });
    let names = fields.iter().map(|field| ty.fields[*field].name.clone());
    let columns = [ID.to_owned()].into_iter().chain(names).chain([VERSION.to_owned()]).collect();
    let cursor = batch::head(connection)?.cursor();
    Ok(Ok(RecordsReply { cursor, total, columns, rows: rows.collect() }))
}

fn cells(fields: &[Field], values: &[Json], seen: &[usize]) -> Result<Vec<Cell>, StoreError> {
    let cell = |(place, field): (usize, &Field)| {
        let json = values.get(place).filter(|_| seen.contains(&place)).unwrap_or(&Json::Null);
        Value::judged(field, json).map(Cell::of).ok_or_else(|| damaged("a record"))
    };
    fields.iter().enumerate().map(cell).collect()
}

fn at(cells: &[Cell], id: RecordId, version: u64, column: Column) -> Cell {
    match column {
        Column::Id => Cell::Text(id.to_string()),
        Column::Version => Cell::Int(i64::try_from(version).unwrap_or(i64::MAX)),
        Column::Field(place) => cells[place].clone(),
    }
}

impl Cell {
    /// As a device's column has it.
    fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Int(i64::from(value)),
            Value::Int(number) | Value::Decimal(Scaled(number, _)) => Self::Int(number),
            Value::Text(text) => Self::Text(text),
            Value::Ref(id) => Self::Text(id.to_string()),
            Value::Set(_) => Self::Text(json::write(&value)),
            Value::Json(json) => Self::Text(json::write(&json)),
        }
    }

    fn json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Int(number) => Json::Int(number),
            Self::Text(text) => Json::Text(text),
        }
    }

    /// As a wish names it: in the form of a row.
    fn wished(json: &Json) -> Option<Self> {
        Some(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Int(i64::from(*value)),
            Json::Int(number) => Self::Int(*number),
            Json::Text(text) => Self::Text(text.clone()),
            _ => return None,
        })
    }
}

enum Tested {
    OneOf(BTreeSet<Cell>),
    Between(Option<Cell>, Option<Cell>),
}

/// A wish, with the places of the columns that it names.
struct Wanted {
    tests: Vec<(Column, Tested)>,
    /// In small letters, and the columns with texts to look through.
    search: Option<(String, Vec<usize>)>,
    /// By what, and whether the largest comes first.
    order: Option<(Column, bool)>,
}

impl Wanted {
    fn read(frame: &Frame, of: usize, wish: &Listed) -> Result<Self, String> {
        let ty = frame.ty(of);
        let column = |name: &str| match name {
            ID => Ok(Column::Id),
            VERSION => Ok(Column::Version),
            name => match ty.position(name).filter(|place| !ty.fields[*place].retired) {
                Some(place) => Ok(Column::Field(place)),
                None => Err(format!("{} has no field {name:?}", ty.name)),
            },
        };
        let cell = |name: &str, json: &Json| {
            Cell::wished(json)
                .ok_or_else(|| format!("{name:?} is compared with a number, a text, true, false or null"))
        };
        let mut tests = Vec::with_capacity(wish.tests.len());
        for (name, test) in &wish.tests {
            let tested = match test {
                Test::OneOf(values) => {
                    Tested::OneOf(values.iter().map(|json| cell(name, json)).collect::<Result<_, _>>()?)
                }
                Test::Between { from, below } => {
                    let end = |json: &Option<Json>| json.as_ref().map(|json| cell(name, json)).transpose();
                    Tested::Between(end(from)?, end(below)?)
                }
            };
            tests.push((column(name)?, tested));
        }
        let texts = || {
            let is_text = |place: &usize| matches!(ty.fields[*place].kind, Kind::Text { .. });
            (0..ty.fields.len()).filter(is_text).collect()
        };
        let search = wish.search.as_ref().map(|search| (search.to_lowercase(), texts()));
        let order =
            wish.order.as_ref().map(|(name, down)| Ok::<_, String>((column(name)?, *down))).transpose()?;
        Ok(Self { tests, search, order })
    }

    fn fits(&self, cells: &[Cell], id: RecordId, version: u64) -> bool {
        let tested = self.tests.iter().all(|(column, test)| {
            let cell = at(cells, id, version, *column);
            match test {
                Tested::OneOf(values) => values.contains(&cell),
                // What is empty lies nowhere.
                Tested::Between(from, below) => {
                    cell != Cell::Null
                        && from.as_ref().is_none_or(|from| cell >= *from)
                        && below.as_ref().is_none_or(|below| cell < *below)
                }
            }
        });
        let holds = |place: &usize, search: &str| matches!(&cells[*place], Cell::Text(text) if text.to_lowercase().contains(search));
        let found = |(search, places): &(String, Vec<usize>)| places.iter().any(|place| holds(place, search));
        tested && self.search.as_ref().is_none_or(found)
    }

    /// What is alike stands in the order in which it was made.
    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let by_key = match self.order {
            Some((_, true)) => b.key.cmp(&a.key),
            _ => a.key.cmp(&b.key),
        };
        by_key.then(a.id.cmp(&b.id))
    }
}
