//! A small HTTP client that hides nothing: one connection, requests one after the other.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use fieldbook_model::json;
use fieldbook_protocol::problem::PROBLEM_JSON;
use fieldbook_protocol::{Problem, ProblemCode};
use futures_util::StreamExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

/// A connection to the server.
pub struct Client {
    address: SocketAddr,
    sender: SendRequest<Body>,
    /// What the server is called.
    pub host: &'static str,
    /// What a proxy would say of each request.
    pub forwarded: Option<&'static str>,
    /// More headers of each request.
    pub with: Vec<(&'static str, &'static str)>,
}

/// A whole reply.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// A reply that goes on.
pub struct Streaming {
    pub status: StatusCode,
    pub headers: HeaderMap,
    body: axum::body::BodyDataStream,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "drives the connection beside the test")]
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("a handshake");
        tokio::spawn(connection);
        Self { address, sender, host: "localhost", forwarded: None, with: Vec::new() }
    }

    /// Another connection to the same server.
    pub async fn again(&self) -> Self {
        Self::connect(self.address).await
    }

    /// Sends a request and waits for the head of its reply.
    pub async fn open(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: impl Into<Body>,
    ) -> Streaming {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.host);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(forwarded) = self.forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        for (name, value) in &self.with {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).expect("a request");
        // A server that refused a body may close the connection behind its reply, so that the
        // next request comes back unsent.
        let (head, body) = loop {
            self.sender.ready().await.ok();
            match self.sender.try_send_request(request).await {
                Ok(reply) => break reply.into_parts(),
                Err(mut unsent) => {
                    request = unsent.take_message().expect("a reply");
                    let sender = Self::connect(self.address).await.sender;
                    self.sender = sender;
                }
            }
        };
        Streaming { status: head.status, headers: head.headers, body: Body::new(body).into_data_stream() }
    }

    /// Sends a request and takes the whole reply.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: impl Into<Body>,
    ) -> Reply {
        let (status, headers, bytes) = self.open(method, path, token, body).await.whole().await;
        Reply { status, headers, body: String::from_utf8(bytes).expect("UTF-8") }
    }
}

impl Reply {
    /// The document of a success.
    pub fn read<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        json::parse(&self.body).expect("a document")
    }

    /// The problem document, which every other reply is.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.headers[header::CONTENT_TYPE], PROBLEM_JSON, "{}", self.body);
        let problem: Problem = json::parse(&self.body).expect("a problem");
        assert_eq!(self.status.as_u16(), problem.status);
        problem
    }

    /// Fails unless it is a problem of a code.
    pub fn expect(&self, code: ProblemCode) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code, code, "{}", problem.title);
        problem
    }
}

impl Streaming {
    /// All of it, as it came.
    pub async fn whole(self) -> (StatusCode, HeaderMap, Vec<u8>) {
        let bytes = to_bytes(Body::from_stream(self.body), usize::MAX).await.expect("a whole body");
        (self.status, self.headers, bytes.into())
    }

    /// The next bytes, or `None` at the end; an error when the stream was cut off.
    pub async fn chunk(&mut self) -> Option<Result<bytes::Bytes, axum::Error>> {
        self.body.next().await
    }
}
