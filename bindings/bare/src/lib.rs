//! SQLCipher alone, in a browser's worker: what `cargo xtask bench web` measures the device against. The same library over the same
//! files with the same settings (`crates/device-store/src/connect.rs`), and nothing of ours around it.

#[cfg(target_family = "wasm")]
mod web {
    use rusqlite::{Connection, params};
    use sqlite_wasm_vfs::sahpool::{OpfsSAHPoolCfgBuilder, install};
    use wasm_bindgen::prelude::*;

    /// About as large as an op of one new record is in a device's log, in bytes.
    const OP_BYTES: usize = 500;

    fn thrown(error: impl ToString) -> JsValue {
        JsValue::from_str(&error.to_string())
    }

    /// A database.
    #[wasm_bindgen]
    pub struct Bare(Connection);

    #[wasm_bindgen]
    impl Bare {
        /// Makes one in a folder of its own. The key is 64 hexadecimal digits.
        pub async fn make(folder: String, key: &str) -> Result<Bare, JsValue> {
            let config = OpfsSAHPoolCfgBuilder::new().directory(&folder).initial_capacity(4).build();
            install::<sqlite_wasm_rs::WasmOsCallback>(&config, true).await.map_err(thrown)?;
            Self::open(key).map_err(thrown)
        }

        fn open(key: &str) -> rusqlite::Result<Self> {
            let conn = Connection::open("/bare.db")?;
            conn.execute_batch("PRAGMA cipher_log_level = NONE")?;
            conn.execute_batch(&format!("PRAGMA key = \"x'{key}'\""))?;
            conn.query_row("PRAGMA cipher_salt", [], |_| Ok(()))?;
            conn.execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; \
                 PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 CREATE TABLE item(id TEXT PRIMARY KEY, title TEXT, done INTEGER, count INTEGER, version INTEGER) WITHOUT ROWID; \
                 CREATE TABLE op(seq INTEGER PRIMARY KEY, op_id BLOB UNIQUE, text TEXT); \
                 CREATE TABLE touched(of INTEGER, id BLOB, seq INTEGER, PRIMARY KEY (of, id, seq)) WITHOUT ROWID;",
            )?;
            Ok(Self(conn))
        }

        /// One durable commit of one row.
        pub fn row(&mut self, number: u32, id: &str, title: &str) -> Result<(), JsValue> {
            item(&self.0, number, id, title).map_err(thrown)
        }

        /// One durable commit of as many rows as an act of one new record has: the record, the op, and what the op touches.
        pub fn rows(&mut self, number: u32, id: &str, title: &str) -> Result<(), JsValue> {
            self.four(number, id, title).map_err(thrown)
        }

        fn four(&mut self, number: u32, id: &str, title: &str) -> rusqlite::Result<()> {
            let tx = self.0.transaction()?;
            item(&tx, number, id, title)?;
            let (bytes, text) = (id.as_bytes(), "x".repeat(OP_BYTES));
            tx.prepare_cached("INSERT INTO op VALUES (?1, ?2, ?3)")?.execute(params![number, bytes, text])?;
            for seq in [0, number + 1] {
                let mut insert = tx.prepare_cached("INSERT INTO touched VALUES (0, ?1, ?2)")?;
                insert.execute(params![bytes, seq])?;
            }
            tx.commit()
        }

        /// So many rows in one durable commit. Ids are `start` and a number of 12 digits.
        pub fn bulk(&mut self, start: &str, rows: u32) -> Result<(), JsValue> {
            let mut all = || {
                let tx = self.0.transaction()?;
                for number in 0..rows {
                    item(&tx, number, &format!("{start}{number:012}"), &format!("row {number}"))?;
                }
                tx.commit()
            };
            all().map_err(thrown)
        }
    }

    fn item(conn: &Connection, number: u32, id: &str, title: &str) -> rusqlite::Result<()> {
        let mut insert = conn.prepare_cached("INSERT INTO item VALUES (?1, ?2, NULL, ?3, 0)")?;
        insert.execute(params![id, title, number]).map(drop)
    }
}
