//! Asks a server whether it is well: one request over a plain socket.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Whether something on this port answers `GET /healthz` with 200.
pub fn is_well(port: u16) -> bool {
    ask(port).is_ok_and(|status| status == Some(200))
}

fn ask(port: u16) -> io::Result<Option<u16>> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: a server may answer and close as soon as it has seen the first.
    let request = format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    // The first line is enough, and a stranger on the port may go on for ever.
    stream.take(64).read_to_end(&mut head)?;
    Ok(status(&String::from_utf8_lossy(&head)))
}

fn status(head: &str) -> Option<u16> {
    let mut words = head.strip_prefix("HTTP/1.")?.split_whitespace();
    words.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answering(text: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut request = [0; 512];
            let read = stream.read(&mut request).expect("a request");
            assert!(request[..read].starts_with(b"GET /healthz HTTP/1.1\r\n"));
            stream.write_all(text.as_bytes()).expect("an answer");
        });
        port
    }

    #[test]
    fn only_an_ok_is_well() {
        let cases = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true),
            ("HTTP/1.0 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("SSH-2.0-server\r\n", false),
            ("", false),
        ];
        for (answer, expected) in cases {
            assert_eq!(is_well(answering(answer)), expected, "{answer:?}");
        }
    }

    #[test]
    fn a_closed_port_is_not_well() {
        let free =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("its address");
        assert!(!is_well(free.port()));
    }
}
