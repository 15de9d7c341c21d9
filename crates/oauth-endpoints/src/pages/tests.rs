use super::headers::{EVERY_PAGE, PageKind, content_security_policy};
use super::*;

const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{7*7}}&amp;";

fn frame() -> Frame {
    Frame { operator: "Northwind".into(), ..Frame::default() }
}

fn hostile_app(publisher: fn(String) -> Publisher) -> AppIdentity {
    AppIdentity {
        name: HOSTILE.into(),
        publisher: publisher(HOSTILE.into()),
        returns_to: ReturnTarget::Site("app.example".into()),
    }
}

fn review(publisher: fn(String) -> Publisher) -> ReviewPage {
    ReviewPage {
        frame: frame(),
        app: hostile_app(publisher),
        description: HOSTILE.into(),
        permissions: Permissions {
            list: vec![
                Permission { verb: Verb::See, words: HOSTILE.into() },
                Permission { verb: Verb::See, words: "names".into() },
            ],
            duration: "A year".into(),
        },
        purpose: Purpose::Interactive,
        privacy_url: Some("javascript:alert(1)".into()),
        support_email: Some(HOSTILE.into()),
        form: FormPost::to("/ui/oauth/authorize").with("transaction", HOSTILE),
    }
}

fn choice(id: &str, earlier: bool) -> WorkspaceChoice {
    WorkspaceChoice {
        id: id.into(),
        name: format!("Workspace {id}"),
        earlier,
        state: WorkspaceState::Open { chosen: false },
    }
}

fn closed(id: &str, earlier: bool) -> WorkspaceChoice {
    WorkspaceChoice {
        state: WorkspaceState::Closed { reason: "Needs the role connector".into() },
        ..choice(id, earlier)
    }
}

fn workspaces(rows: Vec<WorkspaceChoice>) -> WorkspacesPage {
    let mut page = WorkspacesPage {
        frame: frame(),
        app: hostile_app(Publisher::Verified),
        permissions: Permissions::default(),
        customers: vec![CustomerGroup { id: "cus_1".into(), name: HOSTILE.into(), workspaces: rows, no_access: None }],
        acts_as: None,
        problem: None,
        form: FormPost::to("/ui/oauth/pre_authorized"),
    };
    page.preselect();
    page
}

/// The tags of a page that can only come from what was put into it.
fn assert_escaped(html: &str) {
    for tag in ["<script>alert", "<img src=x", "\"><img"] {
        assert!(!html.contains(tag), "{tag} reached the page");
    }
    assert!(html.contains("&#60;script&#62;alert"), "the text itself is shown");
}

fn ticked(html: &str) -> usize {
    html.matches("\" checked").count()
}

#[test]
fn debug_prints_no_secret() {
    let form = super::FormPost::to("/ui/login").with("form_token", "the-secret");
    assert!(!format!("{form:?}").contains("the-secret"));
}

#[test]
fn what_a_developer_wrote_is_text_on_every_page_that_shows_it() {
    assert_escaped(&render(&review(Publisher::Verified)));
    assert_escaped(&render(&review(Publisher::Unverified)));
    assert_escaped(&render(&workspaces(vec![choice("1", false)])));
    assert_escaped(&render(&PostBackPage {
        frame: frame(),
        app_name: HOSTILE.into(),
        returns_to: ReturnTarget::NativeApp(HOSTILE.into()),
        callback: "https://app.example/callback".into(),
        fields: vec![Hidden { name: "state".into(), value: HOSTILE.into() }],
        outcome: ReturnOutcome::Allowed,
    }));
    assert_escaped(&render(&ConfirmEndPage {
        frame: frame(),
        app_name: HOSTILE.into(),
        customer: HOSTILE.into(),
        authorized_on: Moment::at_unix_seconds(1_795_269_720),
        ending: Ending::Workspace { name: HOSTILE.into() },
        form: FormPost::default(),
        back_url: "/".into(),
    }));
}

#[test]
fn a_received_callback_url_is_shown_and_never_linked() {
    let page = RequestErrorPage {
        frame: frame(),
        problem: RequestProblem::UnknownCallback,
        app_name: Some(HOSTILE.into()),
        support_email: None,
        reference: "req_1".into(),
        developer: DeveloperDetail {
            code: "redirect_uri_mismatch".into(),
            sentence: "not registered.".into(),
            callback: Some(CallbackDifference {
                received: vec![
                    UrlPart { text: "https://evil.example/cb".into(), differs: false },
                    UrlPart { text: HOSTILE.into(), differs: true },
                ],
                registered_count: 3,
                differs_in: vec!["trailing slash".into()],
            }),
            received: vec![("scope".into(), HOSTILE.into())],
            docs_url: None,
        },
    };
    let html = render(&page);
    assert_escaped(&html);
    assert!(html.contains("https://evil.example/cb"));
    assert!(!html.contains("href=\"https:") && !html.contains("http-equiv"), "nothing leads away");
    assert!(html.contains("3 URLs are registered; the closest differs in: <strong>trailing slash</strong>."));
}

