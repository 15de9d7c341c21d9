//! Networks, as `trusted_proxies` names them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an address, or ADDRESS/BITS without bits set beyond BITS, as in 10.0.0.0/8")]
pub struct InvalidNetwork;

impl Network {
    /// Whether `address` lies in it. An IPv4 address that is written as IPv6 counts as the IPv4 address it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                leading(u128::from(u32::from(own)) << 96, self.bits)
                    == leading(u128::from(u32::from(other)) << 96, self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => leading(own.into(), self.bits) == leading(other.into(), self.bits),
            _ => false,
        }
    }
}

/// The first `bits` bits of `number`, the others zero.
fn leading(number: u128, bits: u8) -> u128 {
    if bits == 0 { 0 } else { number & (u128::MAX << (128 - u32::from(bits))) }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| InvalidNetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let (widest, number) = match address {
            IpAddr::V4(v4) => (32, u128::from(u32::from(v4)) << 96),
            IpAddr::V6(v6) => (128, v6.into()),
        };
        let bits = bits.unwrap_or(widest);
        if bits > widest || leading(number, bits) != number { Err(InvalidNetwork) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_what_shares_its_leading_bits() {
        let network = |text: &str| text.parse::<Network>().expect("a network");
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(network("10.0.0.0/8").contains(address("10.255.0.1")));
        assert!(network("10.0.0.0/8").contains(address("::ffff:10.0.0.1")));
        assert!(!network("10.0.0.0/8").contains(address("11.0.0.1")));
        assert!(network("192.0.2.7").contains(address("192.0.2.7")));
        assert!(!network("192.0.2.7").contains(address("192.0.2.6")));
        assert!(network("fd00::/8").contains(address("fd12::1")));
        assert!(network("0.0.0.0/0").contains(address("203.0.113.1")));
        assert!(!network("0.0.0.0/0").contains(address("fd12::1")));
    }

    #[test]
    fn a_network_with_host_bits_is_a_typing_error() {
        for wrong in ["10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "::/129", "proxy", ""] {
            assert_eq!(wrong.parse::<Network>(), Err(InvalidNetwork), "{wrong}");
        }
    }
}
