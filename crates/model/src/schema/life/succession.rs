//! Which schema may follow which, and what each change weighs.

use super::schema;
use crate::schema::succession::{Weight, compare, succeed};

/// A version from which the others differ.
const OLD: &str = r#"
    schema = "shop"
    version = 1
    [type.product]
    label = "name"
    unique = ["code"]
    [type.product.group]
    place = ["x", "y"]
    [type.product.field]
    name  = { kind = "text", max = 100 }
    code  = { kind = "text", max = 20 }
    note  = { kind = "text", max = 100 }
    stock = { kind = "integer", merge = "delta" }
    state = { kind = "enum", values = ["open", "shut"] }
    x     = { kind = "integer" }
    y     = { kind = "integer" }
    day   = { kind = "date" }
    tag   = { kind = "text", max = 100 }
    [action."label.it"]
    key = ["product.tag"]
"#;

/// Replaces texts of [`OLD`] and adds some, and looks at what weighs most, where, and in which words.
fn check(changes: &[(&str, &str)], more: &str, expected: (Weight, &str, &str)) {
    let mut text = OLD.replace("version = 1", "version = 2");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let (old, new) = (schema(OLD), schema(&(text + more)));
    let findings = compare(&old, &new);
    let (weight, path, words) = expected;
    let found = findings.iter().find(|it| it.path == path && it.words.contains(words));
    assert_eq!(found.map(|it| it.weight), Some(weight), "{path}: {words}: {findings:#?}");
    let worst = findings.iter().map(|it| it.weight).max().expect("a finding");
    assert_eq!(worst, weight, "{findings:#?}");
    assert_eq!(succeed(&old, &new).is_ok(), weight.is_allowed());
}

const NOTE: &str = "    note  = { kind = \"text\", max = 100 }\n";

#[test]
fn additions_need_nothing() {
    let new = Weight::Additive;
    check(&[(NOTE, "note = { kind = \"text\", max = 200 }\n")], "", (new, "product.note", "more characters"));
    check(&[(NOTE, &format!("{NOTE} more = {{ kind = \"text\" }}\n"))], "", (new, "product.more", "is new"));
    check(&[("\"shut\"", "\"shut\", \"gone\"")], "", (new, "product.state", "more words"));
    check(&[], "[action.\"product.buy\"]\n", (new, "product.buy", "is new"));
    check(&[], "[type.shelf.field]\nname = { kind = \"text\" }\n", (new, "shelf", "is new"));
    let label = "label = \"name\"";
    check(&[(label, "label = \"note\"")], "", (new, "product", "another name"));
}

#[test]
fn another_merge_rule_is_allowed_and_told() {
    let manual = NOTE.replace("100", "100, merge = \"manual\"");
    check(&[(NOTE, &manual)], "", (Weight::Rule, "product.note", "merge rule"));
    check(&[("unique = [\"code\"]", "")], "", (Weight::Rule, "product", "keys are others"));
    check(&[("    place = [\"x\", \"y\"]\n", "")], "", (Weight::Rule, "product.place", "one by one"));
}

#[test]
fn what_is_gone_or_of_another_kind_needs_a_step() {
    let step = Weight::NeedsStep;
    check(&[(NOTE, "")], "", (step, "product.note", "say rename-field, split or drop-field"));
    check(&[("\"shut\"", "\"closed\"")], "", (step, "product.state", "shut is gone"));
    check(
        &[("day   = { kind = \"date\" }", "day = { kind = \"timestamp\" }")],
        "",
        (step, "product.day", "change-kind"),
    );
    let other = [("type.product", "type.article"), ("product.tag", "article.tag")];
    check(&other, "", (step, "product", "say rename-type"));
}

