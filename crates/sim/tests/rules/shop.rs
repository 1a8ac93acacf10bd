//! A shop whose schema has three versions, on the real stores, in files.

use std::path::PathBuf;
use std::sync::LazyLock;

use fieldbook_device_store::Export;
use fieldbook_model::Schema;
use fieldbook_model::schema::toml;
use fieldbook_server_store::{SqliteStore, Store as _};
use fieldbook_sim::pair::{self, Device, WORKSPACE};
use tempfile::TempDir;

use crate::tools::filled;

const ONE: &str = r#"
schema = "shop"
version = 1
[type.product]
label = "name"
[type.product.field]
name  = { kind = "text", max = 100, merge = "manual" }
stock = { kind = "integer", merge = "delta", default = 0 }
state = { kind = "enum", values = ["open", "shut"] }
[type.client]
unique = ["code"]
[type.client.field]
name = { kind = "text", max = 100 }
code = { kind = "text", max = 20 }
note = { kind = "text", max = 100 }
[action."pay"]
"#;

const TWO: &str = r#"
schema = "shop"
version = 2
[type.article]
label = "name"
[type.article.field]
name  = { kind = "text", max = 100, merge = "manual" }
stock = { kind = "decimal", scale = 2, merge = "delta", default = "0" }
state = { kind = "enum", values = ["open", "closed", "gone"] }
[type.client]
unique = ["code"]
[type.client.field]
first = { kind = "text", max = 100 }
last  = { kind = "text", max = 100 }
code  = { kind = "text", max = 20 }
note  = { kind = "text", max = 100 }
mail  = { kind = "text", max = 100 }
[action."pay"]
[[step]]
to = 2
rename-type = { from = "product", to = "article" }
[[step]]
to = 2
change-kind = { type = "article", field = "stock" }
[[step]]
to = 2
change-kind = { type = "article", field = "state", values = { shut = "closed" } }
[[step]]
to = 2
split = { type = "client", field = "name", into = ["first", "last"], by = " " }
"#;

/// The newest.
pub const THREE: &str = r#"
schema = "shop"
version = 3
[type.shelf.field]
place = { kind = "text", max = 100 }
[type.article]
label = "title"
[type.article.field]
title = { kind = "text", max = 100, merge = "manual" }
stock = { kind = "decimal", scale = 2, merge = "delta", default = "0" }
state = { kind = "enum", values = ["open", "closed", "gone"] }
[type.customer]
unique = ["code"]
[type.customer.field]
first = { kind = "text", max = 100 }
last  = { kind = "text", max = 100 }
code  = { kind = "text", max = 20 }
mail  = { kind = "text", max = 100 }
[action."pay"]
[[step]]
to = 3
rename-field = { type = "article", from = "name", to = "title" }
[[step]]
to = 3
rename-type = { from = "client", to = "customer" }
[[step]]
to = 3
drop-field = { type = "customer", field = "note" }
"#;

/// A version of the schema.
pub fn schema(version: usize) -> &'static Schema {
    static ALL: LazyLock<Vec<Schema>> = LazyLock::new(|| {
        let read = |text: &str| toml::read("shop.toml", text).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        [ONE, TWO, THREE].map(read).to_vec()
    });
    &ALL[version - 1]
}

/// A server of version 1 and two devices that have a product `$1` and a client `$2`.
pub struct Shop {
    pub server: SqliteStore,
    pub a: Device,
    pub b: Device,
    folder: TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut server =
            SqliteStore::create_clear(&path("server.db"), schema(1), WORKSPACE).expect("a server");
        let mut a = Device::create(&path("a.db"), 1, schema(1));
        let mut b = Device::create(&path("b.db"), 2, schema(1));
        a.act(&filled(
            r#"[{"insert":"product","id":"$1","fields":{"name":"tea","stock":10,"state":"shut"}},
                {"insert":"client","id":"$2","fields":{"name":"Ann Smith","code":"X","note":"kind"}}]"#,
        ));
        a.sync(&mut server);
        b.sync(&mut server);
        Self { server, a, b, folder }
    }

    /// The place of a file of the shop.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Brings the workspace to a version.
    pub fn upgrade(&mut self, version: usize) {
        pair::upgrade(&mut self.server, schema(version));
    }

    /// Whether a row on the server has this.
    pub fn shows(&self, part: &str) -> bool {
        let export = self.server.reader().and_then(|mut reader| reader.export()).expect("an export");
        export.iter().any(|line| line.contains(part) && !line.starts_with(r#"{"type":"conflict""#))
    }

    /// Everybody has everything, and it is the same.
    pub fn level(&mut self) {
        for _ in 0..2 {
            self.a.sync(&mut self.server);
            self.b.sync(&mut self.server);
        }
        let export = self.server.reader().and_then(|mut reader| reader.export()).expect("an export");
        for device in [&mut self.a, &mut self.b] {
            assert_eq!(device.store.export(Export::Shown).expect("an export"), export);
            assert_eq!(device.store.facts().expect("facts").pending(), 0);
        }
    }
}

/// Whether a row that a device shows has this.
pub fn shown(device: &mut Device, part: &str) -> bool {
    let export = device.store.export(Export::Shown).expect("an export");
    export.iter().any(|line| line.contains(part) && !line.starts_with(r#"{"type":"conflict""#))
}
