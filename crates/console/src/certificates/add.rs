//! Registering a certificate, or an authority, that is pasted or read from a file: first a look at what it says, then the
//! click that registers it. Of what is refused nothing is kept, shown again or logged: it may be a private key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client_registry::{Certificate, CertificateDraft, Examined, Holder, Permitted, RegistryError};
use domain::{App, ClientId, MutualTls, Permission};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageForm, PageResult, Visitor};

use super::view::{name_words, standing, view};
use super::{holder, holders, label, under};
use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem};
use crate::pages::{LookPage, PastePage, Problem};
use crate::place::{Place, Tab};

/// Where the certificate is.
const CERTIFICATE: &str = "certificate";
/// Which of the two steps was posted.
const STEP: &str = "step";
const SAVE: &str = "save";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Certificate,
    Anchor,
}

impl What {
    fn path(self, app: &App) -> String {
        under(
            app.id,
            match self {
                Self::Certificate => "new",
                Self::Anchor => "new-anchor",
            },
        )
    }
}

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named, What::Certificate).await;
    answer(visitor, result)
}

pub(super) async fn ask_anchor(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named, What::Anchor).await;
    answer(visitor, result)
}

pub(super) async fn take(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = step(&visitor, &named, (&body, What::Certificate)).await;
    answer(visitor, result)
}

pub(super) async fn take_anchor(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = step(&visitor, &named, (&body, What::Anchor)).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Named, what: What) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let adding = Adding { developer, app, what, label: String::new(), key: String::new() };
    let page = adding.paste(Vec::new()).await?;
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn step(visitor: &Visitor, named: &Named, (body, what): (&PageBody, What)) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let (label, key) = (form.one("label").to_owned(), form.one("key").to_owned());
    let adding = Adding { developer, app, what, label, key };
    let again = async |problem| {
        let page = adding.paste(vec![problem]).await?;
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let key = match holder(&adding.developer, &adding.app, &adding.key).await? {
        Ok(key) => key,
        Err(problem) => return again(problem).await,
    };
    let examined = match adding.examine(form.one(CERTIFICATE)).await {
        Ok(examined) => examined,
        Err(error) => return again(Problem { field: CERTIFICATE, ..problem(error)? }).await,
    };
    if form.one(STEP) == SAVE {
        return adding.save(examined, key, &form).await;
    }
    let page = adding.look(&examined, Vec::new());
    Ok(visitor.show(&page, StatusCode::OK))
}

/// Something that is being registered.
struct Adding<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    what: What,
    label: String,
    key: String,
}

