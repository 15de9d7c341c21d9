//! Tells the program which platform it is built for.

fn main() {
    let platform = std::env::var_os("TARGET").unwrap_or_default();
    let line = format!("cargo::rustc-env=RULES_PLATFORM={}\n", platform.display());
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).expect("cargo reads what a build script prints");
}
