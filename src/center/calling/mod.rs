//! The words of campaigns: what the center is told of them, what is written down, and the rules of each. What is done by
//! them is the room `campaign`.

mod rule;
mod said;

pub use rule::CampaignRule;
pub use said::{
    AttemptOver, Called, CampaignFigures, CampaignRun, CampaignState, KeptPace, ListEntry, NewAttempt, NotToBeCalled,
    Told,
};
