//! A call comes, is led by its flow, and is over.

mod ending;
mod flow;
mod inbound;
