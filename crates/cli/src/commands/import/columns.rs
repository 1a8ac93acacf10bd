//! Which column goes where, and what its cells mean.

use std::collections::BTreeMap;

use csv::ByteRecord;
use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Fields, Json, RecordId, Refusal, Schema};

use super::Unfit;
use crate::commands::act::Shelf;
use crate::exit::Exit;
use crate::failure::{Failure, Said};
use crate::grammar;

/// The column that gives the records their ids, where no field is called so.
const ID: &str = "id";

/// What was said about the columns.
pub struct Asked<'a> {
    /// The record type.
    pub of: &'a str,
    /// `COLUMN=FIELD` or `COLUMN=FIELD:OTHER`.
    pub maps: &'a [String],
    /// Columns that are left out.
    pub skips: &'a [String],
}

/// Where the cells of a column go.
#[derive(Debug, Clone, PartialEq)]
enum Goes {
    Nowhere,
    Id,
    /// To a field; a cell names a record by the other's field.
    Field {
        place: usize,
        by: Option<String>,
    },
}

/// What a row says.
pub struct Wanted {
    /// Its record's id, where it gives one.
    pub id: Option<RecordId>,
    /// In the order of the schema.
    pub fields: Fields,
}

/// The columns of a file.
pub struct Columns<'a> {
    names: Vec<String>,
    goes: Vec<Goes>,
    ty: &'a RecordType,
    schema: &'a Schema,
    shelf: Shelf,
    /// The records that cells have named, by column.
    named: BTreeMap<(usize, String), Json>,
}

impl<'a> Columns<'a> {
    /// Reads the first line.
    pub fn read(
        header: &ByteRecord,
        schema: &'a Schema,
        asked: &Asked<'_>,
        shelf: Shelf,
    ) -> Result<Self, Failure> {
        let ty = grammar::record_type(schema, asked.of)?;
        let names: Result<Vec<String>, _> =
            header.iter().map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned())).collect();
        let names = names.map_err(|_| {
            let words = "the first line is no UTF-8; save the file as CSV in UTF-8 and import that";
            Failure::new(Exit::Wrong, "wrong-file", words)
        })?;
        let goes = goes(&names, ty, schema, asked)?;
        Ok(Self { names, goes, ty, schema, shelf, named: BTreeMap::new() })
    }

    /// Whether a cell may name a record that is in the same file.
    pub fn name_their_own_type(&self) -> bool {
        self.goes.iter().any(|goes| match goes {
            Goes::Field { place, by: Some(_) } => {
                matches!(&self.ty.fields[*place].kind, Kind::Ref { to, .. } if *to == self.ty.name)
            }
            _ => false,
        })
    }

    /// What a row says.
    pub fn read_row(&mut self, cells: &ByteRecord) -> Result<Wanted, Unfit> {
        if cells.len() != self.names.len() {
            let words = format!(
                "it has {} cells, and the first line names {} columns; a quote may be missing",
                cells.len(),
                self.names.len()
            );
            return Err(unfit(None, words));
        }
        let (mut id, mut fields) = (None, Vec::new());
        for (at, cell) in cells.iter().enumerate() {
            let name = || Some(self.names[at].clone());
            let Ok(text) = std::str::from_utf8(cell) else {
                return Err(unfit(name(), "it is no UTF-8; save the file as CSV in UTF-8".to_owned()));
            };
            match self.goes[at].clone() {
                _ if text.is_empty() => {}
                Goes::Nowhere => {}
                Goes::Id => {
                    let read = RecordId::parse(text.trim()).map_err(|_| {
                        unfit(name(), format!("{text:?} is no id; leave the column out to have new ones"))
                    })?;
                    id = Some(read);
                }
                Goes::Field { place, by } => {
                    let field = &self.ty.fields[place];
                    // The blanks of a text are part of it.
                    let text = if matches!(field.kind, Kind::Text { .. }) { text } else { text.trim() };
                    fields.push((place, self.value(at, field, by.as_deref(), text)?));
                }
            }
        }
        // In the order of the schema: columns that change places say the same.
        fields.sort_by_key(|(place, _)| *place);
        let named = fields.into_iter().map(|(place, value)| (self.ty.fields[place].name.clone(), value));
        Ok(Wanted { id, fields: Fields(named.collect()) })
    }

    fn value(&mut self, at: usize, field: &Field, by: Option<&str>, text: &str) -> Result<Json, Unfit> {
        let known = by.map(|_| (at, text.to_owned()));
        if let Some(json) = known.as_ref().and_then(|known| self.named.get(known)) {
            return Ok(json.clone());
        }
        let typed = by.map_or_else(|| text.to_owned(), |by| format!("{by}={text}"));
        let read = grammar::value(self.schema, &self.shelf, self.ty, field, &typed);
        let json = read.map_err(|failure| match failure {
            Failure::Said(said) => {
                // What `act` says behind it is of no use here.
                let words = said.words.split("; name a deleted one").next().unwrap_or_default();
                let words = self.in_column(&field.name, words);
                Unfit { column: Some(self.names[at].clone()), said: Said { words, ..said } }
            }
            Failure::OutputClosed => unfit(None, "nobody reads".to_owned()),
        })?;
        if let Some(known) = known {
            self.named.insert(known, json.clone());
        }
        Ok(json)
    }

    /// Why an action was refused, by the column that its field has here.
    pub fn unfit(&self, refusal: Refusal) -> Unfit {
        let field = refusal.field.as_deref().and_then(|path| path.strip_prefix(&self.ty.name));
        let field = field.and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
        let column = self.goes.iter().position(
            |goes| matches!(goes, Goes::Field { place, .. } if self.ty.fields[*place].name == field),
        );
        let words = self.in_column(field, &refusal.words);
        let said = Said { exit: Exit::Refused, code: refusal.code.to_string(), words };
        Unfit { column: column.map(|at| self.names[at].clone()), said }
    }

    /// The words without the field that they begin with: its column is named.
    fn in_column(&self, field: &str, words: &str) -> String {
        words.strip_prefix(&format!("{}.{field}: ", self.ty.name)).unwrap_or(words).to_owned()
    }
}

