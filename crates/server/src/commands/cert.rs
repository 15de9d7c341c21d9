//! `cert`.

use std::path::{Path, PathBuf};

use certificates::{Certificate, Chain, NameKind};
use clap::{Args, Subcommand};
use client_registry::{CertificateDraft, Holder};
use domain::{
    AnchorId, AppId, CertificateId, CertificateName, ClientId, MutualTls, Recognition, RegisteredCertificate,
    Timestamp, TrustAnchor, Voucher,
};
use storage::Directory as _;

use super::answer::{Answer, Fields, fields};
use super::arguments::pasted;
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum CertCommand {
    /// Register this very certificate, whoever issued it.
    Add {
        #[command(flatten)]
        holder: HolderArguments,
        /// The certificate as PEM or DER, never its private key; `-` is standard input.
        file: PathBuf,
    },
    /// Register a name: certificates that have it count under an authority, and so do their renewals.
    AddName(AddName),
    /// List what an app has registered.
    List {
        /// The app.
        #[arg(long)]
        app: AppId,
    },
    /// Say what a certificate says, and by which names it could be registered. Nothing is stored.
    Inspect {
        /// The certificate as PEM or DER; `-` is standard input.
        file: PathBuf,
    },
    /// Remove one: the tokens that are bound to it end.
    Remove {
        /// Its id.
        id: CertificateId,
        /// Also if it is the last that clients of an API key can show, who would stop working.
        #[arg(long)]
        force: bool,
    },
    /// Trust anchors: the authorities whose word an app takes for the names of its own clients.
    #[command(subcommand)]
    Anchor(AnchorCommand),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false, id = "whose")]
struct Whose {
    /// For every key of this app.
    #[arg(long)]
    app: Option<AppId>,
    /// For this key alone.
    #[arg(long)]
    key: Option<ClientId>,
}

#[derive(Args, Debug)]
pub(super) struct HolderArguments {
    #[command(flatten)]
    whose: Whose,
    /// What the team calls it; taken from what is registered when left out.
    #[arg(long)]
    label: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct AddName {
    #[command(flatten)]
    holder: HolderArguments,
    #[command(flatten)]
    name: Name,
    /// Under the operator's anchors that vouch for names, instead of the app's own.
    #[arg(long)]
    operator_anchor: bool,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false, id = "name")]
struct Name {
    /// A DNS name: bot.example.com.
    #[arg(long)]
    dns: Option<String>,
    /// A URI, such as a SPIFFE id.
    #[arg(long)]
    uri: Option<String>,
    /// A mail address.
    #[arg(long)]
    email: Option<String>,
    /// An IP address.
    #[arg(long)]
    ip: Option<String>,
    /// A whole subject, as RFC 4514 writes it: "CN=Report Bot,O=Example".
    #[arg(long)]
    subject: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AnchorCommand {
    /// Add an authority.
    Add {
        /// The app.
        #[arg(long)]
        app: AppId,
        /// What the team calls it; its subject when left out.
        #[arg(long)]
        label: Option<String>,
        /// The authority's certificate as PEM or DER; `-` is standard input.
        file: PathBuf,
    },
    /// List the authorities of an app.
    List {
        /// The app.
        #[arg(long)]
        app: AppId,
    },
    /// Remove one: what was got by names under the app's anchors ends.
    Remove {
        /// Its id.
        id: AnchorId,
        /// Also if names of which it is the last to vouch are all that clients can show.
        #[arg(long)]
        force: bool,
        /// Let access tokens live until they expire: for an authority that was replaced in good time.
        #[arg(long)]
        keep_tokens: bool,
    },
}

/// What is said where a certificate is registered too early to count.
const IGNORED: &str = "Mutual TLS is off for this app: certificates are ignored until it is set to optional.";

pub(super) async fn run(command: CertCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator, now) = (&opened.registry, &opened.operator, opened.now());
    match command {
        CertCommand::Add { holder, file } => {
            let added = registry.add_certificate(operator, holder.draft()?, &pasted(&file)?).await?;
            registered(&added, opened).await
        }
        CertCommand::AddName(AddName { holder, name, operator_anchor }) => {
            let voucher = if operator_anchor { Voucher::Operator } else { Voucher::App };
            let added = registry.add_certificate_name(operator, holder.draft()?, name.written()?, voucher).await?;
            registered(&added, opened).await
        }
        CertCommand::List { app } => {
            let all = opened.store.certificates(app).await?;
            Ok(Answer::Many("certificates", all.iter().map(|one| shown(one, now)).collect()))
        }
        CertCommand::Inspect { file } => inspect(&file),
        CertCommand::Remove { id, force } => {
            let removed = registry.remove_certificate(operator, id, force).await?;
            Ok(Answer::done(format!(
                "{id} ({}) is removed; the tokens that were bound to it have ended",
                removed.label
            )))
        }
        CertCommand::Anchor(command) => anchor(command, opened).await,
    }
}

/// A new registration, and whether it does anything yet.
async fn registered(certificate: &RegisteredCertificate, opened: &Opened) -> Result<Answer, Failure> {
    let app = opened.store.app(certificate.app).await?;
    let ignored = app.is_some_and(|app| app.mutual_tls == MutualTls::Off);
    Ok(Answer::One(shown(certificate, opened.now()), ignored.then_some(IGNORED)))
}

