//! `GET …/records/{type}/{id}?schema=N`: one record, for a device that does not hold it. `GET …/records/{type}`: those of a type, for a
//! screen that keeps nothing.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use fieldbook_model::json::{self, Json};
use fieldbook_model::{RecordId, Scope, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::record::{RecordReply, RecordsReply};
use fieldbook_server_store::{Listed, Test};
use fieldbook_server_sync::Call;
use serde::Deserialize;

use crate::caller::Caller;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// The version of the schema in which the record is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    schema: Option<u32>,
}

/// Answers with a record as the person reads it. One that is not for that person is as one that is not there.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/records/{type}/{id}", params(("workspace" = String, Path, description = "The workspace's id"), ("type" = String, Path, description = "A record type"), ("id" = String, Path, description = "A record's id"), ("schema" = Option<u32>, Query, description = "The version of the schema in which it is wanted")), responses((status = 200, description = "The record, as the person reads it", body = RecordReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn record(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, of, record)): Path<(String, String, String)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Wanted { schema }) = wanted
        .map_err(|_| Refused::new(ProblemCode::BadRequest, "A record takes no other word than ?schema=N."))?;
    let record = RecordId::parse(&record).map_err(|_| Refused::not_found())?;
    let found = workspace.record(of, record, caller.principal.clone(), schema).await?;
    found.map(|found| reply::document(&found)).ok_or_else(Refused::not_found)
}

/// So many records are told where nothing is said, and at most.
const TOLD: usize = 200;
const TOLD_MAX: usize = 5_000;

/// Which records of a type are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    scope: Option<String>,
    #[serde(rename = "where")]
    tests: Option<String>,
    search: Option<String>,
    order: Option<String>,
    #[serde(default)]
    skip: usize,
    limit: Option<usize>,
}

/// Answers with the records of a type that fit, as the person reads them.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/records/{type}", params(("workspace" = String, Path, description = "The workspace's id"), ("type" = String, Path, description = "A record type"), ("scope" = Option<String>, Query, description = "Only those in this part and in those within it: `floor/ID`"), ("where" = Option<String>, Query, description = "What fields have to hold, as a JSON object: a value, a list of which it is to be one, or `{\"from\":…,\"below\":…}`"), ("search" = Option<String>, Query, description = "What one of the text fields has to hold, in small letters or large ones"), ("order" = Option<String>, Query, description = "The field by which they are ordered; with `-` before it the largest comes first"), ("skip" = Option<u64>, Query, description = "So many are passed over"), ("limit" = Option<u64>, Query, description = "So many are told: 200 where nothing is said, 5,000 at most")), responses((status = 200, description = "A table of those that fit", body = RecordsReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn records(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, of)): Path<(String, String)>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(wish) = wish.map_err(|_| {
        wrong("it takes ?scope=TYPE/ID, where=JSON, search=TEXT, order=FIELD, skip=N and limit=N, and no other word")
    })?;
    let within = wish.scope.map(|scope| scope.parse::<Scope>()).transpose();
    let order = wish.order.map(|order| match order.strip_prefix('-') {
        Some(field) => (field.to_owned(), true),
        None => (order, false),
    });
    let listed = Listed {
        of,
        within: within.map_err(|error| wrong(&error.to_string()))?,
        tests: wish.tests.map_or(Ok(Vec::new()), |text| tests(&text)).map_err(|words| wrong(&words))?,
        search: wish.search.filter(|search| !search.is_empty()),
        order,
        skip: wish.skip,
        limit: wish.limit.unwrap_or(TOLD).min(TOLD_MAX),
    };
    let told = workspace.records(caller.principal, listed).await?.map_err(|words| wrong(&words))?;
    Ok(reply::document::<RecordsReply>(&told))
}

fn tests(text: &str) -> Result<Vec<(String, Test)>, String> {
    let wrong = || {
        "where is a JSON object of fields, such as {\"status\":[\"draft\",\"active\"],\"made\":{\"from\":\"2026-01-01\"}}".to_owned()
    };
    let Ok(Json::Object(fields)) = json::parse::<Json>(text) else { return Err(wrong()) };
    let test = |json: Json| match json {
        Json::List(values) => Ok(Test::OneOf(values)),
        Json::Object(ends) => {
            let (mut from, mut below) = (None, None);
            for (name, end) in ends {
                match name.as_str() {
                    "from" => from = Some(end),
                    "below" => below = Some(end),
                    _ => return Err(wrong()),
                }
            }
            Ok(Test::Between { from, below })
        }
        value => Ok(Test::OneOf(vec![value])),
    };
    fields.into_iter().map(|(name, json)| Ok((name, test(json)?))).collect()
}

fn wrong(words: &str) -> Refused {
    Refused::new(ProblemCode::BadRequest, format!("This is no question about records: {words}."))
}
