//! Whatever the bytes are, a reader reads them or says no.

use fieldbook_model::json;
use fieldbook_protocol::live::Events;
use fieldbook_protocol::page::Pages;
use fieldbook_protocol::{Answer, Page, Problem, PushRequest};
use proptest::prelude::*;

use crate::shapes::GOLDEN;

fn read_by_all(bytes: &[u8], cut: usize) {
    let _ = PushRequest::read(bytes);
    let _ = Page::read(&String::from_utf8_lossy(bytes));
    let _ = json::parse_bytes::<Problem>(bytes);
    let _ = json::parse_bytes::<Answer>(bytes);
    let (mut pages, mut events) = (Pages::default(), Events::default());
    for piece in [&bytes[..cut], &bytes[cut..], b"\n", bytes, b"\n\n"] {
        let _ = pages.push(piece);
        let _ = events.push(piece);
    }
}

/// A golden text with some bytes replaced, removed and put in.
fn spoiled() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..4_usize, prop::collection::vec(any::<u8>(), 0..4));
    (0..GOLDEN.len(), prop::collection::vec(edit, 1..6)).prop_map(|(file, edits)| {
        let mut bytes = GOLDEN[file].text.as_bytes().to_vec();
        for (place, removed, put_in) in edits {
            let at = place.index(bytes.len().max(1)).min(bytes.len());
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, put_in);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut: prop::sample::Index) {
        read_by_all(&bytes, cut.index(bytes.len() + 1));
    }

    #[test]
    fn no_spoiled_text_makes_a_reader_panic(bytes in spoiled(), cut: prop::sample::Index) {
        read_by_all(&bytes, cut.index(bytes.len() + 1));
        for golden in GOLDEN {
            let _ = (golden.rewrite)(&String::from_utf8_lossy(&bytes));
        }
    }
}
