//! HTTP-level tests
