//! The parts that every other suite stands on: each is started for real, hurt, and looked at again.

mod authority;
mod ending;
mod mail;
mod postgres;
mod proxy;
mod redis;
mod server_process;