impl Adding<'_> {
    async fn examine(&self, pasted: &str) -> Result<Examined, RegistryError> {
        let registry = &self.developer.visitor.state.registry;
        match self.what {
            What::Certificate => registry.examine_certificate(&self.app, pasted.as_bytes()).await,
            What::Anchor => registry.examine_anchor(&self.app, pasted.as_bytes()).await,
        }
    }

    async fn save(&self, examined: Examined, key: Option<ClientId>, form: &PageForm) -> PageResult {
        let visitor = self.developer.visitor;
        let again = |problems| {
            let page = self.look(&examined, problems);
            Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
        };
        if examined.against.is_some() {
            return again(Vec::new());
        }
        let confirmed = match visitor.confirm(form).await? {
            Ok(confirmed) => confirmed,
            Err(why) => return again(vec![why.into()]),
        };
        match self.register(&examined.certificate, key, confirmed).await {
            Ok(()) => Ok(visitor.go(&Place::Tab(self.app.id, Tab::Certificates).path())),
            Err(error) => again(vec![problem(error)?]),
        }
    }

    async fn register(
        &self,
        certificate: &Certificate,
        key: Option<ClientId>,
        _: Confirmed,
    ) -> Result<(), RegistryError> {
        let (registry, by, label) = (&self.developer.visitor.state.registry, self.app.by(), label(&self.label));
        match self.what {
            What::Certificate => {
                let draft = CertificateDraft { holder: key.map_or(Holder::App(self.app.id), Holder::Key), label };
                registry.add_certificate(by, draft, certificate.der()).await.map(drop)
            }
            What::Anchor => registry.add_anchor(by, self.app.id, label, certificate.der()).await.map(drop),
        }
    }

    async fn paste(&self, problems: Vec<Problem>) -> Result<PastePage, PageError> {
        let (title, about, keys) = match self.what {
            What::Certificate => (
                "Add a certificate",
                "The certificate that a client holds, whoever issued it. The private key stays where it is.",
                holders(&self.developer, &self.app, &self.key).await?,
            ),
            What::Anchor => (
                "Add a trust anchor",
                "The certificate of the authority that issues your clients’ certificates. The names that this app registers count under it; no other app’s do.",
                Vec::new(),
            ),
        };
        Ok(PastePage {
            frame: self.developer.visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Certificates),
            title,
            about,
            form: self.developer.post_to(&self.what.path(&self.app)),
            problems,
            label: self.label.clone(),
            keys,
            back_url: self.back_url(),
        })
    }

    fn look(&self, examined: &Examined, mut problems: Vec<Problem>) -> LookPage {
        let certificate = &examined.certificate;
        let against = examined.against.as_ref().map(|error| Problem::new("", &error.to_string()));
        let form = self
            .developer
            .post_to(&self.what.path(&self.app))
            .with("label", self.label.clone())
            .with("key", self.key.clone())
            .with(CERTIFICATE, STANDARD.encode(certificate.der()))
            .with(STEP, SAVE);
        let form = against.is_none().then_some(form);
        problems.extend(against);
        let (title, button) = match self.what {
            What::Certificate => ("Is this the certificate?", "Add certificate"),
            What::Anchor => ("Is this the authority?", "Add trust anchor"),
        };
        let visitor = self.developer.visitor;
        LookPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Certificates),
            title,
            view: view(certificate),
            standing: standing((certificate.not_before, certificate.not_after), visitor.now()),
            notes: self.notes(examined),
            form,
            problems,
            needs_password: visitor.needs_password(),
            button,
            again_url: visitor.path(&self.what.path(&self.app)),
            back_url: self.back_url(),
        }
    }

    /// What registering it would mean.
    fn notes(&self, examined: &Examined) -> Vec<String> {
        let mut notes = Vec::new();
        match self.what {
            What::Certificate => {
                let whom = if self.key.is_empty() { "every API key of this app" } else { "the one API key alone" };
                notes.push(format!(
                    "It will count for {whom}, as this very certificate: its renewal is registered anew."
                ));
                let named = examined.falls_under.iter().map(|one| one.label.as_str()).collect::<Vec<_>>();
                if !named.is_empty() {
                    notes.push(format!(
                        "It has a name that is registered already, so that it may count without this: {}.",
                        named.join(", ")
                    ));
                }
                if self.app.mutual_tls == MutualTls::Off {
                    notes.push(
                        "Mutual TLS is off for this app: certificates are ignored until it is set to Optional."
                            .to_owned(),
                    );
                }
            }
            What::Anchor => {
                notes.push(
                    "Whatever certificate this authority issues with a registered name counts as a client of this app."
                        .to_owned(),
                );
            }
        }
        let names: Vec<_> = examined
            .certificate
            .names()
            .iter()
            .map(|name| {
                let (kind, value) = name_words(name);
                format!("{kind} {value}")
            })
            .collect();
        if self.what == What::Certificate && !names.is_empty() {
            notes.push(format!(
                "Its renewals could count by a name instead, under a trust anchor: {}.",
                names.join("; ")
            ));
        }
        notes
    }

    fn back_url(&self) -> String {
        self.developer.visitor.path(&Place::Tab(self.app.id, Tab::Certificates).path())
    }
}
