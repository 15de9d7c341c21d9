//! storage-redis
