//! The traits of `storage`, each method one call into `both` of the dialect at hand.

/// Reads with a lent connection, in bounded time; the observer is told.
macro_rules! read {
    ($store:ident, $module:ident::$function:ident ($($argument:expr),*)) => {
        read!($store, by readers, $module::$function ($($argument),*))
    };
    ($store:ident, by $pool:ident, $module:ident::$function:ident ($($argument:expr),*)) => {{
        let name = concat!(stringify!($module), ".", stringify!($function));
        let work = async {
            match &$store.engine {
                Engine::Sqlite(engine) => {
                    read!(engine.$pool, sqlite, $store.options.wait, $module::$function ($($argument),*))
                }
                Engine::Postgres(engine) => {
                    read!(engine.$pool, postgres, $store.options.wait, $module::$function ($($argument),*))
                }
            }
        };
        ::storage::observed($store.options.observer.as_deref(), ("database", name), work).await
    }};
    ($pool:expr, $dialect:ident, $wait:expr, $module:ident::$function:ident ($($argument:expr),*)) => {{
        use crate::$dialect::both::{self, pool};
        let deadline = pool::deadline($wait);
        let mut lease = $pool.lease(deadline).await?;
        let answer = pool::within(deadline, both::$module::$function(lease.connection(), $($argument),*)).await;
        lease.settle(answer)
    }};
}

/// Writes with a lent connection, in at most `$limit`, and to the end even if the caller goes away, told with
/// how many audit records it writes (`auditing`).
macro_rules! write {
    ($store:ident, $limit:expr, $module:ident::$function:ident ($($argument:expr),*)) => {
        write!($store, $limit, auditing 0, $module::$function ($($argument),*))
    };
    ($store:ident, $limit:expr, auditing $records:expr, $module:ident::$function:ident ($($argument:expr),*)) => {{
        let name = (concat!(stringify!($module), ".", stringify!($function)), $records);
        match &$store.engine {
            Engine::Sqlite(engine) => {
                write!($store, name, engine, sqlite, $limit, $module::$function ($($argument),*))
            }
            Engine::Postgres(engine) => {
                write!($store, name, engine, postgres, $limit, $module::$function ($($argument),*))
            }
        }
    }};
    ($store:ident, $name:ident, $engine:ident, $dialect:ident, $limit:expr, $module:ident::$function:ident ($($argument:expr),*)) => {{
        use crate::$dialect::both::{self, pool};
        let (engine, wait, limit) = (::std::sync::Arc::clone($engine), $store.options.wait, $limit);
        let work = async move {
            let (free, end) = (pool::deadline(wait), pool::deadline(limit));
            let mut lease = engine.writers.lease(free).await?;
            let answer = pool::within(end, both::$module::$function(lease.connection(), $($argument),*)).await;
            lease.settle(answer)
        };
        $store.to_its_end($name, work).await
    }};
}

mod activity;
mod directory;
mod request_path;
