//! Reads the body of a request, within its bytes and its time.

use std::time::Duration;

use axum::body::Body;
use fieldbook_model::json;
use fieldbook_protocol::ProblemCode;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::refused::Refused;

/// Of a body that is too large this much is read and thrown away: a connection that is closed on unread
/// bytes is reset, and the client would lose the answer that says why.
const THROWN_AWAY_MAX: usize = 8 << 20;

/// The whole body.
pub async fn read(body: Body, bytes_max: usize, time_max: Duration) -> Result<Vec<u8>, Refused> {
    let late = |_| Refused::new(ProblemCode::BadRequest, "The body did not arrive in time.");
    timeout(time_max, collect(body, bytes_max)).await.map_err(late)?
}

/// The whole body as a document, which `noun` names.
pub async fn document<T: DeserializeOwned>(
    body: Body,
    bytes_max: usize,
    time_max: Duration,
    noun: &str,
) -> Result<T, Refused> {
    let body = read(body, bytes_max, time_max).await?;
    let wrong = |reason| Refused::new(ProblemCode::BadRequest, format!("This is no {noun}: {reason}."));
    json::parse_bytes(&body).map_err(|error| wrong(error.reason))
}

async fn collect(body: Body, bytes_max: usize) -> Result<Vec<u8>, Refused> {
    let (mut kept, mut total) = (Vec::new(), 0_usize);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refused::new(ProblemCode::BadRequest, "The body was cut off."))?;
        total += chunk.len();
        match total {
            _ if total <= bytes_max => kept.extend_from_slice(&chunk),
            _ if total > bytes_max + THROWN_AWAY_MAX => break,
            _ => kept = Vec::new(),
        }
    }
    match total > bytes_max {
        true => {
            let words = format!("The body is larger than {bytes_max} bytes, which is what this call takes.");
            Err(Refused::new(ProblemCode::TooLarge, words))
        }
        false => Ok(kept),
    }
}
