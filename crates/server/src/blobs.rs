//! `PUT` and `GET …/blobs/{sum}`: bytes that fields of kind `blob` name by their SHA-256. One is kept, durably, before it is answered, and
//! handed out to whoever reads a record, by now, that names it; in parts to whoever asks for a part.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldbook_model::chain::Hash;
use fieldbook_model::{RecordId, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::blob::BlobReply;
use fieldbook_protocol::record::PartSize;
use fieldbook_server_store::{Amount, Blobs, Data, Kept, Put, StoreError};
use fieldbook_server_sync::Call;
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::caller::Caller;
use crate::keeping::before;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, reply, tasks};

/// Blobs that are taken at a time: each is in memory for as long as it comes in.
const AT_A_TIME: usize = 4;
/// One may take so many times as long as another body: it is as much larger.
const SLOWER: u32 = 10;
/// After this it may go better when too many are sent at once.
const FULL_MS: u64 = 5_000;
/// So much of one is in memory while it goes out.
const PIECE_BYTES: u64 = 1 << 20;

/// Where they are kept.
pub struct Shelf {
    blobs: Blobs,
    places: Semaphore,
}

impl Shelf {
    /// That of a data folder.
    pub fn of(data: &Data) -> Self {
        Self { blobs: data.blobs(), places: Semaphore::new(AT_A_TIME) }
    }

    /// How much some records are with the blobs that they name, as far as those are here: of a part, and of that with the parts within it.
    pub async fn measured(&self, id: WorkspaceId, [own, all]: [Amount; 2]) -> Result<[PartSize; 2], Refused> {
        let blobs = self.blobs.clone();
        let measure = move || {
            // The part's own are among all of them: each is looked for once.
            let mut sizes = BTreeMap::new();
            for sum in &all.blobs {
                if let Some(kept) = blobs.find(id, *sum)? {
                    sizes.insert(*sum, kept.bytes());
                }
            }
            let size = |amount: &Amount| {
                let here = amount.blobs.iter().filter_map(|sum| sizes.get(sum));
                let Amount { records, bytes, .. } = *amount;
                PartSize { records, bytes, blobs: here.clone().count() as u64, blob_bytes: here.sum() }
            };
            Ok::<_, StoreError>([size(&own), size(&all)])
        };
        Ok(tasks::blocking(measure).await.map_err(|_| Refused::internal())??)
    }
}

/// Keeps a blob. The same again is the same.
#[utoipa::path(put, path = "/v2/workspaces/{workspace}/blobs/{sum}", request_body(content = Vec<u8>, description = "The bytes", content_type = "application/octet-stream"), params(("workspace" = String, Path, description = "The workspace's id"), ("sum" = String, Path, description = "The SHA-256 of the bytes, in 64 lower-case hexadecimal digits")), responses((status = 200, description = "It was there", body = BlobReply, content_type = "application/json"), (status = 201, description = "It is kept from now on", body = BlobReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, sum)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    if !workspace.may_bring(caller.principal.clone()).await? {
        return Err(Refused::idle());
    }
    let sum = parsed(&sum)?;
    let full = |_| {
        let words = "Too many send blobs just now; wait a moment, then try again.";
        Refused::new(ProblemCode::Unavailable, words).after(FULL_MS)
    };
    let _place = app.blobs.places.try_acquire().map_err(full)?;
    let limits = app.config.blobs;
    let most = usize::try_from(limits.blob_bytes_max).unwrap_or(usize::MAX);
    let bytes = body::read(body, most, app.config.body_time_max * SLOWER).await?;
    let length = bytes.len() as u64;
    let blobs = app.blobs.blobs.clone();
    let kept = tasks::blocking(move || match Hash::of(&bytes) == sum {
        true => blobs.put(id, sum, &bytes, limits.workspace_bytes_max).map(Some),
        false => Ok(None),
    });
    let answer = reply::document(&BlobReply { sum, bytes: length });
    match kept.await.map_err(|_| Refused::internal())?? {
        Some(Put::Made) => Ok((StatusCode::CREATED, answer).into_response()),
        Some(Put::There) => Ok(answer),
        Some(Put::Full(room)) => {
            let words = format!(
                "The blob has {length} bytes, and this workspace has room for {room} more. Whoever runs the server can give it more."
            );
            Err(Refused::new(ProblemCode::TooLarge, words))
        }
        None => {
            let words =
                "The bytes do not have this sum: they were changed on the way, or the sum is of others.";
            Err(Refused::new(ProblemCode::BadRequest, words))
        }
    }
}

/// By way of which record a blob is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(rename = "type")]
    of: String,
    id: String,
    schema: Option<u32>,
}

