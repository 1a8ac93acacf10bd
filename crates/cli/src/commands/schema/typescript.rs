//! A schema as types of TypeScript: what a row is, and what an act may name. `packages/client/src/schema.ts` says how they are used.

use std::fmt::Write as _;

use fieldbook_model::Schema;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};

/// The text of a file of TypeScript.
pub fn typescript(schema: &Schema) -> String {
    let schema = schema.shown();
    let own: Vec<&RecordType> = schema.types.iter().filter(|ty| !ty.system).collect();
    let Schema { name, version, .. } = &schema;
    // Writing to a text cannot fail.
    let mut text = format!(
        "// The schema {name}, version {version}, as `fieldbook schema types --lang ts` writes it.\n\n"
    );
    let json = if own.iter().any(|ty| ty.fields.iter().any(is_json)) { "Json, " } else { "" };
    let _ = writeln!(text, "import type {{ {json}Select }} from '@fieldbook/client';");
    for ty in &own {
        row(&mut text, ty);
    }
    let _ = writeln!(text, "\n/** What `open<{}Schema>(…)` takes. */", pascal(name));
    let _ = writeln!(text, "export interface {}Schema {{\n  records: {{", pascal(name));
    for ty in &own {
        record(&mut text, ty);
    }
    let actions: Vec<String> = schema.actions.iter().map(|action| quoted(&action.name)).collect();
    let actions = if actions.is_empty() { "never".to_owned() } else { actions.join(" | ") };
    let _ = writeln!(text, "  }};\n  actions: {actions};\n}}");
    text.push_str("\n/** All rows of each type, for `rows` and `liveRows`. */\nexport const all = {\n");
    for ty in own {
        let named = ty.fields.iter().map(|field| field.name.as_str());
        let columns = ["id"].into_iter().chain(named).chain(["_version"]);
        // In quotes, since a field may have the name of a word of SQL.
        let columns: Vec<String> = columns.map(|name| format!("\"{name}\"")).collect();
        let sql = format!("SELECT {} FROM \"{}\"", columns.join(", "), ty.name);
        let _ =
            writeln!(text, "  {}: {{ sql: {} }} as Select<{}Row>,", ty.name, quoted(&sql), pascal(&ty.name));
    }
    text.push_str("};\n");
    text
}

/// A row as a query gives it.
fn row(text: &mut String, ty: &RecordType) {
    let _ = writeln!(text, "\n/** A row of `{}`. */", ty.name);
    let _ = writeln!(text, "export interface {}Row {{\n  id: string;", pascal(&ty.name));
    for field in &ty.fields {
        let empty = if field.required { "" } else { " | null" };
        let note = column_note(&field.kind).map(|note| format!("  /** {note} */\n")).unwrap_or_default();
        let _ = writeln!(text, "{note}  {}: {}{empty};", field.name, column(&field.kind));
    }
    text.push_str(
        "  /** In which version the server confirmed it last; 0: not yet. */\n  _version: number;\n}\n",
    );
}

/// What an act may name of a type.
fn record(text: &mut String, ty: &RecordType) {
    let _ = writeln!(text, "    {}: {{\n      row: {}Row;", ty.name, pascal(&ty.name));
    let named = ty.fields.iter().filter(|field| !field.series);
    let insert = named.clone().map(|field| {
        let needed = field.required && field.default.is_none();
        (field, if needed { "" } else { "?" })
    });
    part(text, "insert", insert.map(|(field, mark)| line(field, mark)));
    let later: Vec<&Field> = named.filter(|field| !field.fixed && !ty.insert_only).collect();
    let is_set = |field: &&&Field| matches!(field.kind, Kind::Set { .. });
    let merges = |field: &Field| ty.rule(ty.position(&field.name).expect("BUG: a field of the type"));
    let is_added = |field: &&&Field| merges(field) == Merge::Delta;
    let is_bound = |field: &&&Field| merges(field).is_bound();
    part(text, "set", later.iter().filter(|it| !is_added(it) && !is_set(it)).map(|field| line(field, "?")));
    part(
        text,
        "add",
        later.iter().filter(is_added).map(|field| format!("{}?: {}", field.name, value(&field.kind))),
    );
    part(text, "elements", later.iter().filter(is_set).map(|field| format!("{}?: string[]", field.name)));
    part(text, "reset", later.iter().filter(is_bound).map(|field| line(field, "?")));
    let _ = writeln!(text, "      insertOnly: {};\n    }};", ty.insert_only);
}

