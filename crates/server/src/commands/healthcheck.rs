//! `healthcheck`: asks the management listener of this machine, for containers without curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::Answer;
use super::failure::Failure;
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: &Config) -> Result<Answer, Failure> {
    let address = reachable(config.listen.management);
    match timeout(PATIENCE, status_of(address)).await {
        Ok(Ok(line)) if line.split(' ').nth(1) == Some("200") => Ok(Answer::done("ready")),
        Ok(Ok(line)) => Err(Failure::Refused(format!("the server at {address} is not ready: {line}"))),
        Ok(Err(cause)) => Err(Failure::OutOfReach(format!("no server answers at {address}: {cause}"))),
        Err(_) => Err(Failure::OutOfReach(format!("the server at {address} did not answer in time"))),
    }
}

/// A listener on every address is reached by loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// The status line of the readiness check.
async fn status_of(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer).await?;
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}
