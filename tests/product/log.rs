//! Promise S13: no secret, code, token or verifier in any log, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

use crate::world::{World, in_both_worlds, operator};

/// What is logged in this process while it is switched on.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        let mut written = self.0.lock().expect("no panic while held");
        String::from_utf8_lossy(&std::mem::take(&mut *written)).into_owned()
    }
}

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while held").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Paper {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that can be said, except by the client of these tests.
fn everything() -> Targets {
    ["reqwest", "hyper", "hyper_util"]
        .into_iter()
        .fold(Targets::new().with_default(LevelFilter::TRACE), |all, name| all.with_target(name, LevelFilter::OFF))
}

/// Good and bad requests of every kind; returns all that must be in no log.
async fn a_whole_run(world: &World) -> Vec<String> {
    let (bot, alice) = (world.report_bot(), world.alice());
    bot.may_act_alone_for(&alice).await;
    let code = alice.authorizes(&bot).await;
    let burned = alice.authorizes(&bot).await;
    let tokens = bot.redeems(&code).await.tokens();
    bot.redeems(&burned.with_verifier(&"wrong".repeat(10))).await.fails_with(400, "invalid_grant");
    let refreshed = bot.refreshes(&tokens.refresh).await.tokens();
    let alone = bot.acts_alone(&[]).await.tokens();
    bot.introspects(&tokens.access).await.is_active();
    bot.posts_raw("token", bot.body(&[("grant_type", "client_credentials")])).await.tokens();
    bot.posts(&format!("token?{}", bot.body(&code.parameters())), &[]).await.fails_with(400, "invalid_request");
    bot.with_secret(world.other_bot().secret()).acts_alone(&[]).await.fails_with(401, "invalid_client");
    let added = world.registry().add_secret(&operator(), bot.card.id, None).await.expect("there is room");
    bot.revokes(&refreshed.access).await;
    bot.redeems(&code).await.fails_with(400, "invalid_grant");
    world.knows().await;
    world.writes_what_waits().await;
    let verifier = |code: &crate::world::Code| code.verifier.clone().unwrap_or_default();
    vec![
        bot.secret().to_owned(),
        world.other_bot().secret().to_owned(),
        added.text.reveal(),
        verifier(&code),
        verifier(&burned),
        "wrongwrong".to_owned(),
        code.text,
        burned.text,
        tokens.access,
        tokens.refresh,
        refreshed.access,
        alone.access,
        "@acme.example.com".to_owned(),
        "client_secret=".to_owned(),
    ]
}

#[test]
fn no_log_line_of_a_whole_run_holds_a_secret() {
    let (switch, handle) = reload::Layer::new(Targets::new());
    let paper = Paper::default();
    let lines = fmt::layer().with_writer(paper.clone()).with_ansi(false);
    tracing::subscriber::set_global_default(Registry::default().with(lines.with_filter(switch)))
        .expect("nothing else in this program logs");
    in_both_worlds(async |world| {
        handle.reload(everything()).expect("the subscriber lives as long as the program");
        let hidden = a_whole_run(world).await;
        handle.reload(Targets::new()).expect("the subscriber lives as long as the program");
        let log = paper.text();
        assert!(
            log.lines().filter(|line| line.contains("countersign::request")).count() >= 10,
            "hardly a line:\n{log}"
        );
        for (number, hidden) in hidden.iter().enumerate() {
            let found = log.lines().find(|line| line.contains(hidden.as_str()));
            assert!(found.is_none(), "number {number} of what must be hidden is in the log: {found:?}");
        }
    });
}
