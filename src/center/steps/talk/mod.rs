//! An agent has the customer.

mod after;
mod conversation;
mod rejoin;
