//! What to paste into a shell, with an app's real values. A secret is named, and written only where it was just made.

use std::fmt::Write as _;

use domain::{ApiKey, App, EnvironmentName, KeyKind, MutualTls};
use protocol::Settings;

use crate::pages::Example;

/// What stands for the secret where it is not known.
pub(crate) const SECRET_VARIABLE: &str = "$API_SECRET";

/// One key of an app in one environment.
pub(crate) struct Caller<'a> {
    pub(crate) app: &'a App,
    pub(crate) key: &'a ApiKey,
    pub(crate) environment: &'a EnvironmentName,
    pub(crate) settings: &'a Settings,
    /// The secret, or [`SECRET_VARIABLE`].
    pub(crate) secret: &'a str,
}

impl Caller<'_> {
    /// Whether every call needs a certificate.
    pub(crate) fn shows_certificate(&self) -> bool {
        self.key.kind.needs_certificate() || self.app.mutual_tls == MutualTls::Required
    }

    /// Where the endpoints for clients are; nowhere, where a certificate is needed and nobody asks for one.
    pub(crate) fn endpoints(&self) -> Option<String> {
        if self.shows_certificate() {
            self.settings.mtls_issuer(self.environment)
        } else {
            Some(self.settings.issuer(self.environment))
        }
    }

    /// An example for everything that this key can do: nothing that would be refused by its registration.
    pub(crate) fn examples(&self) -> Option<Vec<Example>> {
        let base = self.endpoints()?;
        let connects = self.app.callback_urls.first().map(domain::CallbackUrl::as_str);
        let authenticates = self.key.kind != KeyKind::Public;
        let mut examples = Vec::new();
        if let Some(callback) = connects {
            examples.push(self.authorize(callback));
            examples.push(self.exchange(&base, callback));
            examples.push(self.refresh(&base));
        }
        if self.app.client_credentials && authenticates {
            examples.push(self.client_credentials(&base));
        }
        if !examples.is_empty() {
            if authenticates {
                examples.push(self.introspect(&base));
            }
            examples.push(self.revoke(&base));
        }
        Some(examples)
    }

    /// What goes with a secret that was just made: settings for a program, and a call that works already.
    pub(crate) fn first_examples(&self) -> Vec<Example> {
        let key = self.key.id;
        let Some(base) = self.endpoints() else { return Vec::new() };
        let settings = Example {
            id: "env",
            title: ".env",
            about: "For programs that read their settings from a file. Keep it out of version control.",
            text: format!("API_KEY={key}\nAPI_SECRET={}\nTOKEN_URL={base}/oauth/token", self.secret),
        };
        let try_it = Example {
            id: "try",
            title: "Try it",
            about: r#"Answers {"active":false} where key and secret are right: it asks about a token that does not exist."#,
            text: self.post(&base, "introspect", &["-d token=none"]),
        };
        vec![settings, try_it]
    }

    /// A call that shows what the server makes of a certificate; none where no address asks for one.
    pub(crate) fn echo(&self) -> Option<Example> {
        let (key, base) = (self.key.id, self.settings.mtls_issuer(self.environment)?);
        let mut text = "curl --cert client.pem --key client.key".to_owned();
        let mut url = format!("{base}/oauth/mtls/echo");
        let _ = if self.key.kind.has_secrets() {
            write!(text, r#" -u "{key}:{}""#, self.secret)
        } else {
            write!(url, "?client_id={key}")
        };
        let _ = write!(text, " \\\n  {}", quoted(&url));
        Some(Example {
            id: "echo",
            title: "Test a certificate",
            about: "Answers what certificate the server saw, what it says, whether it counts for this API key, and what is wrong if not. It gives nothing for it.",
            text,
        })
    }

    fn authorize(&self, callback: &str) -> Example {
        let (issuer, key) = (self.settings.issuer(self.environment), self.key.id);
        let callback: String = form_urlencoded::byte_serialize(callback.as_bytes()).collect();
        let text = format!(
            r#"code_verifier=$(openssl rand -hex 32)
code_challenge=$(printf %s "$code_verifier" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)
state=$(openssl rand -hex 16)
echo "{issuer}/oauth/authorize?response_type=code&client_id={key}&redirect_uri={callback}&state=$state&code_challenge=$code_challenge&code_challenge_method=S256""#
        );
        Example {
            id: "authorize",
            title: "Authorize URL with PKCE",
            about: "Prints the address to open in a browser. Whoever opens it signs in and chooses workspaces; the code and the same state then come to the callback URL.",
            text,
        }
    }

    fn exchange(&self, base: &str, callback: &str) -> Example {
        let callback = quoted(&format!("redirect_uri={callback}"));
        let parameters = [
            "-d grant_type=authorization_code",
            r#"-d "code=$CODE""#,
            r#"-d "code_verifier=$code_verifier""#,
            &format!("--data-urlencode {callback}"),
        ];
        Example {
            id: "exchange",
            title: "Exchange the code",
            about: "$CODE is what came to the callback URL. It works once, and for a short time.",
            text: self.post(base, "token", &parameters),
        }
    }

    fn refresh(&self, base: &str) -> Example {
        let about = if self.key.kind == KeyKind::Public || self.app.rotate_refresh_tokens {
            "Every answer brings a new refresh token; keep that one."
        } else {
            "The refresh token stays the same, so that a lost answer costs nothing."
        };
        let parameters = ["-d grant_type=refresh_token", r#"-d "refresh_token=$REFRESH_TOKEN""#];
        Example { id: "refresh", title: "Refresh", about, text: self.post(base, "token", &parameters) }
    }

    fn client_credentials(&self, base: &str) -> Example {
        Example {
            id: "client-credentials",
            title: "Client credentials",
            about: "Works once a customer has let this API key act on its own. With several customers, add -d customer=ID.",
            text: self.post(base, "token", &["-d grant_type=client_credentials"]),
        }
    }

    fn introspect(&self, base: &str) -> Example {
        Example {
            id: "introspect",
            title: "Introspect",
            about: "Says whether a token of this API key is active, and what it may do.",
            text: self.post(base, "introspect", &[r#"-d "token=$ACCESS_TOKEN""#]),
        }
    }

    fn revoke(&self, base: &str) -> Example {
        Example {
            id: "revoke",
            title: "Revoke",
            about: "Takes an access token or a refresh token. A refresh token ends its connection, and all its access tokens within a second.",
            text: self.post(base, "revoke", &[r#"-d "token=$TOKEN""#]),
        }
    }

    fn post(&self, base: &str, endpoint: &str, parameters: &[&str]) -> String {
        let key = self.key.id;
        let mut text = "curl".to_owned();
        if self.shows_certificate() {
            text.push_str(" --cert client.pem --key client.key");
        }
        let _ = if self.key.kind.has_secrets() {
            write!(text, r#" -u "{key}:{}""#, self.secret)
        } else {
            write!(text, " -d client_id={key}")
        };
        for parameter in parameters {
            let _ = write!(text, " \\\n  {parameter}");
        }
        let _ = write!(text, " \\\n  {}", quoted(&format!("{base}/oauth/{endpoint}")));
        text
    }
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_shell_ends_where_it_should() {
        assert_eq!(quoted("https://a.example/cb?x=$HOME&y=`id`"), "'https://a.example/cb?x=$HOME&y=`id`'");
        assert_eq!(quoted("a';id;'"), r"'a'\'';id;'\'''");
    }
}
