//! The network between one device and the server, with somebody's hand on the cable. Bytes only: of HTTP it knows
//! how somebody else would answer in the server's place.
//!
//! What is held back is not lost: as with TCP, it comes when the way is free again, unless the connection was ended
//! meanwhile.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::clock::{ms, pause};

/// What happens to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It passes.
    Open,
    /// Connections break, and no new one comes about.
    Cut,
    /// Connections are taken, and nothing passes either way.
    Silent,
    /// Requests pass, replies do not.
    UpOnly,
    /// Replies pass, requests do not.
    DownOnly,
    /// Somebody else answers, as in a hotel.
    Portal,
    /// Whoever stands before the server sends callers away for a second, with this status.
    Busy(u16),
    /// Each piece takes so many milliseconds.
    Slow(u64),
    /// A reply breaks off after so many bytes; the server has done what was asked.
    Truncate(usize),
    /// Somebody puts other words into the replies. No network that we know does that; it shows that it would be
    /// noticed.
    Garble,
}

/// What becomes of connections that were held up, when the way is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// What was held back comes.
    Released,
    /// They break.
    Severed,
    /// Nothing ever comes, and nobody tells.
    Dead,
}

const PORTAL: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\nConnection: close\r\n\r\n\
                      <html>Welcome, guest!</html>";

