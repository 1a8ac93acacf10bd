//! `fieldbook act`: one action from flags, or many from standard input.

use clap::Args;
use fieldbook_device::Device;
use fieldbook_device::store::forms::ActedForm;
use fieldbook_device::store::{Acted, Action, Reader};
use fieldbook_model::schema::{EDIT, Field, Kind, RecordType};
use fieldbook_model::{Change, Json, RecordId, json};

use super::act_lines;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::grammar::{self, Find, Flags, Wish};
use crate::home::HomeArgs;
use crate::{clock, output};

/// Act: change records on this device; it is saved when this returns, with or without a network
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook act --home till-a --type pos.sale.create --add product:name=Chai stock=-2

Several flags in one call are one action: all of it happens or none. A record is named by its id or by
FIELD=VALUE that only one has. `fieldbook act -` reads many actions from standard input, one a line:
  {\"type\":\"stock.adjust\",\"key\":\"count-17\",\"changes\":[{\"update\":\"product\",\"id\":\"…\",\"add\":{\"stock\":-2}}]}")]
pub struct Act {
    /// `-`: read actions as JSON lines from standard input
    input: Option<String>,
    /// What the action is called in the schema
    #[arg(long = "type", value_name = "ACTION", default_value = EDIT)]
    action: String,
    /// Names the occasion: the same action under one key is done once
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Act {
    /// Acts.
    pub fn run(self) -> Result<Exit, Failure> {
        match (self.input.as_deref(), self.flags.0.is_empty()) {
            (Some("-"), true) if self.key.is_some() || self.action != EDIT => {
                Err(Failure::wrong("with `act -` the type and the key stand in each line"))
            }
            (Some("-"), true) => act_lines::run(&self.home),
            (Some("-"), false) => Err(Failure::wrong("either `-` or flags such as --set, not both")),
            (Some(other), _) => Err(Failure::wrong(format!(
                "{other:?} belongs to no flag; begin with --insert, --set, --add, --count, --include, --exclude, --reset, --delete or --restore"
            ))),
            (None, true) => Err(Failure::wrong(
                "no change: say --insert, --set, --add, --count, --include, --exclude, --reset, --delete or --restore, or - for standard input",
            )),
            (None, false) => self.act(),
        }
    }

    fn act(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let Wish { changes, made } = self.wish(&device)?;
        let restores = changes.iter().any(|change| matches!(change, Change::Restore { .. }));
        let acted = device.act(Action { action: self.action, key: self.key, changes })?;
        if restores && !acted.duplicate {
            // What it held is the server's to know.
            output::note("A restored record shows again once the server has answered.");
        }
        match output::in_json() {
            true => output::json(&ActedForm::from(acted))?,
            false => tell(&acted, &made)?,
        }
        Ok(Exit::Done)
    }

    fn wish(&self, device: &Device) -> Result<Wish, Failure> {
        let schema = device.store().identity().schema.clone();
        let new_id = || RecordId::v7(clock::wall_ms(), clock::random());
        grammar::read(&self.flags.0, &schema, &Shelf::new(device)?, new_id)
    }
}

fn tell(acted: &Acted, made: &[(String, RecordId)]) -> Result<(), Failure> {
    let Acted { seq, duplicate, .. } = acted;
    if *duplicate {
        return output::line(&format!("already saved as op {seq} under this key; nothing new was done"));
    }
    output::line(&format!("saved as op {seq}"))?;
    output::lines(made.iter().map(|(of, id)| format!("made {of} {id}")))
}

/// The records that this device shows.
pub struct Shelf(std::cell::RefCell<Reader>);

impl Shelf {
    /// Of a device.
    pub fn new(device: &Device) -> Result<Self, Failure> {
        Ok(Self(std::cell::RefCell::new(device.reader()?)))
    }
}

impl Find for Shelf {
    fn find(&self, of: &RecordType, field: &Field, value: &Json) -> Result<Vec<RecordId>, Failure> {
        let (table, column) = (quoted(&of.name), quoted(&field.name));
        let value = literal(&field.kind, value);
        let sql = format!("SELECT id FROM {table} WHERE {column} IS {value} LIMIT 2");
        let found = self.0.borrow_mut().query(&sql, None)?;
        let ids = found.rows.iter().flatten().map(|cell| json::parse(&cell.json()));
        ids.collect::<Result<_, _>>().map_err(|error| Failure::new(Exit::Failed, "store", error.reason))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as SQL writes it.
fn literal(kind: &Kind, value: &Json) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match (kind, value) {
        (_, Json::Null) => "NULL".to_owned(),
        (Kind::Decimal { scale } | Kind::Money { scale, .. }, Json::Text(number)) => {
            format!("decimal({}, {scale})", text(number))
        }
        (_, Json::Bool(value)) => i64::from(*value).to_string(),
        (_, Json::Int(number)) => number.to_string(),
        (_, Json::Text(words)) => text(words),
        (_, other) => text(&json::write(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        let kind = Kind::Text { max: 99 };
        assert_eq!(literal(&kind, &Json::from("O'Hara' OR 1=1 --")), "'O''Hara'' OR 1=1 --'");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal(&Kind::Decimal { scale: 2 }, &Json::from("1.50")), "decimal('1.50', 2)");
        assert_eq!(literal(&Kind::Boolean, &Json::Bool(true)), "1");
        assert_eq!(literal(&kind, &Json::Null), "NULL");
    }
}
