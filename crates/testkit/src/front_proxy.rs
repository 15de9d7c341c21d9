//! nginx, HAProxy or Caddy, in front of what a test serves.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::port::Port;
use crate::process::{Process, Start, tail, within};
use crate::{program, scratch};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running proxy, on a port and in a folder of its own.
pub struct FrontProxy {
    port: Port,
    folder: TempDir,
    process: Process,
}

impl FrontProxy {
    /// nginx, with the text that the function makes of its port and folder as `nginx.conf`.
    #[must_use]
    pub fn nginx(config: impl FnOnce(u16, &Path) -> String) -> Self {
        Self::start(&program::find("nginx", "nginx"), "nginx.conf", config, |folder| {
            // Debian's nginx would write to folders of the machine; its workers must reach what the test made.
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()))
                .concat();
            let file = folder.join("nginx.conf");
            let text = fs::read_to_string(&file).expect("it was just written");
            fs::write(&file, text.replacen("http {", &format!("http {{ {temporary}"), 1)).expect("it can be written");
            let own = "daemon off; user root; pid nginx.pid;";
            ["-p", &folder.display().to_string(), "-e", "stderr", "-c", "nginx.conf", "-g", own]
                .map(str::to_owned)
                .to_vec()
        })
    }

    /// HAProxy, with that text as `haproxy.cfg`.
    #[must_use]
    pub fn haproxy(config: impl FnOnce(u16, &Path) -> String) -> Self {
        Self::start(&program::find("haproxy", "haproxy"), "haproxy.cfg", config, |_| {
            ["-db", "-f", "haproxy.cfg"].map(str::to_owned).to_vec()
        })
    }

    /// Caddy, with that text as `Caddyfile`.
    #[must_use]
    pub fn caddy(config: impl FnOnce(u16, &Path) -> String) -> Self {
        Self::start(&program::find("caddy", "caddy"), "Caddyfile", config, |_| {
            ["run", "--adapter", "caddyfile", "--config", "Caddyfile"].map(str::to_owned).to_vec()
        })
    }

    /// The port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    fn start(
        program: &Path,
        file: &str,
        config: impl FnOnce(u16, &Path) -> String,
        args: impl FnOnce(&Path) -> Vec<String>,
    ) -> Self {
        let (port, folder) = (Port::claim(), scratch::folder_for("proxy"));
        fs::write(folder.path().join(file), config(port.number(), folder.path())).expect("the folder can be written");
        let args = args(folder.path());
        let home = ("HOME".to_owned(), folder.path().display().to_string());
        let log = folder.path().join("proxy.log");
        let process = Start::of(program)
            .args(&args)
            .envs(&[home.clone(), ("XDG_DATA_HOME".to_owned(), home.1.clone()), ("XDG_CONFIG_HOME".to_owned(), home.1)])
            .folder(folder.path())
            .log_to(&log)
            .spawn();
        let mut proxy = Self { port, folder, process };
        let address = ("127.0.0.1", proxy.port());
        let up = within(PATIENCE, || {
            let ended = proxy.process.ended().is_some();
            (ended || TcpStream::connect(address).is_ok()).then_some(!ended)
        });
        assert!(up == Some(true), "{} does not listen; its log ends:\n{}", program.display(), tail(&log));
        proxy
    }

    /// The end of what it logged.
    #[must_use]
    pub fn log(&self) -> String {
        tail(&self.folder.path().join("proxy.log"))
    }
}
