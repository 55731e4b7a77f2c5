//! What of a record goes on paper, for those it is written to.

use crate::record::words::Words;

/// A layout; a kind without one is printed as its form.
#[derive(Clone, PartialEq, Debug)]
pub struct Print {
    /// Beside the address: keys of fields, or of what every record has.
    pub facts: Vec<String>,
    pub parts: Vec<PrintPart>,
    /// Who signs below.
    pub sign: Vec<Words>,
}

/// A part of a printed record.
#[derive(Clone, PartialEq, Debug)]
pub struct PrintPart {
    pub name: Words,
    /// Keys of fields and of lines.
    pub fields: Vec<String>,
    /// Below the lines, one under the other: what they come to.
    pub sums: Vec<String>,
    /// Of `fields` those that get room to be written by hand, where nothing stands in them.
    pub blank: Vec<String>,
}
