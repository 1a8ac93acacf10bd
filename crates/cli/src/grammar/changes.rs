//! From flags to the changes of an op.

use fieldbook_model::schema::{Field, Merge, RecordType};
use fieldbook_model::{Change, Fields, Json, RecordId, Schema, Version};

use super::flag::{Flag, Verb};
use super::target::{Target, Which};
use super::value::{Meaning, meaning};
use crate::failure::Failure;

/// Looks for the shown records of a type whose field has a value.
pub trait Find {
    /// Their ids, at most two.
    fn find(&self, of: &RecordType, field: &Field, value: &Json) -> Result<Vec<RecordId>, Failure>;
}

/// What the flags ask for.
#[derive(Debug, Default, PartialEq)]
pub struct Wish {
    /// In the order of the flags.
    pub changes: Vec<Change>,
    /// The records that are made under a new id, with their types.
    pub made: Vec<(String, RecordId)>,
}

/// Reads flags under a schema. `new_id` makes an id for a record that has none.
pub fn read(
    flags: &[Flag],
    schema: &Schema,
    records: &dyn Find,
    mut new_id: impl FnMut() -> RecordId,
) -> Result<Wish, Failure> {
    let reader = Reader { schema, records };
    let mut wish = Wish::default();
    for flag in flags {
        let target = Target::read(&flag.target)?;
        let ty = reader.record_type(&target.of)?;
        let id = match flag.verb {
            Verb::Insert => reader.fresh(&target, &mut wish, &mut new_id)?,
            Verb::Restore => known(&target)?,
            _ => reader.existing(ty, &target.which)?,
        };
        wish.changes.push(change(flag.verb, ty, id, reader.fields(flag, ty)?));
    }
    Ok(wish)
}

/// The base is the device's to fill in.
fn change(verb: Verb, ty: &RecordType, id: RecordId, fields: Fields) -> Change {
    let (of, base) = (ty.name.clone(), Version::ZERO);
    let [mut set, mut add, mut count, mut include, mut exclude, mut reset] =
        [const { Fields(Vec::new()) }; 6];
    match verb {
        Verb::Insert => return Change::Insert { of, id, fields },
        Verb::Delete => return Change::Delete { of, id, base },
        Verb::Restore => return Change::Restore { of, id, base },
        Verb::Set => set = fields,
        Verb::Add => add = fields,
        Verb::Count => count = fields,
        Verb::Include => include = fields,
        Verb::Exclude => exclude = fields,
        Verb::Reset => reset = fields,
    }
    Change::Update { of, id, base, set, add, count, include, exclude, reset }
}

/// The record that a text names: `TYPE:ID`, or `TYPE:FIELD=VALUE` that only one has.
pub fn record(text: &str, schema: &Schema, records: &dyn Find) -> Result<(String, RecordId), Failure> {
    let reader = Reader { schema, records };
    let target = Target::read(text)?;
    let ty = reader.record_type(&target.of)?;
    Ok((ty.name.clone(), reader.existing(ty, &target.which)?))
}

/// A type by its name.
pub fn record_type<'a>(schema: &'a Schema, name: &str) -> Result<&'a RecordType, Failure> {
    schema.find(name).ok_or_else(|| {
        let own = schema.types.iter().filter(|ty| !ty.system);
        let names: Vec<&str> = own.map(|ty| ty.name.as_str()).collect();
        Failure::wrong(format!("there is no type {name:?}; there are: {}", names.join(", ")))
    })
}

/// What a text means for a field of a type. A reference names a record by its id, or as `FIELD=VALUE`.
pub fn value(
    schema: &Schema,
    records: &dyn Find,
    ty: &RecordType,
    field: &Field,
    text: &str,
) -> Result<Json, Failure> {
    Reader { schema, records }.value(ty, field, text)
}

