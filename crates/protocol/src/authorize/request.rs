//! Reads an authorization request (RFC 6749 §4.1.1): first who asks and where answers go, then everything else.

use domain::{KeyKind, ManagementScope, Reason, ScopeSet};
use storage::{ClientRecord, EnvironmentRecord};

use super::answer::Destination;
use super::callback::callback;
use super::{AuthorizationRequest, NotStarted, Prompt, ResponseMode, Stop};
use crate::codes::is_verifier;
use crate::flow::{Asked, AuthorizationFlow};
use crate::parameters::{Parameters, check_text};
use crate::refusal::Refusal;
use crate::trail::Trail;
use crate::{Protocol, legacy};

/// The longest address there is (RFC 5321 §4.5.3.1.3).
const LOGIN_HINT: usize = 254;
/// The longest name there is (RFC 1035 §2.3.4).
const DOMAIN_NAME: usize = 253;

impl Protocol {
    /// Checks the parameters of an authorization request, from a query or a form.
    ///
    /// # Errors
    /// [`NotStarted::Stop`] until the key and the callback URL are known to belong together; afterwards
    /// [`NotStarted::Callback`].
    pub async fn check_authorization(
        &self,
        environment: &EnvironmentRecord,
        encoded: &[u8],
        trail: &mut Trail,
    ) -> Result<AuthorizationRequest, NotStarted> {
        let name = &environment.environment.name;
        let once = Once(encoded);
        let client_id = once.find("client_id")?.ok_or_else(|| missing("client_id"))?;
        let id = client_id.parse().map_err(|_| Refusal::from(Reason::ClientUnknown))?;
        let caller = self.caller(name, id, trail).await?;
        let app = &caller.stored().app;
        let redirect_uri = once.find("redirect_uri").map_err(|refusal| of(app, refusal))?;
        let callback = callback(app, redirect_uri.as_deref())?;
        // Faults from here on are the client's to hear; `state` and `response_mode` serve as far as they can be read.
        let state = once.find("state").ok().flatten().filter(|state| self.fits(state));
        let web = callback.as_str().starts_with("https://") || callback.as_str().starts_with("http://");
        let mode = once.find("response_mode").ok().flatten().and_then(|mode| response_mode(&mode, web).ok());
        let destination = Destination {
            environment: name,
            callback: &callback,
            mode: mode.unwrap_or_default(),
            state: state.as_deref(),
        };
        let told = |refusal| NotStarted::Callback(Box::new(destination.failure(&self.settings, refusal)));
        let parameters = Parameters::parse(encoded).map_err(told)?;
        let now = self.clock.now();
        let may_be_in_url = app.accepts_legacy_parameters(now);
        if parameters.find("client_secret").is_some() && !may_be_in_url {
            return Err(told(legacy::in_query(&parameters)));
        }
        let asked = self.read(&parameters, web).map_err(told)?;
        let scopes = scopes(caller.stored(), environment, &parameters, &callback).map_err(told)?;
        let plain = may_be_in_url && caller.stored().key.kind == KeyKind::Secret;
        let code_challenge = challenge(&parameters, plain).map_err(told)?;
        let scopes = narrowed(scopes, environment, &parameters).map_err(told)?;
        Ok(AuthorizationRequest {
            environment: name.clone(),
            client: id,
            app: app.id,
            callback: callback.clone(),
            redirect_uri,
            scopes,
            state: asked.state,
            response_mode: asked.response_mode,
            code_challenge,
            prompt: asked.prompt,
            login_hint: parameters.find("login_hint").filter(|hint| hint.len() <= LOGIN_HINT).map(str::to_owned),
            domain_name: parameters.find("domain_name").filter(|name| is_domain(name)).map(str::to_owned),
            test: false,
        })
    }

    fn fits(&self, state: &str) -> bool {
        state.chars().count() <= self.settings.state_length
    }

