//! The configuration as its users meet it: files, environment, flags and sentences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reader::Reader;
use super::sources::{Given, Origin};
use super::*;

struct Fixture {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Fixture {
    fn new(mode: Mode) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        Self { folder, sources: Sources { mode, files: vec![], environment: vec![], flags: vec![] } }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the scratch folder is writable");
        path
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        let path = self.write(name, text);
        self.sources.files.push(path);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, flag: &str) -> Self {
        self.sources.flags.push(flag.to_owned());
        self
    }

    fn loads(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> Vec<String> {
        Config::load(&self.sources).expect_err("the configuration has faults").0
    }
}

#[test]
fn development_needs_no_setting() {
    let config = Fixture::new(Mode::Development).loads();
    assert_eq!(config.listen.http.to_string(), "127.0.0.1:8080");
    assert_eq!(config.lifetimes.access_token, Duration::from_secs(3600));
    assert!(config.mail.is_none() && config.redis.is_none());
}

#[test]
fn flags_win_over_environment_over_later_files_over_earlier_ones() {
    let fixture = Fixture::new(Mode::Development)
        .file(
            "a.toml",
            "[lifetimes]\ncode = \"20s\"\naccess_token = \"20min\"\nconnection_idle = \"20d\"\nactivity = \"20d\"",
        )
        .file("b.toml", "[lifetimes]\naccess_token = \"30min\"\nconnection_idle = \"30d\"\nactivity = \"30d\"")
        .env("COUNTERSIGN_LIFETIMES__CONNECTION_IDLE", "40d")
        .env("COUNTERSIGN_LIFETIMES__ACTIVITY", "40d")
        .flag("lifetimes.activity=50d");
    let lifetimes = fixture.loads().lifetimes;
    let days = |days: u64| Duration::from_secs(days * 86_400);
    assert_eq!(lifetimes.code, Duration::from_secs(20));
    assert_eq!(lifetimes.access_token, Duration::from_secs(1800));
    assert_eq!(lifetimes.connection_idle, days(40));
    assert_eq!(lifetimes.activity, days(50));
}

#[test]
fn production_names_all_that_is_missing_at_once() {
    let faults = Fixture::new(Mode::Production).faults();
    for missing in ["public_url", "root_keys", "mail.smtp_url"] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(&format!("{missing} is missing"))),
            "{missing}: {faults:?}"
        );
    }
    assert_eq!(faults.len(), 3);
}

#[test]
fn an_unknown_setting_is_named_with_the_one_that_was_meant() {
    let faults = Fixture::new(Mode::Development)
        .file("a.toml", "[lifetime]\ncode = \"20s\"\n[lifetimes]\nacess_token = \"20min\"")
        .env("COUNTERSIGN_LISTEN__HTPP", "127.0.0.1:1")
        .faults();
    let all = faults.join("\n");
    assert!(all.contains("did you mean lifetimes.code?"), "{all}");
    assert!(all.contains("did you mean lifetimes.access_token?"), "{all}");
    assert!(all.contains("did you mean COUNTERSIGN_LISTEN__HTTP?"), "{all}");
    assert_eq!(faults.len(), 3);
}

#[test]
fn a_value_out_of_range_is_told_the_range() {
    let faults =
        Fixture::new(Mode::Development).flag("lifetimes.code=11min").flag("limits.cached_records=many").faults();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].contains("\"11min\"") || faults[1].contains("\"11min\""), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("); choose \"10s\" to \"10min\"")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("write a whole number, 1")), "{faults:?}");
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let random_key = format!("3:{}", "A".repeat(43) + "=");
    let fixture = Fixture::new(Mode::Development);
    let keys = fixture.write("keys", &format!("{random_key}\n"));
    let url = fixture.write("url", "postgres://countersign:hunter2@db/countersign\n");
    let fixture = fixture
        .env("COUNTERSIGN_ROOT_KEYS_FILE", &keys.display().to_string())
        .env("COUNTERSIGN_DATABASE__URL_FILE", &url.display().to_string())
        .env("COUNTERSIGN_REDIS__URLS", "redis://:hunter3@cache:6379");
    let config = fixture.loads();
    assert_eq!(config.root_keys.first().map(|key| key.id.0), Some(3));
    assert!(matches!(&config.database.url, DatabaseUrl::Postgres(url) if url.expose().ends_with("@db/countersign")));
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter") && !shown.contains("AAAA"), "{shown}");
}

#[test]
fn a_broken_secret_is_not_repeated() {
    let faults = Fixture::new(Mode::Development)
        .env("COUNTERSIGN_ROOT_KEYS", "hunter2")
        .env("COUNTERSIGN_DATABASE__URL", "mysql://root:hunter3@db/x")
        .faults();
    assert!(faults.len() == 2 && !faults.join("\n").contains("hunter"), "{faults:?}");
    let faults = Fixture::new(Mode::Development).file("a.toml", "\nroot_keys = hunter4").faults();
    assert!(faults.join("").contains("line 2") && !faults.join("").contains("hunter"), "{faults:?}");
}

