//! An operator who makes and ends apps, keys and connections by commands while the load goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::browser::{Browser, Way};
use crate::client::{Balancer, Client, Tokens};
use crate::installation::{Card, app_words, text};
use crate::ledger::Effect;

const PROMISE: Duration = Duration::from_millis(1_050);

pub(crate) struct Operator {
    client: Client,
    balancer: Arc<Balancer>,
    browser: Browser,
    /// Kind and id.
    made: Vec<(&'static str, String)>,
}

impl Operator {
    pub(crate) fn new(client: Client, balancer: Arc<Balancer>, browser: Browser) -> Self {
        Self { client, balancer, browser, made: Vec::new() }
    }

    pub(crate) async fn works(mut self, stop: Arc<AtomicBool>) -> Self {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            if let Some((card, tokens)) = self.makes(round).await {
                self.ends_it(round, &card, tokens).await;
            }
            self.toggles().await;
            round += 1;
        }
        self
    }

    /// A new app with a key that somebody lets in.
    async fn makes(&mut self, round: usize) -> Option<(Card, Option<Tokens>)> {
        let name = format!("App {round}");
        let app = text(&self.commands(&app_words(&name), Effect::Makes).await?, "id");
        self.made.push(("app", app.clone()));
        let create = ["key", "create", "--app", &app, "--label", "first"];
        let key = self.commands(&create, Effect::Makes).await?;
        let card = Card { app, key: text(&key, "id"), secret: text(&key, "secret"), rotating: false };
        self.made.push(("key", card.key.clone()));
        let tokens = match self.browser.lets_in(self.balancer.pick(), &card).await {
            Way::Back(code) => self.client.redeems(self.balancer.pick(), &card, &code).await,
            Way::Stopped(_) | Way::Lost => None,
        };
        Some((card, tokens.and_then(|answer| answer.tokens())))
    }

    async fn ends_it(&self, round: usize, card: &Card, tokens: Option<Tokens>) {
        let Some(tokens) = tokens else { return };
        let of_key = Effect::EndsKey { key: card.key.clone() };
        let done = match round % 3 {
            0 => self.commands(&["key", "revoke", &card.key], of_key).await,
            1 => self.commands(&["app", "delete", &card.app], of_key).await,
            _ => {
                let effect = Effect::EndsConnection { connection: tokens.connection.clone() };
                self.commands(&["connection", "end", &tokens.connection], effect).await
            }
        };
        if done.is_some() {
            tokio::time::sleep(PROMISE).await;
            self.client.introspects_everywhere(&self.balancer, &tokens.access).await;
        }
    }

    /// Client credentials of the third app, off and on again.
    async fn toggles(&self) {
        let card = self.client.installation.toggled.clone();
        let before = self.client.acts_alone(self.balancer.pick(), &card).await.and_then(|answer| answer.tokens());
        let off = ["app", "set", &card.app, "--client-credentials", "false"];
        let done = self.commands(&off, Effect::EndsClientCredentials { key: card.key.clone() }).await;
        if let (Some(_), Some(tokens)) = (done, before) {
            tokio::time::sleep(PROMISE).await;
            self.client.introspects_everywhere(&self.balancer, &tokens.access).await;
        }
        let on = ["app", "set", &card.app, "--client-credentials", "true"];
        self.commands(&on, Effect::None).await;
    }

    async fn commands(&self, words: &[&str], effect: Effect) -> Option<Value> {
        let installation = Arc::clone(&self.client.installation);
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let work = move || {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            installation.commands(&words, effect)
        };
        tokio::task::spawn_blocking(work).await.expect("a command ends")
    }

    pub(crate) async fn looks_at_what_was_made(self) {
        let installation = Arc::clone(&self.client.installation);
        let look = move || self.made.iter().for_each(|(kind, id)| installation.looks_for(kind, id));
        tokio::task::spawn_blocking(look).await.expect("a command ends");
    }
}