#[test]
fn an_unverified_app_does_not_choose_the_title() {
    assert_eq!(review(Publisher::Unverified).title(), format!("{HOSTILE} (unverified) asks to connect"));
    let page = ReviewPage { description: "Weekly reports".into(), ..review(Publisher::Verified) };
    assert!(render(&page).contains("<h1><bdi>Weekly reports</bdi></h1>"));
}

#[test]
fn only_https_is_linked_from_what_a_developer_wrote() {
    let page = review(Publisher::Verified);
    assert!(!render(&page).contains("javascript:"));
    let linked = ReviewPage { privacy_url: Some("https://app.example/privacy".into()), ..page };
    assert!(render(&linked).contains("href=\"https://app.example/privacy\""));
}

#[test]
fn permissions_of_one_verb_share_a_line() {
    let html = render(&ReviewPage { privacy_url: None, ..review(Publisher::Verified) });
    assert_eq!(html.matches("<strong>See</strong>").count(), 1);
    assert!(html.contains("; names</span>"), "what has a semicolon of its own is kept apart by one");
}

#[test]
fn no_count_is_shown_that_only_a_script_could_keep_true() {
    let html = render(&workspaces(vec![choice("1", false), choice("2", true)]));
    assert!(html.contains("data-count hidden></p>") && !html.contains("selected"));
}

#[test]
fn nothing_is_ticked_among_several_workspaces() {
    assert_eq!(ticked(&render(&workspaces(vec![choice("1", false), choice("2", false)]))), 0);
}

#[test]
fn the_only_open_workspace_is_ticked() {
    assert_eq!(ticked(&render(&workspaces(vec![choice("1", false), closed("2", false)]))), 1);
}

#[test]
fn an_earlier_choice_is_ticked_and_what_is_lost_of_it_is_said() {
    let mut page = workspaces(vec![choice("1", true), choice("2", false), closed("3", true)]);
    let html = render(&page);
    assert_eq!(ticked(&html), 1);
    assert!(html.contains("removed </span> Workspace 3</del>"));
    assert_eq!(html.matches(" data-earlier").count(), 2, "the script counts from the same rows");
    page.choose(&["2"]);
    let html = render(&page);
    assert!(html.contains("added </span> Workspace 2</ins>") && html.contains("removed </span> Workspace 1</del>"));
}

#[test]
fn a_closed_workspace_cannot_be_posted() {
    let mut page = workspaces(vec![closed("1", true), choice("2", false), choice("3", false)]);
    page.choose(&["1"]);
    let html = render(&page);
    assert_eq!(ticked(&html), 0);
    assert!(!html.contains("value=\"1\"") && html.contains("Needs the role connector"));
}

#[test]
fn above_five_hundred_workspaces_are_put_into_groups() {
    let rows = |count: usize| (0..count).map(|n| choice(&n.to_string(), false)).collect();
    assert_eq!(render(&workspaces(rows(500))).matches("<details>").count(), 0);
    assert_eq!(render(&workspaces(rows(501))).matches("<details>").count(), 6);
}

#[test]
fn the_way_back_is_a_refresh_and_the_same_link() {
    let html = render(&ReturningPage {
        frame: frame(),
        app_name: "Report Bot".into(),
        returns_to: ReturnTarget::Site("app.example".into()),
        url: "https://app.example/cb?code=ac_1&state=\"'<".into(),
        outcome: ReturnOutcome::Allowed,
    });
    let escaped = "https://app.example/cb?code=ac_1&#38;state=&#34;&#39;&#60;";
    assert!(html.contains(&format!("content=\"0;url={escaped}\"")) && html.contains(&format!("href=\"{escaped}\"")));
    assert!(!html.contains("<script") && !html.contains("rel=\"icon\""), "its policy allows neither");
}

#[test]
fn no_page_has_inline_script_or_style() {
    for html in [render(&review(Publisher::Unverified)), render(&workspaces(vec![choice("1", true)]))] {
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="));
        assert_eq!(html.matches("<script").count(), html.matches("<script type=\"module\" src=\"/assets/").count());
    }
}

