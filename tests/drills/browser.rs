//! Somebody with a browser without scripts: reads forms, fills them in, keeps cookies, follows redirections until one
//! leaves the server.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder, Response};
use url::Url;

use crate::installation::{CALLBACK, Card, Installation, Person};
use crate::ledger::{Answer, Event, Question};

const LONGEST_WAY: usize = 15;
/// Of RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Browser {
    installation: Arc<Installation>,
    person: Person,
    http: Client,
}

/// Where the way through the pages ended.
pub(crate) enum Way {
    /// At the app's callback, with a code.
    Back(String),
    /// At a page that has nothing to press; its status.
    Stopped(u16),
    /// At a request without answer.
    Lost,
}

struct Page {
    status: u16,
    text: String,
    location: Option<String>,
}

impl Browser {
    pub(crate) fn new(installation: &Arc<Installation>, person: Person) -> Self {
        let http = testkit::http_client(&[]).cookie_store(true).build().expect("a client can be made");
        Self { installation: Arc::clone(installation), person, http }
    }

    /// Lets the app's key in, on every workspace there is.
    pub(crate) async fn lets_in(&self, replica: usize, card: &Card) -> Way {
        let query = [
            ("response_type", "code"),
            ("client_id", card.key.as_str()),
            ("redirect_uri", CALLBACK),
            ("scope", "reports.read reports.write"),
            ("state", "drill"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let start = Url::parse_with_params("http://127.0.0.1/oauth/authorize", query).expect("a good URL");
        self.walks(replica, path_of(&start)).await
    }

    /// Answers a developer's request for an unattended connection.
    pub(crate) async fn lets_act_alone(&self, replica: usize, request: &str) -> Way {
        self.walks(replica, format!("/ui/oauth/unattended/{request}")).await
    }

    async fn walks(&self, replica: usize, start: String) -> Way {
        let mut page = self.opens(replica, self.http.get(self.url(replica, &start)), &start).await;
        let mut here = start;
        for _ in 0..LONGEST_WAY {
            let Some(shown) = page else { return Way::Lost };
            let refreshed = between(&shown.text, "http-equiv=\"refresh\" content=\"0;url=", "\"").map(decode);
            if let Some(target) = shown.location.or(refreshed) {
                let target = absolute(&here, &target);
                if target.as_str().starts_with(CALLBACK) {
                    let code = target.query_pairs().find(|(name, _)| name == "code");
                    return code.map_or(Way::Stopped(shown.status), |(_, code)| Way::Back(code.into_owned()));
                }
                here = path_of(&target);
                page = self.opens(replica, self.http.get(self.url(replica, &here)), &here).await;
                continue;
            }
            let form = shown.text.split("<form").skip(1).find(|form| form.contains("value=\"allow\""));
            let Some(form) = form.filter(|_| shown.status == 200) else { return Way::Stopped(shown.status) };
            let fields = self.fills_in(form).await;
            here = path_of(&absolute(&here, &decode(between(form, "action=\"", "\"").unwrap_or_default())));
            page = self.opens(replica, self.http.post(self.url(replica, &here)).form(&fields), &here).await;
        }
        panic!("the pages go round at {here}")
    }

    async fn fills_in(&self, form: &str) -> Vec<(String, String)> {
        let form = form.split("</form>").next().unwrap_or_default();
        let mut fields = vec![("decision".to_owned(), "allow".to_owned())];
        for input in form.split("<input").skip(1).map(|input| input.split('>').next().unwrap_or_default()) {
            let attribute = |name: &str| between(input, &format!(" {name}=\""), "\"").map(decode);
            let Some(name) = attribute("name") else { continue };
            let kind = attribute("type").unwrap_or_default();
            let given = attribute("value").unwrap_or_default();
            let value = match name.as_str() {
                "email" => self.person.email.clone(),
                "password" => self.person.password.to_owned(),
                "code" => self.mailed_code().await,
                _ if kind == "radio" && !input.contains(" checked") => continue,
                _ => given,
            };
            fields.push((name, value));
        }
        fields
    }

    /// The newest one: older ones are of tries that were lost.
    async fn mailed_code(&self) -> String {
        let mail = &self.installation.mail;
        let mut newest = mail.next_to(&self.person.email).await;
        while let Some(newer) = mail.take_to(&self.person.email) {
            newest = newer;
        }
        newest.text.split_whitespace().next().unwrap_or_default().to_owned()
    }

    async fn opens(&self, replica: usize, request: RequestBuilder, path: &str) -> Option<Page> {
        let ledger = &self.installation.ledger;
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let number = ledger.asks(replica, Question::Page { path });
        match read(request).await {
            Ok((answer, page)) => {
                ledger.write(Event::Answered { request: number, answer });
                Some(page)
            }
            Err(error) => {
                ledger.write(Event::Broke { request: number, why: error.to_string() });
                None
            }
        }
    }

    fn url(&self, replica: usize, path: &str) -> String {
        self.installation.replicas.get(replica).expect("a replica's number").url(path)
    }
}

async fn read(request: RequestBuilder) -> reqwest::Result<(Answer, Page)> {
    let response = request.send().await?;
    let header = |response: &Response, name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let (location, status) = (header(&response, "location"), response.status().as_u16());
    let retry_after = header(&response, "retry-after");
    let content_type = header(&response, "content-type").unwrap_or_default();
    let text = response.text().await?;
    let answer = Answer { status, retry_after, content_type, body: String::new() };
    Ok((answer, Page { status, text, location }))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// A link of a page, from the page at `here`.
fn absolute(here: &str, link: &str) -> Url {
    let base = Url::parse("http://127.0.0.1/").and_then(|root| root.join(here)).expect("a path of the server");
    base.join(link).unwrap_or_else(|error| panic!("{link} is no link: {error}"))
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// The few characters that a page escapes in an attribute.
fn decode(text: &str) -> String {
    let pairs = [
        ("&#38;", "&"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
