//! What a workspace file says about itself and changes seldom: the versions of its schema, and the numbers of its types.

use std::sync::Arc;

use fieldbook_model::chain::Hash;
use fieldbook_model::schema::{Kind, Ladder, RecordType};
use fieldbook_model::{Schema, Version, WorkspaceId, json};
use rusqlite::{Connection, params};

use super::number::{int, nat};
use crate::error::{StoreError, damaged};

const SCHEMAS: &str = "SELECT at, text FROM schema ORDER BY version";
const SCHEMA_INSERT: &str = "INSERT INTO schema (version, at, log, text) VALUES (?, ?, ?, ?)";
const IN_FORCE: &str = "SELECT schema FROM head";

/// The schema of a workspace and what follows from it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// The record types in force: the newest of the ladder.
    pub schema: Arc<Schema>,
    /// All versions that they had.
    pub ladder: Ladder,
    /// Where each version of the ladder came into force.
    released: Vec<Version>,
    /// For each type of the schema its number in the database.
    numbers: Vec<i64>,
    /// For each type whether records of it own others.
    owners: Vec<bool>,
    scopes: bool,
}

impl Frame {
    /// Writes the frame of a new workspace.
    pub fn write(connection: &Connection, schema: &Schema, workspace: WorkspaceId) -> Result<(), StoreError> {
        connection.execute("INSERT INTO meta (one, workspace) VALUES (1, ?)", params![workspace.bytes()])?;
        Self::release(connection, schema, (Version::ZERO, Hash::ZERO))?;
        for (of, ty) in schema.types.iter().enumerate() {
            let of = i64::try_from(of).expect("BUG: a schema of more than 2^63 types");
            connection.execute("INSERT INTO type (of, name) VALUES (?, ?)", params![of, ty.name])?;
        }
        Ok(())
    }

    /// Writes a version of the schema that is in force from a place on, with the running hash of the log there.
    pub fn release(
        connection: &Connection,
        schema: &Schema,
        (at, log): (Version, Hash),
    ) -> Result<(), StoreError> {
        connection.execute(SCHEMA_INSERT, params![schema.version, int(at.0), log.0, json::write(schema)])?;
        Ok(())
    }

    /// The version of the schema that a workspace has now. Cheap.
    pub fn in_force(connection: &Connection) -> Result<u32, StoreError> {
        Ok(connection.prepare_cached(IN_FORCE)?.query_row([], |row| row.get(0))?)
    }

    /// Reads the frame of a workspace.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let workspace = connection.query_row("SELECT workspace FROM meta", [], |row| row.get(0))?;
        let (mut schemas, mut released) = (Vec::new(), Vec::new());
        let mut find = connection.prepare_cached(SCHEMAS)?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("the schema"))?;
            schemas.push(Arc::new(json::parse::<Schema>(text).map_err(|_| damaged("the schema"))?));
            released.push(Version(nat(row.get(0)?)?));
        }
        let without_gap = schemas.windows(2).all(|pair| pair[0].version + 1 == pair[1].version);
        if schemas.is_empty() || !without_gap {
            return Err(damaged("the schema"));
        }
        let ladder = Ladder::new(schemas);
        let schema = Arc::clone(ladder.top());
        let number = |ty: &RecordType| {
            connection.query_row("SELECT of FROM type WHERE name = ?", [&ty.name], |row| row.get(0))
        };
        let numbers = schema.types.iter().map(number).collect::<Result<_, _>>()?;
        let owners = schema.types.iter().map(|ty| is_owner(&schema, &ty.name)).collect();
        let (workspace, scopes) =
            (WorkspaceId::from_bytes(workspace), schema.types.iter().any(|ty| ty.scope));
        Ok(Self { workspace, schema, ladder, released, numbers, owners, scopes })
    }

    /// The version of the schema under which something at a place of the total order was written down.
    pub fn schema_at(&self, version: Version) -> u32 {
        let versions = self.ladder.schemas().iter().map(|schema| schema.version);
        let before = versions.zip(&self.released).filter(|(_, at)| **at <= version);
        before.map(|(schema, _)| schema).next_back().unwrap_or(self.schema.version)
    }

    /// The versions behind one that a device has, each with its place.
    pub fn behind(&self, schema: u32) -> impl Iterator<Item = (Version, &Arc<Schema>)> {
        let all = self.released.iter().copied().zip(self.ladder.schemas());
        all.filter(move |(_, it)| it.version > schema)
    }

    /// Through how many references records of a type lie where they lie.
    pub fn depth(&self, of: usize) -> usize {
        let around = |ty: &RecordType| ty.inside_of().and_then(|(_, to)| self.schema.find(to));
        std::iter::successors(around(self.ty(of)), |ty| around(ty)).take(self.schema.types.len()).count()
    }

    /// Whether records may lie in scopes.
    pub fn has_scopes(&self) -> bool {
        self.scopes
    }

    /// Whether records of the type at a place of the schema own others.
    pub fn owns(&self, of: usize) -> bool {
        self.owners[of]
    }

    /// The number in the database of the type at a place of the schema.
    pub fn number(&self, of: usize) -> i64 {
        self.numbers[of]
    }

    /// The place in the schema of the type of a number in the database.
    pub fn place(&self, number: i64) -> Option<usize> {
        // Almost always the types stand where they stood when the workspace was made.
        let guess = usize::try_from(number).ok().filter(|place| self.numbers.get(*place) == Some(&number));
        guess.or_else(|| self.numbers.iter().position(|known| *known == number))
    }

    /// The type at a place of the schema.
    pub fn ty(&self, of: usize) -> &RecordType {
        &self.schema.types[of]
    }
}

fn is_owner(schema: &Schema, name: &str) -> bool {
    let mut fields = schema.types.iter().flat_map(|ty| &ty.fields);
    fields.any(|field| matches!(&field.kind, Kind::Ref { to, owner: true, .. } if to == name))
}
