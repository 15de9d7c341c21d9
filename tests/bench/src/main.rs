//! The measure of the benchmark: one server that does the work no token endpoint can do without, and nothing else.
//!
//! `/token` parses the form, decodes Basic, hashes the secret, signs our claim set with ES256 over a key that was
//! parsed once, and answers. `/plain` is the same without the signature; `/verify` verifies a token instead of
//! signing one. No store, no revocation, no limits, no log, no metrics: what Countersign adds is the difference.

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{
    AppId, ClientId, ConnectionId, CustomerId, EnvironmentName, Position, SecretId, TokenId, UserId, WorkspaceId,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use protocol::{Audience, Claims};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Work {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
    pepper: hmac::Key,
    verifier: DecodingKey,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8090);
    let data = Data::new(Work::new());
    HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/token", web::post().to(token))
            .route("/plain", web::post().to(plain))
            .route("/verify", web::post().to(verify))
    })
    .workers(1)
    .bind(("127.0.0.1", port))?
    .run()
    .await
}

async fn token(work: Data<Work>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if work.authenticate(&request, &body).is_none() {
        return HttpResponse::Unauthorized().finish();
    }
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(json!({
        "access_token": work.sign(&claims()), "token_type": "Bearer", "expires_in": 3600, "scope": "cases.read reports.read",
    }))
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
        let work = Self {
            pair,
            random: SystemRandom::new(),
            header: URL_SAFE_NO_PAD.encode(header),
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]),
            verifier: DecodingKey::from_ec_components(&part(x), &part(y)).expect("a point of the curve"),
        };
        work.write_tokens();
        work
    }

    /// Tokens for `/verify`, one a line, into the file that the second argument names.
    fn write_tokens(&self) {
        let Some(path) = std::env::args().nth(2) else { return };
        let token = |number: u8| {
            let mut claims = claims();
            claims.jti = TokenId::from_bytes([number; 16]);
            self.sign(&claims)
        };
        let tokens: Vec<_> = (0..=255).map(token).collect();
        std::fs::write(path, tokens.join("\n")).expect("the file can be written");
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
