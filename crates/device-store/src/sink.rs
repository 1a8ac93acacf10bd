//! Writes a page's rows straight into tables: the fast way, for records that no pending op touches.

use fieldbook_device_sync::{Image, Key};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Value, Version};
use fieldbook_protocol::Page;
use fieldbook_protocol::page::{PulledRow, RowState};
use fieldbook_protocol::row;
use rusqlite::CachedStatement;

use crate::cell::{self, Bound};
use crate::error::StoreError;
use crate::incoming::IncomingError;
use crate::lies;
use crate::open::Tx;
use crate::owners;
use crate::shown;
use crate::staging;

/// How a page writes the rows of a type: which type it is, and where its fields stand.
pub(crate) struct Shape {
    pub of: usize,
    /// The scope in which the rows lie; 0 is the root.
    pub scope: i64,
    places: Vec<Option<usize>>,
    width: usize,
}

/// The shape of each type that a page names.
pub(crate) fn shapes(tx: Tx<'_>, page: &Page, target: Target) -> Result<Vec<Shape>, IncomingError> {
    let schema = tx.schema;
    let shape = |columns: &fieldbook_protocol::page::Columns| {
        let scope = lies::number(tx, &columns.scopes, target)?;
        let of = schema.types.iter().position(|ty| ty.name == columns.of);
        let of = of.ok_or_else(|| malformed(format!("there is no record type {}", columns.of)))?;
        let places = row::places(&schema.types[of], &columns.columns);
        Ok(Shape { of, scope, places, width: columns.columns.len() })
    };
    page.types.iter().map(shape).collect()
}

fn malformed(words: String) -> IncomingError {
    IncomingError::Malformed(words)
}

/// Checks what every row needs: as many values as columns, and a version that the page reaches.
pub(crate) fn fits(page: &Page, shape: &Shape, row: &PulledRow) -> Result<(), IncomingError> {
    if row.version > page.end.to.version || row.version == Version::ZERO {
        return Err(malformed(format!(
            "a row of version {} in a page to {}",
            row.version, page.end.to.version
        )));
    }
    match row.values() {
        Some(values) if values.len() != shape.width => {
            Err(malformed(format!("{} values for {} columns", values.len(), shape.width)))
        }
        _ => Ok(()),
    }
}

/// A pulled row as an image, for records that pending ops touch.
pub(crate) fn image(ty: &RecordType, shape: &Shape, pulled: &PulledRow) -> Result<Image, IncomingError> {
    let Some(values) = pulled.values() else {
        return Ok(Image { version: pulled.version, row: None, gone: None });
    };
    let fields = ty.fields.iter().zip(&shape.places);
    let row = fields.map(|(field, place)| match place {
        Some(place) => Value::judged(field, &values[*place]).ok_or_else(|| misfit(ty, &field.name)),
        None => Ok(fieldbook_merge::read::empty(field)),
    });
    Ok(Image { version: pulled.version, row: Some(row.collect::<Result<_, _>>()?), gone: None })
}

fn misfit(ty: &RecordType, field: &str) -> IncomingError {
    malformed(format!("a value of {}.{field} is of another kind", ty.name))
}

/// Which tables rows go into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Those that everyone sees.
    Shown,
    /// Those of a first load, out of sight.
    Load,
}

impl Target {
    fn note_gone(self) -> &'static str {
        match self {
            Self::Shown => shown::NOTE_GONE,
            Self::Load => "INSERT OR REPLACE INTO fb_stage_gone VALUES (?1, ?2, ?3, ?4)",
        }
    }
    fn back(self) -> &'static str {
        match self {
            Self::Shown => "DELETE FROM fb_gone WHERE of = ?1 AND id = ?2",
            Self::Load => "DELETE FROM fb_stage_gone WHERE of = ?1 AND id = ?2",
        }
    }
    fn any_gone(self) -> &'static str {
        match self {
            Self::Shown => "SELECT EXISTS (SELECT 1 FROM fb_gone)",
            Self::Load => "SELECT EXISTS (SELECT 1 FROM fb_stage_gone)",
        }
    }
}

/// The statements that write rows, prepared once for all of them: of each type those that are tried in turn.
pub(crate) struct Sink<'a> {
    tx: Tx<'a>,
    target: Target,
    writes: Vec<Vec<CachedStatement<'a>>>,
    /// While nothing was ever deleted, no row has to be looked up among the deleted.
    any_gone: bool,
    /// While no owner is missing, none has to be found again.
    any_dead: bool,
    any_lingering: bool,
}

