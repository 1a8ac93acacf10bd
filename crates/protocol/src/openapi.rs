//! What the messages look like that are read and written by hand, for an OpenAPI document.

use fieldbook_model::Cursor;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::branch::Branch;
use crate::push::{Answer, PushRequest};
use crate::trail::Trail;

impl PartialSchema for PushRequest {
    fn schema() -> RefOr<Schema> {
        let words = "Ops in the order of their seqs, each as the device sealed it: see `op.json`";
        let ops = ArrayBuilder::new().items(object("An op")).description(Some(words)).build();
        let cursor = Ref::from_schema_name(Cursor::name());
        let built = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("cursor", cursor)
            .required("cursor")
            .property("trail", Ref::from_schema_name(Trail::name()))
            .property("branch", Ref::from_schema_name(Branch::name()))
            .property("gap", object("What the device has no more of its log: see `push-request-gap.json`"))
            .property("ops", ops)
            .required("ops");
        RefOr::T(Schema::Object(built.build()))
    }
}

impl ToSchema for PushRequest {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Cursor::name().into_owned(), Cursor::schema()));
        Cursor::schemas(schemas);
        schemas.push((Trail::name().into_owned(), Trail::schema()));
        Trail::schemas(schemas);
        schemas.push((Branch::name().into_owned(), Branch::schema()));
        Branch::schemas(schemas);
    }
}

impl PartialSchema for Answer {
    fn schema() -> RefOr<Schema> {
        let verdicts = ["committed", "rejected", "duplicate-of", "conflicted"];
        let verdict = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(verdicts)).build();
        let built = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("What the server says of an op, for good: see `push-reply.json`"))
            .property("verdict", verdict)
            .required("verdict");
        RefOr::T(Schema::Object(built.build()))
    }
}

impl ToSchema for Answer {}

fn object(words: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object).description(Some(words))
}
