//! What the types look like on the wire that are written by hand, for an OpenAPI document.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema as Shape, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::chain::Hash;
use crate::cut::Age;
use crate::{
    DeviceId, Epoch, Fields, Json, OpId, RecordId, Schema, Scope, Seq, UserId, Version, WallTime, WorkspaceId,
};

macro_rules! shapes {
    ($($shape:expr => $($name:ident),+;)+) => {
        $($(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Shape> {
                    RefOr::T(Shape::Object($shape.build()))
                }
            }
            impl ToSchema for $name {}
        )+)+
    };
}

shapes! {
    text().format(Some(SchemaFormat::Custom("uuid".to_owned()))) => DeviceId, OpId, RecordId, UserId, WorkspaceId;
    number() => Epoch, Seq, Version;
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))) => WallTime;
    text().pattern(Some("^[0-9a-f]{64}$")) => Hash;
    text().description(Some("A record that opens a scope: `type/id`")) => Scope;
    ObjectBuilder::new().schema_type(SchemaType::AnyValue) => Json, Age;
    object().description(Some("The values of a record by the names of its fields")) => Fields;
    object().description(Some("The record types and actions of a workspace, as `schema.json` shows them")) => Schema;
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A place, which a database has room for.
fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))
}

fn object() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}