impl<'a> Sink<'a> {
    pub fn new(tx: Tx<'a>, target: Target) -> Result<Self, StoreError> {
        let any = |sql: &str| tx.conn.prepare_cached(sql)?.query_row([], |row| row.get(0));
        let (any_gone, any_dead) = (any(target.any_gone())?, any("SELECT EXISTS (SELECT 1 FROM fb_dead)")?);
        let any_lingering = any("SELECT EXISTS (SELECT 1 FROM fb_linger)")?;
        let writes = tx.schema.types.iter().map(|_| Vec::new()).collect();
        Ok(Self { tx, target, writes, any_gone, any_dead, any_lingering })
    }

    /// Writes a row, or removes it.
    pub fn put(&mut self, shape: &Shape, pulled: &PulledRow) -> Result<(), IncomingError> {
        let key = Key { of: shape.of, id: pulled.id };
        match &pulled.state {
            RowState::Gone => Ok(self.remove(key, pulled.version)?),
            RowState::Left => Ok(self.let_go(key, pulled.version)?),
            RowState::Is(values) => {
                if self.any_gone {
                    self.tx.conn.prepare_cached(self.target.back())?.execute((key.of, key.id.bytes()))?;
                }
                if self.any_dead && self.target == Target::Shown {
                    owners::note(self.tx, key.of, key.id.encode(&mut [0; 36]), true)?;
                }
                if self.any_lingering && self.target == Target::Shown {
                    lies::stays(self.tx, key)?;
                }
                self.upsert(shape, pulled.id, pulled.version, values)
            }
        }
    }

    fn upsert(
        &mut self,
        shape: &Shape,
        id: RecordId,
        version: Version,
        values: &[fieldbook_model::Json],
    ) -> Result<(), IncomingError> {
        let ty = &self.tx.schema.types[shape.of];
        let sql = &self.tx.tables.types[shape.of];
        if self.writes[shape.of].is_empty() {
            let (update, upsert) = match self.target {
                Target::Load => (&None, &sql.load_upsert),
                Target::Shown => (&sql.update, &sql.upsert),
            };
            for sql in update.iter().chain([upsert]) {
                self.writes[shape.of].push(self.tx.conn.prepare_cached(sql)?);
            }
        }
        for write in &mut self.writes[shape.of] {
            write.raw_bind_parameter(1, id.encode(&mut [0; 36]))?;
            for (number, (field, at)) in ty.fields.iter().zip(&shape.places).enumerate() {
                let bound = match at {
                    Some(at) => cell::of_json(field, &values[*at]).ok_or_else(|| misfit(ty, &field.name))?,
                    None => empty(field),
                };
                write.raw_bind_parameter(number + 2, bound)?;
            }
            write.raw_bind_parameter(ty.fields.len() + 2, version.0)?;
            if sql.scoped {
                write.raw_bind_parameter(ty.fields.len() + 3, shape.scope)?;
            }
            if write.raw_execute()? > 0 {
                break;
            }
        }
        Ok(())
    }

    /// A record that is none of this device's any more. It is not deleted, and what it owns may still be here.
    fn let_go(&self, key: Key, version: Version) -> Result<(), StoreError> {
        let (mut buffer, sql) = ([0; 36], &self.tx.tables.types[key.of]);
        let (id, at) = (key.id.encode(&mut buffer), (key.of, key.id.bytes()));
        let conn = self.tx.conn;
        match self.target {
            Target::Load => {
                conn.prepare_cached(&sql.load_delete)?.execute([&id])?;
                conn.prepare_cached(staging::NOTE_LEFT)?.execute((at.0, at.1, version.0))?;
            }
            Target::Shown => {
                conn.prepare_cached(&sql.delete)?.execute([&id])?;
                if self.any_gone {
                    conn.prepare_cached(self.target.back())?.execute(at)?;
                }
                if self.any_dead {
                    owners::note(self.tx, key.of, id, true)?;
                }
            }
        }
        Ok(())
    }

    fn remove(&mut self, key: Key, version: Version) -> Result<(), StoreError> {
        let (mut buffer, sql) = ([0; 36], &self.tx.tables.types[key.of]);
        let id = key.id.encode(&mut buffer);
        let (sql, held) = match self.target {
            Target::Load => (&sql.load_delete, None),
            Target::Shown => (&sql.delete, shown::find(self.tx, key)?.map(|(row, _)| row::write(&row))),
        };
        self.tx.conn.prepare_cached(sql)?.execute([id])?;
        let mut note = self.tx.conn.prepare_cached(self.target.note_gone())?;
        note.execute((key.of, key.id.bytes(), version.0, held))?;
        self.any_gone = true;
        if self.target == Target::Shown {
            owners::note(self.tx, key.of, id, false)?;
            self.any_dead = true;
        }
        Ok(())
    }
}

/// A field that the server does not know yet: empty, zero where additions are counted.
fn empty(field: &fieldbook_model::schema::Field) -> Bound<'static> {
    match fieldbook_merge::read::empty(field) {
        Value::Null => Bound::Null,
        _ => Bound::Int(0),
    }
}
