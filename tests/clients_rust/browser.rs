//! Somebody with a browser without JavaScript: it follows redirections and posts forms until one leaves the server.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::LOCATION;
use reqwest::{Client, Url};
use testkit::MailCatcher;

use crate::same_origin;

/// More pages than any flow has.
const LONGEST_WAY: usize = 15;

/// A person and their browser.
pub(crate) struct Browser<'a> {
    pub(crate) http: Client,
    pub(crate) address: &'static str,
    pub(crate) password: &'static str,
    pub(crate) mail: &'a MailCatcher,
    /// Where everything goes that the browser says and is told, and nobody else may read.
    pub(crate) secrets: &'a Mutex<Vec<String>>,
}

impl Browser<'_> {
    /// Opens the link, and says yes on every page, ticking these workspaces. With which URL the browser leaves the
    /// server; `None` when the way ends at a page.
    pub(crate) async fn allows(&self, link: Url, workspaces: &[&str]) -> Option<Url> {
        let home = link.clone();
        let mut request = self.http.get(link);
        for _ in 0..LONGEST_WAY {
            let answer = request.send().await.expect("the server answers");
            let here = answer.url().clone();
            self.note(here.query());
            if let Some(target) = answer.headers().get(LOCATION) {
                let target = target.to_str().ok().and_then(|target| here.join(target).ok()).expect("a URL to go to");
                if !same_origin(&target, &home) {
                    self.note(target.query());
                    return Some(target);
                }
                request = self.http.get(target);
                continue;
            }
            assert_eq!(answer.status(), 200, "at {}", here.path());
            let page = answer.text().await.expect("a page is text");
            if let Some(target) = goes_on_to(&page) {
                let target = here.join(&target).expect("a URL to go to");
                self.note(target.query());
                return Some(target);
            }
            let (action, fields) = self.fill_in(&page, workspaces).await?;
            let open = ["decision", "workspace", "acts_as"];
            self.note(
                fields.iter().filter(|(name, _)| !open.contains(&name.as_str())).map(|(_, value)| value.as_str()),
            );
            request = self.http.post(here.join(&action).expect("a path of ours")).form(&fields);
        }
        panic!("the pages go round")
    }

    /// The form that asks for a decision: where it goes, and what is in it.
    async fn fill_in(&self, page: &str, workspaces: &[&str]) -> Option<(String, Vec<(String, String)>)> {
        let form = page
            .split("<form")
            .skip(1)
            .filter_map(|rest| rest.split("</form>").next())
            .find(|form| form.contains(r#"name="decision" value="allow""#))?;
        let action = attributes(form.split('>').next().unwrap_or_default()).remove("action")?;
        let mut fields = vec![("decision".to_owned(), "allow".to_owned())];
        for input in form.split("<input").skip(1) {
            let (tag, label) = input.split_once('>').unwrap_or((input, ""));
            let mut field = attributes(tag);
            let label = words(label.split("</label>").next().unwrap_or_default());
            let name = field.remove("name").unwrap_or_default();
            let value = match (field.get("type").map_or("", String::as_str), name.as_str()) {
                ("hidden", _) => field.remove("value"),
                ("checkbox", "workspace") if workspaces.contains(&label.as_str()) => field.remove("value"),
                ("radio", _) if field.contains_key("checked") => field.remove("value"),
                (_, "email") => Some(self.address.to_owned()),
                (_, "password") => Some(self.password.to_owned()),
                (_, "code") => Some(self.mailed_code().await),
                _ => None,
            };
            fields.extend(value.map(|value| (name, value)));
        }
        Some((action, fields))
    }

    fn note<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) {
        let mut noted = self.secrets.lock().expect("no test panics while it notes");
        noted.extend(secrets.into_iter().filter(|secret| !secret.is_empty()).map(str::to_owned));
    }

    /// The first line of the mail.
    async fn mailed_code(&self) -> String {
        let mail = self.mail.next_to(self.address).await;
        mail.text.lines().next().expect("the code is the first line").trim().to_owned()
    }
}

/// The value of a parameter in a URL.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(seen, _)| seen == name).map(|(_, value)| value.into_owned())
}

/// Where a page goes on to by itself.
fn goes_on_to(page: &str) -> Option<String> {
    let tag = page.split("<meta").skip(1).filter_map(|rest| rest.split('>').next());
    let content = tag.map(attributes).find(|tag| tag.get("http-equiv").is_some_and(|name| name == "refresh"))?;
    content.get("content")?.split_once("url=").map(|(_, url)| url.to_owned())
}

/// The attributes of a tag; our pages quote every value.
fn attributes(tag: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = tag;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        rest = &rest[start..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let quoted = after.strip_prefix("=\"").and_then(|value| value.split_once('"'));
        let (value, after) = quoted.unwrap_or(("", after));
        found.insert(name.to_owned(), unescaped(value));
        rest = after;
    }
    found
}

/// The text of a label, without its tags.
fn words(html: &str) -> String {
    let text: String = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    unescaped(text.trim())
}

fn unescaped(text: &str) -> String {
    text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")
}
