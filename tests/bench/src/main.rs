//! The parts of the benchmark that `run` puts beside Countersign: `bench measure` is a server that does only what cannot
//! be left out, `bench load` a client that shows a certificate, which wrk cannot.

mod load;
mod measure;
mod tls;

use load::Target;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["measure", port, tls_port, certificate, key, tokens] => {
            measure::serve(port, tls_port, certificate, key, tokens).await
        }
        ["load", how, address, path, authorization, certificate, key, seconds] => {
            load::run(how, &Target { address, path, authorization }, (certificate, key), seconds)
        }
        _ => Err(std::io::Error::other(
            "bench measure PORT TLS_PORT CERTIFICATE KEY TOKENS | bench load kept|full|resumed ADDRESS PATH AUTHORIZATION CERTIFICATE KEY SECONDS",
        )),
    }
}
