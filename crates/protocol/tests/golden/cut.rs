//! What is cut off, and what comes in pieces.

use fieldbook_protocol::live::{Event, Events, NoEvents};
use fieldbook_protocol::page::Pages;
use fieldbook_protocol::{Page, PageError};

use crate::shapes::{GOLDEN, Golden, golden};

/// Where a text may be cut without making it another: its last newline says no more than its end does.
fn is_whole(text: &str, cut: usize) -> bool {
    text[cut..].trim().is_empty()
}

#[test]
fn a_text_that_is_cut_at_any_byte_is_an_error() {
    for Golden { name, text, rewrite } in GOLDEN.iter().filter(|golden| golden.name != "live.txt") {
        // Of what is hashed as a whole the last newline is a part.
        let hashed = *name == "diagnostics.txt";
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let whole = !hashed && is_whole(text, cut);
            assert_eq!(rewrite(&text[..cut]).is_ok(), whole, "{name} cut at {cut}");
        }
    }
}

#[test]
fn what_follows_the_end_of_a_page_is_an_error() {
    let page = golden("page.jsonl");
    assert_eq!(Page::read(&format!("{page}{page}")), Err(PageError::CutOff));
    assert_eq!(Page::read(&format!("{page}\n")), Err(PageError::CutOff));
}

/// Two pages, one after the other, in pieces.
fn pages(pieces: &[&[u8]]) -> (Vec<String>, bool) {
    let mut reader = Pages::default();
    let pages = pieces.iter().flat_map(|piece| reader.push(piece).expect("pages")).collect();
    (pages, reader.is_whole())
}

fn events(pieces: &[&[u8]]) -> Result<Vec<Event>, NoEvents> {
    let mut reader = Events::default();
    let told: Result<Vec<_>, _> = pieces.iter().map(|piece| reader.push(piece)).collect();
    Ok(told?.into_iter().flatten().collect())
}

fn stream_of_pages() -> String {
    golden("page.jsonl").repeat(2)
}

#[test]
fn pages_are_the_same_however_their_bytes_arrive() {
    let stream = stream_of_pages();
    let bytes = stream.as_bytes();
    let whole = (vec![golden("page.jsonl").to_owned(); 2], true);
    for cut in 0..=bytes.len() {
        assert_eq!(pages(&[&bytes[..cut], &bytes[cut..]]), whole, "{cut}");
    }
    assert_eq!(pages(&bytes.chunks(1).collect::<Vec<_>>()), whole);
}

#[test]
fn a_stream_of_pages_that_is_cut_gives_the_whole_ones_and_says_that_it_is_not_whole() {
    let (stream, page) = (stream_of_pages(), golden("page.jsonl").len());
    for cut in 0..=stream.len() {
        let (pages, is_whole) = pages(&[&stream.as_bytes()[..cut]]);
        assert_eq!((pages.len(), is_whole), (cut / page, cut % page == 0), "{cut}");
    }
}

#[test]
fn events_are_the_same_however_their_bytes_arrive() {
    let bytes = golden("live.txt").as_bytes();
    let whole = events(&[bytes]);
    assert_eq!(whole.as_ref().map(Vec::len), Ok(4));
    for cut in 0..=bytes.len() {
        assert_eq!(events(&[&bytes[..cut], &bytes[cut..]]), whole, "{cut}");
    }
    assert_eq!(events(&bytes.chunks(1).collect::<Vec<_>>()), whole);
}

#[test]
fn a_live_stream_that_is_cut_gives_the_events_that_were_whole() {
    let text = golden("live.txt");
    let whole = events(&[text.as_bytes()]).expect("events");
    for cut in 0..=text.len() {
        let before = text[..cut].matches("\n\n").count();
        assert_eq!(events(&[&text.as_bytes()[..cut]]).as_deref(), Ok(&whole[..before]), "{cut}");
    }
}

#[test]
fn an_event_stream_may_hold_what_a_device_does_not_know() {
    let beat = "data: {\"time\":\"2026-05-19T09:14:43.000Z\"}\n\n";
    for (text, expected) in [
        (format!("event: beat\n{beat}"), Ok(1)),
        (format!("event: beat\r\n{}", beat.replace('\n', "\r\n")), Ok(1)),
        (format!(": a comment\nid: 7\nretry: 9\nalone\nevent:beat\n{beat}"), Ok(1)),
        (format!("event: party\n{beat}"), Ok(0)),
        (beat.to_owned(), Ok(0)),
        ("\n\n\n".to_owned(), Ok(0)),
        ("event: beat\ndata: soon\n\n".to_owned(), Err(NoEvents)),
        ("event: head\n\n".to_owned(), Err(NoEvents)),
    ] {
        assert_eq!(events(&[text.as_bytes()]).map(|events| events.len()), expected, "{text}");
    }
    assert_eq!(events(&[b"event: \xff\n"]), Err(NoEvents));
}

#[test]
fn a_page_that_is_no_utf8_is_an_error_and_no_end_of_the_reader() {
    let mut reader = Pages::default();
    assert_eq!(reader.push(b"{\"from\":\xff}\n{\"end\":1}\n"), Err(PageError::CutOff));
    assert_eq!(reader.push(golden("page.jsonl").as_bytes()), Ok(vec![golden("page.jsonl").to_owned()]));
}