#[test]
fn a_secret_is_set_once_and_its_file_is_filled_in() {
    let production = || Fixture::new(Mode::Production);
    let of =
        |fixture: Fixture, word: &str| fixture.faults().into_iter().filter(|f| f.contains(word)).collect::<Vec<_>>();
    let keys = of(production().env("COUNTERSIGN_ROOT_KEYS", ""), "ROOT_KEYS is empty");
    assert_eq!(keys.len(), 1);
    let fixture = production();
    let empty = fixture.write("keys", "\n").display().to_string();
    let keys = of(fixture.env("COUNTERSIGN_ROOT_KEYS_FILE", &empty), "ROOT_KEYS");
    assert!(keys.len() == 1 && keys.concat().contains(&format!("({empty}) is an empty file")), "{keys:?}");
    let unnamed = of(production().env("COUNTERSIGN_MAIL__SMTP_URL_FILE", ""), "COUNTERSIGN_MAIL__SMTP_URL_FILE");
    assert!(unnamed.concat().contains("is empty; write the path"), "{unnamed:?}");
    let both = production().env("COUNTERSIGN_ROOT_KEYS", "hunter2").env("COUNTERSIGN_ROOT_KEYS_FILE", &empty);
    let both = of(both, "ROOT_KEYS");
    assert!(both.len() == 1 && both.concat().ends_with("are both set; set one of them"), "{both:?}");
}

#[test]
fn what_servers_are_reached_by_is_judged_before_connecting() {
    let faults = Fixture::new(Mode::Development)
        .flag("database.url=postgres://u:hunter2@db/x?sslmode=on")
        .flag("redis.urls=redis://:hunter3@cache:port")
        .flag("mail.smtp_url=smtp://u:hunter4@mail.example.com?tsl=required")
        .flag("mail.from=nobody")
        .flag("public_url=https://user:hunter5@id.example.com")
        .faults();
    for setting in ["database.url has", "redis.urls, URL 1, ", "mail.smtp_url has", "mail.from is", "public_url has"] {
        assert!(faults.iter().any(|fault| fault.starts_with(setting)), "{setting}: {faults:?}");
    }
    assert!(faults.len() == 5 && !faults.concat().contains("hunter"), "{faults:?}");
}

#[test]
fn a_word_that_is_no_level_does_not_silence_the_log() {
    let with = |filter: &str| Fixture::new(Mode::Development).flag(&format!("log.filter={filter}"));
    for good in ["debug", "INFO", "off", "info,protocol=debug", "warn,storage_redis=trace"] {
        assert_eq!(with(good).loads().log.filter, good);
    }
    for wrong in ["verbose", "info,protocol", "", "3"] {
        assert!(with(wrong).faults().concat().contains("is no level; write off, error"), "{wrong}");
    }
    assert!(with("protocol=verbose").faults().concat().contains("log.filter is protocol=verbose"));
}

#[test]
fn every_listener_has_a_place_of_its_own() {
    let faults = Fixture::new(Mode::Development)
        .flag("listen.http=127.0.0.1:8000")
        .flag("listen.management=127.0.0.1:8000")
        .flag("proxied.listen=unix:/run/a.sock")
        .flag("proxied.form=nginx")
        .flag("verify.listen=unix:/run/a.sock")
        .faults();
    assert_eq!(
        faults,
        [
            "listen.http and listen.management are both 127.0.0.1:8000; give each its own",
            "proxied.listen and verify.listen are both unix:/run/a.sock; give each its own",
        ]
    );
    let anywhere =
        Fixture::new(Mode::Development).flag("listen.http=127.0.0.1:0").flag("listen.management=127.0.0.1:0");
    anywhere.loads();
}

#[test]
fn postgresql_without_redis_must_be_meant() {
    let fixture = || Fixture::new(Mode::Development).flag("database.url=postgres://u@db/x");
    assert!(fixture().faults().join("").contains("single_replica"));
    assert!(fixture().flag("single_replica=true").loads().redis.is_none());
    assert!(fixture().flag("redis.urls=redis://cache").loads().redis.is_some());
}

