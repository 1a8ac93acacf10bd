//! The server's paths. Every one that names a workspace asks for a `Caller`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use fieldbook_protocol::{PROTOCOL, ProblemCode};

use crate::around::{around, strictly};
use crate::refused::Refused;
use crate::state::App;
use crate::{
    account, auth, blobs, common, compress, diagnostics, export, health, history, live, metrics,
    new_workspace, openapi, origin, people, pull, push, records, refusals, schema, seen, size,
};

/// Every path, with what is done there. Each stands in the OpenAPI document too (`openapi`).
pub fn calls() -> [(&'static str, MethodRouter<Arc<App>>); 41] {
    [
        ("/healthz", get(health::health)),
        ("/openapi.json", get(openapi::openapi_json)),
        ("/docs", get(openapi::docs)),
        ("/v2/auth/sign-in", post(auth::sign_in)),
        ("/v2/auth/keys", post(auth::keys_of)),
        ("/v2/auth/wiped", post(auth::wiped)),
        ("/join", get(account::join_page)),
        ("/v2/auth/join", post(account::join)),
        ("/v2/auth/reset", post(account::reset)),
        ("/v2/auth/password", post(account::password)),
        ("/v2/auth/confirm", post(account::confirm)),
        ("/v2/auth/sign-out", post(account::sign_out)),
        ("/v2/account", get(account::account)),
        ("/v2/account/end", post(account::end)),
        ("/v2/account/export", get(export::export)),
        ("/v2/workspaces", post(new_workspace::new_workspace)),
        ("/v2/workspaces/{workspace}/members", get(people::members)),
        ("/v2/workspaces/{workspace}/members/{user}/role", post(people::role)),
        ("/v2/workspaces/{workspace}/members/{user}/grant", post(people::grant)),
        ("/v2/workspaces/{workspace}/invites", get(people::invites).post(people::invite)),
        ("/v2/workspaces/{workspace}/invites/{invite}/revoke", post(people::revoke)),
        ("/v2/workspaces/{workspace}/devices", get(people::devices)),
        ("/v2/workspaces/{workspace}/devices/{device}/end", post(people::end)),
        ("/v2/workspaces/{workspace}/devices/{device}/wipe", post(people::wipe)),
        ("/v2/workspaces/{workspace}/audit", get(people::audit)),
        ("/v2/workspaces/{workspace}/rename", post(people::rename)),
        ("/v2/workspaces/{workspace}/delete", post(people::delete)),
        ("/v2/workspaces/{workspace}/push", post(push::push)),
        ("/v2/workspaces/{workspace}/pull", post(pull::pull)),
        ("/v2/workspaces/{workspace}/live", post(live::live)),
        ("/v2/workspaces/{workspace}/common", post(common::common)),
        ("/v2/workspaces/{workspace}/diagnostics", post(diagnostics::diagnostics)),
        ("/v2/workspaces/{workspace}/blobs/{sum}", get(blobs::get).put(blobs::put)),
        ("/v2/workspaces/{workspace}/schema", get(schema::schemas)),
        ("/v2/workspaces/{workspace}/history", get(history::last)),
        ("/v2/workspaces/{workspace}/history/op/{op}", get(history::of_op)),
        ("/v2/workspaces/{workspace}/history/{type}/{id}", get(history::of_record)),
        ("/v2/workspaces/{workspace}/records/{type}", get(records::records)),
        ("/v2/workspaces/{workspace}/size", get(size::size)),
        ("/v2/workspaces/{workspace}/records/{type}/{id}", get(records::record)),
        ("/v2/workspaces/{workspace}/records/{type}/{id}/seen", post(seen::seen)),
    ]
}

/// The whole server as a function from a request to a reply.
pub fn app(state: Arc<App>) -> Router {
    let (tls, cors) = (state.config.tls.is_some(), origin::cors(&state.config.origins));
    let has_guests = !state.config.origins.is_empty();
    let router = calls().into_iter().fold(Router::new(), |router, (path, call)| router.route(path, call));
    let router = router
        .fallback(beside)
        .method_not_allowed_fallback(async || {
            Refused::new(ProblemCode::WrongMethod, "This path does not take this method.")
        })
        .layer(from_fn_with_state(Arc::clone(&state), metrics::count))
        .layer(compress::bodies())
        .layer(from_fn(compress::known))
        .layer(compress::pages());
    let router = if has_guests { router.layer(cors) } else { router };
    let router = router
        .layer(from_fn_with_state(Arc::clone(&state), origin::guard))
        .layer(from_fn_with_state(Arc::clone(&state), refusals::noted))
        .layer(from_fn(around));
    let router = if tls { router.layer(from_fn(strictly)) } else { router };
    router.with_state(state)
}

/// What is answered where there is no call: an app, if the path is of one.
async fn beside(
    State(state): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    state.config.apps.answer(&method, &uri, &headers).ok_or_else(|| elsewhere(uri.path()))
}

/// What is answered where there is nothing. An app of another age learns why.
fn elsewhere(path: &str) -> Refused {
    let asked: Option<u32> = path
        .strip_prefix("/v")
        .and_then(|rest| rest.split_once('/'))
        .and_then(|(number, _)| number.parse().ok());
    match asked {
        Some(asked) if asked != PROTOCOL => Refused::new(
            ProblemCode::OtherProtocol,
            format!(
                "This server speaks version {PROTOCOL} of the protocol and not {asked}: update whichever is older, server or app. Nothing on the device is lost."
            ),
        ),
        _ => Refused::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_of_another_age_learns_why() {
        for (path, code) in [
            ("/v3/workspaces/x/push", ProblemCode::OtherProtocol),
            ("/v1/auth/sign-in", ProblemCode::OtherProtocol),
            ("/v2/auth/sign-on", ProblemCode::NotFound),
            ("/v3", ProblemCode::NotFound),
            ("/version/3", ProblemCode::NotFound),
            ("/", ProblemCode::NotFound),
        ] {
            assert_eq!(elsewhere(path).0.code, code, "{path}");
        }
    }
}
