//! Who may depend on whom, and what nobody below may bring in by a detour.

/// One crate of the workspace.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The crates of the workspace that it may name in its manifest.
    pub(crate) may_depend_on: &'static [&'static str],
    /// What it must not reach, over any number of steps.
    pub(crate) must_never_know: &'static [Ground],
}

/// Something not to be known, and the packages by which it would be.
pub(crate) struct Ground {
    pub(crate) called: &'static str,
    /// Names of packages; one that ends in `*` stands for all that begin so.
    pub(crate) packages: &'static [&'static str],
}

const ASYNC: Ground = Ground {
    called: "that anything is asynchronous",
    packages: &["tokio", "futures*", "async-trait", "actix-rt", "async-std", "smol"],
};
const HTTP: Ground =
    Ground { called: "HTTP", packages: &["actix-*", "http", "http-body*", "hyper*", "reqwest", "axum"] };
const SQL: Ground = Ground {
    called: "SQL",
    packages: &["diesel*", "libsqlite3-sys", "rusqlite", "tokio-postgres*", "pq-sys", "sqlx*", "storage-diesel"],
};
const REDIS: Ground = Ground { called: "Redis", packages: &["redis", "redis-*", "fred", "storage-redis"] };
const TLS: Ground = Ground { called: "TLS", packages: &["rustls", "tokio-rustls", "rcgen", "actix-tls"] };
const STATE_MACHINES: Ground = Ground { called: "oxide-auth's machines", packages: &["oxide-auth*"] };
const TOKENS: Ground = Ground { called: "how tokens are written", packages: &["jsonwebtoken"] };
const PAGES: Ground = Ground { called: "pages", packages: &["askama*"] };
const WHERE_CERTIFICATES_COME_FROM: Ground =
    Ground { called: "where certificates come from", packages: &["mtls-listener", "rcgen"] };
const STORES: Ground = Ground { called: "storage", packages: &["storage", "storage-*"] };
const CLIENTS: Ground = Ground { called: "clients", packages: &["client-registry"] };
const PROTOCOL: Ground = Ground { called: "the protocol", packages: &["protocol"] };

/// Every crate has a row; only what is in the finished program counts, so dependencies of tests are free.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "domain",
        may_depend_on: &[],
        must_never_know: &[ASYNC, HTTP, SQL, REDIS, TLS, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "certificates",
        may_depend_on: &["domain"],
        must_never_know: &[ASYNC, HTTP, SQL, REDIS, TLS, STORES, CLIENTS, PROTOCOL, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "storage",
        may_depend_on: &["domain"],
        must_never_know: &[SQL, REDIS, HTTP, TLS, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "storage-diesel",
        may_depend_on: &["domain", "storage"],
        must_never_know: &[HTTP, REDIS, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "storage-redis",
        may_depend_on: &["domain", "storage"],
        must_never_know: &[HTTP, SQL, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "client-registry",
        may_depend_on: &["domain", "certificates", "storage"],
        must_never_know: &[HTTP, SQL, REDIS, TLS, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "protocol",
        may_depend_on: &["domain", "certificates", "storage", "client-registry"],
        must_never_know: &[HTTP, SQL, REDIS, TLS, PAGES],
    },
    Row {
        name: "oauth-endpoints",
        may_depend_on: &["domain", "storage", "client-registry", "protocol"],
        must_never_know: &[SQL, REDIS, WHERE_CERTIFICATES_COME_FROM],
    },
    Row {
        name: "console",
        may_depend_on: &["domain", "storage", "client-registry", "protocol", "oauth-endpoints"],
        must_never_know: &[SQL, REDIS, WHERE_CERTIFICATES_COME_FROM],
    },
    Row {
        name: "management-api",
        may_depend_on: &["domain", "certificates", "storage", "client-registry", "protocol", "oauth-endpoints"],
        must_never_know: &[SQL, REDIS, WHERE_CERTIFICATES_COME_FROM],
    },
    Row {
        name: "mtls-listener",
        may_depend_on: &["domain", "certificates"],
        must_never_know: &[STORES, CLIENTS, PROTOCOL, SQL, REDIS, STATE_MACHINES, TOKENS, PAGES],
    },
    Row {
        name: "guard",
        may_depend_on: &["domain"],
        must_never_know: &[STORES, CLIENTS, PROTOCOL, SQL, REDIS, STATE_MACHINES, PAGES],
    },
    Row {
        name: "server",
        may_depend_on: &[
            "domain",
            "certificates",
            "storage",
            "storage-diesel",
            "storage-redis",
            "client-registry",
            "protocol",
            "oauth-endpoints",
            "console",
            "management-api",
            "mtls-listener",
        ],
        must_never_know: &[],
    },
    Row { name: "testkit", may_depend_on: &["domain"], must_never_know: &[STORES, CLIENTS, PROTOCOL] },
    Row { name: "tests", may_depend_on: &["testkit"], must_never_know: &[STORES, CLIENTS, PROTOCOL] },
    Row { name: "drills", may_depend_on: &["testkit"], must_never_know: &[STORES, CLIENTS, PROTOCOL] },
    Row { name: "bench", may_depend_on: &["domain", "protocol"], must_never_know: &[SQL, REDIS] },
    Row { name: "rules", may_depend_on: &[], must_never_know: &[ASYNC] },
];
