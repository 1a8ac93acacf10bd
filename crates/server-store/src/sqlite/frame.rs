//! What a workspace file says about itself and never changes: its schema, and the numbers of its types.

use std::sync::Arc;

use fieldbook_model::schema::{Kind, RecordType};
use fieldbook_model::{Schema, WorkspaceId, json};
use rusqlite::{Connection, params};

use crate::error::{StoreError, damaged};

/// The schema of a workspace and what follows from it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// The record types in force.
    pub schema: Arc<Schema>,
    /// For each type of the schema its number in the database.
    numbers: Vec<i64>,
    /// For each type whether records of it own others.
    owners: Vec<bool>,
    scopes: bool,
}

impl Frame {
    /// Writes the frame of a new workspace.
    pub fn write(connection: &Connection, schema: &Schema, workspace: WorkspaceId) -> Result<(), StoreError> {
        let meta = "INSERT INTO meta (one, workspace, schema) VALUES (1, ?, ?)";
        connection.execute(meta, params![workspace.bytes(), json::write(schema)])?;
        for (of, ty) in schema.types.iter().enumerate() {
            let of = i64::try_from(of).expect("BUG: a schema of more than 2^63 types");
            connection.execute("INSERT INTO type (of, name) VALUES (?, ?)", params![of, ty.name])?;
        }
        Ok(())
    }

    /// Reads the frame of a workspace.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let meta = "SELECT workspace, schema FROM meta";
        let (workspace, schema) =
            connection.query_row(meta, [], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let schema: Schema = json::parse(&schema).map_err(|_| damaged("the schema"))?;
        let number = |ty: &RecordType| {
            connection.query_row("SELECT of FROM type WHERE name = ?", [&ty.name], |row| row.get(0))
        };
        let numbers = schema.types.iter().map(number).collect::<Result<_, _>>()?;
        let owners = schema.types.iter().map(|ty| is_owner(&schema, &ty.name)).collect();
        let (workspace, scopes) =
            (WorkspaceId::from_bytes(workspace), schema.types.iter().any(|ty| ty.scope));
        Ok(Self { workspace, schema: Arc::new(schema), numbers, owners, scopes })
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