/// A deleted record is shown nowhere, so that no field can name it.
fn known(target: &Target) -> Result<RecordId, Failure> {
    match target.which {
        Which::Id(id) => Ok(id),
        _ => Err(Failure::wrong(format!("--restore {}:ID needs the id of the deleted record", target.of))),
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    records: &'a dyn Find,
}

impl<'a> Reader<'a> {
    fn record_type(&self, name: &str) -> Result<&'a RecordType, Failure> {
        record_type(self.schema, name)
    }

    fn fresh(
        &self,
        target: &Target,
        wish: &mut Wish,
        new_id: &mut impl FnMut() -> RecordId,
    ) -> Result<RecordId, Failure> {
        match &target.which {
            Which::Id(id) => Ok(*id),
            Which::Unnamed => {
                let id = new_id();
                wish.made.push((target.of.clone(), id));
                Ok(id)
            }
            Which::Field(..) => Err(Failure::wrong(format!(
                "--insert {0} takes fields behind a blank: --insert {0} FIELD=VALUE",
                target.of
            ))),
        }
    }

    fn existing(&self, ty: &RecordType, which: &Which) -> Result<RecordId, Failure> {
        match which {
            Which::Id(id) => Ok(*id),
            Which::Field(field, text) => self.only(ty, field, text),
            Which::Unnamed => Err(Failure::wrong(format!(
                "which {0}? Write {0}:ID, or {0}:FIELD=VALUE that only one has",
                ty.name
            ))),
        }
    }

    /// The only record of a type whose field has a value.
    fn only(&self, ty: &RecordType, name: &str, text: &str) -> Result<RecordId, Failure> {
        let field = field(ty, name)?;
        let value = self.value(ty, field, text)?;
        let named = format!("{} with {name}={text}", ty.name);
        match self.records.find(ty, field, &value)?.as_slice() {
            [id] => Ok(*id),
            [] => Err(Failure::wrong(format!(
                "there is no {named} on this device; name a deleted one by its id, which `fieldbook log --json` has"
            ))),
            _ => Err(Failure::wrong(format!("more than one {named}; name the one by its id"))),
        }
    }

    fn fields(&self, flag: &Flag, ty: &RecordType) -> Result<Fields, Failure> {
        let verb = flag.verb.flag();
        if flag.pairs.is_empty() && !matches!(flag.verb, Verb::Insert | Verb::Delete | Verb::Restore) {
            return Err(Failure::wrong(format!("--{verb} {} says no field; add FIELD=VALUE", flag.target)));
        }
        let mut fields: Vec<(String, Json)> = Vec::new();
        for pair in &flag.pairs {
            let (name, text) = pair.split_once('=').ok_or_else(|| {
                Failure::wrong(format!("{pair:?} behind --{verb} has no value; write FIELD=VALUE"))
            })?;
            if fields.iter().any(|(field, _)| field == name) {
                return Err(Failure::wrong(format!("{name} stands twice behind one --{verb}")));
            }
            let known = field(ty, name)?;
            if flag.verb == Verb::Set && known.merge == Merge::Delta {
                return Err(Failure::wrong(format!(
                    "{}.{name} is counted, so that nobody's count is lost: say by how much it changes; use --add {} {name}=-2",
                    ty.name, flag.target
                )));
            }
            fields.push((name.to_owned(), self.value(ty, known, text)?));
        }
        Ok(Fields(fields))
    }

    fn value(&self, ty: &RecordType, field: &Field, text: &str) -> Result<Json, Failure> {
        let wrong = |words: String| Failure::wrong(format!("{}.{}: {words}", ty.name, field.name));
        match meaning(&field.kind, text).map_err(wrong)? {
            Meaning::Value(value) => Ok(value),
            Meaning::Record(of) => {
                let id = self.existing(self.record_type(&of)?, &Which::read(text)?)?;
                Ok(Json::Text(id.to_string()))
            }
        }
    }
}

