//! The first program of an integrator, with an app's real values: what `snippets.rs` says to a shell, in Python and in
//! Node, with what these have of their own; and the settings that any program reads.

use domain::{CallbackUrl, KeyKind};

use crate::pages::Example;
use crate::snippets::Caller;

impl Caller<'_> {
    /// A program for each language, that does what this key can do; none where it can do nothing.
    pub(crate) fn programs(&self) -> Vec<Example> {
        let Some(values) = Values::of(self) else { return Vec::new() };
        let python = Example {
            id: "python",
            title: "Python",
            about: "Python 3.8 or newer, and nothing to install. Save it as first.py.",
            text: values.python(),
        };
        let node = Example {
            id: "node",
            title: "Node",
            about: "Node 18 or newer, and nothing to install. Save it as first.mjs.",
            text: values.node(),
        };
        let settings = Example {
            id: "settings",
            title: ".env",
            about: "For programs and libraries that read their settings from a file.",
            text: values.settings(),
        };
        vec![python, node, settings]
    }
}

/// What is written into the programs. None of it has quotes or backslashes: they are ids and canonical URLs.
struct Values {
    key: String,
    issuer: String,
    base: String,
    callback: Option<String>,
    kind: KeyKind,
    /// Whether it can act without a person.
    alone: bool,
    shows_certificate: bool,
}

impl Values {
    fn of(caller: &Caller<'_>) -> Option<Self> {
        let base = caller.endpoints()?;
        let callback = caller.app.callback_urls.first().map(CallbackUrl::as_str).map(str::to_owned);
        let kind = caller.key.kind;
        let alone = caller.app.client_credentials && kind != KeyKind::Public;
        let plain = |text: &String| !text.contains(['"', '\\', '\'', '$', '`', '\n']);
        let can_be_written = callback.as_ref().is_none_or(plain);
        ((callback.is_some() || alone) && can_be_written).then(|| Self {
            key: caller.key.id.to_string(),
            issuer: caller.settings.issuer(caller.environment),
            base,
            callback,
            kind,
            alone,
            shows_certificate: caller.shows_certificate(),
        })
    }

