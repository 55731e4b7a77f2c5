//! Trunks by the network they speak from.

use std::net::IpAddr;

use crate::sip::Trunk;
use crate::sip::dialog::Reach;

/// One CIDR block, such as `192.0.2.0/24` or `2001:db8::/32`; a bare address is a block of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    base: IpAddr,
    prefix: u32,
}

impl Block {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let base: IpAddr = address.parse().ok()?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then_some(Self { base, prefix })
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differs = base.to_bits() ^ address.to_bits();
                differs.checked_shr(32u32.saturating_sub(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differs = base.to_bits() ^ address.to_bits();
                differs.checked_shr(128u32.saturating_sub(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// All blocks of all trunks.
#[derive(Clone, Default, Debug)]
pub struct Networks {
    blocks: Vec<(Block, String)>,
    /// Blocks that could not be read.
    pub unreadable: usize,
}

impl Networks {
    pub fn of(trunks: &[Trunk]) -> Self {
        let mut networks = Self::default();
        for (trunk, text) in trunks.iter().flat_map(|trunk| trunk.networks.iter().map(move |text| (trunk, text))) {
            match Block::parse(text) {
                Some(block) => networks.blocks.push((block, trunk.name.clone())),
                None => networks.unreadable = networks.unreadable.saturating_add(1),
            }
        }
        networks
    }

    /// The trunk with the narrowest block around an address.
    pub fn trunk(&self, address: IpAddr) -> Option<&str> {
        let address = address.to_canonical();
        let around = self.blocks.iter().filter(|(block, _)| block.contains(address));
        around.max_by_key(|(block, _)| block.prefix).map(|(_, trunk)| trunk.as_str())
    }
}

impl Reach for Networks {
    fn may_send_to(&self, address: IpAddr) -> bool {
        self.trunk(address).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_block_wins() {
        let trunk = |name: &str, networks: &[&str]| Trunk {
            name: name.to_owned(),
            networks: networks.iter().map(|n| (*n).to_owned()).collect(),
            destination: None,
            ..Trunk::default()
        };
        let networks = Networks::of(&[
            trunk("wide", &["10.0.0.0/8", "nonsense", "10.0.0.0/33", "2001:db8::/32"]),
            trunk("narrow", &["10.1.0.0/16", "192.0.2.7"]),
        ]);
        assert_eq!(networks.unreadable, 2);
        for (address, name) in [
            ("10.2.3.4", Some("wide")),
            ("10.1.3.4", Some("narrow")),
            ("::ffff:10.1.3.4", Some("narrow")),
            ("192.0.2.7", Some("narrow")),
            ("192.0.2.8", None),
            ("2001:db8::1", Some("wide")),
            ("2001:db9::1", None),
            ("11.0.0.1", None),
        ] {
            assert_eq!(networks.trunk(address.parse().unwrap()), name, "{address}");
        }
        assert_eq!(Networks::of(&[trunk("all", &["0.0.0.0/0"])]).trunk([8, 8, 8, 8].into()), Some("all"));
    }
}
