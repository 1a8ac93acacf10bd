//! Diagnostics that cannot be made, and files that do not open.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use fieldbook_crypto::age::{Identity, encrypt};
use fieldbook_crypto::{DeviceSecret, Fresh};
use fieldbook_protocol::diagnostics::{read, text as signed};

use super::page::Page;
use super::{all, with};
use crate::run::{fieldbook, run, text};
use crate::world::{Device, World};

pub const PART: &str = "Diagnostics";

#[test]
fn diagnostics_in_trouble_are_told_as_the_page_says_and_nothing_is_lost() {
    let (page, world) = (Page::of(PART), World::new(127));
    let (a, data, path) = (world.device("a", "ann"), world.path("server"), world.path("a.age"));
    a.run(&["act", "--insert", "customer", "name=Bergs"]).well();
    let before = all(&a);
    let make = ["diagnostics", "make", "--out", text(&path)];
    a.run(&make).well();
    page.check("The file is there already", &mut with(&a, &make));
    fs::remove_file(a.home.join("support.json")).expect("removed");
    page.check("The support key is not known", &mut with(&a, &["diagnostics", "make", "--offline"]));

    let key = world.path("support.key");
    let export = run(&mut fieldbook(["admin", "support-key", "export", "--data", text(&data)])).well();
    let own = Identity::read(&export).expect("an identity");
    let file = fs::read(&path).expect("a file");
    let plain = fieldbook_crypto::age::decrypt(&own, &file).expect("it opens");
    let (other, opened) = (DeviceSecret::from_bytes([5; 32]).keys(), read(&plain).expect("parts"));
    let sealed = |plain: &[u8]| encrypt(&own.recipient(), plain, Fresh::new([6; 32])).expect("a recipient");
    let mut changed = file.clone();
    *changed.last_mut().expect("bytes") ^= 1;
    let plain = String::from_utf8(plain).expect("a text");
    for (when, bytes) in [
        ("A file that is something else", b"%PDF-1.4".to_vec()),
        ("A file that was cut off", file[..file.len() / 2].to_vec()),
        ("A file that was changed", changed),
        ("A file of a newer program", sealed(b"{\"v\":9}\n")),
        ("A file that holds something else", sealed(b"Dear Sir or Madam\n")),
        ("Another device's signature", sealed(&signed(opened.device, &opened.parts, Some(&other)))),
        ("A signature that is none", sealed(wrongly_signed(&plain).as_bytes())),
    ] {
        fs::write(&path, bytes).expect("written");
        let open = ["diagnostics", "open", text(&path), "--data", text(&data)];
        page.check(when, &mut |more| run(fieldbook(open).args(more)));
    }
    fs::write(&path, &file).expect("written");
    let open = ["diagnostics", "open", text(&path), "--identity", text(&key)];
    fs::write(&key, &*Identity::make(Fresh::new([7; 32])).write()).expect("written");
    page.check("A file for somebody else", &mut |more| run(fieldbook(open).args(more)));
    fs::write(&key, "hello").expect("written");
    page.check("An identity that is none", &mut |more| run(fieldbook(open).args(more)));
    sending(&page, &world, &a);
    assert_eq!(all(&a), before);
    page.done();
}

/// A server that has just been told, and one that is too old to be.
fn sending(page: &Page, world: &World, a: &Device) {
    (0..2).for_each(|_| drop(a.run(&["diagnostics", "send"]).well()));
    page.check("Diagnostics sent too often", &mut with(a, &["diagnostics", "send"]));
    let old = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", old.local_addr().expect("its address"));
    thread::spawn(move || old.incoming().flatten().for_each(|stream| drop(knows_nothing(stream))));
    let file = a.home.join("home.json");
    let told = fs::read_to_string(&file).expect("a home");
    fs::write(&file, told.replace(&world.proxy.url(), &address)).expect("written");
    page.check("A server that takes no diagnostics", &mut with(a, &["diagnostics", "send"]));
    fs::write(&file, told).expect("written");
}

/// Answers as a server does that has no such path.
fn knows_nothing(mut stream: TcpStream) -> std::io::Result<()> {
    let body = r#"{"code":"not-found","status":404,"title":"There is nothing here for you.","time":"2026-05-19T09:14:23.000Z"}"#;
    let head = "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nConnection: close";
    let mut asked = Vec::new();
    // The whole of it, so that closing does not reset what was not read.
    let mut buffer = [0; 4096];
    while !is_whole(&asked) {
        match stream.read(&mut buffer)? {
            0 => break,
            read => asked.extend_from_slice(&buffer[..read]),
        }
    }
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Whether all of a request is there.
fn is_whole(asked: &[u8]) -> bool {
    let Some(end) = asked.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&asked[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    asked.len() >= end + 4 + length.unwrap_or(0)
}

/// The text with a signature that nobody made: its first digit is another.
fn wrongly_signed(text: &str) -> String {
    let at = text.find("\"signature\":\"").expect("a signature") + "\"signature\":\"".len();
    let digit = if text.as_bytes()[at] == b'0' { '1' } else { '0' };
    format!("{}{digit}{}", &text[..at], &text[at + 1..])
}
