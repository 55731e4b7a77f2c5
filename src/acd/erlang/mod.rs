//! The calculators: Erlang B, C and A.

pub(super) mod special;
