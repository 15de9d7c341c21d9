//! `Idempotency-Key`: a program that got no answer to a POST that makes something repeats it with the same key, and it is
//! made once.
//!
//! The answer is kept for a day, sealed, where browser state is. One that shows a secret is not: secrets are kept nowhere
//! but as keyed hashes (DESIGN, decision 4), so that a repetition is told what was made and that it can be revoked. A
//! request that was refused made nothing, and its key is free again; whether one that failed made something is not
//! known, and its key stays taken.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::web::Bytes;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Reason, RequestId};
use oauth_endpoints::Problem;
use protocol::authorize::BrowserNotes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::Answer;
use crate::caller::{Caller, Who};

const KIND: &str = "idempotent";
/// How long an answer can be had again.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// The longest key.
const LONGEST: usize = 255;

/// Something that was made.
pub(crate) struct Made {
    body: Value,
    /// Where it is.
    location: String,
    shows_secret: bool,
}

impl Made {
    /// What can be shown again.
    pub(crate) fn new(body: &impl Serialize, location: String) -> Self {
        let body = serde_json::to_value(body).expect("answers have string keys only");
        Self { body, location, shows_secret: false }
    }

    /// What holds a secret, if `shows_secret`.
    pub(crate) fn with_secret(self, shows_secret: bool) -> Self {
        Self { shows_secret, ..self }
    }
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Note {
    /// The request that came first.
    first: RequestId,
    /// Of what was asked for.
    fingerprint: String,
    outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
enum Outcome {
    /// Not known yet, or not at all.
    Open,
    Answered {
        body: Value,
        location: String,
    },
    /// It showed a secret.
    ShownOnce {
        location: String,
    },
}

/// Makes what the caller asks for: once, where it names a key for that. What was begun is brought to its end, though the
/// caller hangs up.
pub(crate) async fn once<M>(caller: Caller, body: Bytes, make: M) -> Answer
where
    M: AsyncFnOnce(&Caller, &Bytes) -> Result<Made, Problem> + 'static,
{
    let running = actix_web::rt::spawn(async move { run(&caller, &body, make).await });
    running.await.unwrap_or_else(|_| Err(Problem::new(Reason::Internal)))
}

async fn run<M>(caller: &Caller, body: &Bytes, make: M) -> Answer
where
    M: AsyncFnOnce(&Caller, &Bytes) -> Result<Made, Problem>,
{
    let Some(key) = key(caller)? else { return Ok(answer(caller, &make(caller, body).await?)) };
    let protocol = &caller.state.protocol;
    let notes = BrowserNotes::new(caller.state.browser.clone(), protocol.root_keys.clone(), protocol.random.clone());
    let (first, fingerprint) = (caller.request_id(), fingerprint(caller, body));
    let begin = |kept: Option<Note>| {
        let note = Note { first, fingerprint: fingerprint.clone(), outcome: Outcome::Open };
        kept.is_none().then_some(note)
    };
    notes.change((KIND, &key), LIFE, begin).await?;
    let kept = notes.read::<Note>(KIND, &key).await?;
    if let Some(kept) = kept.filter(|kept| kept.first != first) {
        return again(caller, kept, &fingerprint);
    }
    let made = make(caller, body).await;
    let kept = match &made {
        Ok(made) => {
            let location = made.location.clone();
            let outcome = if made.shows_secret {
                Outcome::ShownOnce { location }
            } else {
                Outcome::Answered { body: made.body.clone(), location }
            };
            notes.write(KIND, &key, &Note { first, fingerprint, outcome }, LIFE).await
        }
        Err(problem) if problem.status_code().is_server_error() => Ok(()),
        Err(_) => notes.remove(KIND, &key).await,
    };
    if let Err(error) = kept {
        tracing::warn!(%error, request_id = %first, "the answer to an Idempotency-Key was not kept");
    }
    Ok(answer(caller, &made?))
}

/// The answer to who comes with a key that is taken.
fn again(caller: &Caller, kept: Note, fingerprint: &str) -> Answer {
    if kept.fingerprint != fingerprint {
        return Err(Problem::new(Reason::IdempotencyKeyReused));
    }
    match kept.outcome {
        Outcome::Open => {
            let detail = format!("the first request was {}", kept.first);
            Err(Problem::new(Reason::IdempotencyKeyBusy).detail(detail).retry_after(1))
        }
        Outcome::ShownOnce { location } => {
            Err(Problem::new(Reason::AlreadyMade).detail(format!("it is at {location}")))
        }
        Outcome::Answered { body, location } => {
            let mut response = answer(caller, &Made { body, location, shows_secret: false });
            let replayed = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
            Ok(response)
        }
    }
}

fn answer(caller: &Caller, made: &Made) -> HttpResponse {
    let mut response = caller.answer(StatusCode::CREATED, &made.body);
    if let Ok(location) = HeaderValue::from_str(&made.location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Under what a note is kept: a caller's keys are its own.
fn key(caller: &Caller) -> Result<Option<String>, Problem> {
    let mut headers = caller.headers().get_all("idempotency-key");
    let Some(header) = headers.next() else { return Ok(None) };
    let printable =
        |text: &&str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = header.to_str().ok().filter(printable).filter(|_| headers.next().is_none());
    let malformed = || {
        let detail = format!("Idempotency-Key: send one, of 1 to {LONGEST} printable ASCII characters without blanks");
        Problem::new(Reason::ParameterMalformed).detail(detail)
    };
    let whose = match &caller.who {
        Who::Key(token) => token.key.to_string(),
        Who::Person(visitor) => visitor.session.as_ref().map(|session| session.user.id.to_string()).unwrap_or_default(),
    };
    Ok(Some(format!("{whose}:{}", text.ok_or_else(malformed)?)))
}

fn fingerprint(caller: &Caller, body: &Bytes) -> String {
    let mut asked = caller.path().as_bytes().to_vec();
    asked.push(0);
    asked.extend_from_slice(body);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, &asked))
}
