//! Nothing is left behind, however a test process ends.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::{Postgres, Redis};

const THE_ONE_TO_BE_KILLED: &str = "COUNTERSIGN_TESTS_THE_ONE_TO_BE_KILLED";

#[test]
fn a_killed_test_process_leaves_no_part_and_no_folder() {
    if env::var_os(THE_ONE_TO_BE_KILLED).is_some() {
        start_parts_and_wait();
    }
    let this_test = ["--exact", "--nocapture", "ending::a_killed_test_process_leaves_no_part_and_no_folder"];
    let mut other = Command::new(env::current_exe().expect("a test program knows its file"))
        .args(this_test)
        .env(THE_ONE_TO_BE_KILLED, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts");
    let output = other.stdout.take().expect("standard output is piped");
    let told: Vec<String> = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.split_once("told: ").map(|(_, what)| what.to_owned()))
        .take(3)
        .collect();
    let [redis, postgres, folder] = told.as_slice() else { panic!("it told only {told:?}") };
    assert!(listens(redis) && listens(postgres) && exists(folder));

    other.kill().expect("the other process still runs");
    other.wait().expect("a killed process can be waited for");

    let deadline = Instant::now() + Duration::from_secs(10);
    while listens(redis) || listens(postgres) || exists(folder) {
        assert!(Instant::now() < deadline, "left behind: {told:?}");
    }
}

/// Until standard input ends, which it does only when the other process is gone too.
fn start_parts_and_wait() -> ! {
    let redis = Redis::start();
    let folder = redis::cmd("CONFIG").arg("GET").arg("dir").query(&mut redis.connection());
    let (_, folder): (String, String) = folder.expect("Redis says where it is");
    let told = format!("told: {}\ntold: {}\ntold: {folder}\n", redis.address(), Postgres::shared().address());
    std::io::stdout().write_all(told.as_bytes()).expect("the other process reads");
    std::io::stdin().lines().for_each(drop);
    panic!("it was to be killed")
}

fn listens(address: &str) -> bool {
    std::net::TcpStream::connect(address).is_ok()
}

fn exists(folder: &str) -> bool {
    std::path::Path::new(folder).parent().is_some_and(std::path::Path::exists)
}
