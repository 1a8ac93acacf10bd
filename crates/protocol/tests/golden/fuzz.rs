//! Fuzz targets of all that goes over the wire: a text is read or refused, what is read is written in one spelling that reads as
//! the same, and how the bytes of a stream arrive makes no difference.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Json, json};
use fieldbook_protocol::live::{Event, Events};
use fieldbook_protocol::page::{Pages, RowState};
use fieldbook_protocol::{Page, PushRequest, Pushed, row};

use crate::shapes::{GOLDEN, Golden, golden};

fn texts(wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    GOLDEN.iter().filter(|it| wanted(it.name)).map(|it| it.text).collect()
}

/// Whether a text is of a golden file's shape; if so, what is written of it is written the same again.
fn has_one_spelling(of: &Golden, text: &str) -> bool {
    let Ok(written) = (of.rewrite)(text) else { return false };
    assert_eq!((of.rewrite)(&written).as_deref(), Ok(written.as_str()), "{}", of.name);
    true
}

/// All shapes that are one document: requests, replies, problems, a schema.
#[test]
fn documents() {
    let is_document = |name: &str| name.ends_with(".json");
    fieldbook_fuzz::texts("documents", &texts(is_document), |made| {
        let text = made.text();
        let shapes = GOLDEN.iter().filter(|it| is_document(it.name));
        shapes.filter(|it| has_one_spelling(it, &text)).count() > 0
    });
}

/// An op that is none spoils nothing of its push, and each is hashed as its bytes stand.
#[test]
fn push_bodies() {
    let seeds = texts(|name| name.starts_with("push-request"));
    fieldbook_fuzz::texts("push_bodies", &seeds, |made| {
        let body = made.text();
        let Ok(request) = PushRequest::read(body.as_bytes()) else { return false };
        for pushed in &request.ops {
            let text = match pushed {
                Pushed::Whole(sealed) => {
                    assert_eq!(pushed.seq(), sealed.op.seq);
                    &sealed.text
                }
                Pushed::Broken(head, text) => {
                    assert_eq!(head.bytes, text.len() as u64);
                    text
                }
                Pushed::TooLarge(_) => continue,
            };
            // That it continues the op before it may be left out.
            let link = text.rfind(r#","previous":""#).unwrap_or(text.len());
            assert!(body.contains(&text[..link]), "an op's bytes are not changed: {text}");
            assert_eq!(pushed.hash(), Hash::of(text.as_bytes()));
        }
        let mut batch =
            PushRequest::batch_behind(request.gap.as_deref(), request.branch.as_deref(), &request.standing);
        for pushed in &request.ops {
            match pushed {
                Pushed::Whole(sealed) => batch.op(&sealed.text),
                Pushed::Broken(_, text) => batch.op(text),
                Pushed::TooLarge(head) => batch.too_large(head),
            }
        }
        assert_eq!(PushRequest::read(batch.finish().as_bytes()).as_ref(), Ok(&request), "{body}");
        true
    });
}

/// What is a page names a type for each row, and its values are read by the schema or refused.
#[test]
fn pages() {
    let shape = GOLDEN.iter().find(|it| it.name == "page.jsonl").expect("a page");
    let schema: fieldbook_model::Schema = json::parse(golden("schema.json")).expect("a schema");
    fieldbook_fuzz::texts("pages", &texts(|name| name.ends_with(".jsonl")), |made| {
        let text = made.text();
        let Ok(page) = Page::read(&text) else { return false };
        for pulled in &page.rows {
            let columns = &page.types[pulled.of];
            let (Some(ty), RowState::Is(values)) = (schema.find(&columns.of), &pulled.state) else {
                continue;
            };
            let places = row::places(ty, &columns.columns);
            let Ok(values) = row::read(ty, &places, values) else { continue };
            let written: Vec<Json> = json::parse(&row::write(&values)).expect("values are JSON");
            let own = row::places(
                ty,
                &row::columns(&schema, schema.place(&columns.of).expect("its place")).columns,
            );
            assert_eq!(row::read(ty, &own, &written), Ok(values));
        }
        assert!(has_one_spelling(shape, &text), "a page that is read can be written");
        true
    });
}

/// Pages that come in pieces are those that come at once; what is given back is what came, and none is cut off in between.
#[test]
fn streams_of_pages() {
    fieldbook_fuzz::texts("streams_of_pages", &texts(|name| name.ends_with(".jsonl")), |made| {
        let stream = [made.bytes(), golden("page.jsonl").as_bytes()].concat();
        let whole = in_pieces(&stream, stream.len().max(1));
        for size in [1, 7, 100] {
            assert_eq!(in_pieces(&stream, size), whole, "in pieces of {size}");
        }
        let Some((pages, is_whole)) = whole else { return false };
        let given = pages.concat();
        assert!(String::from_utf8_lossy(&stream).starts_with(&given), "nothing is lost or made up");
        assert_eq!(is_whole, given.len() == stream.len());
        pages.iter().any(|page| Page::read(page).is_ok())
    });
}

fn in_pieces(stream: &[u8], size: usize) -> Option<(Vec<String>, bool)> {
    let mut reader = Pages::default();
    let mut pages = Vec::new();
    for piece in stream.chunks(size) {
        pages.extend(reader.push(piece).ok()?);
    }
    Some((pages, reader.is_whole()))
}

/// The same of events, and an event that is read is written in one spelling.
#[test]
fn live_streams() {
    fieldbook_fuzz::texts("live_streams", &[golden("live.txt")], |made| {
        let whole = events(made.bytes(), made.bytes().len().max(1));
        for size in [1, 7, 100] {
            assert_eq!(events(made.bytes(), size), whole, "in pieces of {size}");
        }
        let Some(told) = whole else { return false };
        for event in &told {
            let written = event.write();
            let again = events(written.as_bytes(), 5);
            assert_eq!(again.as_deref(), Some(std::slice::from_ref(event)), "{written:?}");
        }
        !told.is_empty()
    });
}

fn events(stream: &[u8], size: usize) -> Option<Vec<Event>> {
    let mut reader = Events::default();
    let mut events = Vec::new();
    for piece in stream.chunks(size) {
        events.extend(reader.push(piece).ok()?);
    }
    Some(events)
}