#[test]
fn development_and_management_stay_on_loopback() {
    let faults = Fixture::new(Mode::Development)
        .flag("listen.http=0.0.0.0:8080")
        .flag("listen.management=0.0.0.0:9090")
        .faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn development_is_found_where_it_listens_and_stops_at_once() {
    let moved = Fixture::new(Mode::Development).flag("listen.http=[::1]:9999").loads();
    assert_eq!(moved.public_url.as_str(), "http://[::1]:9999/");
    assert_eq!(moved.shutdown.delay, Duration::ZERO);
    let said = Fixture::new(Mode::Development)
        .flag("listen.http=127.0.0.1:9999")
        .flag("public_url=http://localhost:9999")
        .flag("shutdown.delay=2s")
        .loads();
    assert_eq!(said.public_url.as_str(), "http://localhost:9999/");
    assert_eq!(said.shutdown.delay, Duration::from_secs(2));
}

#[test]
fn clients_with_certificates_need_a_listener_that_is_known_from_outside() {
    let production = || Fixture::new(Mode::Production);
    let of = |fixture: Fixture, word: &str| fixture.faults().iter().filter(|fault| fault.contains(word)).count();
    assert_eq!(of(production(), "mtls"), 0, "the listener is not asked for");
    assert_eq!(of(production().flag("mtls.listen=0.0.0.0:8443"), "mtls."), 2, "its URL and its certificate");
    let half = production().flag("mtls.certificate=a.pem");
    assert_eq!(of(half, "mtls.certificate and mtls.key"), 1);
    let plain = production().flag("mtls.listen=0.0.0.0:8443").flag("mtls.public_url=http://mtls.example.com");
    assert_eq!(of(plain, "does not start with https://"), 1);
    let config = Fixture::new(Mode::Development).loads();
    assert_eq!(config.mtls_public_url().as_deref(), Some("https://localhost:8443"));
    let moved = Fixture::new(Mode::Development).flag("listen.http=127.0.0.1:1").loads();
    assert_eq!(moved.mtls_public_url(), None);
}

#[test]
fn whoever_is_believed_must_be_known() {
    let on = |address: &str| {
        let listen = format!("proxied.listen={address}");
        Fixture::new(Mode::Development).flag(&listen).flag("proxied.form=nginx")
    };
    assert!(on("0.0.0.0:8444").faults().join("").contains("whoever reaches it is believed"));
    assert!(on("unix:").faults().join("").contains("unix:/run"));
    assert_eq!(on("127.0.0.1:8444").loads().proxied.form, Some(mtls_listener::Form::Nginx));
    assert_eq!(on("unix:/run/a.sock").loads().proxied.listen, Some(ProxiedAddress::Unix("/run/a.sock".into())));
    let known = on("0.0.0.0:8444").flag("proxied.certificate=a").flag("proxied.key=b").flag("proxied.authorities=c");
    assert!(known.loads().proxied.authorities.is_some());
    assert!(on("0.0.0.0:8444").flag("proxied.certificate=a").flag("proxied.key=b").faults().len() == 1);
    let unformed = Fixture::new(Mode::Development).flag("proxied.listen=127.0.0.1:8444");
    assert!(unformed.faults().join("").contains("go together"));
}

#[test]
fn the_shipped_files_name_every_setting_with_its_default() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    for name in ["production.toml", "development.toml"] {
        let text = std::fs::read_to_string(folder.join(name)).expect("the file is shipped");
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                // `#name = value` is a default; `# words` is prose.
                Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => setting,
                _ => line,
            })
            .fold(String::new(), |all, line| all + line + "\n");
        let mut reader = Reader::new(BTreeMap::new());
        let _ = Config::read(&mut reader, Mode::Production);
        let table: toml::Table = uncommented.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let shown = flat(&table, "");
        let commented: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix('#')).map(str::to_owned).collect();
        for (known, default) in reader.known() {
            let value = shown.get(known).unwrap_or_else(|| panic!("{name} lacks {known}"));
            let last = known.rsplit('.').next().expect("split gives one part");
            let is_default = commented.iter().any(|line| line.starts_with(&format!("{last} = {value}")));
            if let (Some(default), true) = (default, is_default) {
                assert_eq!(value, default, "{known} in {name}");
            }
        }
        for setting in shown.keys() {
            assert!(reader.known().contains_key(setting), "{name} has {setting}, which is no setting");
        }
    }
}

fn flat(table: &toml::Table, section: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        let name = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match value {
            toml::Value::Table(inner) => all.extend(flat(inner, &name)),
            _ => {
                all.insert(name, value.to_string());
            }
        }
    }
    all
}

#[test]
fn the_shipped_production_file_is_complete_but_for_its_secrets() {
    let production = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/production.toml");
    let mut fixture = Fixture::new(Mode::Production);
    let key = fixture.write("root_keys", &format!("1:{}=", "A".repeat(43)));
    let database = fixture.write("database", "postgres://countersign@db/countersign");
    let redis = fixture.write("redis", "redis://cache:6379");
    let smtp = fixture.write("smtp", "smtps://mail.example.com");
    fixture.sources.files.push(production);
    let show = |path: &Path| path.display().to_string();
    let config = fixture
        .env("COUNTERSIGN_ROOT_KEYS_FILE", &show(&key))
        .env("COUNTERSIGN_DATABASE__URL_FILE", &show(&database))
        .env("COUNTERSIGN_REDIS__URLS_FILE", &show(&redis))
        .env("COUNTERSIGN_MAIL__SMTP_URL_FILE", &show(&smtp))
        .loads();
    assert_eq!(config.public_url.scheme(), "https");
}

#[test]
fn a_secret_file_of_a_later_source_wins_over_the_secret_of_an_earlier_one() {
    let given = |text: &str, origin| Given { value: toml::Value::String(text.into()), origin };
    let in_file = given("x", Origin::File(0, "a.toml".into()));
    assert!(given("y", Origin::Environment).outranks(Some(&in_file)));
    assert!(!in_file.outranks(Some(&given("y", Origin::Environment))));
}