fn unfit(column: Option<String>, words: String) -> Unfit {
    Unfit { column, said: Said { exit: Exit::Refused, code: "wrong-row".to_owned(), words } }
}

/// Where each column goes: as was said, else to the field of its name.
fn goes(names: &[String], ty: &RecordType, schema: &Schema, asked: &Asked<'_>) -> Result<Vec<Goes>, Failure> {
    let mut goes: Vec<Option<Goes>> = vec![None; names.len()];
    for skip in asked.skips {
        goes[column(names, skip, "--skip")?] = Some(Goes::Nowhere);
    }
    for map in asked.maps {
        let (name, to) =
            map.rsplit_once('=').filter(|(name, to)| !name.is_empty() && !to.is_empty()).ok_or_else(
                || Failure::wrong(format!("--map {map:?}: write COLUMN=FIELD, or COLUMN=FIELD:OTHER")),
            )?;
        goes[column(names, name, "--map")?] = Some(to_field(ty, schema, to)?);
    }
    let all: Result<Vec<Goes>, Failure> =
        names.iter().zip(goes).map(|(name, goes)| goes.map_or_else(|| by_name(ty, name), Ok)).collect();
    let all = all?;
    for (at, goes) in all.iter().enumerate().filter(|(_, goes)| **goes != Goes::Nowhere) {
        let same = |other: &&Goes| match (goes, other) {
            (Goes::Field { place, .. }, Goes::Field { place: other, .. }) => place == other,
            (goes, other) => goes == *other,
        };
        if let Some(before) = all[..at].iter().position(|other| same(&other)) {
            return Err(Failure::wrong(format!(
                "the columns {:?} and {:?} go to the same field; leave one out with --skip",
                names[before], names[at]
            )));
        }
    }
    Ok(all)
}

fn column(names: &[String], name: &str, flag: &str) -> Result<usize, Failure> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        Failure::wrong(format!("{flag} {name:?}: there is no such column; there are: {}", names.join(", ")))
    })
}

/// `FIELD` or `FIELD:OTHER`.
fn to_field(ty: &RecordType, schema: &Schema, to: &str) -> Result<Goes, Failure> {
    if to == ID && ty.position(ID).is_none() {
        return Ok(Goes::Id);
    }
    let (name, by) = to.split_once(':').map_or((to, None), |(name, by)| (name, Some(by)));
    let field = grammar::field(ty, name)?;
    let Some(by) = by else { return Ok(Goes::Field { place: place(ty, field), by: None }) };
    match &field.kind {
        Kind::Ref { to, .. } => {
            grammar::field(grammar::record_type(schema, to)?, by)?;
            Ok(Goes::Field { place: place(ty, field), by: Some(by.to_owned()) })
        }
        _ => Err(Failure::wrong(format!("{}.{name} names no record; write COLUMN={name}", ty.name))),
    }
}

fn by_name(ty: &RecordType, name: &str) -> Result<Goes, Failure> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let alike = |field: &&Field| !field.retired && plain(&field.name) == plain(name);
    let found = ty.fields.iter().find(|field| field.name == name).or_else(|| ty.fields.iter().find(alike));
    match found {
        Some(field) => Ok(Goes::Field { place: place(ty, field), by: None }),
        None if plain(name) == ID => Ok(Goes::Id),
        None => {
            let fields = ty.fields.iter().filter(|field| !field.retired).map(|field| field.name.as_str());
            let fields = fields.collect::<Vec<_>>().join(", ");
            Err(Failure::wrong(format!(
                "{} has no field {name:?}; say where that column goes with --map {name:?}=FIELD, or --skip {name:?}; the fields are: {fields}",
                ty.name
            )))
        }
    }
}

fn place(ty: &RecordType, field: &Field) -> usize {
    ty.position(&field.name).expect("BUG: a field of its own type")
}
