//! What a campaign promises, against everything that can go wrong.

mod cap;
mod certificate;
mod docs;
mod hopper;
mod steps;
