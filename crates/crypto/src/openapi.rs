//! What the types look like on the wire that are one text, for an OpenAPI document.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::age::Recipient;
use crate::{Nonce, SealPublic, SignPublic, Signature};

macro_rules! digits {
    ($($pattern:literal => $($name:ident),+;)+) => {
        $($(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let text = ObjectBuilder::new().schema_type(Type::String);
                    RefOr::T(Schema::Object(text.pattern(Some($pattern)).build()))
                }
            }
            impl ToSchema for $name {}
        )+)+
    };
}

digits! {
    "^[0-9a-f]{32}$" => Nonce;
    "^[0-9a-f]{64}$" => SealPublic, SignPublic;
    "^[0-9a-f]{128}$" => Signature;
    "^age1[02-9ac-hj-np-z]{58}$" => Recipient;
}
