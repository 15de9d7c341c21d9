//! IP addresses that are not public: IANA's special-purpose registries, the well-known addresses of
//! cloud platforms, and IPv6 forms that carry an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::Network;

/// Why an address is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpecialPurpose {
    /// What the range is for, in a few words.
    pub(super) range: &'static str,
    /// The IPv4 address inside, when the range carries one.
    pub(super) folded: Option<IpAddr>,
}

/// `None` for a public unicast address.
///
/// An IPv6 form that carries an IPv4 address is never public here, whatever it carries: whoever
/// means a public IPv4 address can write that.
pub(super) fn special_purpose(address: IpAddr) -> Option<SpecialPurpose> {
    let range = match address {
        IpAddr::V4(_) => name_in(&IPV4, address),
        IpAddr::V6(inner) => name_in(&IPV6, address)
            .or_else(|| is_isatap(inner).then_some("ISATAP"))
            .or_else(|| (!GLOBAL_UNICAST.contains(address)).then_some("not assigned for public use")),
    }?;
    let folded = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(inner) => unfold(inner).map(IpAddr::V4),
    };
    Some(SpecialPurpose { range, folded })
}

/// The IPv4 address that an IPv6 address carries.
fn unfold(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = u128::from(address);
    let carried_by = |networks: &[Network]| networks.iter().any(|network| network.contains(IpAddr::V6(address)));
    // RFC 4291 §2.5.5 (mapped, compatible), RFC 2765 (translated), RFC 6052 and RFC 8215 (NAT64).
    let in_the_last_bits = [MAPPED, TRANSLATED, NAT64, NAT64_LOCAL];
    let is_compatible = bits >> 32 == 0 && bits > 1;
    if carried_by(&in_the_last_bits) || is_compatible || is_isatap(address) {
        return Some(from_bits(bits));
    }
    // RFC 3056: 2002:V4ADDR::/48.
    if carried_by(&[SIX_TO_FOUR]) {
        return Some(from_bits(bits >> 80));
    }
    // RFC 4380 §4: the client's address is in the last 32 bits, inverted.
    carried_by(&[TEREDO]).then(|| from_bits(!bits))
}

fn from_bits(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// RFC 5214 §6.1: the interface identifier is `0000:5efe` or `0200:5efe` and an IPv4 address.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [_, _, _, _, universal, marker, _, _] = address.segments();
    universal & !0x0200 == 0 && marker == 0x5efe
}

