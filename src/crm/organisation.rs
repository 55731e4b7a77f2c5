//! The organisation a customer belongs to.

/// What makes two spellings one organisation: case and spacing do not count.
pub fn organisation_key(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spacing_do_not_count() {
        assert_eq!(organisation_key("  Acme  Jewels GmbH"), organisation_key("ACME Jewels gmbh"));
        assert_ne!(organisation_key("东方珠宝"), organisation_key("东方珠宝行"));
    }
}