async fn anchor(command: AnchorCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator, now) = (&opened.registry, &opened.operator, opened.now());
    match command {
        AnchorCommand::Add { app, label, file } => {
            let added = registry.add_anchor(operator, app, label, &pasted(&file)?).await?;
            Ok(Answer::one(shown_anchor(&added, now)))
        }
        AnchorCommand::List { app } => {
            let all = opened.store.anchors(app).await?;
            Ok(Answer::Many("anchors", all.iter().map(|one| shown_anchor(one, now)).collect()))
        }
        AnchorCommand::Remove { id, force, keep_tokens } => {
            let removed = registry.remove_anchor(operator, id, force, keep_tokens).await?;
            Ok(Answer::done(format!("{id} ({}) is removed", removed.label)))
        }
    }
}

/// The parsed view of a file.
pub(super) fn inspect(file: &Path) -> Result<Answer, Failure> {
    let chain = Chain::read(&pasted(file)?).map_err(|error| Failure::Refused(error.to_string()))?;
    let own = chain.own();
    let issuers: Vec<&str> = chain.certificates().iter().skip(1).map(|one| one.subject.as_str()).collect();
    Ok(Answer::one(fields! {
        subject: own.subject,
        alternative_names: own.alternative_names.iter().map(words).collect::<Vec<_>>(),
        issuer: own.issuer,
        serial: own.serial,
        sha256: own.fingerprint(),
        thumbprint: own.thumbprint,
        key: own.key,
        usages: own.usages,
        extended_usages: own.extended_usages,
        not_before: own.not_before.to_string(),
        not_after: own.not_after.to_string(),
        for_clients: own.is_for_clients,
        self_signed: own.is_self_signed,
        authority: own.is_authority,
        could_be_registered_as: own.names().iter().map(words).collect::<Vec<_>>(),
        came_with: issuers,
    }))
}

impl HolderArguments {
    fn draft(self) -> Result<CertificateDraft, Failure> {
        let holder = match (self.whose.app, self.whose.key) {
            (Some(app), _) => Holder::App(app),
            (None, Some(key)) => Holder::Key(key),
            (None, None) => return Err(Failure::Refused("name an app or a key".to_owned())),
        };
        Ok(CertificateDraft { holder, label: self.label })
    }
}

impl Name {
    fn written(&self) -> Result<(NameKind, &str), Failure> {
        let kinds = [
            (NameKind::Dns, &self.dns),
            (NameKind::Uri, &self.uri),
            (NameKind::Email, &self.email),
            (NameKind::Ip, &self.ip),
            (NameKind::Subject, &self.subject),
        ];
        let given = kinds.into_iter().find_map(|(kind, text)| Some((kind, text.as_deref()?)));
        given.ok_or_else(|| Failure::Refused("name a DNS name, URI, mail address, IP address or subject".to_owned()))
    }
}

fn words(name: &CertificateName) -> String {
    match name {
        CertificateName::Subject(value) => format!("subject {value}"),
        CertificateName::Dns(value) => format!("dns {value}"),
        CertificateName::Uri(value) => format!("uri {value}"),
        CertificateName::Ip(value) => format!("ip {value}"),
        CertificateName::Email(value) => format!("email {value}"),
    }
}

fn shown(certificate: &RegisteredCertificate, now: Timestamp) -> Fields {
    let (what, under, ends) = match &certificate.recognition {
        Recognition::Exact { thumbprint, der, not_after, .. } => {
            let subject = Certificate::read(der).map(|read| read.subject).unwrap_or_default();
            (format!("certificate {subject}").trim_end().to_owned(), Some(thumbprint.to_string()), Some(*not_after))
        }
        Recognition::Named { name, .. } => (words(name), None, None),
    };
    let voucher = match certificate.recognition {
        Recognition::Named { voucher, .. } => Some(voucher),
        Recognition::Exact { .. } => None,
    };
    fields! {
        id: certificate.id,
        app: certificate.app,
        key: certificate.key,
        label: certificate.label,
        recognised_by: what,
        thumbprint: under,
        vouched_for_by: voucher,
        state: state(&certificate.recognition, now),
        not_after: ends.map(|end| end.to_string()),
        added_at: certificate.added_at.to_string(),
        last_used_at: certificate.last_used_at.map(|moment| moment.to_string()),
    }
}

fn state(recognition: &Recognition, now: Timestamp) -> &'static str {
    match recognition {
        Recognition::Exact { not_before, .. } if now < *not_before => "not valid yet",
        Recognition::Exact { not_after, .. } if *not_after <= now => "expired",
        Recognition::Exact { .. } => "valid",
        Recognition::Named { .. } => "registered",
    }
}

fn shown_anchor(anchor: &TrustAnchor, now: Timestamp) -> Fields {
    let read = Certificate::read(&anchor.der).ok();
    let ends = read.as_ref().map(|read| read.not_after);
    fields! {
        id: anchor.id,
        app: anchor.app,
        label: anchor.label,
        subject: read.as_ref().map(|read| read.subject.clone()),
        sha256: read.as_ref().map(Certificate::fingerprint),
        state: if ends.is_some_and(|end| now < end) { "valid" } else { "expired" },
        not_after: ends.map(|end| end.to_string()),
        added_at: anchor.added_at.to_string(),
    }
}