#[test]
fn declared_steps_are_taken() {
    let step = |text: &str| format!("[[step]]\nto = 2\n{text}\n");
    check(
        &[("note  =", "remark =")],
        &step(r#"rename-field = { type = "product", from = "note", to = "remark" }"#),
        (Weight::Stepped, "product.note", "is called remark"),
    );
    check(
        &[(NOTE, "")],
        &step(r#"drop-field = { type = "product", field = "note" }"#),
        (Weight::Stepped, "product.note", "kept for devices"),
    );
    check(
        &[("\"shut\"", "\"closed\"")],
        &step(r#"change-kind = { type = "product", field = "state", values = { shut = "closed" } }"#),
        (Weight::Stepped, "product.state", "another kind"),
    );
    check(
        &[("stock = { kind = \"integer\"", "stock = { kind = \"decimal\", scale = 3")],
        &step(r#"change-kind = { type = "product", field = "stock" }"#),
        (Weight::Stepped, "product.stock", "another kind"),
    );
    check(
        &[(NOTE, "short = { kind = \"text\", max = 100 }\nlong = { kind = \"text\", max = 100 }\n")],
        &step(r#"split = { type = "product", field = "note", into = ["short", "long"], by = ": " }"#),
        (Weight::Stepped, "product.note", "becomes short, long"),
    );
    check(
        &[("type.product", "type.article"), ("product.tag", "article.tag")],
        &step(r#"rename-type = { from = "product", to = "article" }"#),
        (Weight::Stepped, "product", "is called article"),
    );
}

#[test]
fn what_queued_ops_could_not_survive_is_refused() {
    let no = Weight::Refused;
    let step = |text: &str| format!("[[step]]\nto = 2\n{text}\n");
    let parts = "a = { kind = \"text\", max = 100 }\nb = { kind = \"text\", max = 100 }\n";
    let split = |field: &str| {
        step(&format!(r#"split = {{ type = "product", field = "{field}", into = ["a", "b"], by = " " }}"#))
    };
    check(
        &[("    code  = { kind = \"text\", max = 20 }\n", parts), ("unique = [\"code\"]", "")],
        &split("code"),
        (no, "product.code", "part of a key"),
    );
    check(
        &[("    x     = { kind = \"integer\" }\n", parts), ("    place = [\"x\", \"y\"]\n", "")],
        &split("x"),
        (no, "product.x", "in a group"),
    );
    check(
        &[("    tag   = { kind = \"text\", max = 100 }\n", parts), ("    key = [\"product.tag\"]\n", "")],
        &split("tag"),
        (no, "product.tag", "part of an action's key"),
    );
    check(
        &[("    stock = { kind = \"integer\", merge = \"delta\" }\n", "")],
        &step(r#"drop-field = { type = "product", field = "stock" }"#),
        (no, "product.stock", "sum of additions"),
    );
    check(&[("version = 2", "version = 3")], "", (no, "version", "write version = 2"));
    check(&[("\"shop\"", "\"stop\"")], "", (no, "schema", "not of shop"));
    check(&[(NOTE, &NOTE.replace("100", "50"))], "", (no, "product.note", "fewer characters"));
    check(
        &[(NOTE, &NOTE.replace("100", "100, required = true"))],
        "",
        (no, "product.note", "in older records"),
    );
    check(&[(", merge = \"delta\"", "")], "", (no, "product.stock", "additions and plain values"));
    let needed = format!("{NOTE} more = {{ kind = \"text\", required = true }}\n");
    check(&[(NOTE, &needed)], "", (no, "product.more", "needs a default"));
    check(
        &[("[action.\"label.it\"]\n    key = [\"product.tag\"]\n", "")],
        "",
        (no, "label.it", "leave it in"),
    );
    check(
        &[("    place = [", "    pair = [\"name\", \"note\"]\n    place = [")],
        "",
        (no, "product.pair", "group"),
    );
    check(
        &[("day   = { kind = \"date\" }", "day = { kind = \"integer\" }")],
        &step(r#"change-kind = { type = "product", field = "day" }"#),
        (no, "product.day", "no conversion"),
    );
    check(
        &[("\"open\", \"shut\"", "\"open\", \"gone\"")],
        &step(r#"change-kind = { type = "product", field = "state", values = { shut = "open" } }"#),
        (no, "product.state", "no conversion"),
    );
    check(
        &[("x     = { kind = \"integer\"", "x     = { kind = \"text\"")],
        &step(r#"change-kind = { type = "product", field = "x" }"#),
        (no, "product.x", "no conversion"),
    );
}
