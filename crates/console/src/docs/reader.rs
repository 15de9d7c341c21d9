//! Whose values the documents show: those of an app of the reader, or words in their place.

use client_registry::RegistryError;
use domain::{
    ApiKey, App, AppId, ApplicationKind, CallbackUrl, ClientId, EnvironmentName, KeyKind, KeyState, Lifetimes,
    MutualTls, OPERATOR_TEAM, Permission, Publisher, ScopeSet, Timestamp,
};
use oauth_endpoints::sessions::{PageError, Visitor};
use protocol::Settings;

use crate::developer::{Developer, refused};
use crate::pages::{Example, Filled};
use crate::place::{Place, Tab};
use crate::snippets::{Caller, SECRET_VARIABLE};

/// How many apps are looked through for an API key that works.
const LOOKED_THROUGH: u32 = 20;
/// What stands for the reader's values.
const KEY: &str = "YOUR_API_KEY";
const CALLBACK: &str = "https://YOUR_APP.example/callback";

/// Who reads, with an app of its own that can be called.
pub(super) struct Reader<'a> {
    settings: &'a Settings,
    own: Option<Own>,
    now: Timestamp,
}

struct Own {
    app: App,
    key: ApiKey,
    environment: EnvironmentName,
    /// Where the app is shown.
    url: String,
    /// The reader's other apps: name, and the documents for it.
    others: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    /// Whoever looks, with the app `wanted` if it is its own, and otherwise the first of its apps that can be called.
    pub(super) async fn of(visitor: &'a Visitor, wanted: Option<AppId>) -> Result<Self, PageError> {
        let settings = &visitor.state.protocol.settings;
        let own = match &visitor.session {
            Some(session) => find(&Developer::of(visitor, session).await?, wanted).await?,
            None => None,
        };
        Ok(Self { settings, own, now: visitor.now() })
    }

    /// The issuer to talk to.
    pub(super) fn issuer(&self) -> String {
        let default = EnvironmentName::default_environment();
        self.settings.issuer(self.own.as_ref().map_or(&default, |own| &own.environment))
    }

    /// The same, where certificates are asked for.
    pub(super) fn mtls_issuer(&self) -> Option<String> {
        let default = EnvironmentName::default_environment();
        self.settings.mtls_issuer(self.own.as_ref().map_or(&default, |own| &own.environment))
    }

    /// Where the reader's app registers certificates.
    pub(super) fn certificates_url(&self, visitor: &Visitor) -> Option<String> {
        let own = self.own.as_ref()?;
        Some(visitor.path(&Place::Tab(own.app.id, Tab::Certificates).path()))
    }

    /// How a call with curl says which key it is, beside a certificate: by an option; or, for a key without secrets, in
    /// the query of a GET, and among the parameters of a POST.
    pub(super) fn credentials(&self) -> [String; 3] {
        let key = self.key();
        if self.needs_secret() {
            [format!(r#" -u "{key}:{SECRET_VARIABLE}""#), String::new(), String::new()]
        } else {
            [String::new(), format!("?client_id={key}"), format!(" -d client_id={key}")]
        }
    }

    /// The API key to name.
    pub(super) fn key(&self) -> String {
        self.own.as_ref().map_or_else(|| KEY.to_owned(), |own| own.key.id.to_string())
    }

    /// Whether the examples send a secret.
    pub(super) fn needs_secret(&self) -> bool {
        self.own.as_ref().is_none_or(|own| own.key.kind.has_secrets())
    }

    /// Whose values they are.
    pub(super) fn filled(&self) -> Option<Filled> {
        self.own.as_ref().map(|own| Filled {
            app: own.app.name.clone(),
            url: own.url.clone(),
            key: own.key.id.to_string(),
            environment: own.environment.to_string(),
            others: own.others.clone(),
        })
    }

    /// What to paste.
    pub(super) fn examples(&self) -> Vec<Example> {
        if let Some(own) = &self.own {
            return caller(&own.app, &own.key, &own.environment, self.settings).examples().unwrap_or_default();
        }
        let (app, key) = nobodys(self.now);
        let examples = caller(&app, &key, &EnvironmentName::default_environment(), self.settings).examples();
        let named = |example: Example| Example { text: example.text.replace(&key.id.to_string(), KEY), ..example };
        examples.unwrap_or_default().into_iter().map(named).collect()
    }
}

fn caller<'a>(app: &'a App, key: &'a ApiKey, environment: &'a EnvironmentName, settings: &'a Settings) -> Caller<'a> {
    Caller { app, key, environment, settings, secret: SECRET_VARIABLE }
}

async fn find(developer: &Developer<'_>, wanted: Option<AppId>) -> Result<Option<Own>, PageError> {
    let visitor = developer.visitor;
    let registry = &visitor.state.registry;
    let found = registry.apps_of(&developer.authority, "", 0, LOOKED_THROUGH).await.map_err(refused)?;
    let (mut ids, mut others): (Vec<AppId>, Vec<(AppId, String, String)>) = (wanted.into_iter().collect(), Vec::new());
    for app in &found.apps {
        ids.push(app.id);
        others.push((app.id, app.name.clone(), format!("/docs?app={}", app.id)));
    }
    for id in ids {
        let app = match registry.permit_app(&developer.authority, id, Permission::View).await {
            Ok(app) if app.deleted_at.is_none() => app,
            Err(RegistryError::Store(error)) => return Err(error.into()),
            // Not one of the reader's: it is as if none had been asked for.
            Ok(_) | Err(_) => continue,
        };
        for (key, _) in registry.keys_of(&app).await.map_err(refused)? {
            let environment = app.environments.iter().find(|name| key.is_allowed_in(name, &app));
            let Some(environment) = environment.filter(|_| key.is_usable(visitor.now())).cloned() else { continue };
            let examples = caller(&app, &key, &environment, &visitor.state.protocol.settings).examples();
            if examples.is_some_and(|examples| !examples.is_empty()) {
                let url = visitor.path(&Place::app(id).path());
                others.retain(|(other, ..)| *other != id);
                let others = others.into_iter().map(|(_, name, url)| (name, url)).collect();
                return Ok(Some(Own { app: app.into_inner(), key, environment, url, others }));
            }
        }
    }
    Ok(None)
}

/// An app as most are, of nobody.
fn nobodys(now: Timestamp) -> (App, ApiKey) {
    let app = App {
        id: AppId::from_bytes([0; 16]),
        team: OPERATOR_TEAM,
        name: String::new(),
        description: String::new(),
        publisher: Publisher { name: String::new(), verified: false },
        support_email: None,
        homepage_url: None,
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec![CallbackUrl::accepted(CALLBACK)],
        client_credentials: true,
        mutual_tls: MutualTls::Off,
        rotate_refresh_tokens: false,
        legacy_parameters_until: None,
        environments: vec![EnvironmentName::default_environment()],
        scopes: ScopeSet::default(),
        lifetimes: Lifetimes::default(),
        created_at: now,
        deleted_at: None,
        version: 1,
    };
    let key = ApiKey {
        id: ClientId::from_bytes([0; 16]),
        app: app.id,
        label: String::new(),
        kind: KeyKind::Secret,
        state: KeyState::Active,
        environments: None,
        created_at: now,
        expires_at: None,
    };
    (app, key)
}
