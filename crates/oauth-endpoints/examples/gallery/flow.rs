//! The authorize flow, page by page.

use oauth_endpoints::pages::headers::PageKind;
use oauth_endpoints::pages::{
    ActsAs, AppIdentity, CallbackDifference, ChooseProblem, CustomerGroup, DeveloperDetail, Hidden, NoAccess,
    Permission, Permissions, PostBackPage, Publisher, Purpose, RequestErrorPage, RequestProblem, ReturnOutcome,
    ReturnTarget, ReturningPage, ReviewPage, ServiceUser, SignInPage, SignInProblem, Theme, UnattendedDonePage,
    UrlPart, Verb, VerifyPage, VerifyProblem, WorkspaceChoice, WorkspaceState, WorkspacesPage, mask_email, render,
};

use crate::{NOW, Shot, at, form, signed_in, signed_out};

pub(crate) fn shots() -> Vec<Shot> {
    let mut shots = reviews();
    shots.extend(sign_ins());
    shots.extend(verifications());
    shots.extend(choices());
    shots.extend(endings());
    shots.extend(errors());
    shots
}

fn report_bot() -> AppIdentity {
    AppIdentity {
        name: "Report Bot".into(),
        publisher: Publisher::Verified("Brightline Analytics GmbH".into()),
        returns_to: ReturnTarget::Site("app.reportbot.example".into()),
    }
}

fn stranger() -> AppIdentity {
    AppIdentity {
        name: "Northwind Security <b>Team</b>".into(),
        publisher: Publisher::Unverified("Averyveryverylongpublishernamewithoutanyspaceatallthatmustwrap Ltd".into()),
        returns_to: ReturnTarget::ThisComputer("127.0.0.1:53682".into()),
    }
}

fn permissions() -> Permissions {
    let words = [
        (Verb::See, "reports and dashboards"),
        (Verb::See, "names of people in your workspaces"),
        (Verb::Change, "report schedules"),
        (Verb::Delete, "reports that it made itself"),
    ];
    Permissions {
        list: words.into_iter().map(|(verb, words)| Permission { verb, words: words.into() }).collect(),
        duration: "Until you end it, at most 1 year; it also ends after 90 days without use".into(),
    }
}

fn reviews() -> Vec<Shot> {
    let page = ReviewPage {
        frame: signed_out(),
        app: report_bot(),
        description: "Report Bot sends your weekly reports by e-mail. It needs to read your dashboards.".into(),
        permissions: permissions(),
        purpose: Purpose::Interactive,
        privacy_url: Some("https://reportbot.example/privacy".into()),
        support_email: Some("support@reportbot.example".into()),
        form: form("/ui/oauth/authorize"),
    };
    let mut short = ReviewPage { description: "Weekly reports from your dashboards".into(), ..page.clone() };
    short.frame.theme = Theme::Dark;
    let unverified = ReviewPage {
        app: stranger(),
        description: "Your account will be CLOSED. <script>alert(1)</script> Press Submit to keep it.".into(),
        permissions: Permissions { list: Vec::new(), ..permissions() },
        purpose: Purpose::Unattended,
        ..page.clone()
    };
    vec![
        Shot::page("review", render(&page)),
        Shot::page("review-theme-dark", render(&short)),
        Shot::page("review-unverified", render(&unverified)),
    ]
}

fn sign_ins() -> Vec<Shot> {
    let page = SignInPage {
        frame: signed_out(),
        app: Some(report_bot()),
        email: String::new(),
        problem: None,
        form: form("/ui/login"),
    };
    let with = |problem| SignInPage { email: "ana.keller@acme.example".into(), problem: Some(problem), ..page.clone() };
    vec![
        Shot::page("sign-in", render(&page)),
        Shot::page("sign-in-alone", render(&SignInPage { app: None, ..page.clone() })),
        Shot::page("sign-in-rejected", render(&with(SignInProblem::Rejected))),
        Shot::page("sign-in-locked", render(&with(SignInProblem::LockedUntil(at(NOW + 900))))),
        Shot::page("sign-in-too-many", render(&with(SignInProblem::TooManyTries { retry_seconds: 42 }))),
        Shot::page(
            "sign-in-mail-failed",
            render(&with(SignInProblem::MailFailed { reference: "req_7F3K9QzX".into() })),
        ),
    ]
}