#[test]
fn forms_use_the_names_that_handlers_read() {
    let html = render(&SignInPage {
        frame: frame(),
        app: Some(hostile_app(Publisher::Verified)),
        email: String::new(),
        problem: None,
        form: FormPost::default(),
    });
    for name in [field::EMAIL, field::PASSWORD, field::DECISION] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    for decision in [field::ALLOW, field::DENY] {
        assert!(html.contains(&format!("value=\"{decision}\"")), "{decision}");
    }
    let mut page = workspaces(vec![choice("1", false)]);
    page.acts_as = Some(ActsAs { you: "ana@acme.example".into(), service_users: Vec::new(), chosen: None });
    let html = render(&page);
    for name in [field::WORKSPACE, field::ACTS_AS] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(html.contains(&format!("value=\"{}\"", field::ME)));
}

#[test]
fn an_address_is_masked_to_its_first_letter() {
    assert_eq!(mask_email("ana@example.com"), "a•••@example.com");
    assert_eq!(mask_email("ana"), "•••");
}

#[test]
fn the_code_is_the_first_line_of_the_mail_and_no_name_adds_a_line() {
    let mail = SignInMail {
        operator: "North\r\nBcc: x@example.com\nwind".into(),
        code: "482 913".into(),
        app_name: Some("Evil\r\n\r\nYour code is 111 111".into()),
        at: Moment::at_unix_seconds(1_795_269_720),
        from: Some("203.0.113.9".into()),
        valid_minutes: 10,
        not_me_url: "https://login.example/ui/login/not-me?sign_in=x".into(),
    };
    let text = mail.text();
    assert_eq!(text.lines().next(), Some("482 913"));
    assert!(!text.lines().any(|line| line.starts_with("Your code") || line.starts_with("Bcc")));
    assert!(text.contains("21 Nov 2026, 14:02 UTC, from 203.0.113.9\n"));
    assert!(text.lines().any(|line| line == mail.not_me_url), "a link is a line of its own");
    assert!(!mail.subject().contains(['\r', '\n']));
    assert!(!mail.subject().contains("482"), "subjects show on locked screens");
    assert!(mail.html().contains("<h1>482 913</h1>"));
}

#[test]
fn pages_run_only_our_own_scripts_and_post_only_to_us() {
    assert_eq!(
        content_security_policy(PageKind::Page).as_deref(),
        Some(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
        )
    );
    let names: Vec<&str> = EVERY_PAGE.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["Referrer-Policy", "X-Content-Type-Options", "Cache-Control", "Permissions-Policy"]);
}

#[test]
fn the_interstitial_can_do_nothing_but_go() {
    assert_eq!(
        content_security_policy(PageKind::Interstitial).as_deref(),
        Some("default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
    );
}

#[test]
fn form_post_names_the_callbacks_origin() {
    let policy = |callback_origin| content_security_policy(PageKind::FormPost { callback_origin });
    let has = |origin, source: &str| policy(origin).is_some_and(|p| p.contains(&format!("; form-action {source}; ")));
    assert!(has("https://app.example:8443", "https://app.example:8443"));
    assert!(has("http://127.0.0.1:53682", "http://127.0.0.1:53682"));
    assert!(has("http://[::1]:53682", "http:"));
}

#[test]
fn an_origin_cannot_end_its_directive() {
    for origin in [
        "https://a.example; script-src *",
        "https://a.example *",
        "com.example.app:/cb",
        "javascript://x",
        "https://",
        "https://a.example:",
        "https://*.example",
        "https://a.example\r\nX: y",
    ] {
        assert_eq!(content_security_policy(PageKind::FormPost { callback_origin: origin }), None, "{origin:?}");
    }
}

#[test]
fn assets_are_found_by_a_path_that_changes_with_their_content() {
    let paths: std::collections::BTreeSet<String> = assets::all().iter().map(|asset| asset.path()).collect();
    assert_eq!(paths.len(), assets::all().len());
    assert!(paths.iter().all(|path| path.starts_with("/assets/")) && !paths.contains("/assets/countersign.css"));
    let html = render(&review(Publisher::Verified));
    assert!(html.contains(&assets::STYLESHEET.path()) && html.contains(&assets::PAGE_SCRIPT.path()));
    assert!(assets::STYLESHEET.bytes.len() <= 12 * 1024, "the stylesheet stays small");
}

#[test]
fn the_theme_comes_from_the_cookie() {
    assert_eq!(Theme::from_cookie(Some("dark")), Theme::Dark);
    assert_eq!(Theme::from_cookie(Some("\"><script>")), Theme::System);
    let page = NoticePage {
        frame: Frame { theme: Theme::Dark, ..frame() },
        notice: Notice::NotFound,
        reference: None,
        connected_apps_url: "/ui/connected-apps".into(),
    };
    let html = render(&page);
    assert!(html.contains("data-theme=\"dark\"") && html.contains("name=\"color-scheme\" content=\"dark\""));
}