fn name_in(ranges: &[(Network, &'static str)], address: IpAddr) -> Option<&'static str> {
    ranges.iter().find(|(network, _)| network.contains(address)).map(|(_, name)| *name)
}

const MAPPED: Network = Network::v6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);
const TRANSLATED: Network = Network::v6(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96);
const NAT64: Network = Network::v6_leading([0x64, 0xff9b, 0, 0], 96);
const NAT64_LOCAL: Network = Network::v6_leading([0x64, 0xff9b, 1, 0], 48);
const TEREDO: Network = Network::v6_leading([0x2001, 0, 0, 0], 32);
const SIX_TO_FOUR: Network = Network::v6_leading([0x2002, 0, 0, 0], 16);
const GLOBAL_UNICAST: Network = Network::v6_leading([0x2000, 0, 0, 0], 3);

/// IANA IPv4 Special-Purpose Address Registry, with multicast; narrower ranges first.
const IPV4: [(Network, &str); 22] = [
    (Network::v4([255, 255, 255, 255], 32), "broadcast"),
    (Network::v4([169, 254, 169, 254], 32), "cloud metadata"),
    (Network::v4([100, 100, 100, 200], 32), "cloud metadata"),
    (Network::v4([168, 63, 129, 16], 32), "cloud metadata"),
    (Network::v4([0, 0, 0, 0], 8), "this network"),
    (Network::v4([10, 0, 0, 0], 8), "private network"),
    (Network::v4([100, 64, 0, 0], 10), "shared by carriers"),
    (Network::v4([127, 0, 0, 0], 8), "loopback"),
    (Network::v4([169, 254, 0, 0], 16), "link-local"),
    (Network::v4([172, 16, 0, 0], 12), "private network"),
    (Network::v4([192, 0, 0, 0], 24), "protocol assignments"),
    (Network::v4([192, 0, 2, 0], 24), "documentation"),
    (Network::v4([192, 31, 196, 0], 24), "AS112"),
    (Network::v4([192, 52, 193, 0], 24), "AMT"),
    (Network::v4([192, 88, 99, 0], 24), "6to4 relay"),
    (Network::v4([192, 168, 0, 0], 16), "private network"),
    (Network::v4([192, 175, 48, 0], 24), "AS112"),
    (Network::v4([198, 18, 0, 0], 15), "benchmarking"),
    (Network::v4([198, 51, 100, 0], 24), "documentation"),
    (Network::v4([203, 0, 113, 0], 24), "documentation"),
    (Network::v4([224, 0, 0, 0], 4), "multicast"),
    (Network::v4([240, 0, 0, 0], 4), "reserved"),
];

/// IANA IPv6 Special-Purpose Address Registry, with multicast; narrower ranges first.
const IPV6: [(Network, &str); 22] = [
    (Network::v6(Ipv6Addr::UNSPECIFIED, 128), "unspecified"),
    (Network::v6(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (Network::v6_leading([0; 4], 96), "IPv4-compatible"),
    (MAPPED, "IPv4-mapped"),
    (TRANSLATED, "IPv4-translated"),
    (NAT64, "NAT64"),
    (NAT64_LOCAL, "local NAT64"),
    (Network::v6_leading([0x100, 0, 0, 0], 64), "discarded"),
    (Network::v6_leading([0x100, 0, 0, 1], 64), "dummy prefix"),
    (TEREDO, "Teredo"),
    (Network::v6_leading([0x2001, 2, 0, 0], 48), "benchmarking"),
    (Network::v6_leading([0x2001, 0, 0, 0], 23), "protocol assignments"),
    (Network::v6_leading([0x2001, 0xdb8, 0, 0], 32), "documentation"),
    (SIX_TO_FOUR, "6to4"),
    (Network::v6_leading([0x2620, 0x4f, 0x8000, 0], 48), "AS112"),
    (Network::v6_leading([0x3fff, 0, 0, 0], 20), "documentation"),
    (Network::v6_leading([0x5f00, 0, 0, 0], 16), "segment routing"),
    (Network::v6_leading([0xfd00, 0xec2, 0, 0], 32), "cloud metadata"),
    (Network::v6_leading([0xfc00, 0, 0, 0], 7), "private network"),
    (Network::v6_leading([0xfe80, 0, 0, 0], 10), "link-local"),
    (Network::v6_leading([0xfec0, 0, 0, 0], 10), "site-local"),
    (Network::v6_leading([0xff00, 0, 0, 0], 8), "multicast"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn range_of(text: &str) -> Option<&'static str> {
        let address = text.parse().expect("the test's address parses");
        special_purpose(address).map(|special| special.range)
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "2001:200::1",
            "2001:db7::1",
            "2003::1",
        ] {
            assert_eq!(range_of(text), None, "{text}");
        }
    }

    #[test]
    fn every_special_range_is_named() {
        for (text, range) in [
            ("0.0.0.0", "this network"),
            ("10.255.255.255", "private network"),
            ("100.64.0.1", "shared by carriers"),
            ("127.0.0.1", "loopback"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "cloud metadata"),
            ("172.31.0.1", "private network"),
            ("192.0.0.192", "protocol assignments"),
            ("192.0.2.1", "documentation"),
            ("192.31.196.1", "AS112"),
            ("192.52.193.1", "AMT"),
            ("192.88.99.1", "6to4 relay"),
            ("192.168.1.1", "private network"),
            ("192.175.48.1", "AS112"),
            ("198.19.255.255", "benchmarking"),
            ("198.51.100.1", "documentation"),
            ("203.0.113.1", "documentation"),
            ("239.1.1.1", "multicast"),
            ("250.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "IPv4-compatible"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("::ffff:0:127.0.0.1", "IPv4-translated"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b:1::a00:1", "local NAT64"),
            ("100::1", "discarded"),
            ("100:0:0:1::1", "dummy prefix"),
            ("2001:0:1::1", "Teredo"),
            ("2001:2::1", "benchmarking"),
            ("2001:10::1", "protocol assignments"),
            ("2001:20::1", "protocol assignments"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "6to4"),
            ("2620:4f:8000::1", "AS112"),
            ("3fff:fff::1", "documentation"),
            ("5f00::1", "segment routing"),
            ("fd00:ec2::254", "cloud metadata"),
            ("fc00::1", "private network"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("2606:4700::200:5efe:10.0.0.1", "ISATAP"),
            ("4000::1", "not assigned for public use"),
        ] {
            assert_eq!(range_of(text), Some(range), "{text}");
        }
    }

    #[test]
    fn the_ipv4_address_inside_is_unfolded() {
        for text in [
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::127.0.0.1",
            "2002:7f00:1::99",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
            "2606:4700::5efe:127.0.0.1",
        ] {
            let address = text.parse().expect("the test's address parses");
            let folded = special_purpose(address).and_then(|special| special.folded);
            assert_eq!(folded, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), "{text}");
        }
    }
}
