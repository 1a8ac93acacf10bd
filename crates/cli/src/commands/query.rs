//! `fieldbook query`: one SELECT over what this device shows.

use clap::Args;
use fieldbook_device::Device;
use fieldbook_device::store::{Cell, QueryError, Table};
use fieldbook_model::Schema;
use fieldbook_model::schema::RecordType;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;
use crate::table::{Shown, table};

/// Read this device's records with a SELECT; works without a network
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook query --home till-a \"select name, stock, decimal_text(price, 4) as price from product\"

Money and decimals are whole numbers of their last place: decimal_text(price, 4) writes them with a point,
decimal('18.50', 4) reads them.")]
pub struct Query {
    /// One SELECT; each record type is a table, each field a column
    sql: String,
    /// At most so many rows
    #[arg(long, value_name = "ROWS")]
    limit: Option<u32>,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Query {
    /// Reads.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let result = device.reader()?.query(&self.sql, self.limit);
        let result = result.map_err(|error| explained(error, &self.sql, &device))?;
        print(&result)?;
        // The wrong workspace is the commonest reason for "my data is gone".
        if result.rows.is_empty() && !output::in_json() {
            output::note(&format!("no row in the workspace {}", device.file().workspace));
        }
        if result.cut {
            output::note("there are more rows than --limit takes");
        }
        Ok(Exit::Done)
    }
}

/// Why a query does not work, with the columns of its tables where one of them is what it lacks.
pub fn explained(error: QueryError, sql: &str, device: &Device) -> Failure {
    match &error {
        QueryError::Wrong(words) if words.starts_with("no such column") => {
            let columns = columns(sql, &device.store().identity().schema);
            Failure::new(Exit::Wrong, "wrong-query", format!("{error}; {columns}"))
        }
        _ => error.into(),
    }
}

/// The columns of the tables that a query names; where it names none, the tables.
fn columns(sql: &str, schema: &Schema) -> String {
    let words: Vec<&str> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_named = |ty: &&RecordType| words.iter().any(|word| word.eq_ignore_ascii_case(&ty.name));
    let listed = |ty: &RecordType| {
        let fields: Vec<&str> = ty.fields.iter().map(|field| field.name.as_str()).collect();
        format!("{} has: id, {}", ty.name, fields.join(", "))
    };
    let named: Vec<String> = schema.types.iter().filter(is_named).map(listed).collect();
    if named.is_empty() {
        let names: Vec<&str> = schema.types.iter().map(|ty| ty.name.as_str()).collect();
        return format!("the tables are: {}", names.join(", "));
    }
    named.join("; ")
}

/// Prints a result: a table for people, an object a row for programs.
pub fn print(result: &Table) -> Result<(), Failure> {
    if output::in_json() {
        named_apart(&result.columns)?;
        return output::lines(result.objects());
    }
    let rows: Vec<Vec<Shown>> = result.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
    output::line(&table(&result.columns, &rows))
}

/// An object with two entries of one name is read differently by different readers.
pub fn named_apart(columns: &[String]) -> Result<(), Failure> {
    let twice = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name));
    match twice {
        None => Ok(()),
        Some((_, name)) => {
            Err(Failure::wrong(format!("two columns are called {name}; name them apart with AS")))
        }
    }
}

fn shown(cell: &Cell) -> Shown {
    match cell {
        Cell::Null => Shown::Text(String::new()),
        Cell::Int(number) => Shown::Number(number.to_string()),
        Cell::Real(number) => Shown::Number(number.to_string()),
        Cell::Text(text) => Shown::Text(text.clone()),
        Cell::Blob(bytes) => Shown::Text(format!("{} bytes", bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns_of_one_name_are_no_object() {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(named_apart(&columns(&["a", "b"])), Ok(()));
        assert!(named_apart(&columns(&["a", "b", "a"])).is_err());
    }
}
