//! Writes small databases of today's formats, for tests that open them with later programs:
//! `cargo run --release -p fieldbook-sim --example format -- fixtures/formats/NAME`. Done deliberately, once for each format
//! that is released; what is there is never written again.

use std::path::Path;

use fieldbook_model::RecordId;
use fieldbook_model::schema::toml;
use fieldbook_server_store::SqliteStore;
use fieldbook_sim::pair::{Device, WORKSPACE};

fn main() {
    let folder = std::env::args().nth(1).expect("the folder to write, such as fixtures/formats/3");
    let folder = Path::new(&folder);
    std::fs::create_dir(folder).expect("a new folder");
    let text = include_str!("../../../fixtures/formats/schema-1.toml");
    let schema = toml::read("schema-1.toml", text).expect("a schema");
    let mut server =
        SqliteStore::create_clear(&folder.join("server.db"), &schema, WORKSPACE).expect("a server");
    let mut a = Device::create(&folder.join("device-1.db"), 1, &schema);
    let mut b = Device::create(&folder.join("device-2.db"), 2, &schema);
    let id = |n: u8| RecordId::v7(1_000, [n; 10]);
    let filled = |text: &str| {
        (1..9).fold(text.to_owned(), |text, n| text.replace(&format!("${n}"), &id(n).to_string()))
    };
    a.act(&filled(r#"[{"insert":"product","id":"$1","fields":{"name":"Tea","stock":10}},{"insert":"product","id":"$2","fields":{"name":"Mug"}}]"#));
    a.act(&filled(r#"[{"insert":"customer","id":"$3","fields":{"name":"Ann Smith","code":"X1"}}]"#));
    a.sync(&mut server);
    b.sync(&mut server);
    a.act(&filled(r#"[{"update":"product","id":"$1","set":{"name":"Chai"},"add":{"stock":-2}}]"#));
    a.act(&filled(r#"[{"delete":"product","id":"$2"}]"#));
    a.sync(&mut server);
    // Held: it did not see that the tea is chai.
    b.act(&filled(r#"[{"update":"product","id":"$1","set":{"name":"Mate"},"add":{"stock":-1}}]"#));
    b.push(&mut server).expect("answers");
    b.pull(&server);
    // These wait on their devices, for however long.
    b.act(&filled(r#"[{"update":"customer","id":"$3","set":{"name":"Ann Smythe"}}]"#));
    b.act(&filled(r#"[{"insert":"product","id":"$4","fields":{"name":"Cake","stock":3}}]"#));
    a.act(&filled(r#"[{"update":"product","id":"$1","add":{"stock":-4}}]"#));
}