fn verifications() -> Vec<Shot> {
    let page = VerifyPage {
        frame: signed_out(),
        app: Some(report_bot()),
        masked_email: mask_email("ana.keller@acme.example"),
        sent_at: at(NOW),
        valid_minutes: 10,
        resend_in_seconds: 30,
        resent: false,
        problem: None,
        form: form("/ui/login/verify"),
        resend: form("/ui/login/resend"),
        sign_in_url: "/ui/login".into(),
    };
    let with = |problem| VerifyPage { problem: Some(problem), resend_in_seconds: 0, ..page.clone() };
    vec![
        Shot::page("verify", render(&page)),
        Shot::page("verify-resent", render(&VerifyPage { resent: true, ..page.clone() })),
        Shot::page("verify-not-a-code", render(&with(VerifyProblem::NotACode))),
        Shot::page(
            "verify-too-soon",
            render(&VerifyPage { resend_in_seconds: 12, ..with(VerifyProblem::TooSoon { retry_seconds: 12 }) }),
        ),
        Shot::page("verify-wrong", render(&with(VerifyProblem::Wrong { tries_left: 1 }))),
        Shot::page("verify-expired", render(&with(VerifyProblem::Expired))),
        Shot::page("verify-spent", render(&with(VerifyProblem::NoTriesLeft))),
        Shot::page("verify-too-many", render(&with(VerifyProblem::TooManyCodes { retry_seconds: 600 }))),
        Shot::page("verify-mail-failed", render(&with(VerifyProblem::MailFailed { reference: "req_7F3K9QzX".into() }))),
    ]
}

fn open(id: &str, name: &str) -> WorkspaceChoice {
    WorkspaceChoice { id: id.into(), name: name.into(), earlier: false, state: WorkspaceState::Open { chosen: false } }
}

fn closed(id: &str, name: &str, reason: &str) -> WorkspaceChoice {
    WorkspaceChoice { state: WorkspaceState::Closed { reason: reason.into() }, ..open(id, name) }
}

fn acme() -> CustomerGroup {
    CustomerGroup {
        id: "cus_acme".into(),
        name: "Acme".into(),
        workspaces: vec![
            open("ws_1", "APAC"),
            open("ws_2", "EMEA"),
            open("ws_3", "North America"),
            closed("ws_4", "Board", "Needs the role connector or admin; you are a member"),
            closed("ws_5", "Finance", "Report Bot was blocked here by an admin"),
        ],
        no_access: None,
    }
}

fn globex() -> CustomerGroup {
    CustomerGroup {
        id: "cus_globex".into(),
        name: "Globex Corporation".into(),
        workspaces: vec![
            open("ws_7", "Marketing"),
            open("ws_8", "Sales"),
            open("ws_9", "Averyverylongworkspacenamewithoutaspace-that-must-wrap-somewhere"),
        ],
        no_access: None,
    }
}

fn initech() -> CustomerGroup {
    CustomerGroup {
        id: "cus_initech".into(),
        name: "Initech".into(),
        workspaces: Vec::new(),
        no_access: Some(NoAccess {
            reason: "You have no role that can connect apps in any workspace of Initech.".into(),
            admins: vec!["Ana".into(), "Ben".into()],
        }),
    }
}

fn choices() -> Vec<Shot> {
    let page = WorkspacesPage {
        frame: signed_in(),
        app: report_bot(),
        permissions: permissions(),
        customers: vec![acme()],
        acts_as: None,
        problem: None,
        form: form("/ui/oauth/pre_authorized"),
    };
    let preselected = |mut page: WorkspacesPage| {
        page.preselect();
        render(&page)
    };
    let several = WorkspacesPage { customers: vec![acme(), globex(), initech()], ..page.clone() };
    let single = CustomerGroup { workspaces: vec![open("ws_1", "Everything")], ..acme() };
    let mut again = acme();
    for choice in &mut again.workspaces {
        choice.earlier = matches!(choice.name.as_str(), "APAC" | "Board");
    }
    let acts_as = ActsAs {
        you: "ana.keller@acme.example".into(),
        service_users: vec![ServiceUser {
            id: "usr_svc1".into(),
            name: "Nightly export".into(),
            customer: "Acme".into(),
        }],
        chosen: Some("usr_svc1".into()),
    };
    let alone = ActsAs { service_users: Vec::new(), chosen: None, ..acts_as.clone() };
    vec![
        Shot::page("workspaces", preselected(page.clone())),
        Shot::page("workspaces-several", preselected(several.clone())),
        Shot::page("workspaces-single", preselected(WorkspacesPage { customers: vec![single], ..page.clone() })),
        Shot::page("workspaces-again", preselected(WorkspacesPage { customers: vec![again], ..page.clone() })),
        Shot::page(
            "workspaces-nothing-chosen",
            preselected(WorkspacesPage { problem: Some(ChooseProblem::NothingChosen), ..several }),
        ),
        Shot::page("workspaces-empty", preselected(WorkspacesPage { customers: vec![initech()], ..page.clone() })),
        Shot::page("workspaces-no-customer", preselected(WorkspacesPage { customers: Vec::new(), ..page.clone() })),
        Shot::page("workspaces-unattended", preselected(WorkspacesPage { acts_as: Some(acts_as), ..page.clone() })),
        Shot::page("workspaces-unattended-self", preselected(WorkspacesPage { acts_as: Some(alone), ..page.clone() })),
        Shot::page("workspaces-long", preselected(WorkspacesPage { customers: vec![many(2_000)], ..page })),
    ]
}

