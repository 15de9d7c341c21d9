//! The traits of `storage`, each method one call into `both` of the dialect at hand.

/// Reads with a lent connection, in bounded time.
macro_rules! read {
    ($store:ident, $($function:ident)::+ ($($argument:expr),*)) => {
        read!($store, by readers, $($function)::+ ($($argument),*))
    };
    ($store:ident, by $pool:ident, $($function:ident)::+ ($($argument:expr),*)) => {
        match &$store.engine {
            Engine::Sqlite(engine) => read!(engine.$pool, sqlite, $store.options.wait, $($function)::+ ($($argument),*)),
            Engine::Postgres(engine) => read!(engine.$pool, postgres, $store.options.wait, $($function)::+ ($($argument),*)),
        }
    };
    ($pool:expr, $dialect:ident, $wait:expr, $($function:ident)::+ ($($argument:expr),*)) => {{
        use crate::$dialect::both::{self, pool};
        let deadline = pool::deadline($wait);
        let mut lease = $pool.lease(deadline).await?;
        let answer = pool::within(deadline, both::$($function)::+(lease.connection(), $($argument),*)).await;
        lease.settle(answer)
    }};
}

/// Writes with a lent connection, in at most `$limit`, and to the end even if the caller goes away.
macro_rules! write {
    ($store:ident, $limit:expr, $($function:ident)::+ ($($argument:expr),*)) => {
        match &$store.engine {
            Engine::Sqlite(engine) => write!($store, engine, sqlite, $limit, $($function)::+ ($($argument),*)),
            Engine::Postgres(engine) => write!($store, engine, postgres, $limit, $($function)::+ ($($argument),*)),
        }
    };
    ($store:ident, $engine:ident, $dialect:ident, $limit:expr, $($function:ident)::+ ($($argument:expr),*)) => {{
        use crate::$dialect::both::{self, pool};
        let (engine, wait, limit) = (::std::sync::Arc::clone($engine), $store.options.wait, $limit);
        let work = async move {
            let (free, end) = (pool::deadline(wait), pool::deadline(limit));
            let mut lease = engine.writers.lease(free).await?;
            let answer = pool::within(end, both::$($function)::+(lease.connection(), $($argument),*)).await;
            lease.settle(answer)
        };
        $store.to_its_end(work).await
    }};
}

mod activity;
mod directory;
mod request_path;
