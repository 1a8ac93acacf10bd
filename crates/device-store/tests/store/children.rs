//! What a delete means for the children: they have to go first, or their reference turns.

use fieldbook_model::{Code, Seq};

use crate::estate::{act, estate, news, now, pages, refusal, shown, try_as};
use fieldbook_device_store::Asks;

const BASE: &str = r#"customer c {"name":"Ann","heir":"@d"} @1; customer d {"name":"Bo"} @2;
    bill i {"number":"N-1","customer":"@c"} @3; task t {"name":"Call","customer":"@d"} @4"#;

#[test]
fn an_owner_is_not_deleted_before_what_must_go_first() {
    let mut store = estate(BASE);
    let refused = refusal(try_as(&mut store, "edit", r#"{"delete":"customer","id":"@c"}"#));
    assert_eq!(refused.code, Code::HasChildren);
    assert_eq!(refused.words, "This customer still has 1 of type bill; delete or move it first.");
    // Moved away in the same action.
    let moved = r#"{"update":"bill","id":"@i","set":{"customer":"@d"}},{"delete":"customer","id":"@c"}"#;
    act(&mut store, moved);
    assert_eq!(shown(&mut store, "customer"), "d{name:Bo}");
    let refused = refusal(try_as(&mut store, "edit", r#"{"delete":"customer","id":"@d"}"#));
    assert_eq!(refused.code, Code::HasChildren);
}

#[test]
fn a_child_that_comes_with_the_delete_counts() {
    let mut store = estate(BASE);
    let both = r#"{"insert":"bill","id":"@n","fields":{"customer":"@d"}},{"delete":"customer","id":"@d"}"#;
    assert_eq!(refusal(try_as(&mut store, "edit", both)).code, Code::HasChildren);
}

#[test]
fn a_child_turns_to_the_heir_and_back() {
    let mut store = estate(
        r#"customer c {"name":"Ann","heir":"@d"} @1; customer d {"name":"Bo"} @2;
        task t {"name":"Call","customer":"@c"} @3; task u {"name":"Write","customer":"@d"} @4"#,
    );
    act(&mut store, r#"{"delete":"customer","id":"@c"}"#);
    assert_eq!(shown(&mut store, "task"), "t{name:Call customer:d} u{name:Write customer:d}");
    act(&mut store, r#"{"delete":"customer","id":"@d"}"#);
    assert_eq!(shown(&mut store, "task"), "t{name:Call} u{name:Write}");
    for expected in [
        "t{name:Call customer:d} u{name:Write customer:d}",
        "t{name:Call customer:c} u{name:Write customer:d}",
    ] {
        let moment = now(&mut store);
        store.undo(moment, None, Asks::First).expect("an undo");
        assert_eq!(shown(&mut store, "task"), expected);
    }
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann heir:d} d{name:Bo}");
}

#[test]
fn a_turned_child_is_played_again_on_the_news() {
    let mut store = estate(
        r#"customer c {"name":"Ann","heir":"@d"} @1; customer d {"name":"Bo"} @2;
        task t {"name":"Call","customer":"@c"} @3"#,
    );
    act(&mut store, r#"{"delete":"customer","id":"@c"}"#);
    news(&mut store, r#"task t {"name":"Call back","customer":"@c"} @5"#).expect("news");
    assert_eq!(shown(&mut store, "task"), "t{name:Call back customer:d}");
    // Somebody else gave it to another meanwhile: nothing to turn.
    news(&mut store, r#"customer e {"name":"Cy"} @6; task t {"name":"Call","customer":"@e"} @7"#)
        .expect("news");
    assert_eq!(shown(&mut store, "task"), "t{name:Call customer:e}");
    // Or deleted it: the op is not in doubt for that.
    news(&mut store, "task t gone @8").expect("news");
    assert_eq!(
        (shown(&mut store, "task"), crate::estate::in_doubt(&mut store)),
        (String::new(), String::new())
    );
    pages(&mut store, "no 1 @9");
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann heir:d} d{name:Bo} e{name:Cy}");
    assert_eq!(store.facts().expect("facts").next, Seq(2));
}
