//! storage-diesel
