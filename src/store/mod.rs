//! The store: rows on SQLite or PostgreSQL behind plain async functions that answer in the types of
//! `crm` and `acd`.

pub mod center;
