//! An agent has the customer.

mod conversation;
mod rejoin;
