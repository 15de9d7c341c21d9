//! What rules 1 and 2 refuse: how a URL is written, and what its parts may not hold.

use domain::ApplicationKind::Web;

use super::{codes, refused};

#[test]
fn rule_1_refuses_what_is_not_written_as_browsers_write_it() {
    refused(
        Web,
        &[
            ("", &["not_absolute_url"]),
            ("/callback", &["not_absolute_url"]),
            ("//app.example.com/cb", &["not_absolute_url"]),
            ("app.example.com/cb", &["not_absolute_url"]),
            ("https://", &["not_absolute_url"]),
            ("https://:443/cb", &["not_absolute_url"]),
            ("https://app.example.com:99999/cb", &["not_absolute_url"]),
            ("https://app.example.com:x/cb", &["not_absolute_url"]),
            ("https://256.1.1.1/cb", &["not_absolute_url"]),
            ("https://1.2.3.4.5/cb", &["not_absolute_url"]),
            ("https://[fe80::1%25eth0]/cb", &["not_absolute_url"]),
            ("https://[::1/cb", &["not_absolute_url"]),
            ("https://app.example.com", &["not_canonical"]),
            ("https://app.example.com?x=1", &["not_canonical"]),
            ("HTTPS://app.example.com/cb", &["not_canonical"]),
            ("https://App.Example.com/cb", &["not_canonical"]),
            ("https://app.example.com:443/cb", &["not_canonical"]),
            ("https://app.example.com:0443/cb", &["not_canonical"]),
            ("https://app.example.com:/cb", &["not_canonical"]),
            ("https:/app.example.com/cb", &["not_canonical"]),
            ("https:app.example.com/cb", &["not_canonical"]),
            ("https:///app.example.com/cb", &["not_canonical"]),
            ("https:\\\\app.example.com\\cb", &["not_canonical"]),
            ("https://@app.example.com/cb", &["not_canonical"]),
            ("https://:@app.example.com/cb", &["not_canonical"]),
            ("https://app.example.com/a/../cb", &["not_canonical"]),
            ("https://app.example.com/a/./cb", &["not_canonical"]),
            ("https://app.example.com/a/%2e%2e/cb", &["not_canonical"]),
            ("https://app.example.com/a/.%2E/cb", &["not_canonical"]),
            ("https://app.example.com\\.evil.example.net/cb", &["not_canonical"]),
            ("https://app.example.com/cb\\..\\x", &["not_canonical"]),
            ("https://app.exam\tple.com/cb", &["not_canonical"]),
            ("https://app.example.com/c\nb", &["not_canonical"]),
            ("https://app.example.com/cb\r\nSet-Cookie:x", &["not_canonical"]),
            (" https://app.example.com/cb", &["not_canonical"]),
            ("https://app.example.com/cb ", &["not_canonical"]),
            ("https://app.example.com/c b", &["not_canonical"]),
            ("https://app.example.com/cb?q=a b", &["not_canonical"]),
            ("https://app.example.com/\u{0}", &["not_canonical"]),
            ("https://app.example.com/ü", &["not_canonical"]),
            ("https://app.example.com/cb?q=ü", &["not_canonical"]),
            ("https://app.example.com/cb\u{202e}", &["not_canonical"]),
            ("https://bücher.example.com/cb", &["not_canonical"]),
            ("https://аpple.com/cb", &["not_canonical"]),
            ("https://app.example。com/cb", &["not_canonical"]),
            ("https://ａｐｐ.example.com/cb", &["not_canonical"]),
            ("https://app.example.com／evil.example.net/cb", &["international_name"]),
            ("https://app.exa\u{ad}mple.com/cb", &["not_canonical"]),
            ("https://app.example.com/cb?'", &["not_canonical"]),
        ],
    );
}

#[test]
fn rule_2_refuses_confusing_parts() {
    refused(
        Web,
        &[
            ("https://user@app.example.com/cb", &["user_info"]),
            ("https://user:pass@app.example.com/cb", &["user_info"]),
            ("https://app.example.com@evil.example.net/cb", &["user_info"]),
            ("https://app.example.com:443@evil.example.net/cb", &["user_info"]),
            ("https://app.example.com%2F@evil.example.net/cb", &["user_info"]),
            ("https://a@b@evil.example.net/cb", &["not_canonical", "user_info"]),
            ("https://app.example.com/cb#", &["fragment"]),
            ("https://app.example.com/cb#x", &["fragment"]),
            ("https://app.example.com/cb?#x", &["fragment"]),
            ("https://app.example.com#@evil.example.net/", &["not_canonical", "fragment"]),
            ("https://app.example.com/*", &["placeholder"]),
            ("https://app.example.com/cb?x=*", &["placeholder"]),
            ("https://*.example.com/cb", &["placeholder", "malformed_host_name"]),
            ("https://app.example.com/{tenant}", &["not_canonical", "placeholder"]),
            ("https://{tenant}.example.com/cb", &["placeholder", "malformed_host_name"]),
            ("https://app.example.com/cb?x={y}", &["placeholder"]),
            ("https://app.example.com/<id>", &["not_canonical", "placeholder"]),
            ("https://app.example.com/a|b", &["not_uri_character"]),
            ("https://app.example.com/a[b]", &["not_uri_character"]),
            ("https://app.example.com/cb?a[]=1", &["not_uri_character"]),
            ("https://app.example.com/cb?a\\b", &["not_uri_character"]),
            ("https://app.example.com/cb?a`b", &["not_uri_character"]),
            ("https://app.example.com/100%", &["malformed_escape"]),
            ("https://app.example.com/%zz", &["malformed_escape"]),
            ("https://app.example.com/cb?x=%4", &["malformed_escape"]),
            ("https://app.example.com/a%2Fb", &["hidden_character"]),
            ("https://app.example.com/a%2fb", &["hidden_character"]),
            ("https://app.example.com/a%5c..%5cb", &["hidden_character"]),
            ("https://app.example.com/a%00", &["hidden_character"]),
            ("https://app.example.com/a%0d%0aLocation:x", &["hidden_character"]),
            ("https://app.example.com/a%252e%252e/b", &["hidden_character"]),
            ("https://app.example.com/a%252fb", &["hidden_character"]),
            ("https://app.example.com/..%2fb", &["hidden_character"]),
            ("https://app.example.com/a/..;/b", &["dot_segment"]),
            ("https://app.example.com/a/%2e%2e;x=1/b", &["dot_segment"]),
            ("https://app.example.com/cb?code=x", &["answer_parameter"]),
            ("https://app.example.com/cb?a=1&STATE", &["answer_parameter"]),
            ("https://app.example.com/cb?is%73=https://evil.example.net", &["answer_parameter"]),
            ("https://app.example.com/cb?error=access_denied", &["answer_parameter"]),
            ("https://app.example.com:0/cb", &["port_zero"]),
            ("https://id.platform.example.com/", &["own_origin"]),
            ("https://id.platform.example.com/oauth/authorize", &["own_origin"]),
        ],
    );
    assert_eq!(codes("https://id.platform.example.com:8443/cb", Web), [""; 0]);
}

#[test]
fn rule_2_counts_bytes() {
    let url = |length: usize| format!("https://app.example.com/{}", "a".repeat(length - 24));
    assert_eq!(url(2_000).len(), 2_000);
    assert_eq!(codes(&url(2_000), Web), [""; 0]);
    assert_eq!(codes(&url(2_001), Web), ["too_long"]);
}
