//! What a person may not do is refused at once, with the words that the server would use: by the member record that
//! is here, else by the role of the last sign-in.

use fieldbook_device_store::{Asks, Identity, May, Store, Wish};
use fieldbook_model::schema::{Action, Field};
use fieldbook_model::{Code, Refusal, Schema, Seq, UserId};

use crate::estate::{act, news, now, op_id, pages, person, phone_conflict, refusal, schema, shown, try_as};
use crate::world::id;

const ANN: &str = r#"customer c {"name":"Ann","phone":"1","note":"n"} @1"#;
const PHONE: &str = r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#;

/// A customer's phone is for managers, sites are for managers and cashiers, importing is for managers.
fn house() -> Schema {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut schema = schema();
    schema.roles = list(&["manager", "cashier"]);
    for ty in &mut schema.types {
        match ty.name.as_str() {
            "site" => ty.writers = list(&["manager", "cashier"]),
            "customer" => ty.fields[1] = Field { writers: list(&["manager"]), ..ty.fields[1].clone() },
            _ => {}
        }
    }
    let import = schema.actions.iter_mut().find(|action| action.name == "import").expect("an action");
    *import = Action { actors: list(&["manager"]), ..import.clone() };
    schema
}

fn of(role: &str) -> Store {
    let user_id = UserId::from_bytes(*id("u").bytes());
    let identity = Identity { role: role.into(), user_id, schema: house(), ..person() };
    let mut store = Store::memory(&identity).expect("a store");
    pages(&mut store, ANN);
    store
}

/// An owner says what the device's user is.
fn says(store: &mut Store, role: &str, version: u64) {
    let row = format!(r#"member u {{"user":"@u","name":"Nancy","role":"{role}"}} @{version}"#);
    news(store, &row).expect("news");
}

fn refused(store: &mut Store, action: &str, text: &str) -> Refusal {
    refusal(try_as(store, action, text))
}

#[test]
fn a_field_a_type_and_an_action_say_who_may() {
    let mut store = of("member");
    for (action, text, path, words) in [
        ("edit", PHONE, Some("customer.phone"), "A phone is set by: manager, owner."),
        (
            "edit",
            r#"{"insert":"site","id":"@s","fields":{"name":"A"}}"#,
            Some("site"),
            "A site is made, changed and deleted by: manager, cashier, owner.",
        ),
        (
            "import",
            r#"{"insert":"comment","id":"@k","fields":{"words":"x"}}"#,
            None,
            "The action import is done by: manager, owner.",
        ),
    ] {
        let no = refused(&mut store, action, text);
        assert_eq!((no.code, no.field.as_deref(), no.words.as_str()), (Code::NoPermission, path, words));
    }
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"note":"o"}}"#);
    act(&mut store, r#"{"insert":"customer","id":"@d","fields":{"name":"Bo"}}"#);
    let mut manager = of("manager");
    act(&mut manager, PHONE);
    try_as(&mut manager, "import", r#"{"insert":"comment","id":"@k","fields":{"words":"x"}}"#)
        .expect("an op");
}

#[test]
fn the_member_record_counts_and_not_the_last_sign_in() {
    let mut store = of("viewer");
    assert!(refused(&mut store, "edit", PHONE).words.contains("viewer"));
    says(&mut store, "manager", 2);
    act(&mut store, PHONE);
    says(&mut store, "cashier", 3);
    assert_eq!(refused(&mut store, "edit", PHONE).field.as_deref(), Some("customer.phone"));
    says(&mut store, "nobody", 4);
    let gone = refused(&mut store, "edit", r#"{"update":"customer","id":"@c","set":{"note":"o"}}"#);
    assert_eq!(gone.words, "You are no member of this workspace any more and may change nothing here.");
}

#[test]
fn a_demoted_person_takes_nothing_back_that_only_others_may_change() {
    let mut store = of("manager");
    act(&mut store, PHONE);
    pages(&mut store, r#"customer c {"name":"Ann","phone":"2","note":"n"} @2; ok 1 @2"#);
    says(&mut store, "cashier", 3);
    let at = now(&mut store);
    let no = refusal(store.undo(at, None, Asks::First));
    assert_eq!((no.code, no.field.as_deref()), (Code::NoPermission, Some("customer.phone")));
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:2 note:n}");
    says(&mut store, "manager", 4);
    let at = now(&mut store);
    store.undo(at, None, Asks::First).expect("an undo");
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:1 note:n}");
}

#[test]
fn what_was_refused_is_sent_again_by_who_may() {
    let mut store = of("manager");
    act(&mut store, PHONE);
    pages(&mut store, "no 1 @2");
    says(&mut store, "cashier", 3);
    let at = now(&mut store);
    assert_eq!(refusal(store.retry(at, Seq(1), None)).code, Code::NoPermission);
    says(&mut store, "owner", 4);
    let at = now(&mut store);
    store.retry(at, Seq(1), None).expect("another try");
}

#[test]
fn rule_50_a_conflict_asks_those_who_may_write_all_of_it() {
    let mut store = of("manager");
    act(&mut store, PHONE);
    let conflict = phone_conflict(1, 3, "open", "2", "3");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"3"}} @2; held 1 @3; {conflict} @3"#));
    let id = op_id(&mut store, 1);
    assert_eq!(store.facts().expect("facts").conflicts, 1);
    says(&mut store, "cashier", 4);
    assert_eq!(store.facts().expect("facts").conflicts, 0);
    let at = now(&mut store);
    let no = refusal(store.resolve(at, id, &Wish::Theirs));
    assert_eq!((no.code, no.words.as_str()), (Code::NoPermission, "A phone is set by: manager, owner."));
    assert!(store.may(May::Settle(id)).expect("a store").is_err());
    says(&mut store, "owner", 5);
    assert_eq!(store.facts().expect("facts").conflicts, 1);
    let at = now(&mut store);
    store.resolve(at, id, &Wish::Theirs).expect("a decision");
}

#[test]
fn an_app_asks_before_it_offers_a_button() {
    let (mut cashier, mut viewer) = (of("cashier"), of("viewer"));
    for (what, allowed) in [
        (May::Act("import"), false),
        (May::Act("edit"), true),
        (May::Write("site"), true),
        (May::Set("customer", "phone"), false),
        (May::Set("customer", "note"), true),
    ] {
        assert_eq!(cashier.may(what).expect("a store").is_ok(), allowed, "{what:?}");
        assert!(viewer.may(what).expect("a store").is_err(), "{what:?}");
    }
    let no = |what: May<'_>, store: &mut Store| store.may(what).expect("a store").expect_err("no").code;
    assert_eq!(no(May::Write("nothing"), &mut cashier), Code::UnknownType);
    assert_eq!(no(May::Set("site", "nothing"), &mut cashier), Code::UnknownField);
}
