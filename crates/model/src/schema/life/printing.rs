//! A schema is printed as the file that says it.

use super::{schema, shop};
use crate::schema::print::print;

#[test]
fn what_is_printed_reads_back_as_the_same_schema() {
    let mut schemas: Vec<_> = shop().schemas().iter().map(|schema| schema.shown()).collect();
    schemas.push(schema(include_str!("../../../../../apps/counter/schema.toml")));
    for it in schemas {
        let text = print(&it);
        assert_eq!(schema(&text), it, "{text}");
        assert_eq!(print(&schema(&text)), text);
    }
}
