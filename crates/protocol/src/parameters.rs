//! Parameters of a request: each at most once, empty ones absent (RFC 6749 §3.1, §3.2).

use domain::Reason;

use crate::refusal::Refusal;

/// The one parameter that may come several times (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// More parameters than any request needs.
const MOST: usize = 64;

/// Parsed `application/x-www-form-urlencoded` parameters.
#[derive(Default)]
pub struct Parameters(Vec<(Box<str>, Box<str>)>);

impl Parameters {
    /// Reads a query or a body.
    ///
    /// # Errors
    /// [`Reason::ParameterRepeated`] and [`Reason::ParameterMalformed`] with the name of the parameter.
    pub fn parse(encoded: &[u8]) -> Result<Self, Refusal> {
        // RFC 6749 §3.1: parameters sent without a value are treated as if they were omitted.
        let mut parameters: Vec<(Box<str>, Box<str>)> = Vec::with_capacity(8);
        for (name, value) in form_urlencoded::parse(encoded).filter(|(_, value)| !value.is_empty()) {
            // Each is compared with all before it: a body full of names must not keep a worker busy.
            if parameters.len() == MOST {
                return Err(Refusal::new(Reason::ParameterMalformed)
                    .saying(format!("there are more than {MOST} parameters; no request needs so many.")));
            }
            // RFC 6749 §3.2: request and response parameters must not be included more than once.
            if &*name != REPEATABLE && parameters.iter().any(|(seen, _)| **seen == *name) {
                return Err(Refusal::new(Reason::ParameterRepeated)
                    .saying(format!("the parameter '{}' was sent more than once; send each once.", shorten(&name))));
            }
            check_text(&name, &value)?;
            parameters.push((name.into(), value.into()));
        }
        Ok(Self(parameters))
    }

    /// The value of `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(seen, _)| **seen == *name).map(|(_, value)| &**value)
    }

    /// The value of `name`, which must be there.
    ///
    /// # Errors
    /// [`Reason::ParameterMissing`] with the name of the parameter.
    pub fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.find(name).ok_or_else(|| {
            Refusal::new(Reason::ParameterMissing).saying(format!("the parameter '{name}' is missing; add it."))
        })
    }

    /// All values of the repeatable parameter `resource`.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(name, _)| **name == *REPEATABLE).map(|(_, value)| &**value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Parameters {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// RFC 6749 appendix B: values are UTF-8. Bytes that are none were replaced by the decoder, and what is sent back to a
/// client must be what it sent.
pub(crate) fn check_text(name: &str, value: &str) -> Result<(), Refusal> {
    if [name, value].iter().any(|text| text.contains(char::REPLACEMENT_CHARACTER)) {
        let sentence = format!("the parameter '{}' is not UTF-8; percent-encode UTF-8 bytes.", shorten(name));
        return Err(Refusal::new(Reason::ParameterMalformed).saying(sentence));
    }
    Ok(())
}

fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_by_name_unless_it_is_resource() {
        let refused = Parameters::parse(b"scope=a&scope=b").expect_err("repeated");
        assert_eq!(refused.reason(), Reason::ParameterRepeated);
        assert!(refused.public().description.contains("'scope'"));
        let resources = Parameters::parse(b"resource=a&resource=b").expect("repeatable");
        assert_eq!(resources.resources().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_empty_parameter_is_absent() {
        let parameters = Parameters::parse(b"scope=&scope=read&state=").expect("one scope");
        assert_eq!((parameters.find("scope"), parameters.find("state")), (Some("read"), None));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_rather_than_changed() {
        for encoded in ["state=%ff", "state=a%c3", "st%ffate=a"] {
            let refused = Parameters::parse(encoded.as_bytes()).expect_err(encoded);
            assert_eq!(refused.reason(), Reason::ParameterMalformed);
        }
        let parameters = Parameters::parse("state=%C3%BC".as_bytes()).expect("UTF-8");
        assert_eq!(parameters.find("state"), Some("ü"));
    }

    #[test]
    fn a_body_full_of_names_is_refused() {
        let names: Vec<_> = (0..65).map(|n| format!("p{n}=1")).collect();
        assert!(Parameters::parse(names.join("&").as_bytes()).is_err());
    }

    #[test]
    fn values_are_not_printed() {
        assert_eq!(format!("{:?}", Parameters::parse(b"client_secret=sk_1").expect("one")), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Parameters::parse(&bytes);
        }
    }
}
