//! A browser without scripts: it keeps cookies, follows redirects on this host, and posts the forms it was shown.

use std::collections::BTreeMap;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, LOCATION, SET_COOKIE};
use actix_web::middleware::from_fn;
use actix_web::{App, test};
use oauth_endpoints::observe;

use crate::routes;
use crate::world::{PASSWORD, World};

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Where the browser is.
    pub(crate) path: String,
}

pub(crate) struct Browser<'a> {
    world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new(), headers: vec![("sec-fetch-site", "same-origin"), ("origin", "null")] }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.load(path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.load(path, Some(body.finish())).await
    }

    /// Posts the form of `page` that goes to `action`, with what was typed beside its hidden fields.
    pub(crate) async fn submit(&mut self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(action);
        let mut fields: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend_from_slice(typed);
        self.post(action, &fields).await
    }

    /// Signs in from the sign-in page on.
    pub(crate) async fn signs_in(&mut self, page: &Page, email: &str) -> Page {
        let typed = [("email", email), ("password", PASSWORD), ("decision", "allow")];
        let verify = self.submit(page, "/ui/login", &typed).await;
        let code = self.world.mailed_code();
        self.submit(&verify, "/ui/login/verify", &[("code", &code), ("decision", "allow")]).await
    }

    /// Comes to the workspace page of an ordinary request.
    pub(crate) async fn reaches_the_workspaces(&mut self, email: &str) -> Page {
        let review = self.get(&self.world.authorize_path()).await;
        let sign_in = self.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
        self.signs_in(&sign_in, email).await
    }

    async fn load(&mut self, path: &str, body: Option<String>) -> Page {
        let (mut path, mut body) = (path.to_owned(), body);
        for _ in 0..10 {
            let page = self.one(&path, body.take()).await;
            let location = page.headers.get(LOCATION).map(|location| location.to_str().unwrap().to_owned());
            match location {
                Some(location) if location.starts_with('/') => path = location,
                _ => return page,
            }
        }
        panic!("too many redirects, the last to {path}");
    }

    /// One request without following.
    pub(crate) async fn one(&mut self, path: &str, body: Option<String>) -> Page {
        let app = App::new().app_data(self.world.state.clone()).wrap(from_fn(observe)).configure(routes);
        let service = test::init_service(app).await;
        let mut request = match body {
            None => test::TestRequest::get(),
            Some(body) => test::TestRequest::post()
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .set_payload(body),
        }
        .uri(path)
        .peer_addr("203.0.113.9:5000".parse().unwrap());
        for header in &self.headers {
            request = request.insert_header(*header);
        }
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let response = test::call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        for set in headers.get_all(SET_COOKIE) {
            let cookie = Cookie::parse(set.to_str().unwrap().to_owned()).unwrap();
            assert!(cookie.name().starts_with("__Host-") && cookie.secure() == Some(true), "{cookie}");
            if cookie.value().is_empty() {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let body = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
        Page { status, headers, body, path: path.to_owned() }
    }
}

impl Page {
    /// The hidden fields of the form that posts to `action`.
    pub(crate) fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let begin = self
            .body
            .find(&format!("action=\"{action}\""))
            .unwrap_or_else(|| panic!("no form to {action} at {} ({}): {}", self.path, self.status, self.body));
        let form = self.body[begin..].split("</form>").next().unwrap();
        form.split("<input type=\"hidden\" ")
            .skip(1)
            .map(|input| (attribute(input, "name"), attribute(input, "value")))
            .collect()
    }

    /// Where the interstitial goes.
    pub(crate) fn goes_to(&self) -> url::Url {
        let refresh =
            self.body.split("content=\"0;url=").nth(1).unwrap_or_else(|| panic!("no interstitial: {}", self.body));
        unescape(refresh.split('"').next().unwrap()).parse().unwrap()
    }

    /// A parameter of where the interstitial goes.
    pub(crate) fn answers(&self, name: &str) -> Option<String> {
        self.goes_to().query_pairs().find(|(seen, _)| seen == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

fn attribute(input: &str, name: &str) -> String {
    let value = input.split(&format!("{name}=\"")).nth(1).unwrap();
    unescape(value.split('"').next().unwrap())
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
}
