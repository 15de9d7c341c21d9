//! Ports that stay ours.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which the kernel takes the ports of outgoing connections (32768 and up), so that nothing
/// slips onto a port while its owner is being restarted.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// A loopback port claimed for as long as the value lives, also against other test processes, and also while
/// nothing listens on it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// An abstract socket named after the port: only one process can hold the name, and it goes with the process.
    _claim: UnixListener,
}

impl Port {
    /// Claims a port on which nothing listens.
    #[must_use]
    pub fn claim() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        // Two test processes begin at different places; the claim, not the place, keeps them apart.
        let start = u16::try_from(std::process::id() % u32::from(COUNT)).expect("COUNT is a u16");
        for _ in 0..COUNT {
            let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
            let number = FIRST + (start + step) % COUNT;
            if let Some(claim) = claim(number) {
                return Self { number, _claim: claim };
            }
        }
        panic!("no free port among {COUNT} from {FIRST}");
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

fn claim(number: u16) -> Option<UnixListener> {
    let name = SocketAddr::from_abstract_name(format!("countersign-tests-port-{number}")).ok()?;
    let claim = UnixListener::bind_addr(&name).ok()?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
    Some(claim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_port_is_not_given_twice() {
        let ports: Vec<_> = (0..50).map(|_| Port::claim()).collect();
        let mut numbers: Vec<_> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
        assert!(claim(numbers[0]).is_none());
    }

    #[test]
    fn a_dropped_port_can_be_claimed_again() {
        let number = Port::claim().number();
        assert!(claim(number).is_some());
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_passed_over() {
        let port = Port::claim();
        let number = port.number();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).expect("nothing listens on a claimed port");
        drop(port);
        assert!(claim(number).is_none());
    }
}
