//! Requests as bytes: what a proxy and a server could read differently is refused, and nothing behind it is taken for a call.

use fieldbook_protocol::auth::SignInReply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::world::{PASSWORD, World, sign_in_body};

/// All that is answered to some bytes until the server ends the connection.
async fn answers(world: &World, bytes: &str) -> String {
    let mut stream = TcpStream::connect(world.address).await.expect("a connection");
    stream.write_all(bytes.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer, and an end");
    answer
}

/// The heads in what was answered.
fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect()
}

/// A call that ends the connection behind its answer.
const LAST: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_lengths_is_refused_and_what_is_hidden_behind_it_is_never_a_call() {
    let world = World::start().await;
    let check = |lengths: &'static str, body: &'static str| {
        let head = format!("POST /v2/auth/reset HTTP/1.1\r\nhost: localhost\r\n{lengths}\r\n\r\n");
        (lengths, format!("{head}{body}{LAST}"))
    };
    for (lengths, bytes) in [
        // By one of the two the body ends here, and a call of somebody's own begins.
        check("content-length: 5\r\ntransfer-encoding: chunked", "0\r\n\r\n"),
        check("transfer-encoding: chunked\r\ncontent-length: 5", "0\r\n\r\n"),
        check("content-length: 0\r\ntransfer-encoding: chunked", "0\r\n\r\n"),
        check("content-length: 2\r\ncontent-length: 0", "{}"),
        check("content-length: 0, 2", ""),
        check("content-length: +0", ""),
        check("content-length: 0x0", ""),
        check("transfer-encoding: chunked, identity", "0\r\n\r\n"),
        check("transfer-encoding: identity", ""),
        check("transfer-encoding: xchunked", "0\r\n\r\n"),
        check("transfer-encoding : chunked", "0\r\n\r\n"),
        check("transfer-encoding: chunked", "-0\r\n\r\n"),
        check("transfer-encoding: chunked", "fffffffffffffffff1\r\n\r\n"),
    ] {
        let answer = answers(&world, &bytes).await;
        assert_eq!(statuses(&answer), ["400"], "{lengths}: {answer}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_length_of_either_kind_ends_where_it_says_and_the_next_call_is_answered() {
    let world = World::start().await;
    let body = sign_in_body("shop", "ann", PASSWORD);
    let (length, hex) = (body.len(), format!("{:x}", body.len()));
    for (head, body) in [
        (format!("content-length: {length}"), body.clone()),
        ("transfer-encoding: chunked".to_owned(), format!("{hex}\r\n{body}\r\n0\r\n\r\n")),
    ] {
        let call = format!("POST /v2/auth/sign-in HTTP/1.1\r\nhost: localhost\r\n{head}\r\n\r\n{body}{LAST}");
        let answer = answers(&world, &call).await;
        assert_eq!(statuses(&answer), ["200", "200"], "{head}: {answer}");
    }
    let mut client = Client::connect(world.address).await;
    let signed_in: SignInReply = client.call("POST", "/v2/auth/sign-in", None, body).await.read();
    assert_eq!(signed_in.workspace, "shop");
    world.stop().await;
}
