//! RFC 9440: `Client-Cert` is a byte sequence of RFC 8941 §3.3.5, `Client-Cert-Chain` a list of them without the client's
//! own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Ders, Unreadable};

pub(super) fn read(own: &str, others: &str) -> Result<Ders, Unreadable> {
    let (own, others) = (own.trim_matches([' ', '\t']), others.trim_matches([' ', '\t']));
    if own.is_empty() {
        return if others.is_empty() { Ok(vec![]) } else { Err(Unreadable) };
    }
    let others = if others.is_empty() { vec![] } else { others.split(',').map(bytes).collect::<Result<_, _>>()? };
    Ok([vec![bytes(own)?], others].concat())
}

fn bytes(item: &str) -> Result<Vec<u8>, Unreadable> {
    let inner = item.trim_matches([' ', '\t']).strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    inner.and_then(|inner| STANDARD.decode(inner).ok()).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_follows_the_clients_own() {
        assert_eq!(read(":AQI=:", ""), Ok(vec![vec![1, 2]]));
        assert_eq!(read(" :AQI=: ", ":Aw==:,\t:BA==:"), Ok(vec![vec![1, 2], vec![3], vec![4]]));
        for (own, others) in [("", ":AQI=:"), ("AQI=", ""), (":AQI=:;a=1", ""), (":AQI=:", ":Aw==:,"), (":AQI:", "")] {
            assert_eq!(read(own, others), Err(Unreadable), "{own} {others}");
        }
    }
}
