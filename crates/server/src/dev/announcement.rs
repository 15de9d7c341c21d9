//! The block that `serve --dev` prints: a line for each thing that can be tried, and no secret.

use std::time::Duration;

use super::Demo;
use super::demo::SECOND;
use crate::config::Config;
use crate::serve::Addresses;

/// The block.
#[must_use]
pub fn announce(config: &Config, addresses: Addresses, demo: &Demo, elapsed: Duration) -> String {
    let public = config.public_url.as_str().trim_end_matches('/');
    let file = demo.file.display();
    let key = demo.key.as_deref().unwrap_or("(see the file)");
    let version = env!("CARGO_PKG_VERSION");
    let data = config.data_directory.display();
    let management = addresses.management;
    let milliseconds = elapsed.as_millis();
    let token = &demo.mailbox_token;
    let callback = url::form_urlencoded::byte_serialize(super::demo::CALLBACK.as_bytes()).collect::<String>();
    let mutual_tls = mutual_tls(config, addresses, demo).unwrap_or_default();
    format!(
        "\
countersign {version}  DEV MODE: data in {data}, mails are shown here and not sent
Authorize    {public}/oauth/authorize      {public}/{SECOND}/oauth/authorize
Token        {public}/oauth/token          {public}/{SECOND}/oauth/token
Discovery    {public}/.well-known/oauth-authorization-server
Console      {public}/ui/apps      Docs  {public}/docs      API  {public}/docs/api
Mailbox      {public}/mailbox/{token}
Metrics      http://{management}/metrics      Health  http://{management}/health/ready
Demo app     Report Bot, API key {key}; secret and passwords in {file}
Sign in as   ana@acme.example (admin), ben@acme.example (Europe only), gina@globex.example (in {SECOND}), dana@reportbot.example (the app's developer)
Try it       source {file} && curl -s -u \"$API_KEY:$API_SECRET\" -d grant_type=client_credentials {public}/oauth/token
{mutual_tls}Connect      {public}/oauth/authorize?response_type=code&client_id={key}&redirect_uri={callback}&state=xyz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256
Ready in {milliseconds} ms. Ctrl-C stops; the same command starts it again with the same data."
    )
}

/// The line for a client with a certificate.
fn mutual_tls(config: &Config, addresses: Addresses, demo: &Demo) -> Option<String> {
    let (made, port) = (demo.certificates.as_ref()?, addresses.mutual_tls?.port());
    let own = || format!("https://localhost:{port}");
    let url = config.mtls.public_url.as_ref().map_or_else(own, |url| url.as_str().trim_end_matches('/').to_owned());
    let (file, authority) = (demo.file.display(), made.authority.display());
    let (certificate, key) = (made.client.0.display(), made.client.1.display());
    Some(format!(
        "With mTLS    source {file} && curl -s --cacert {authority} --cert {certificate} --key {key} \
         -u \"$API_KEY:$API_SECRET\" -d grant_type=client_credentials {url}/oauth/token\n"
    ))
}
