//! Token requests by clients that show a certificate: over connections that are kept, or each over one of its own, with
//! a full handshake or a resumed session. One thread a client, which waits for its answer. What a real client would
//! look at and a server does not feel (the server's certificate) is not looked at, so that one core is enough to keep
//! another one busy.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, SignatureScheme, StreamOwned,
};

use crate::tls::identity;

/// As many as wrk has.
const CLIENTS: usize = 32;
/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Kept,
    Full,
    Resumed,
}

/// Where tokens are asked for, and with which credentials.
pub(crate) struct Target<'a> {
    pub(crate) address: &'a str,
    pub(crate) path: &'a str,
    pub(crate) authorization: &'a str,
}

/// Asks for tokens for so many `seconds`, and prints how many answers came, and how many were bad.
pub(crate) fn run(how: &str, target: &Target<'_>, (certificate, key): (&str, &str), seconds: &str) -> io::Result<()> {
    let how = match how {
        "kept" => How::Kept,
        "full" => How::Full,
        "resumed" => How::Resumed,
        _ => return Err(io::Error::other("kept, full or resumed")),
    };
    let address: SocketAddr = target.address.parse().map_err(io::Error::other)?;
    let length = Duration::from_secs_f64(seconds.parse().map_err(io::Error::other)?);
    let together = Arc::new(Barrier::new(CLIENTS));
    let mut clients = vec![];
    for _ in 0..CLIENTS {
        let client = Client { how, address, tls: configuration(how, certificate, key)?, request: request(target) };
        let together = Arc::clone(&together);
        clients.push(thread::spawn(move || client.ask(&together, length)));
    }
    let (mut rate, mut requests, mut bad) = (0.0, 0, 0);
    for client in clients {
        let counted = client.join().map_err(|_| io::Error::other("a client panicked"))?;
        rate += f64::from(counted.good) / counted.took.as_secs_f64();
        requests += counted.good;
        bad += counted.bad;
    }
    writeln!(io::stdout(), "RATE {rate:.0} BAD {bad} REQUESTS {requests}")
}

fn request(Target { path, authorization, .. }: &Target<'_>) -> Vec<u8> {
    let form = "grant_type=client_credentials";
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// One for each client: sessions are its own.
fn configuration(how: How, certificate: &str, key: &str) -> io::Result<Arc<ClientConfig>> {
    let (chain, key) = identity(certificate, key)?;
    let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Careless))
        .with_client_auth_cert(chain, key)
        .map_err(io::Error::other)?;
    tls.resumption = match how {
        How::Resumed => Resumption::in_memory_sessions(4),
        How::Kept | How::Full => Resumption::disabled(),
    };
    Ok(Arc::new(tls))
}

type Connection = StreamOwned<ClientConnection, TcpStream>;

struct Client {
    how: How,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    request: Vec<u8>,
}

struct Counted {
    good: u32,
    bad: u32,
    took: Duration,
}

impl Client {
    /// Begins `together` with the others. The first answer, before that, is not counted: it makes the connection that
    /// is kept, or the session that is resumed.
    fn ask(&self, together: &Barrier, length: Duration) -> Counted {
        let mut kept = self.connect().ok();
        let mut bad = u32::from(!kept.as_mut().is_some_and(|connection| self.answered(connection)));
        together.wait();
        let (began, mut good) = (Instant::now(), 0);
        while began.elapsed() < length {
            let answered = match (self.how, &mut kept) {
                (How::Kept, Some(connection)) => self.answered(connection),
                (How::Kept, None) => false,
                (How::Full | How::Resumed, _) => self.answered_anew(),
            };
            if answered {
                good += 1;
            } else {
                bad += 1;
                kept = self.connect().ok();
            }
        }
        Counted { good, bad, took: began.elapsed() }
    }

    fn answered_anew(&self) -> bool {
        let Ok(mut connection) = self.connect() else { return false };
        let answered = self.answered(&mut connection);
        let wanted = if self.how == How::Resumed { HandshakeKind::Resumed } else { HandshakeKind::Full };
        let as_wanted = connection.conn.handshake_kind() == Some(wanted);
        connection.conn.send_close_notify();
        let _ = connection.flush();
        answered && as_wanted
    }

    fn connect(&self) -> io::Result<Connection> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, socket))
    }

    fn answered(&self, connection: &mut Connection) -> bool {
        self.exchange(connection).is_ok_and(|status| status == "200")
    }

    /// Sends the request and reads the answer to its end.
    fn exchange(&self, connection: &mut Connection) -> io::Result<String> {
        connection.write_all(&self.request)?;
        connection.flush()?;
        let (mut answer, mut chunk) = (Vec::with_capacity(4096), [0; 4096]);
        loop {
            let length = connection.read(&mut chunk)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(chunk.get(..length).unwrap_or_default());
            if let Some(status) = whole(&answer) {
                return Ok(status);
            }
        }
    }
}

/// The status of an answer that is all there.
fn whole(answer: &[u8]) -> Option<String> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    (answer.len() >= end + 4 + length.unwrap_or(0)).then(|| head.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// Believes any server.
#[derive(Debug)]
struct Careless;

impl ServerCertVerifier for Careless {
    fn verify_server_cert(
        &self,
        _own: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _own: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _own: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
