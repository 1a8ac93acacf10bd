//! The server's paths. Every one but `/healthz` and sign-in asks for a `Caller`.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use fieldbook_protocol::ProblemCode;

use crate::around::around;
use crate::refused::Refused;
use crate::state::App;
use crate::{auth, common, health, history, live, metrics, pull, push, records, schema};

/// The whole server as a function from a request to a reply.
pub fn app(state: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(health::health))
        .route("/v2/auth/sign-in", post(auth::sign_in))
        .route("/v2/workspaces/{workspace}/push", post(push::push))
        .route("/v2/workspaces/{workspace}/pull", post(pull::pull))
        .route("/v2/workspaces/{workspace}/live", post(live::live))
        .route("/v2/workspaces/{workspace}/common", post(common::common))
        .route("/v2/workspaces/{workspace}/schema", get(schema::schemas))
        .route("/v2/workspaces/{workspace}/history/op/{op}", get(history::of_op))
        .route("/v2/workspaces/{workspace}/history/{type}/{id}", get(history::of_record))
        .route("/v2/workspaces/{workspace}/records/{type}/{id}", get(records::record))
        .fallback(async || Refused::not_found())
        .method_not_allowed_fallback(async || {
            Refused::new(ProblemCode::WrongMethod, "This path does not take this method.")
        })
        .layer(from_fn_with_state(Arc::clone(&state), metrics::count))
        .layer(from_fn(around))
        .with_state(state)
}
