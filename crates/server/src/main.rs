//! countersign

fn main() {}