/// Hands a blob out, or a part of it, to whoever reads a record that names it.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/blobs/{sum}", params(("workspace" = String, Path, description = "The workspace's id"), ("sum" = String, Path, description = "The SHA-256 of the bytes"), ("type" = String, Query, description = "The type of a record that names it"), ("id" = String, Query, description = "The id of that record"), ("schema" = Option<u32>, Query, description = "The version of the schema in which the type is named"), ("range" = Option<String>, Header, description = "`bytes=FIRST-LAST`: a part")), responses((status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"), (status = 206, description = "The part that was asked for", body = Vec<u8>, content_type = "application/octet-stream"), (status = 304, description = "The caller has it"), Problems), security(("token" = [])))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, sum)): Path<(String, String)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let sum = parsed(&sum)?;
    let Query(Wanted { of, id: record, schema }) = wanted.map_err(|_| {
        let words = "A blob is read by way of a record that names it: ?type=TYPE&id=ID, and &schema=N.";
        Refused::new(ProblemCode::BadRequest, words)
    })?;
    let record = RecordId::parse(&record).map_err(|_| Refused::not_found())?;
    if !workspace.names_blob((of, record), (caller.principal.clone(), schema), sum).await? {
        return Err(Refused::not_found());
    }
    let blobs = app.blobs.blobs.clone();
    let found = tasks::blocking(move || blobs.find(id, sum)).await.map_err(|_| Refused::internal())??;
    let kept = found.ok_or_else(Refused::not_found)?;
    let tag = format!("\"{sum}\"");
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::ETAG, &tag),
    ];
    let asked = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if asked(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|it| it.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let bytes = kept.bytes();
    let range = asked(header::RANGE).and_then(|range| part(range, bytes));
    let Some(range) = range else {
        let length = [(header::CONTENT_LENGTH, HeaderValue::from(bytes))];
        return Ok((about, length, going(kept, 0..bytes)).into_response());
    };
    let length = [(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start))];
    let place = [(header::CONTENT_RANGE, format!("bytes {}-{}/{bytes}", range.start, range.end - 1))];
    Ok((StatusCode::PARTIAL_CONTENT, about, length, place, going(kept, range)).into_response())
}

/// A part of a blob as a body, of which no more than a piece is in memory. What fails on the way cuts it off.
fn going(kept: Kept, range: Range<u64>) -> Body {
    let pieces = stream::unfold(Some((kept, range)), |left| async {
        let (mut kept, range) = left.filter(|(_, range)| !range.is_empty())?;
        let end = range.end.min(range.start + PIECE_BYTES);
        let read = tasks::blocking(move || (kept.read(range.start..end), kept)).await;
        match read {
            Ok((Ok(piece), kept)) => Some((Ok(Bytes::from(piece)), Some((kept, end..range.end)))),
            Ok((Err(error), _)) => {
                tracing::error!(%error, "a blob is cut off");
                Some((Err(std::io::Error::other("cut off")), None))
            }
            Err(_) => Some((Err(std::io::Error::other("cut off")), None)),
        }
    });
    Body::from_stream(pieces)
}

/// The one part that somebody asks for. `None` where more are asked for, or none that is there: then all of it is the answer, as the
/// words of HTTP allow.
fn part(range: &str, bytes: u64) -> Option<Range<u64>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", last) => bytes.saturating_sub(last.parse().ok()?)..bytes,
        (first, "") => first.parse().ok()?..bytes,
        (first, last) => first.parse().ok()?..bytes.min(last.parse::<u64>().ok()?.checked_add(1)?),
    };
    (range.start < range.end).then_some(range)
}

fn parsed(sum: &str) -> Result<Hash, Refused> {
    let words = "A blob is named by the SHA-256 of its bytes: 64 hexadecimal digits in lower case.";
    Hash::parse(sum).ok_or_else(|| Refused::new(ProblemCode::BadRequest, words))
}

/// Lets go of what came long ago and no op names.
pub async fn collect(app: &Arc<App>) -> Result<(), Refused> {
    let until = before(clock::now(), app.config.blobs.keep_unnamed);
    let ids = app.sessions.read(|accounts| accounts.workspaces())?;
    for id in ids.into_iter().map(|row| row.id) {
        let blobs = app.blobs.blobs.clone();
        let unnamed = tasks::blocking(move || blobs.unnamed(id, until));
        let unnamed = unnamed.await.map_err(|_| Refused::internal())??;
        if unnamed.is_empty() {
            continue;
        }
        let asked = unnamed.clone();
        let named = app.workspaces.look(id, move |reader| reader.named_blobs(&asked)).await?;
        let blobs = app.blobs.blobs.clone();
        let settled = tasks::blocking(move || blobs.settle(id, &unnamed, &named, until));
        let gone = settled.await.map_err(|_| Refused::internal())??;
        tracing::info!(workspace = %id, gone, "blobs that nothing names");
    }
    Ok(())
}

/// Removes those of a workspace that is forgotten.
pub async fn remove(app: &Arc<App>, id: WorkspaceId) -> Result<(), Refused> {
    let blobs = app.blobs.blobs.clone();
    Ok(tasks::blocking(move || blobs.remove(id)).await.map_err(|_| Refused::internal())??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_that_is_there() {
        for (range, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-4", Some(2..5)),
            ("bytes=7-", Some(7..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=4-400", Some(4..10)),
            ("bytes=10-", None),
            ("bytes=4-2", None),
            ("bytes=-0", None),
            ("bytes=0-1,3-4", None),
            ("bytes=a-", None),
            ("bytes=0-18446744073709551615", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }
}
