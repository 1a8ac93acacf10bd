//! A wipe: the server's order, which stands in each of its refusals to the device from then on, and the device's word that it
//! was carried out.

use fieldbook_crypto::{Signature, WipeOrder, Wiped};
use fieldbook_model::WallTime;
use serde::{Deserialize, Serialize};

/// An order as a device gets it: nobody but the server can have given it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// What is to go, and from where.
    pub order: WipeOrder,
    /// The server's, over the order.
    pub signature: Signature,
    /// Whether the device may push first what it has to send: the server takes a push from it, and nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rescue: bool,
}

/// `POST /v2/auth/wiped`, without a token: the device has none any more.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WipedRequest {
    /// What went.
    pub wiped: Wiped,
    /// The device's, over that.
    pub signature: Signature,
}

/// That it is noted.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WipedReply {
    /// When it was heard first.
    pub confirmed_at: WallTime,
}
