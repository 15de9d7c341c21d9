//! HAProxy and Caddy: DER in base64, and from HAProxy the others of the chain, one DER after the other, in another header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Ders, Unreadable};

pub(super) fn read(own: &str, others: &str) -> Result<Ders, Unreadable> {
    if own.is_empty() {
        return if others.is_empty() { Ok(vec![]) } else { Err(Unreadable) };
    }
    let own = STANDARD.decode(own).map_err(|_| Unreadable)?;
    let others = STANDARD.decode(others).map_err(|_| Unreadable)?;
    let mut chain = vec![own];
    let mut rest = others.as_slice();
    while !rest.is_empty() {
        let (one, after) = rest.split_at_checked(length_of_sequence(rest)?).ok_or(Unreadable)?;
        // HAProxy's chain begins with the client's own.
        if chain.first().is_none_or(|own| own != one) {
            chain.push(one.to_vec());
        }
        rest = after;
    }
    Ok(chain)
}

/// How many bytes the sequence at the beginning has, with its tag and length (X.690 §8.1.3).
fn length_of_sequence(der: &[u8]) -> Result<usize, Unreadable> {
    match der {
        [0x30, short @ 0..=0x7f, ..] => Ok(2 + usize::from(*short)),
        [0x30, 0x81, length, ..] => Ok(3 + usize::from(*length)),
        [0x30, 0x82, high, low, ..] => Ok(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use testkit::Authority;

    use super::*;

    #[test]
    fn the_chain_is_cut_into_its_certificates() {
        let root = Authority::new("Root");
        let between = root.intermediate("Between");
        let client = between.client("Report Bot");
        let [own, chain] =
            [client.der().to_vec(), [client.der(), between.der(), root.der()].concat()].map(|der| STANDARD.encode(der));
        let expected = vec![client.der().to_vec(), between.der().to_vec(), root.der().to_vec()];
        assert_eq!(read(&own, ""), Ok(vec![client.der().to_vec()]));
        assert_eq!(read(&own, &chain), Ok(expected));
        assert_eq!(read("", &chain), Err(Unreadable));
        assert_eq!(read(&own, &STANDARD.encode(&client.der()[..9])), Err(Unreadable));
    }
}
