//! The measure: one server that does the work no token endpoint can do without, and nothing else.
//!
//! `/token` parses the form, decodes Basic, hashes the secret, signs our claim set with ES256 over a key that was
//! parsed once, and answers. `/plain` is the same without the signature; `/verify` verifies a token instead of
//! signing one. `/bound` is `/token` for a client with a certificate, whose claims name it, and `/fixed` answers what
//! a gateway is told, always the same, to whatever. No store, no revocation, no limits, no log, no metrics: what
//! Countersign adds is the difference.

use std::io;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{
    AppId, CertificateId, ClientId, ConnectionId, CustomerId, EnvironmentName, Position, SecretId, Thumbprint, TokenId,
    UserId, WorkspaceId,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use protocol::{Audience, Claims, Confirmation};
use serde_json::json;

use crate::tls;

/// What a gateway is told of a token.
const TOLD: [(&str, &str); 11] = [
    ("countersign-subject", "usr_0LSAxs3D3qhf4WHJjlQ815"),
    ("countersign-client", "ak_2xzhOSbHIUyCaiBj6EgcNH1RQCeD"),
    ("countersign-app", "app_6xcQ2DrABZAByBtvKg4O8k"),
    ("countersign-customer", "cus_660tmQrr8IlvEsxQigKoas"),
    ("countersign-connection", "con_3v2cD7yEY4lOUdNOgz5mFk"),
    ("countersign-environment", "default"),
    ("countersign-scope", "cases.read cases.write reports.read"),
    ("countersign-workspaces", "ws_2fT1IYsiodV1DYbFdIYJYc,ws_4a9O3G7p2Na0etQ3QFZJ0P,ws_5cOUOrHjBlxiLXbfYpBs3u"),
    ("countersign-certificate", "0N6GQnWqRzAJ3tXhQF4Cf2e0aYwKgJbP8oVmSxL7dT0"),
    ("countersign-token-id", "tok_63L5RybQlYMcICA1w5XFQT"),
    ("countersign-expires", "1795003600"),
];

struct Work {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
    pepper: hmac::Key,
    verifier: DecodingKey,
    thumbprint: Thumbprint,
}

/// Serves plain HTTP at one port, and at another TLS with the certificate and key of these files. Tokens for `/verify`
/// are written into `tokens`.
pub(crate) async fn serve(port: &str, tls_port: &str, certificate: &str, key: &str, tokens: &str) -> io::Result<()> {
    let data = Data::new(Work::new());
    data.write_tokens(tokens)?;
    let address = |port: &str| format!("127.0.0.1:{port}");
    HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/token", web::post().to(token))
            .route("/bound", web::post().to(bound))
            .route("/plain", web::post().to(plain))
            .route("/verify", web::post().to(verify))
            .route("/fixed", web::get().to(fixed))
    })
    .workers(1)
    .tcp_nodelay(true)
    .bind(address(port))?
    .bind_rustls_0_23(address(tls_port), tls::asking_for_certificates(certificate, key)?)?
    .run()
    .await
}

async fn token(work: Data<Work>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if work.authenticate(&request, &body).is_none() {
        return HttpResponse::Unauthorized().finish();
    }
    answer(&work, &claims())
}

async fn bound(work: Data<Work>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if work.authenticate(&request, &body).is_none() {
        return HttpResponse::Unauthorized().finish();
    }
    let certificate = work.thumbprint;
    answer(
        &work,
        &Claims { cnf: Some(Confirmation { certificate }), cert: Some(CertificateId::from_bytes([7; 16])), ..claims() },
    )
}

fn answer(work: &Work, claims: &Claims) -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(json!({
        "access_token": work.sign(claims), "token_type": "Bearer", "expires_in": 3600, "scope": "cases.read reports.read",
    }))
}

async fn fixed() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header(("Cache-Control", "no-store"));
    for header in TOLD {
        response.insert_header(header);
    }
    response.finish()
}

async fn plain(work: Data<Work>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match work.authenticate(&request, &body) {
        Some(_) => HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(claims()),
        None => HttpResponse::Unauthorized().finish(),
    }
}

async fn verify(work: Data<Work>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = work.authenticate(&request, &body);
    let verified = token.and_then(|token| jsonwebtoken::decode::<Claims>(&token, &work.verifier, &validation).ok());
    match verified {
        Some(data) => HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(data.claims),
        None => HttpResponse::Unauthorized().finish(),
    }
}

impl Work {
    /// With a key of its own.
    fn new() -> Self {
        let (private, point) = protocol::generate();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).expect("just made");
        assert_eq!(pair.public_key().as_ref(), point);
        let (x, y) = point.get(1..).expect("a point").split_at(32);
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": "key_5OsHy0OrFtnuPrHpr10bPf" }).to_string();
        Self {
            pair,
            random: SystemRandom::new(),
            header: URL_SAFE_NO_PAD.encode(header),
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]),
            verifier: DecodingKey::from_ec_components(&part(x), &part(y)).expect("a point of the curve"),
            thumbprint: part(&[8; 32]).parse().expect("as long as a hash"),
        }
    }

    /// Tokens for `/verify`, one a line.
    fn write_tokens(&self, path: &str) -> io::Result<()> {
        let token = |number: u8| {
            let mut claims = claims();
            claims.jti = TokenId::from_bytes([number; 16]);
            self.sign(&claims)
        };
        let tokens: Vec<_> = (0..=255).map(token).collect();
        std::fs::write(path, tokens.join("\n"))
    }

    /// The `token` parameter of a request whose credentials were decoded and hashed.
    fn authenticate(&self, request: &HttpRequest, body: &[u8]) -> Option<String> {
        let mut token = String::new();
        for (name, value) in form_urlencoded::parse(body) {
            if name == "token" {
                token = value.into_owned();
            }
        }
        let header = request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
        let decoded = STANDARD.decode(header).ok()?;
        let (_, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        let hash = hmac::sign(&self.pepper, secret.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(hash.as_ref(), hash.as_ref()).ok()?;
        Some(token)
    }

    fn sign(&self, claims: &Claims) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are JSON");
        let mut token = format!("{}.", self.header);
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(&self.random, token.as_bytes()).expect("a P-256 key signs");
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

fn claims() -> Claims {
    let mut jti = [0; 16];
    aws_lc_rs::rand::fill(&mut jti).expect("the system gives random bytes");
    Claims {
        iss: "http://127.0.0.1:8080".into(),
        sub: UserId::from_bytes([1; 16]),
        aud: Audience::One("https://api.platform.example".into()),
        client_id: ClientId::from_bytes([2; 16]),
        iat: 1_795_000_000,
        exp: 1_795_003_600,
        jti: TokenId::from_bytes(jti),
        scope: "cases.read cases.write reports.read".parse().expect("three scopes"),
        environment: EnvironmentName::default_environment(),
        customer: CustomerId::from_bytes([3; 16]),
        workspaces: Some((1..=3).map(|n| WorkspaceId::from_bytes([n; 16])).collect()),
        workspaces_count: None,
        connection_id: ConnectionId::from_bytes([4; 16]),
        app: AppId::from_bytes([5; 16]),
        secret: Some(SecretId::from_bytes([6; 16])),
        unattended: true,
        cnf: None,
        cert: None,
        rev: Position(15),
    }
}