fn many(count: usize) -> CustomerGroup {
    let workspaces = (1..=count).map(|n| open(&format!("ws_{n}"), &format!("Store {n:04}"))).collect();
    CustomerGroup { workspaces, ..acme() }
}

fn endings() -> Vec<Shot> {
    let returns_to = ReturnTarget::Site("app.reportbot.example".into());
    let callback = "https://app.reportbot.example/callback";
    let returning = ReturningPage {
        frame: signed_out(),
        app_name: "Report Bot".into(),
        returns_to: returns_to.clone(),
        url: format!("{callback}?code=ac_sample&state=a%26b&iss=https%3A%2F%2Fnorthwind.example"),
        outcome: ReturnOutcome::Allowed,
    };
    let native = ReturningPage {
        returns_to: ReturnTarget::NativeApp("com.example.reportbot".into()),
        url: "com.example.reportbot:/callback?error=access_denied&state=1".into(),
        outcome: ReturnOutcome::Denied,
        ..returning.clone()
    };
    let fields =
        [("code", "ac_sample"), ("state", "\"><script>alert(1)</script>"), ("iss", "https://northwind.example")];
    let post = PostBackPage {
        frame: signed_out(),
        app_name: "Report Bot".into(),
        returns_to,
        callback: callback.into(),
        fields: fields.into_iter().map(|(name, value)| Hidden { name: name.into(), value: value.into() }).collect(),
        outcome: ReturnOutcome::Allowed,
    };
    let unattended = UnattendedDonePage {
        frame: signed_in(),
        app_name: "Report Bot".into(),
        customer: "Acme".into(),
        workspaces: vec!["APAC".into(), "EMEA".into()],
        acts_as: "Nightly export".into(),
        connected_apps_url: "/ui/connected_apps".into(),
    };
    vec![
        Shot::of_kind("returning", render(&returning), PageKind::Interstitial),
        Shot::of_kind("returning-native", render(&native), PageKind::Interstitial),
        Shot::of_kind(
            "post-back",
            render(&post),
            PageKind::FormPost { callback_origin: "https://app.reportbot.example" },
        ),
        Shot::page("unattended-done", render(&unattended)),
    ]
}

fn errors() -> Vec<Shot> {
    let part = |text: &str, differs| UrlPart { text: text.into(), differs };
    let mismatch = RequestErrorPage {
        frame: signed_out(),
        problem: RequestProblem::UnknownCallback,
        app_name: Some("Report Bot".into()),
        support_email: Some("support@reportbot.example".into()),
        reference: "req_7F3K9QzX".into(),
        developer: DeveloperDetail {
            code: "redirect_uri_mismatch".into(),
            sentence: "the redirect_uri of the request is not one of those registered for this app. Register it, or send one that is.".into(),
            callback: Some(CallbackDifference {
                received: vec![part("https://app.reportbot.example/oauth/callback", false), part("/", true), part("?next=<script>", true)],
                registered_count: 3,
                differs_in: vec!["trailing slash".into(), "query".into()],
            }),
            received: vec![("response_type".into(), "code".into()), ("client_id".into(), "ak_3fT9".into())],
            docs_url: Some("/docs/errors#redirect_uri_mismatch".into()),
        },
    };
    let unknown = RequestErrorPage {
        problem: RequestProblem::UnknownKey,
        app_name: None,
        support_email: None,
        developer: DeveloperDetail {
            code: "client_unknown".into(),
            sentence: "no API key with this client_id exists in this environment.".into(),
            callback: None,
            received: vec![("client_id".into(), "ak_nobody".into())],
            docs_url: None,
        },
        ..mismatch.clone()
    };
    vec![Shot::page("request-error", render(&mismatch)), Shot::page("request-error-unknown-key", render(&unknown))]
}
