//! Writes every page in its important states into a folder, with the policy it is served under beside it and the assets
//! below it: for looking at them, and for browser checks without a running server.
//!
//! `cargo run -p oauth-endpoints --example gallery -- FOLDER`

mod account;
mod flow;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use oauth_endpoints::pages::headers::{PageKind, content_security_policy};
use oauth_endpoints::pages::{FormPost, Frame, Moment, SignedIn, assets};

/// One page in one state.
pub(crate) struct Shot {
    name: &'static str,
    html: String,
    kind: PageKind<'static>,
}

impl Shot {
    pub(crate) fn page(name: &'static str, html: String) -> Self {
        Self { name, html, kind: PageKind::Page }
    }

    pub(crate) fn of_kind(name: &'static str, html: String, kind: PageKind<'static>) -> Self {
        Self { name, html, kind }
    }
}

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| env::temp_dir().join("countersign-gallery"), PathBuf::from);
    write_assets(&folder)?;
    for shot in flow::shots().into_iter().chain(account::shots()) {
        let policy =
            content_security_policy(shot.kind).ok_or_else(|| io::Error::other("a callback origin without a policy"))?;
        fs::write(folder.join(shot.name).with_extension("html"), shot.html)?;
        fs::write(folder.join(shot.name).with_extension("csp"), policy.as_bytes())?;
    }
    Ok(())
}

fn write_assets(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets::all() {
        fs::write(folder.join(asset.path().trim_start_matches('/')), asset.bytes)?;
    }
    Ok(())
}

/// 21 November 2026, 14:02 UTC.
pub(crate) const NOW: i64 = 1_795_269_720;
pub(crate) const DAY: i64 = 86_400;

pub(crate) fn at(seconds: i64) -> Moment {
    Moment::at_unix_seconds(seconds)
}

pub(crate) fn form(action: &str) -> FormPost {
    FormPost::to(action).with("transaction", "tx_5kQ2").with("form_token", "ft_9rB7")
}

pub(crate) fn signed_out() -> Frame {
    Frame { operator: "Northwind".into(), ..Frame::default() }
}

pub(crate) fn signed_in() -> Frame {
    Frame {
        environment: Some("prod2".into()),
        signed_in: Some(SignedIn {
            email: "ana.keller@acme.example".into(),
            sessions_url: "/ui/sessions".into(),
            developer_apps_url: Some("/ui/apps".into()),
            teams_url: Some("/ui/teams".into()),
            connected_apps_url: "/ui/connected_apps".into(),
            sign_out: FormPost::to("/ui/logout").with("form_token", "ft_9rB7"),
        }),
        ..signed_out()
    }
}