    fn python(&self) -> String {
        let mut lines = vec![
            "import base64, hashlib, json, os, secrets, ssl, sys, urllib.error, urllib.parse, urllib.request".into(),
        ];
        lines.extend([String::new(), format!(r#"KEY = "{}""#, self.key)]);
        lines.extend(self.kind.has_secrets().then(|| r#"SECRET = os.environ["API_SECRET"]"#.to_owned()));
        lines.extend([format!(r#"ISSUER = "{}""#, self.issuer), format!(r#"BASE = "{}""#, self.base)]);
        lines.extend(self.callback.as_ref().map(|url| format!(r#"CALLBACK = "{url}""#)));
        lines.push("TLS = ssl.create_default_context()".to_owned());
        lines.extend(self.shows_certificate.then(|| r#"TLS.load_cert_chain("client.pem", "client.key")"#.to_owned()));
        lines.extend([String::new(), String::new(), "def post(endpoint, **parameters):".to_owned()]);
        lines.extend((!self.kind.has_secrets()).then(|| r#"    parameters["client_id"] = KEY"#.to_owned()));
        lines.push(
            r#"    request = urllib.request.Request(f"{BASE}/oauth/{endpoint}", urllib.parse.urlencode(parameters).encode())"#
                .to_owned(),
        );
        if self.kind.has_secrets() {
            lines.push(r#"    basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()"#.to_owned());
            lines.push(r#"    request.add_header("Authorization", f"Basic {basic}")"#.to_owned());
        }
        lines.push(PYTHON_ANSWER.to_owned());
        if self.callback.is_some() {
            lines.push(PYTHON_CODE.replace("#KEEP", &self.keeps("# ")));
            lines.extend(self.alone.then(|| format!("# On its own, without a person: {PYTHON_ALONE}")));
        } else {
            lines.push(PYTHON_ALONE.to_owned());
        }
        lines.push(r#"print(tokens["connection_id"], "for", tokens["expires_in"], "seconds")"#.to_owned());
        lines.join("\n")
    }

    fn node(&self) -> String {
        let mut lines = Vec::new();
        if self.callback.is_some() {
            lines.push(r#"import { createHash, randomBytes } from "node:crypto";"#.to_owned());
        }
        if self.shows_certificate {
            lines.push(r#"import { readFileSync } from "node:fs";"#.to_owned());
            lines.push(r#"import https from "node:https";"#.to_owned());
        }
        if self.callback.is_some() {
            lines.push(r#"import { createInterface } from "node:readline/promises";"#.to_owned());
        }
        lines.extend([String::new(), format!(r#"const KEY = "{}";"#, self.key)]);
        lines.extend([format!(r#"const ISSUER = "{}";"#, self.issuer), format!(r#"const BASE = "{}";"#, self.base)]);
        lines.extend(self.callback.as_ref().map(|url| format!(r#"const CALLBACK = "{url}";"#)));
        lines.push(String::new());
        let (headers, identity) = if self.kind.has_secrets() {
            ("{ authorization: `Basic ${btoa(`${KEY}:${process.env.API_SECRET}`)}` }", "")
        } else {
            ("{}", ", client_id: KEY")
        };
        let post = if self.shows_certificate { NODE_POST_CERTIFICATE } else { NODE_POST };
        lines.push(post.replace("#HEADERS", headers).replace("#IDENTITY", identity));
        if self.callback.is_some() {
            lines.push(NODE_CODE.replace("#KEEP", &self.keeps("// ")));
            lines.extend(self.alone.then(|| format!("// On its own, without a person: {NODE_ALONE}")));
        } else {
            lines.push(NODE_ALONE.to_owned());
        }
        lines.push(r#"console.log(tokens.connection_id, "for", tokens.expires_in, "seconds");"#.to_owned());
        lines.join("\n")
    }

    /// What to do with the refresh token, as a comment.
    fn keeps(&self, comment: &str) -> String {
        match self.kind {
            KeyKind::Public => format!("{comment}Keep the one of every answer: each is used once."),
            _ => format!("{comment}Keep it encrypted: it is good for the next tokens."),
        }
    }

    fn settings(&self) -> String {
        let mut lines = vec![format!("API_KEY={}", self.key)];
        lines.extend(self.kind.has_secrets().then(|| "API_SECRET=".to_owned()));
        lines.extend(self.shows_certificate.then(|| "CLIENT_CERTIFICATE=client.pem\nCLIENT_KEY=client.key".to_owned()));
        lines.push(format!("ISSUER={}", self.issuer));
        if let Some(callback) = &self.callback {
            lines.push(format!("AUTHORIZE_URL={}/oauth/authorize", self.issuer));
            lines.push(format!("CALLBACK_URL={callback}"));
        }
        lines.push(format!("TOKEN_URL={}/oauth/token", self.base));
        lines.push(format!("REVOKE_URL={}/oauth/revoke", self.base));
        lines.join("\n")
    }
}

const PYTHON_ANSWER: &str = r#"    try:
        with urllib.request.urlopen(request, context=TLS if BASE.startswith("https") else None) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        sys.exit(refusal.read().decode())

"#;

const PYTHON_CODE: &str = r#"verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
print("Open in a browser:", f"{ISSUER}/oauth/authorize?" + urllib.parse.urlencode({
    "response_type": "code", "client_id": KEY, "redirect_uri": CALLBACK, "state": state,
    "code_challenge": challenge, "code_challenge_method": "S256",
}))
code = input("The code that came to the callback URL, with this state: ")
tokens = post("token", grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=verifier)
#KEEP
tokens = post("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])"#;

const PYTHON_ALONE: &str = r#"tokens = post("token", grant_type="client_credentials")"#;

const NODE_POST: &str = r#"async function post(endpoint, parameters) {
  const answer = await fetch(`${BASE}/oauth/${endpoint}`, {
    method: "POST",
    headers: #HEADERS,
    body: new URLSearchParams({ ...parameters#IDENTITY }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text);
}
"#;

const NODE_POST_CERTIFICATE: &str = r#"const shows = { cert: readFileSync("client.pem"), key: readFileSync("client.key") };
function post(endpoint, parameters) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", ...#HEADERS };
    const request = https.request(`${BASE}/oauth/${endpoint}`, { method: "POST", headers, ...shows }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      if (answer.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(text));
    });
    request.on("error", reject);
    request.end(String(new URLSearchParams({ ...parameters#IDENTITY })));
  });
}
"#;

const NODE_CODE: &str = r#"const verifier = randomBytes(32).toString("base64url");
const state = randomBytes(16).toString("base64url");
const challenge = createHash("sha256").update(verifier).digest("base64url");
console.log("Open in a browser:", `${ISSUER}/oauth/authorize?${new URLSearchParams({
  response_type: "code", client_id: KEY, redirect_uri: CALLBACK, state,
  code_challenge: challenge, code_challenge_method: "S256",
})}`);
const reader = createInterface({ input: process.stdin, output: process.stdout });
const code = await reader.question("The code that came to the callback URL, with this state: ");
reader.close();
let tokens = await post("token", {
  grant_type: "authorization_code", code, redirect_uri: CALLBACK, code_verifier: verifier,
});
#KEEP
tokens = await post("token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token });"#;

const NODE_ALONE: &str = r#"const tokens = await post("token", { grant_type: "client_credentials" });"#;