    fn read(&self, parameters: &Parameters, web: bool) -> Result<Manner, Refusal> {
        let state = parameters.find("state").map(str::to_owned);
        if state.as_deref().is_some_and(|state| !self.fits(state)) {
            let most = self.settings.state_length;
            return Err(Refusal::new(Reason::StateTooLong).saying(format!("state may have {most} characters.")));
        }
        Ok(Manner {
            state,
            response_mode: parameters
                .find("response_mode")
                .map_or(Ok(ResponseMode::Query), |mode| response_mode(mode, web))?,
            prompt: prompt(parameters.find("prompt").unwrap_or_default())?,
        })
    }
}

/// How a request wants to be treated.
struct Manner {
    state: Option<String>,
    response_mode: ResponseMode,
    prompt: Prompt,
}

/// Looks single parameters up before all of them are known to be good.
struct Once<'a>(&'a [u8]);

impl Once<'_> {
    /// RFC 6749 §3.1: at most once; without a value it counts as left out.
    fn find(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut found = form_urlencoded::parse(self.0).filter(|(seen, value)| *seen == *name && !value.is_empty());
        let first = found.next().map(|(_, value)| value.into_owned());
        if found.next().is_some() {
            let sentence = format!("the parameter '{name}' was sent more than once; send each once.");
            return Err(Refusal::new(Reason::ParameterRepeated).saying(sentence));
        }
        check_text(name, first.as_deref().unwrap_or_default())?;
        Ok(first)
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::new(Reason::ParameterMissing).saying(format!("the parameter '{name}' is missing; add it."))
}

fn of(app: &domain::App, refusal: Refusal) -> Stop {
    Stop { refusal, app: Some(Box::new(app.clone())), callback: None }
}

/// A DNS name in letters, digits and hyphens (RFC 1123 §2.1). A hint like any other: one that is none is not an error.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        matches!(label.len(), 1..=63) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= DOMAIN_NAME && text.split('.').all(label)
}

/// OAuth 2.0 Form Post Response Mode is for callbacks that a browser can post to.
fn response_mode(text: &str, web: bool) -> Result<ResponseMode, Refusal> {
    match text {
        "query" => Ok(ResponseMode::Query),
        "form_post" if web => Ok(ResponseMode::FormPost),
        "form_post" => Err(Refusal::new(Reason::ResponseModeUnsupported)
            .saying("form_post needs a callback URL with http or https; leave response_mode out.")),
        _ => Err(Reason::ResponseModeUnsupported.into()),
    }
}

/// OpenID Connect Core §3.1.2.1: a list of words; `none` stands alone.
fn prompt(text: &str) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(Reason::PromptUnknown.into()),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(Refusal::new(Reason::PromptUnknown).saying("prompt=none cannot stand beside another value."));
    }
    Ok(prompt)
}

fn scopes(
    stored: &ClientRecord,
    environment: &EnvironmentRecord,
    parameters: &Parameters,
    callback: &domain::CallbackUrl,
) -> Result<ScopeSet, Refusal> {
    if parameters.find("response_type").is_none() {
        return Err(missing("response_type"));
    }
    let asked = Asked {
        client: stored.key.id,
        redirect_uri: Some(callback.as_str()),
        response_type: parameters.find("response_type"),
        scope: parameters.find("scope"),
    };
    AuthorizationFlow::bind(&asked, callback)?.negotiate(&allowed_scopes(stored, environment))
}

/// What the app may ask for and an API of this environment understands. The scopes of the management API are granted on
/// no page, whoever asks.
pub(crate) fn allowed_scopes(stored: &ClientRecord, environment: &EnvironmentRecord) -> ScopeSet {
    let understood: ScopeSet =
        environment.apis.iter().flat_map(|api| api.scopes.iter().map(|words| words.scope.clone())).collect();
    stored.app.scopes.intersection(&understood).restricted(|scope| !ManagementScope::is_reserved(scope))
}

