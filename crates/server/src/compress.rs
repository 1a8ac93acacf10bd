//! Bodies that travel smaller: what comes in gzip is unpacked, and pages of a pull go out in gzip to whoever takes it.
//!
//! Nothing else is packed. A live stream would wait for its packer, and a reply with a token could be guessed by its length.
//! How much an unpacked body may have says `body`, which counts what comes out and not what came in: what unpacks to more than
//! that is let go of, and a limit stands on that too.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fieldbook_protocol::ProblemCode;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;
use tower_http::decompression::RequestDecompressionLayer;

use crate::pull::PAGES;
use crate::refused::Refused;

/// Packs pages. The quickest level: half of what the others save more is not worth four times the work.
pub fn pages() -> CompressionLayer<Pages> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Pages)
}

/// Unpacks what comes in.
pub fn bodies() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
}

/// Chooses pages of a pull.
#[derive(Debug, Clone, Copy)]
pub struct Pages;

impl Predicate for Pages {
    fn should_compress<B>(&self, response: &axum::http::Response<B>) -> bool {
        response.headers().get(header::CONTENT_TYPE) == Some(&HeaderValue::from_static(PAGES))
    }
}

/// Refuses a body that is packed in a way that nobody here unpacks, or more than once.
pub async fn known(request: Request, next: Next) -> Response {
    match is_known(request.headers()) {
        true => next.run(request).await,
        false => {
            let words = "A body comes as it is, or with `Content-Encoding: gzip`.";
            Refused::new(ProblemCode::BadRequest, words).into_response()
        }
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    match (encodings.next(), encodings.next()) {
        (None, _) => true,
        (Some(one), None) => matches!(one.as_bytes(), b"gzip" | b"identity"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_packed_once_and_in_one_way() {
        let check = |values: &[&'static str], expected: bool| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(is_known(&headers), expected, "{values:?}");
        };
        check(&[], true);
        check(&["gzip"], true);
        check(&["identity"], true);
        check(&["br"], false);
        check(&["zstd"], false);
        check(&["gzip, gzip"], false);
        check(&["gzip", "gzip"], false);
    }
}
