//! Development answers this machine's browser only: a page on the web that makes a name point at 127.0.0.1 gets
//! nothing (DNS rebinding).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// The middleware.
///
/// # Errors
/// What the service fails with.
pub async fn only_this_machine<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if is_this_machine(host) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let answer = HttpResponse::MisdirectedRequest()
        .body("Development mode answers to 127.0.0.1, localhost and [::1] only. Use one of them in the URL.\n");
    Ok(request.into_response(answer).map_into_right_body())
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_points_here_is_not_this_machine() {
        for good in ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "[::1]:8080", "[::1]"] {
            assert!(is_this_machine(good), "{good}");
        }
        for bad in ["", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example:8080", "::1"] {
            assert!(!is_this_machine(bad), "{bad}");
        }
    }
}
