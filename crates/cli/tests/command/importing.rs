//! Rows of a CSV file become records: each once, whenever whoever imports is stopped; a wrong row stops none.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::run::{Beside, text};
use crate::world::World;

const ROWS: usize = 100_000;
/// So many rows are in the pipe when the import is killed.
const FED: usize = 60_000;

fn rows(range: std::ops::Range<usize>) -> String {
    let mut rows = String::new();
    for n in range {
        writeln!(rows, "Product {n},{}.50,{}", n % 97, n % 13).expect("a text");
    }
    rows
}

#[test]
fn an_import_that_is_killed_and_run_again_makes_each_record_once() {
    let world = World::new(31);
    let a = world.device("a", "ann");
    let call = ["import", "-", "--type", "product"];
    let mut import = Beside::start(a.call(&call).stdin(Stdio::piped()));
    let mut pipe = import.stdin();
    pipe.write_all(format!("name,price,stock\n{}", rows(0..FED)).as_bytes()).expect("a pipe");
    import.kill_9();
    let before: usize = a.cell("select count(*) as n from product").parse().expect("a count");
    assert!(before > 0 && before <= FED, "{before} of {FED} rows were saved");

    let file = world.path("products.csv");
    fs::write(&file, format!("name,price,stock\n{}", rows(0..ROWS))).expect("written");
    let call = ["import", text(&file), "--type", "product"];
    let again = a.run(&call).well();
    assert_eq!(again, format!("imported {} rows as product; {before} rows imported before\n", ROWS - before));
    assert_eq!(a.cell("select count(*) || ' ' || count(distinct name) as n from product"), "100000 100000");
    assert_eq!(a.run(&call).well(), "imported 0 rows as product; 100000 rows imported before\n");
    let last = a.run(&["log", "--max", "1", "--json"]).lines();
    assert!(last[0].contains(r#""seq":100000,"#), "{last:?}");
}

#[test]
fn a_wrong_row_is_told_with_line_column_and_reason_and_the_rest_goes_on() {
    let world = World::new(32);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "supplier", "name=Exotic Liquids"]).well();
    let [file, refused] = ["products.csv", "refused.csv"].map(|name| world.path(name));
    fs::write(
        &file,
        "\u{feff}Name;Unit Price;Supplier;Shelf\n\
         Chai;18.50;Exotic Liquids;A\n\
         Tea;1,50;;A\n\
         \"Two\nlines\";2;Nobody;B\n\
         Short;2\n\
         Milk;2;;C\n",
    )
    .expect("written");
    let maps = ["--map", "Unit Price=price", "--map", "Supplier=supplier:name", "--skip", "Shelf"];
    let call = |words: &[&str]| {
        let call = ["import", text(&file), "--type", "product"];
        a.run(&call.iter().chain(&maps).chain(words).copied().collect::<Vec<_>>())
    };
    let told = "error: line 3, column \"Unit Price\": no decimal; write it like 118.50.\n\
                error: line 4, column \"Supplier\": there is no supplier with name=Nobody on this device\n\
                error: line 6: it has 2 cells, and the first line names 4 columns; a quote may be missing\n";
    let tried = call(&["--check"]);
    assert_eq!((tried.exit, tried.err.as_str()), (3, told));
    assert_eq!(tried.out, "2 rows would be imported as product; nothing is saved; 3 rows wrong\n");
    assert_eq!(a.cell("select count(*) as n from product"), "0");

    let done = call(&["--refused", text(&refused)]);
    assert_eq!((done.exit, done.err.as_str()), (3, told));
    assert_eq!(done.out, "imported 2 rows as product; 3 rows wrong\n");
    let left = fs::read_to_string(&refused).expect("a file");
    assert_eq!(left, "Name;Unit Price;Supplier;Shelf\nTea;1,50;;A\n\"Two\nlines\";2;Nobody;B\nShort;2\n");

    let json = call(&["--json"]);
    let lines: Vec<&str> = json.out.lines().collect();
    let first = r#"{"line":3,"column":"Unit Price","error":{"code":"wrong-value","words":"no decimal; write it like 118.50."}}"#;
    assert_eq!((lines[0], lines[3]), (first, r#"{"saved":0,"before":2,"refused":3}"#));

    // Mended, the same file goes on where it was wrong; what is the same row stays the same, wherever it stands.
    fs::write(&file, "Unit Price,Name,Supplier,Shelf\n1.50,Tea,,A\n18.50,Chai,Exotic Liquids,A\n2,Milk,,D\n")
        .expect("written");
    assert_eq!(call(&[]).well(), "imported 1 row as product; 2 rows imported before\n");
    // Another import of the same rows is said to be one.
    assert_eq!(call(&["--name", "June"]).well(), "imported 3 rows as product\n");
}

#[test]
fn what_is_exported_as_csv_is_imported_as_the_same_records() {
    let world = World::new(33);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.load_shop();
    let lines = |device: &crate::world::Device, of: &str| {
        let start = format!(r#"{{"type":"{of}","#);
        let lines = device.export().into_iter().filter(move |line| line.starts_with(&start));
        lines.map(|line| line.split_once(r#""fields""#).expect("fields").1.to_owned()).collect::<Vec<_>>()
    };
    for of in ["supplier", "category", "product"] {
        let file = world.path(&format!("{of}.csv"));
        fs::write(&file, a.run(&["export", "--csv", of]).well()).expect("written");
        b.run(&["import", text(&file), "--type", of]).well();
        assert!(!lines(&a, of).is_empty());
        assert_eq!(lines(&b, of), lines(&a, of));
    }
}

#[test]
fn a_wrong_call_says_what_would_be_right() {
    let world = World::new(34);
    let a = world.device("a", "ann");
    let file = world.path("products.csv");
    let check = |content: &[u8], words: &[&str], first_line: &str| {
        fs::write(&file, content).expect("written");
        a.run(&["import", text(&file), "--type"].iter().chain(words).copied().collect::<Vec<_>>())
            .check(2, first_line);
    };
    let name = text(&file);
    check(b"", &["product"], &format!("error: {name} is empty; its first line names the columns"));
    let utf16 = format!("error: {name} is written in UTF-16; save it as CSV in UTF-8 and import that");
    check(b"\xff\xfen\0", &["product"], &utf16);
    check(
        b"name\nTea\n",
        &["produkt"],
        "error: there is no type \"produkt\"; there are: category, supplier, product, customer, employee, shipper, sales_order, order_line, invoice, payment, stock_movement, attendance, task, draft",
    );
    check(
        b"name,Name\nTea,Tea\n",
        &["product"],
        "error: the columns \"name\" and \"Name\" go to the same field; leave one out with --skip",
    );
    check(
        b"name\nTea\n",
        &["product", "--map", "Price=price"],
        "error: --map \"Price\": there is no such column; there are: name",
    );
    check(
        b"name\nTea\n",
        &["product", "--map", "name=name:id"],
        "error: product.name names no record; write COLUMN=name",
    );
    check(
        b"name\nTea\n",
        &["product", "--delimiter", "€"],
        "error: --delimiter '€': one ASCII sign such as ; belongs there",
    );
    let missing = world.path("missing.csv");
    a.run(&["import", text(&missing), "--type", "product"])
        .check(2, &format!("error: cannot read {}: No such file or directory (os error 2)", text(&missing)));
    assert_eq!(a.cell("select count(*) as n from product"), "0");
}
