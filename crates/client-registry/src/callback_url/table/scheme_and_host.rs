//! What rule 3 refuses: schemes, addresses and names.

use domain::ApplicationKind::{Native, Web};

use super::{codes, refused};

#[test]
fn rule_3_refuses_other_schemes_for_web_apps() {
    refused(
        Web,
        &[
            ("http://app.example.com/cb", &["plain_http"]),
            ("http://127.0.0.1/cb", &["loopback_needs_native_app", "special_purpose_address"]),
            ("http://[::1]/cb", &["loopback_needs_native_app", "special_purpose_address"]),
            ("http://localhost/cb", &["plain_http", "localhost"]),
            ("http://dev.corp/cb", &["plain_http"]),
            ("http://build.dev.corp/cb", &["plain_http", "special_use_name"]),
            ("ftp://app.example.com/cb", &["scheme_not_allowed"]),
            ("ws://app.example.com/cb", &["scheme_not_allowed"]),
            ("file:///etc/passwd", &["scheme_not_allowed"]),
            ("javascript:alert(1)", &["scheme_not_allowed"]),
            ("data:text/html,x", &["scheme_not_allowed"]),
            ("blob:https://app.example.com/x", &["scheme_not_allowed"]),
            ("urn:ietf:wg:oauth:2.0:oob", &["scheme_not_allowed"]),
            ("myapp:/cb", &["scheme_not_allowed"]),
            ("com.example.app:/cb", &["private_scheme_needs_native_app"]),
        ],
    );
}

#[test]
fn rule_3_holds_native_apps_to_loopback_and_private_schemes() {
    refused(
        Native,
        &[
            ("http://localhost/cb", &["plain_http", "localhost"]),
            ("http://localhost:8080/cb", &["plain_http", "localhost"]),
            ("http://127.0.0.2/cb", &["plain_http", "special_purpose_address"]),
            ("http://0.0.0.0/cb", &["plain_http", "special_purpose_address"]),
            ("http://[::ffff:7f00:1]/cb", &["plain_http", "special_purpose_address"]),
            ("https://127.0.0.1/cb", &["special_purpose_address"]),
            ("http://127.0.0.1.nip.example.com/cb", &["plain_http"]),
            ("http://127.0.0.1:0/cb", &["port_zero"]),
            ("http://127.1/cb", &["not_canonical"]),
            ("http://u@127.0.0.1/cb", &["user_info"]),
            ("http://app.example.com/cb", &["plain_http"]),
            ("myapp:/cb", &["scheme_not_allowed"]),
            ("myapp://cb", &["scheme_not_allowed"]),
            ("javascript:alert(1)", &["scheme_not_allowed"]),
            ("intent:/x", &["scheme_not_allowed"]),
            ("myapp.callback:/cb", &["private_scheme_name"]),
            ("soap.beep:/cb", &["private_scheme_name"]),
            ("com.example.app://cb", &["private_scheme_slash"]),
            ("com.example.app:///cb", &["private_scheme_slash"]),
            ("com.example.app:cb", &["private_scheme_slash"]),
            ("com.example.app:", &["private_scheme_slash"]),
            ("com.example.app:/.//cb", &["private_scheme_slash"]),
            ("com.example.app:a b", &["not_uri_character", "private_scheme_slash"]),
            ("com.example.app:/cb#x", &["fragment"]),
            ("com.example.app:/cb?code=1", &["answer_parameter"]),
            ("com.example.app:/a/../cb", &["not_canonical"]),
            ("Com.Example.App:/cb", &["not_canonical"]),
            ("com.example.app:/*", &["placeholder"]),
        ],
    );
}

#[test]
fn rule_3_refuses_addresses_that_are_not_public() {
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "0.0.0.0",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "[::1]",
        "[::]",
        "[::ffff:7f00:1]",
        "[::ffff:a00:1]",
        "[::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2001:0:1::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[::ffff:808:808]",
    ] {
        let text = format!("https://{host}/cb");
        assert_eq!(codes(&text, Web), ["special_purpose_address"], "{text}");
    }
}

#[test]
fn rule_3_is_not_passed_by_writing_an_address_in_another_way() {
    for host in [
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "①②⑦.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "[::FFFF:7f00:1]",
        "%31%32%37.0.0.1",
    ] {
        let text = format!("https://{host}/cb");
        assert_eq!(codes(&text, Web), ["not_canonical", "special_purpose_address"], "{text}");
    }
}

#[test]
fn rule_3_refuses_names_that_are_not_public() {
    let long_label = format!("https://{}.example.com/cb", "a".repeat(64));
    let long_name = format!("https://{}example.com/cb", "a.".repeat(122));
    refused(
        Web,
        &[
            ("https://localhost/cb", &["localhost"]),
            ("https://app.localhost/cb", &["localhost"]),
            ("https://localhost./cb", &["trailing_dot", "localhost"]),
            ("https://intranet/cb", &["single_label"]),
            ("https://com/cb", &["single_label"]),
            ("https://printer.local/cb", &["special_use_name"]),
            ("https://metadata.google.internal/cb", &["special_use_name"]),
            ("https://app.test/cb", &["special_use_name"]),
            ("https://app.example/cb", &["special_use_name"]),
            ("https://app.invalid/cb", &["special_use_name"]),
            ("https://abcdef.onion/cb", &["special_use_name"]),
            ("https://1.0.0.127.in-addr.arpa/cb", &["special_use_name"]),
            ("https://nas.home.arpa/cb", &["special_use_name"]),
            ("https://router.lan/cb", &["special_use_name"]),
            ("https://other.corp/cb", &["special_use_name"]),
            ("https://co.uk/cb", &["bare_public_suffix"]),
            ("https://github.io/cb", &["bare_public_suffix"]),
            ("https://xn--55qx5d.cn/cb", &["bare_public_suffix"]),
            ("https://app.example.con/cb", &["unknown_top_level"]),
            ("https://app.example.com./cb", &["trailing_dot"]),
            ("https://app..example.com/cb", &["malformed_host_name"]),
            ("https://.example.com/cb", &["malformed_host_name"]),
            ("https://app.example.com../cb", &["trailing_dot", "malformed_host_name"]),
            ("https://./cb", &["trailing_dot", "malformed_host_name"]),
            ("https://app_1.example.com/cb", &["malformed_host_name"]),
            ("https://app.example.com;.evil.example.net/cb", &["malformed_host_name"]),
            ("https://app.example.com&@evil.example.net/cb", &["user_info"]),
            ("https://xn--a.example.com/cb", &["international_name"]),
            ("https://xn--.example.com/cb", &["international_name"]),
            ("https://app example.com/cb", &["international_name"]),
            ("https://app%00.example.com/cb", &["international_name"]),
            (&long_label, &["malformed_host_name"]),
            (&long_name, &["malformed_host_name"]),
        ],
    );
}
