//! `/metrics`: what operators' dashboards and alerts rest on.

use std::collections::BTreeMap;

use crate::world::{Answer, World, in_both_worlds, on_shared_stores};

/// What is there once a token was issued, as the format's own lines say it.
const PROMISED: [&str; 19] = [
    "http_server_request_duration_seconds histogram",
    "http_server_active_requests gauge",
    "countersign_callback_mismatch counter",
    "countersign_tokens_issued counter",
    "countersign_refresh_grace_hits counter",
    "countersign_refresh_reuse_detected counter",
    "countersign_password_hash_duration_seconds histogram",
    "client_certificates_expiring gauge",
    "mtls_client_auth counter",
    "tls_certificate_not_after_timestamp_seconds gauge",
    "ca_crl_next_update_timestamp_seconds gauge",
    "store_operation_duration_seconds histogram",
    "audit_events counter",
    "db_pool_connections gauge",
    "signing_key_not_after_timestamp_seconds gauge",
    "tokio_workers gauge",
    "process_cpu_seconds counter",
    "process_open_fds gauge",
    "build info",
];

/// Where operators read of them.
const OPERATORS_LIST: &str = include_str!("../../config/README.md");

/// What the first replica's `/metrics` answered.
pub(super) struct Scraped(String);

impl Scraped {
    pub(super) async fn from(world: &World) -> Self {
        Self(Answer::to(world.http.get(world.management_url("/metrics"))).await.text)
    }

    /// The value of the sample whose line begins so, labels included.
    fn value(&self, sample: &str) -> Option<f64> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))?;
        Some(line.parse().unwrap_or_else(|_| panic!("{sample} is no number: {line}")))
    }

    /// How often each operation of a store was done, as `redis codes.take`.
    pub(super) fn operations(&self) -> BTreeMap<String, u64> {
        let mut done = BTreeMap::new();
        for line in self.0.lines() {
            let Some(rest) = line.strip_prefix("store_operation_duration_seconds_count{store=\"") else { continue };
            let (labels, count) = rest.split_once("} ").expect("a sample has a value");
            let [store, _, name, ..] = labels.split('"').collect::<Vec<_>>()[..] else { panic!("{line}") };
            *done.entry(format!("{store} {name}")).or_default() += count.parse::<u64>().expect("a count");
        }
        done
    }

    fn count_of(&self, store: &str, op: &str) -> f64 {
        let labels = format!("{{store=\"{store}\",op=\"{op}\",outcome=\"done\"}}");
        self.value(&format!("store_operation_duration_seconds_count{labels}")).unwrap_or_default()
    }
}

#[test]
fn every_metric_that_is_promised_is_there_once() {
    in_both_worlds(async |world| {
        world.report_bot().is_let_in_by(&world.alice()).await;
        let scraped = Scraped::from(world).await;
        let types: Vec<_> = scraped.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        for metric in PROMISED {
            assert_eq!(types.iter().filter(|line| **line == metric).count(), 1, "{metric} in {}", scraped.0);
        }
        let names: Vec<_> = types.iter().map(|line| line.split(' ').next()).collect();
        assert!(names.iter().all(|name| names.iter().filter(|other| *other == name).count() == 1), "{names:?}");
        assert!(scraped.0.ends_with("# EOF\n") && scraped.0.matches("# EOF").count() == 1, "{}", scraped.0);
        for (sample, least) in [
            ("db_pool_connections{state=\"idle\"}", 1.0),
            ("db_pool_connections{state=\"used\"}", 0.0),
            ("audit_events_total{sink=\"database\",outcome=\"failed\"}", 0.0),
            ("tokio_workers", 1.0),
            ("tokio_alive_tasks", 1.0),
            ("tokio_global_queue_depth", 0.0),
            ("tokio_workers_busy_seconds_total", 0.0),
            ("process_resident_memory_bytes", 1.0),
            ("process_start_time_seconds", 1.0),
        ] {
            assert!(scraped.value(sample).is_some_and(|value| value >= least), "{sample} in {}", scraped.0);
        }
        for name in names.iter().flatten() {
            assert!(OPERATORS_LIST.contains(&format!("`{name}")), "config/README.md does not tell of {name}");
        }
        let signs = |line: &&str| line.starts_with("signing_key_not_after_timestamp_seconds{kid=\"key_");
        assert!(scraped.0.lines().filter(signs).count() >= 1, "{}", scraped.0);
    });
}

#[test]
fn what_the_stores_do_is_timed_and_a_client_that_is_known_asks_them_nothing() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        bot.acts_alone(&[]).await.tokens();
        let before = Scraped::from(world).await;
        assert!(before.count_of("database", "records.client") >= 1.0, "{}", before.0);
        assert!(before.count_of("database", "log.read_after") >= 1.0, "{}", before.0);
        let written = before.value("audit_events_total{sink=\"database\",outcome=\"done\"}");
        assert!(written.is_some_and(|records| records >= 1.0), "{}", before.0);
        for _ in 0..3 {
            bot.acts_alone(&[]).await.tokens();
        }
        let after = Scraped::from(world).await;
        for op in ["records.client", "records.environment", "records.api", "records.unattended"] {
            assert!((after.count_of("database", op) - before.count_of("database", op)).abs() < 0.5, "{op}");
        }
    });
}

#[test]
fn what_redis_does_is_timed() {
    on_shared_stores(async |world| {
        let bot = world.report_bot();
        bot.is_let_in_by(&world.alice()).await;
        let scraped = Scraped::from(world).await;
        for op in ["codes.put", "codes.take"] {
            assert!((scraped.count_of("redis", op) - 1.0).abs() < 0.5, "{op} in {}", scraped.0);
        }
    });
}
