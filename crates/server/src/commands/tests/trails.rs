//! What was done and tried, and the end of a whole environment.

use domain::{
    Activity, ActivityKind, CertificateShown, EnvironmentName, Origin, Reason, RequestId, Subject, Timestamp,
};
use storage::ActivityLog as _;

use super::{Installation, text};

#[tokio::test]
async fn attempts_are_found_by_app_key_request_and_time() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
    let attempt = |hours: u64, number: u8| Activity {
        at: now - std::time::Duration::from_secs(3600 * hours),
        request: RequestId::from_bytes([number; 16]),
        kind: ActivityKind::Token,
        grant: Some("refresh_token"),
        environment: EnvironmentName::default_environment(),
        key: key.parse().ok(),
        app: app.parse().ok(),
        authenticated: true,
        certificate: CertificateShown::Unregistered,
        refusal: Some(Reason::RefreshExpired),
        detail: String::new(),
        connection: None,
        customer: None,
        origin: Origin { address: "192.0.2.7".into(), user_agent: "curl/8".into() },
    };
    let store = installation.store().await;
    store.append(&[attempt(1, 1), attempt(30, 2)], &[], &[]).await.expect("the store answers");
    let list = async |words: &[&str]| {
        let found = installation.does(&[&["activity", "list"][..], words].concat()).await;
        found["activity"].as_array().expect("a list").clone()
    };
    let all = list(&["--app", &app]).await;
    assert_eq!(all.len(), 2);
    assert_eq!((text(&all[0], "result"), text(&all[0], "endpoint")), ("refresh_expired".into(), "token".into()));
    assert_eq!(all[0]["certificate_unregistered"], 1);
    assert_eq!(list(&["--key", &key, "--since", "24h"]).await, all[..1]);
    let second = RequestId::from_bytes([2; 16]).to_string();
    assert_eq!(list(&["--request", &second]).await, all[1..]);
    assert_eq!(list(&["--app", &installation.app_named("Other").await]).await.len(), 0);
}

#[tokio::test]
async fn the_audit_trail_says_who_did_what_to_what() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    installation.does(&["app", "set", &app, "--name", "Better Bot"]).await;
    let found = installation.does(&["audit", "list", "--target", &app]).await;
    let actions: Vec<String> =
        found["audit"].as_array().expect("a list").iter().map(|record| text(record, "action")).collect();
    assert_eq!(actions, ["app.edited", "app.created"]);
    assert_eq!(text(&found["audit"][0], "actor"), "operator");
    let newest = installation.does(&["audit", "list", "--limit", "1"]).await;
    assert_eq!(newest["audit"][0], found["audit"][0]);
}

#[tokio::test]
async fn an_environment_is_ended_whole_and_stays() {
    let installation = Installation::new().await;
    let environment = Subject::Environment(EnvironmentName::default_environment());
    assert_eq!(installation.ends(&["environment", "revoke", "default"]).await, [environment]);
    assert_eq!(text(&installation.does(&["environment", "show", "default"]).await, "name"), "default");
    assert!(installation.refuses(&["environment", "revoke", "nowhere"]).await.contains("nowhere"));
}