/// RFC 7636 §4.3, and RFC 9700 §2.1.1: S256, required unless the app's old client libraries cannot.
fn challenge(parameters: &Parameters, optional: bool) -> Result<Option<String>, Refusal> {
    let method = parameters.find("code_challenge_method");
    match parameters.find("code_challenge") {
        None if optional && method.is_none() => Ok(None),
        None => Err(Reason::ChallengeMissing.into()),
        // RFC 7636 §4.3: a method that was left out means plain.
        Some(_) if method != Some("S256") => Err(Reason::ChallengeMethodRefused.into()),
        Some(challenge) if is_verifier(challenge) => Ok(Some(challenge.to_owned())),
        Some(_) => Err(Reason::ChallengeMalformed.into()),
    }
}

/// RFC 8707 §2.1: `resource` narrows what is granted to what the named APIs understand, so that a token can never be
/// for another one.
fn narrowed(scopes: ScopeSet, environment: &EnvironmentRecord, parameters: &Parameters) -> Result<ScopeSet, Refusal> {
    let mut understood = Vec::new();
    for resource in parameters.resources() {
        let api = environment.apis.iter().find(|api| api.audience == resource).ok_or(Reason::ResourceUnknown)?;
        understood.extend(api.scopes.iter().map(|words| words.scope.clone()));
    }
    if parameters.resources().next().is_none() {
        return Ok(scopes);
    }
    let narrowed = scopes.intersection(&understood.into_iter().collect());
    if narrowed.is_empty() { Err(Reason::ResourceUnknown.into()) } else { Ok(narrowed) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prompt_is_a_list_of_known_words() {
        assert_eq!(prompt("").unwrap(), Prompt::default());
        assert!(prompt("login consent").is_ok_and(|prompt| prompt.login && prompt.consent && !prompt.none));
        assert_eq!(prompt("shout").unwrap_err().reason(), Reason::PromptUnknown);
        assert_eq!(prompt("none login").unwrap_err().reason(), Reason::PromptUnknown);
    }

    #[test]
    fn only_s256_with_a_challenge_in_form_is_taken() {
        let of = |query: String, optional| {
            challenge(&Parameters::parse(query.as_bytes()).unwrap(), optional).map_err(|refusal| refusal.reason())
        };
        let good = "a".repeat(43);
        assert_eq!(of(format!("code_challenge={good}&code_challenge_method=S256"), false), Ok(Some(good.clone())));
        assert_eq!(of(format!("code_challenge={good}"), true), Err(Reason::ChallengeMethodRefused));
        assert_eq!(
            of(format!("code_challenge={good}&code_challenge_method=plain"), true),
            Err(Reason::ChallengeMethodRefused)
        );
        assert_eq!(of("code_challenge=short&code_challenge_method=S256".into(), true), Err(Reason::ChallengeMalformed));
        assert_eq!(of(String::new(), false), Err(Reason::ChallengeMissing));
        assert_eq!(of(String::new(), true), Ok(None));
    }

    #[test]
    fn a_domain_is_a_dns_name() {
        assert!(is_domain("acme.example") && is_domain("acme"));
        let long = "a.".repeat(130);
        for other in ["", ".", "acme..example", "-acme.example", "acme.example/x", "a b", "acme_x.example", &long] {
            assert!(!is_domain(other), "{other}");
        }
    }

    #[test]
    fn a_private_scheme_cannot_be_posted_to() {
        assert_eq!(response_mode("form_post", true).unwrap(), ResponseMode::FormPost);
        assert!(response_mode("form_post", false).is_err());
        assert!(response_mode("fragment", true).is_err());
    }

    proptest! {
        #[test]
        fn no_query_makes_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let once = Once(&bytes);
            let _ = once.find("client_id");
            if let Ok(parameters) = Parameters::parse(&bytes) {
                let _ = prompt(parameters.find("prompt").unwrap_or_default());
                let _ = challenge(&parameters, true);
            }
        }
    }
}
