//! A range of IP addresses: an address and the number of its leading bits that count.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub(super) const fn v4(octets: [u8; 4], prefix: u8) -> Self {
        let [a, b, c, d] = octets;
        Self { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    pub(super) const fn v6(address: Ipv6Addr, prefix: u8) -> Self {
        Self { address: IpAddr::V6(address), prefix }
    }

    /// `leading` are the first four groups; the others are zero.
    pub(super) const fn v6_leading(leading: [u16; 4], prefix: u8) -> Self {
        let [a, b, c, d] = leading;
        Self::v6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
    }

    /// `None` when the prefix is longer than an address, or bits after it are set: a slip of the pen
    /// that would open another range than meant.
    pub(super) fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let (bits, width) = bits(address);
        let host_bits = width.checked_sub(u32::from(prefix))?;
        let mask = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |m| m - 1);
        (bits & mask == 0).then_some(Self { address, prefix })
    }

    /// The range of one address.
    pub(super) fn single(address: IpAddr) -> Self {
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self { address, prefix }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let ((own, own_width), (other, other_width)) = (bits(self.address), bits(address));
        let host_bits = own_width.saturating_sub(u32::from(self.prefix));
        own_width == other_width && (own ^ other).checked_shr(host_bits).unwrap_or(0) == 0
    }
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("the test's address parses")
    }

    #[test]
    fn a_range_ends_at_its_last_address() {
        let network = Network::v4([172, 16, 0, 0], 12);
        assert!(network.contains(address("172.16.0.0")));
        assert!(network.contains(address("172.31.255.255")));
        assert!(!network.contains(address("172.15.255.255")));
        assert!(!network.contains(address("172.32.0.0")));
    }

    #[test]
    fn families_do_not_mix() {
        let everything = Network::new(address("::"), 0).expect("::/0 is a range");
        assert!(everything.contains(address("2606:4700::1")));
        assert!(!everything.contains(address("1.1.1.1")));
    }

    #[test]
    fn host_bits_and_over_long_prefixes_are_refused() {
        assert_eq!(Network::new(address("10.1.0.0"), 8), None);
        assert_eq!(Network::new(address("10.0.0.0"), 33), None);
        assert!(Network::new(address("10.0.0.0"), 8).is_some());
        assert!(Network::new(address("0.0.0.0"), 0).is_some());
    }
}
