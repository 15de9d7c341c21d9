//! Putting the authorization answer on the end of a callback URL.

use domain::CallbackUrl;
use url::form_urlencoded::Serializer;

/// The callback URL with the answer's parameters after its own query.
///
/// RFC 6749 §3.1.2: an own query component MUST be retained when parameters are added; §4.1.2: they
/// are added in `application/x-www-form-urlencoded` format. The registered bytes stay as they are.
#[must_use]
pub fn append_answer(callback: &CallbackUrl, parameters: &[(&str, &str)]) -> String {
    let mut location = callback.as_str().to_owned();
    if parameters.is_empty() {
        return location;
    }
    let separator = match location.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    location.push_str(separator);
    let end = location.len();
    Serializer::for_suffix(location, end).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_follows_the_query_that_is_there() {
        for (callback, expected) in [
            ("https://app.example.com/cb", "https://app.example.com/cb?code=a+b%26c&state=%C3%BC"),
            ("https://app.example.com/cb?", "https://app.example.com/cb?code=a+b%26c&state=%C3%BC"),
            ("https://app.example.com/cb?x=%20y", "https://app.example.com/cb?x=%20y&code=a+b%26c&state=%C3%BC"),
            ("https://app.example.com/cb?x&", "https://app.example.com/cb?x&code=a+b%26c&state=%C3%BC"),
            ("com.example.app:/cb", "com.example.app:/cb?code=a+b%26c&state=%C3%BC"),
        ] {
            let callback = CallbackUrl::accepted(callback);
            assert_eq!(append_answer(&callback, &[("code", "a b&c"), ("state", "ü")]), expected);
        }
    }

    #[test]
    fn no_parameters_change_nothing() {
        let callback = CallbackUrl::accepted("https://app.example.com/cb");
        assert_eq!(append_answer(&callback, &[]), "https://app.example.com/cb");
    }
}
