//! Places in the file: its tables, the entries of each, and how a message shows them.

use toml_edit::{Item, TableLike};

/// The characters of the file that one message repeats.
const SHOWN_MAX: usize = 40;

/// A table of the file, in whichever of TOML's spellings.
pub(super) struct Section<'a> {
    pub(super) path: String,
    /// Its own name, empty for the whole file.
    pub(super) key: &'a str,
    /// The byte at which that name starts.
    pub(super) start: usize,
    pub(super) table: &'a dyn TableLike,
}

impl<'a> Section<'a> {
    /// Its path, for a message.
    pub(super) fn name(&self) -> &str {
        if self.path.is_empty() { "the file" } else { &self.path }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'a>> {
        self.table.iter().filter_map(|(key, _)| self.entry(key))
    }

    pub(super) fn entry(&self, key: &str) -> Option<Entry<'a>> {
        let (key, item) = self.table.get_key_value(key)?;
        let key_start = key.span().map_or(self.start, |span| span.start);
        let start = match item.is_value() {
            true => item.span().map_or(key_start, |span| span.start),
            false => key_start,
        };
        let point = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{point}{}", self.path, shown(key.get()));
        Some(Entry { path, key: key.get(), key_start, start, item })
    }
}

/// A key with its value, or an element of a list.
pub(super) struct Entry<'a> {
    pub(super) path: String,
    pub(super) key: &'a str,
    /// The byte at which its key starts.
    pub(super) key_start: usize,
    /// The byte at which its value starts; that of the key, where the value is a table of its own.
    pub(super) start: usize,
    pub(super) item: &'a Item,
}

impl<'a> Entry<'a> {
    /// The elements of a list, `None` where it is none.
    pub(super) fn elements(&self) -> Option<Vec<Entry<'a>>> {
        let len = self.item.as_array()?.len();
        Some((0..len).filter_map(|place| self.element(place)).collect())
    }

    fn element(&self, place: usize) -> Option<Entry<'a>> {
        let item = self.item.get(place)?;
        let start = item.span().map_or(self.start, |span| span.start);
        Some(Entry { path: format!("{}[{place}]", self.path), key: self.key, key_start: start, start, item })
    }

    /// The table that it is, where it is one.
    pub(super) fn section(&self) -> Option<Section<'a>> {
        let table = self.item.as_table_like()?;
        Some(Section { path: self.path.clone(), key: self.key, start: self.key_start, table })
    }

    /// Its value as it stands in the file, in one line.
    pub(super) fn shown(&self, text: &str) -> String {
        match (self.item, self.item.span()) {
            (Item::Value(_), Some(span)) => cut(text.get(span).unwrap_or_default()),
            (Item::ArrayOfTables(_), _) => "a list of tables".to_owned(),
            _ => "a table".to_owned(),
        }
    }
}

/// A key as it would stand in the file: with quotes only where it needs them.
pub(super) fn shown(key: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !key.is_empty() && key.bytes().all(bare) { cut(key) } else { cut(&format!("{key:?}")) }
}

/// At most [`SHOWN_MAX`] characters, in one line.
fn cut(text: &str) -> String {
    let more = if text.chars().nth(SHOWN_MAX).is_some() { "…" } else { "" };
    let flat = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c });
    flat.chain(more.chars()).collect()
}
