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
    format!(
        "\
countersign {version}  DEV MODE: data in {data}, mails are shown here and not sent
Authorize    {public}/oauth/authorize      {public}/{SECOND}/oauth/authorize
Token        {public}/oauth/token          {public}/{SECOND}/oauth/token
Discovery    {public}/.well-known/oauth-authorization-server
Mailbox      {public}/mailbox/{token}
Metrics      http://{management}/metrics      Health  http://{management}/health/ready
Demo app     Report Bot, API key {key}; secret and passwords in {file}
Sign in as   ana@acme.example (admin), ben@acme.example (Europe only), gina@globex.example (in {SECOND})
Try it       source {file} && curl -s -u \"$API_KEY:$API_SECRET\" -d grant_type=client_credentials {public}/oauth/token
Connect      {public}/oauth/authorize?response_type=code&client_id={key}&redirect_uri={callback}&state=xyz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256
Ready in {milliseconds} ms. Ctrl-C stops; the same command starts it again with the same data."
    )
}
