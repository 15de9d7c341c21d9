//! client-registry