/// A field of a type by its name.
pub fn field<'a>(ty: &'a RecordType, name: &str) -> Result<&'a Field, Failure> {
    let known = ty.fields.iter().find(|field| field.name == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = ty.fields.iter().map(|field| field.name.as_str()).collect();
        Failure::wrong(format!("{} has no field {name:?}; it has: {}", ty.name, names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_model::json;
    use fieldbook_model::schema::toml;

    const SCHEMA: &str = r#"
        schema = "t"
        version = 1
        [type.supplier.field]
        name = { kind = "text" }
        [type.product.field]
        name = { kind = "text" }
        supplier = { kind = "ref", to = "supplier" }
        stock = { kind = "integer", merge = "delta" }
        price = { kind = "money", currency = "USD" }
        tags = { kind = "set" }
        seen = { kind = "integer", merge = "max" }
    "#;

    /// `name=X` is one record whose id ends in 1, `name=twin` are two, all else is none.
    struct Shelf;

    impl Find for Shelf {
        fn find(&self, _: &RecordType, _: &Field, value: &Json) -> Result<Vec<RecordId>, Failure> {
            Ok(match value {
                Json::Text(name) if name == "X" => vec![id(1)],
                Json::Text(name) if name == "twin" => vec![id(1), id(2)],
                _ => Vec::new(),
            })
        }
    }

    fn id(last: u8) -> RecordId {
        RecordId::v7(0, [0, 0, 0, 0, 0, 0, 0, 0, 0, last])
    }

    fn check(verb: Verb, target: &str, pairs: &[&str], expected: &str) {
        let schema = toml::read("t", SCHEMA).expect("a schema");
        let pairs = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        let flag = Flag { verb, target: target.to_owned(), pairs };
        let said = match read(&[flag], &schema, &Shelf, || id(9)) {
            Ok(wish) => json::write(&wish.changes[0]),
            Err(Failure::Said(said)) => said.words,
            Err(Failure::OutputClosed) => panic!("nothing was printed"),
        };
        let short = |last: u8| id(last).to_string();
        let said = said.replace(&short(1), "#1").replace(&short(2), "#2").replace(&short(9), "#9");
        assert_eq!(said, expected, "{verb:?} {target}");
    }

    #[test]
    fn a_flag_is_one_change() {
        check(
            Verb::Insert,
            "product",
            &["name=Tea", "price=18.50", "supplier=name=X", "tags=a,b"],
            r##"{"insert":"product","id":"#9","fields":{"name":"Tea","price":"18.50","supplier":"#1","tags":["a","b"]}}"##,
        );
        check(
            Verb::Add,
            "product:name=X",
            &["stock=-2"],
            r##"{"update":"product","id":"#1","base":0,"add":{"stock":-2}}"##,
        );
        check(
            Verb::Set,
            "product:name=X",
            &["name="],
            r##"{"update":"product","id":"#1","base":0,"set":{"name":null}}"##,
        );
        check(Verb::Delete, "product:name=X", &[], r##"{"delete":"product","id":"#1","base":0}"##);
        check(
            Verb::Restore,
            &format!("product:{}", id(2)),
            &[],
            r##"{"restore":"product","id":"#2","base":0}"##,
        );
        let include = r##"{"update":"product","id":"#1","base":0,"include":{"tags":["a"]}}"##;
        check(Verb::Include, "product:name=X", &["tags=a"], include);
        let exclude = r##"{"update":"product","id":"#1","base":0,"exclude":{"tags":["a","b"]}}"##;
        check(Verb::Exclude, "product:name=X", &["tags=a,b"], exclude);
        let reset = r##"{"update":"product","id":"#1","base":0,"reset":{"seen":0}}"##;
        check(Verb::Reset, "product:name=X", &["seen=0"], reset);
    }

    #[test]
    fn a_wrong_flag_says_what_would_be_right() {
        check(
            Verb::Set,
            "produkt:name=X",
            &["name=Y"],
            r#"there is no type "produkt"; there are: supplier, product"#,
        );
        check(
            Verb::Set,
            "product:name=X",
            &["colour=red"],
            r#"product has no field "colour"; it has: name, supplier, stock, price, tags, seen"#,
        );
        check(
            Verb::Set,
            "product:name=Z",
            &["stock=1"],
            "there is no product with name=Z on this device; name a deleted one by its id, which `fieldbook log --json` has",
        );
        check(
            Verb::Set,
            "product:name=twin",
            &["stock=1"],
            "more than one product with name=twin; name the one by its id",
        );
        check(
            Verb::Set,
            "product",
            &["stock=1"],
            "which product? Write product:ID, or product:FIELD=VALUE that only one has",
        );
        check(
            Verb::Set,
            "product:name=X",
            &["stock=7"],
            "product.stock is counted, so that nobody's count is lost: say by how much it changes; use --add product:name=X stock=-2",
        );
        check(
            Verb::Add,
            "product:name=X",
            &["stock=two"],
            r#"product.stock: "two" is no whole number such as -2"#,
        );
        check(
            Verb::Add,
            "product:name=X",
            &["stock"],
            r#""stock" behind --add has no value; write FIELD=VALUE"#,
        );
        check(Verb::Add, "product:name=X", &["stock=1", "stock=2"], "stock stands twice behind one --add");
        check(Verb::Add, "product:name=X", &[], "--add product:name=X says no field; add FIELD=VALUE");
        check(
            Verb::Restore,
            "product:name=X",
            &[],
            "--restore product:ID needs the id of the deleted record",
        );
    }
}
