//! Notices, *Connected apps* and the development mailbox.

use oauth_endpoints::pages::{
    ConfirmEndPage, ConnectedAppsPage, ConnectedWorkspace, ConnectionCard, Ending, MailboxMessage, MailboxPage,
    NotMePage, Notice, NoticePage, Publisher, Purpose, SessionCard, SessionsPage, SignInMail, render,
};

use crate::{DAY, NOW, Shot, at, form, signed_in, signed_out};

pub(crate) fn shots() -> Vec<Shot> {
    let mut shots = notices();
    shots.extend(connections());
    shots.push(sessions());
    shots.extend(mails());
    shots
}

fn notices() -> Vec<Shot> {
    let page = |notice, reference: Option<&str>| {
        let reference = reference.map(ToOwned::to_owned);
        let connected_apps_url = "/ui/connected-apps".into();
        render(&NoticePage { frame: signed_out(), notice, reference, connected_apps_url })
    };
    let answered =
        Notice::AlreadyAnswered { app_name: "Report Bot".into(), app_url: Some("https://reportbot.example/".into()) };
    vec![
        Shot::page("not-found", page(Notice::NotFound, None)),
        Shot::page("form-refused", page(Notice::FormRefused, Some("req_7F3K9QzX"))),
        Shot::page("no-transaction", page(Notice::NoTransaction, None)),
        Shot::page("expired", page(Notice::Expired { app_name: Some("Report Bot".into()) }, None)),
        Shot::page("already-answered", page(answered, None)),
        Shot::page("too-many-tries", page(Notice::TooManyTries { retry_seconds: 42 }, None)),
        Shot::page("unavailable", page(Notice::Unavailable { retry_seconds: 2 }, Some("req_7F3K9QzX"))),
        Shot::page("fault", page(Notice::Fault, Some("req_7F3K9QzX"))),
        Shot::page("signed-out", page(Notice::SignedOut, None)),
        Shot::page("sign-in-ended", page(Notice::SignInEnded, None)),
        Shot::page("code-was-used", page(Notice::CodeWasUsed, None)),
    ]
}

fn sessions() -> Shot {
    let card = |browser: &str, days: i64, end| SessionCard {
        browser: browser.into(),
        network: "203.0.113.0/24".into(),
        signed_in_at: at(NOW - days * DAY),
        seen_at: at(NOW - days * DAY + 600),
        end,
    };
    let sessions = vec![
        card("Firefox on Linux", 0, None),
        card("Samsung Internet on Android", 1, Some(form("/ui/sessions"))),
        card("A browser that does not say its name", 2, Some(form("/ui/sessions"))),
    ];
    let end_others = Some(form("/ui/sessions"));
    Shot::page("sessions", render(&SessionsPage { frame: signed_in(), sessions, end_others, done: true }))
}

fn workspace(name: &str) -> ConnectedWorkspace {
    ConnectedWorkspace { name: name.into(), remove_url: Some("/ui/connected_apps/cn_1/remove?workspace=ws_1".into()) }
}

fn connections() -> Vec<Shot> {
    let report_bot = ConnectionCard {
        id: "cn_1".into(),
        app_name: "Report Bot".into(),
        publisher: Publisher::Verified("Brightline Analytics GmbH".into()),
        purpose: Purpose::Interactive,
        label: None,
        acts_as: None,
        customer: "Acme".into(),
        workspaces: vec![workspace("APAC"), workspace("EMEA"), workspace("North America")],
        more_workspaces: 0,
        authorized_on: at(NOW - 40 * DAY),
        last_used: Some(at(NOW - 2 * DAY)),
        ends_on: at(NOW + 325 * DAY),
        end_url: "/ui/connected_apps/cn_1/end".into(),
    };
    let exporter = ConnectionCard {
        id: "cn_2".into(),
        app_name: "Exporter".into(),
        publisher: Publisher::Unverified("Someone".into()),
        purpose: Purpose::Unattended,
        label: None,
        acts_as: Some("Nightly export".into()),
        customer: "Globex Corporation".into(),
        workspaces: vec![ConnectedWorkspace {
            remove_url: None,
            ..workspace("Averyverylongworkspacenamewithoutaspace-that-must-wrap")
        }],
        more_workspaces: 1_900,
        last_used: None,
        ..report_bot.clone()
    };
    let page = ConnectedAppsPage {
        frame: signed_in(),
        connections: vec![report_bot, exporter],
        total: 52,
        next_url: Some("/ui/connected_apps?after=cn_2".into()),
        done: Some("Report Bot can no longer reach Board.".into()),
    };
    let empty = ConnectedAppsPage { connections: Vec::new(), total: 0, next_url: None, done: None, ..page.clone() };
    let confirm = ConfirmEndPage {
        frame: signed_in(),
        app_name: "Report Bot".into(),
        customer: "Acme".into(),
        authorized_on: at(NOW - 40 * DAY),
        ending: Ending::Connection { workspaces: 3 },
        form: form("/ui/connected_apps/cn_1/end"),
        back_url: "/ui/connected_apps".into(),
    };
    let remove = ConfirmEndPage { ending: Ending::Workspace { name: "EMEA".into() }, ..confirm.clone() };
    vec![
        Shot::page("connected-apps", render(&page)),
        Shot::page("connected-apps-empty", render(&empty)),
        Shot::page("confirm-end", render(&confirm)),
        Shot::page("confirm-remove", render(&remove)),
    ]
}

fn mails() -> Vec<Shot> {
    let mail = SignInMail {
        operator: "Northwind".into(),
        code: "482 913".into(),
        app_name: Some("Report Bot".into()),
        at: at(NOW),
        from: Some("203.0.113.9".into()),
        valid_minutes: 10,
        not_me_url:
            "https://login.northwind.example/ui/login/not-me?sign_in=Dd0nV3r7k5mXq1uYbZs8PwLh2GtJ4cF6aE9oRiQyTxM".into(),
    };
    let message = MailboxMessage {
        to: "ana.keller@acme.example".into(),
        subject: mail.subject(),
        at: at(NOW),
        text: mail.text(),
    };
    let page = MailboxPage { frame: signed_out(), messages: vec![message.clone(), message] };
    let empty = MailboxPage { messages: Vec::new(), ..page.clone() };
    vec![
        Shot::page("mailbox", render(&page)),
        Shot::page("mailbox-empty", render(&empty)),
        Shot::page("mail", mail.html()),
        Shot::page("not-me", render(&NotMePage { frame: signed_out(), form: form("/ui/login/not-me") })),
    ]
}
