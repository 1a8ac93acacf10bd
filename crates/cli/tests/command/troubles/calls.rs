//! Calls and inputs that are wrong.

use std::fs;

use super::page::Page;
use super::{all, with};
use crate::run::{fieldbook, run, text};
use crate::world::{Device, World};

pub const PART: &str = "A call or an input that is wrong";

#[test]
fn a_wrong_call_or_input_is_told_as_the_page_says() {
    let (page, world) = (Page::of(PART), World::new(51));
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Bergs"]).well();
    let before = all(&a);
    let call = |words: &'static [&'static str]| move |more: &[&str]| run(fieldbook(words).args(more));
    page.check("A command that there is not", &mut call(&["synk"]));
    page.check("An option that there is not", &mut call(&["sync", "--hom", "till-a"]));
    page.check("No device is named", &mut call(&["status"]));
    let nobody = Device { home: world.path("nobody") };
    page.check("The folder is no device's", &mut with(&nobody, &["status"]));
    page.check("SQL that writes", &mut with(&a, &["query", "delete from customer"]));
    page.check("SQL with a name that there is not", &mut with(&a, &["query", "select nam from shipper"]));
    page.check("A field that there is not", &mut with(&a, &["act", "--insert", "shipper", "fone=1"]));
    schemas(&page, &world);
    rows(&page, &world, &a);
    assert_eq!(all(&a), before);
    page.done();
}

fn schemas(page: &Page, world: &World) {
    let wrong = world.path("wrong.toml");
    let schema = "schema = \"shop\"\nversion = 1\n[type.product.field]\nname = { kind = \"txt\" }\n";
    fs::write(&wrong, schema).expect("written");
    let check = ["schema", "check", text(&wrong)];
    page.check("A schema with a mistake", &mut |more| run(fieldbook(check).args(more)));
}

fn rows(page: &Page, world: &World, a: &Device) {
    let csv = |name: &str, content: &str| {
        let path = world.path(name);
        fs::write(&path, content).expect("written");
        path
    };
    let import = |path: &str| {
        let words = ["import", path, "--type", "product"].map(str::to_owned);
        move |more: &[&str]| run(a.call(&words.each_ref().map(String::as_str)).args(more))
    };
    let columns = csv("columns.csv", "name,colour\nTea,green\n");
    page.check("A CSV file with a column that there is not", &mut import(text(&columns)));
    page.check("A CSV file that is not there", &mut import("no-such.csv"));
    // The second row is told, and only it; in JSON on standard output, where the rest of the answer is.
    let cells = csv("cells.csv", "name,stock\nTea,many\n");
    let told = a.run(&["import", text(&cells), "--type", "product", "--json"]);
    assert!(told.out.starts_with(r#"{"line":2,"column":"stock","error":{"code":"wrong-"#), "{told:?}");
    assert_eq!(told.exit, 3);
    page.check("A row that does not fit", &mut with(a, &["import", text(&cells), "--type", "product"]));
}