/// One kind of what an act may name.
fn part(text: &mut String, name: &str, fields: impl Iterator<Item = String>) {
    let fields: Vec<String> = fields.collect();
    let _ = match fields.is_empty() {
        true => writeln!(text, "      {name}: {{ [field: string]: never }};"),
        false => writeln!(text, "      {name}: {{ {} }};", fields.join("; ")),
    };
}

fn line(field: &Field, mark: &str) -> String {
    let empty = if field.required { "" } else { " | null" };
    format!("{}{mark}: {}{empty}", field.name, value(&field.kind))
}

/// What an act writes.
fn value(kind: &Kind) -> String {
    match kind {
        Kind::Text { .. } | Kind::Date | Kind::Timestamp | Kind::Ref { .. } | Kind::Blob => {
            "string".to_owned()
        }
        Kind::Integer => "number".to_owned(),
        Kind::Decimal { .. } | Kind::Money { .. } => "number | string".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Enum { values } => words(values),
        Kind::Json => "Json".to_owned(),
        Kind::Set { .. } => "string[]".to_owned(),
    }
}

/// What a query reads.
fn column(kind: &Kind) -> String {
    match kind {
        Kind::Integer | Kind::Decimal { .. } | Kind::Money { .. } => "number".to_owned(),
        Kind::Boolean => "0 | 1".to_owned(),
        Kind::Enum { values } => words(values),
        Kind::Text { .. } | Kind::Date | Kind::Timestamp | Kind::Ref { .. } | Kind::Blob => {
            "string".to_owned()
        }
        Kind::Json | Kind::Set { .. } => "string".to_owned(),
    }
}

/// What a column is beyond its type.
fn column_note(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Decimal { scale } => Some(format!("In units of 10^-{scale}.")),
        Kind::Money { currency, scale } => Some(format!("{currency}, in units of 10^-{scale}.")),
        Kind::Json => Some("JSON.".to_owned()),
        Kind::Set { .. } => Some("A JSON list.".to_owned()),
        Kind::Ref { to, .. } => Some(format!("The id of a `{to}`.")),
        _ => None,
    }
}

fn is_json(field: &Field) -> bool {
    field.kind == Kind::Json
}

fn words(values: &[String]) -> String {
    values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(" | ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `sales_order` as `SalesOrder`.
fn pascal(name: &str) -> String {
    let words = name.split(['_', '-', '.']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase().to_string()).unwrap_or_default();
        first + letters.as_str()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fieldbook_model::schema::toml;

    use super::*;

    /// Where a schema lies, and what an app or the client compiles with. `FIELDBOOK_GOLDEN=write` writes the second anew.
    /// `packages/client/types/calls.ts` says what compiles with the first of them, and what does not.
    const COMPILED: [(&str, &str); 2] = [
        ("packages/client/types/schema.toml", "packages/client/types/schema.ts"),
        ("apps/sample/schema.toml", "apps/sample/src/schema.ts"),
    ];

    #[test]
    fn the_types_of_a_schema_are_those_that_the_client_and_the_sample_compile_with() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("a file");
        for (schema, types) in COMPILED {
            let told = typescript(&toml::read(schema, &read(schema)).expect("a schema"));
            if std::env::var_os("FIELDBOOK_GOLDEN").is_some_and(|wish| wish == "write") {
                std::fs::write(root.join(types), &told).expect("written");
            }
            assert_eq!(told, read(types), "{types}");
        }
    }

    #[test]
    fn a_name_becomes_one_of_a_type() {
        for (name, expected) in [("item", "Item"), ("sales_order", "SalesOrder"), ("my-app", "MyApp")] {
            assert_eq!(pascal(name), expected);
        }
    }
}