/// As the server itself sends callers away.
fn busy(status: u16) -> String {
    let code = if status == 429 { "too-many" } else { "unavailable" };
    let body = format!(r#"{{"code":"{code}","title":"Come back later.","retry_after_ms":1000}}"#);
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Later\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

enum Gate {
    /// So many bytes of it pass.
    Pass(usize),
    /// These pass, and then the connection breaks.
    Break(usize),
}

struct Shared {
    mode: Mode,
    target: SocketAddr,
    /// Connections have numbers; those below are broken, or dead.
    next: u64,
    severed_below: u64,
    dead_below: u64,
    ends: Vec<(u64, TcpStream)>,
    /// How often anything but an open way was met.
    touched: u64,
    closed: bool,
}

/// A proxy in front of the server. It ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    shared: Mutex<Shared>,
    changed: Condvar,
}

impl Proxy {
    /// A proxy that lets everything pass.
    pub fn start(target: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Shared {
            mode: Mode::Open,
            target,
            next: 1,
            severed_below: 0,
            dead_below: 0,
            ends: Vec::new(),
            touched: 0,
            closed: false,
        };
        let inner = Arc::new(Inner { shared: Mutex::new(shared), changed: Condvar::new() });
        let accepting = Arc::clone(&inner);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.lock().closed {
                    break;
                }
                accepting.take(client);
            }
        });
        Ok(Self { address, inner })
    }

    /// As a device is told it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the server is from now on.
    pub fn lead_to(&self, target: SocketAddr) {
        self.inner.lock().target = target;
    }

    /// A fault begins.
    pub fn begin(&self, mode: Mode) {
        let mut shared = self.inner.lock();
        shared.mode = mode;
        if matches!(mode, Mode::Cut | Mode::Portal | Mode::Busy(_)) {
            shared.sever();
        }
        drop(shared);
        self.inner.changed.notify_all();
    }

    /// It is over.
    pub fn end(&self, after: After) {
        let mut shared = self.inner.lock();
        shared.mode = Mode::Open;
        match after {
            After::Released => {}
            After::Severed => shared.sever(),
            After::Dead => shared.dead_below = shared.next,
        }
        drop(shared);
        self.inner.changed.notify_all();
    }

    /// How often anything but an open way was met.
    pub fn touched(&self) -> u64 {
        self.inner.lock().touched
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut shared = self.inner.lock();
        shared.closed = true;
        shared.sever();
        drop(shared);
        self.inner.changed.notify_all();
        // Wakes whoever accepts, so that it sees that all is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn sever(&mut self) {
        self.severed_below = self.next;
        self.touched += self.ends.len() as u64;
        for (_, end) in self.ends.drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, client: TcpStream) {
        let mut shared = self.lock();
        if shared.mode != Mode::Open {
            shared.touched += 1;
        }
        match shared.mode {
            Mode::Cut => drop(client),
            Mode::Portal => answer(client, PORTAL.to_owned()),
            Mode::Busy(status) => answer(client, busy(status)),
            _ => {
                let number = shared.next;
                shared.next += 1;
                shared.ends.extend(client.try_clone().ok().map(|end| (number, end)));
                let (inner, target) = (Arc::clone(self), shared.target);
                thread::spawn(move || inner.join(number, client, target));
            }
        }
    }

    fn join(self: &Arc<Self>, number: u64, client: TcpStream, target: SocketAddr) {
        let Ok(server) = TcpStream::connect(target) else {
            let _ = client.shutdown(Shutdown::Both);
            return self.forget(number);
        };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else { return };
        let mut shared = self.lock();
        if number < shared.severed_below {
            let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            return;
        }
        shared.ends.extend(server.try_clone().ok().map(|end| (number, end)));
        drop(shared);
        let up = Arc::clone(self);
        thread::spawn(move || up.copy(number, Way::Up, from, to));
        self.copy(number, Way::Down, server, client);
        self.forget(number);
    }

    fn forget(&self, number: u64) {
        self.lock().ends.retain(|(other, _)| *other != number);
    }

    fn copy(&self, number: u64, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let (most, goes_on) = match self.gate(number, way, read) {
                Gate::Pass(most) => (most, true),
                Gate::Break(most) => (most, false),
            };
            if way == Way::Down && self.lock().mode == Mode::Garble {
                garble(&mut bytes[..most]);
            }
            if to.write_all(&bytes[..most]).is_err() || !goes_on {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Waits until a piece may pass, and says how much of it does.
    fn gate(&self, number: u64, way: Way, read: usize) -> Gate {
        let Some(mode) = self.free(number, way) else { return Gate::Break(0) };
        match mode {
            Mode::Truncate(after) if way == Way::Down => Gate::Break(after.min(read)),
            Mode::Slow(each) => {
                pause(ms(each));
                Gate::Pass(read)
            }
            _ => Gate::Pass(read),
        }
    }

    /// Waits until the way is free for a connection; `None` when it has ended.
    fn free(&self, number: u64, way: Way) -> Option<Mode> {
        let (mut shared, mut held) = (self.lock(), false);
        loop {
            if shared.closed || number < shared.severed_below {
                return None;
            }
            let holds = shared.mode.holds(way);
            if !holds && number >= shared.dead_below {
                break;
            }
            if holds && !held {
                (held, shared.touched) = (true, shared.touched + 1);
            }
            shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        if matches!(shared.mode, Mode::Slow(_) | Mode::Truncate(_)) {
            shared.touched += 1;
        }
        Some(shared.mode)
    }
}

impl Mode {
    /// Whether nothing passes this way.
    fn holds(self, way: Way) -> bool {
        match self {
            Self::Silent => true,
            Self::UpOnly => way == Way::Down,
            Self::DownOnly => way == Way::Up,
            _ => false,
        }
    }
}

/// Reads a request and answers it, whatever it was.
fn answer(mut client: TcpStream, text: String) {
    thread::spawn(move || {
        let _ = client.set_read_timeout(Some(ms(2_000)));
        let mut request = [0; 16 << 10];
        let _ = client.read(&mut request);
        let _ = client.write_all(text.as_bytes());
        let _ = client.shutdown(Shutdown::Write);
        // Until the caller has read it: an end with unread bytes would break the connection before.
        while let Ok(1..) = client.read(&mut request) {}
    });
}

/// Other words of the same length.
fn garble(bytes: &mut [u8]) {
    const FROM: &[u8] = b"remark";
    const TO: &[u8] = b"rumour";
    for at in 0..bytes.len().saturating_sub(FROM.len() - 1) {
        if bytes[at..].starts_with(FROM) {
            bytes[at..at + FROM.len()].copy_from_slice(TO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each request with the same words.
    fn server() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                thread::spawn(move || {
                    let mut request = [0; 64];
                    while let Ok(1..) = client.read(&mut request) {
                        let _ = client.write_all(b"a remark");
                    }
                });
            }
        });
        address
    }

    /// What a caller hears within a moment; `None` where nothing comes and nothing ends.
    fn heard(client: &mut TcpStream) -> Option<String> {
        client.set_read_timeout(Some(ms(300))).expect("a limit");
        let mut bytes = [0; 4096];
        match client.read(&mut bytes) {
            Ok(read) => Some(String::from_utf8_lossy(&bytes[..read]).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Some(String::new()),
            Err(_) => None,
        }
    }

    fn call(proxy: &Proxy) -> TcpStream {
        let mut client = TcpStream::connect(proxy.address).expect("a connection");
        let _ = client.write_all(b"hello");
        client
    }

    #[test]
    fn each_fault_is_heard_as_what_it_is_and_counts() {
        let cases = [
            (Mode::Cut, Some("")),
            (Mode::Silent, None),
            (Mode::UpOnly, None),
            (Mode::DownOnly, None),
            (Mode::Portal, Some("HTTP/1.1 200 OK")),
            (Mode::Busy(429), Some("HTTP/1.1 429")),
            (Mode::Slow(20), Some("a remark")),
            (Mode::Truncate(4), Some("a re")),
            (Mode::Truncate(0), Some("")),
        ];
        for (mode, expected) in cases {
            let proxy = Proxy::start(server()).expect("a proxy");
            assert_eq!(heard(&mut call(&proxy)).as_deref(), Some("a remark"));
            assert_eq!(proxy.touched(), 0);
            proxy.begin(mode);
            let told = heard(&mut call(&proxy));
            let as_expected = match expected {
                None => told.is_none(),
                Some("") => told.as_deref() == Some(""),
                Some(words) => told.as_deref().is_some_and(|told| told.starts_with(words)),
            };
            assert!(as_expected, "{mode:?}: {told:?}");
            assert!(proxy.touched() > 0, "{mode:?}");
        }
    }

    #[test]
    fn what_was_held_back_comes_unless_the_connection_ended_or_is_dead() {
        for (after, expected) in
            [(After::Released, Some("a remark")), (After::Severed, Some("")), (After::Dead, None)]
        {
            let proxy = Proxy::start(server()).expect("a proxy");
            proxy.begin(Mode::Silent);
            let mut client = call(&proxy);
            assert_eq!(heard(&mut client), None);
            proxy.end(after);
            assert_eq!(heard(&mut client).as_deref(), expected, "{after:?}");
            assert_eq!(heard(&mut call(&proxy)).as_deref(), Some("a remark"), "a new one, after {after:?}");
        }
    }

    #[test]
    fn other_words_are_of_the_same_length() {
        let mut bytes = *b"a remark on a remar";
        garble(&mut bytes);
        assert_eq!(&bytes, b"a rumour on a remar");
    }
}
