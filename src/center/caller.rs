//! Whose the contacts of the router are: what a list of who waits shows beside the router's numbers.

use serde::{Deserialize, Serialize};

use crate::base::{ContactId, InteractionId};

/// Who a contact is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Caller {
    pub contact: ContactId,
    /// Of a call-back: the call in which it was asked for.
    pub interaction: InteractionId,
    pub call_back: bool,
    /// The number for people; empty when it is withheld.
    pub caller_shown: String,
    /// The only customer who was found.
    pub customer_name: Option<String>,
}
