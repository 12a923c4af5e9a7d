//! One choice over several domains: what a partner service sends to get a visitor's choice by a
//! one-use code.
//!
//! The flow is that of an authorisation code with PKCE (RFC 6749, 4.1; RFC 7636), and PKCE is the
//! only proof: no secret is shared. Each value has one spelling and a limit, and goes into a URL as
//! it is.

use std::{ops::RangeInclusive, str::FromStr};

use super::Service;
use crate::domain::{
    Timestamp,
    consent::decision::{Answer, Answers, Prompt, named_answers},
    policy::version::Version,
    web::origin::{Origin, ParseOriginError},
};

/// How long a code is valid, in seconds.
pub const CODE_SECONDS: u64 = 60;

/// The longest callback, in bytes.
const MAX_CALLBACK_BYTES: usize = 200;

/// The longest state, in bytes.
const MAX_STATE_BYTES: usize = 128;

/// The base64url length of a SHA-256.
const CHALLENGE_BYTES: usize = 43;

/// The length of a code verifier (RFC 7636, 4.1).
const VERIFIER_BYTES: RangeInclusive<usize> = 43..=128;

/// Where a service takes codes: a URL of one of its origins, without query and fragment.
///
/// ```
/// use harmony::domain::partners::connect::Callback;
///
/// assert!("https://shop.example/consent/callback".parse::<Callback>().is_ok());
/// assert!("https://shop.example/callback?next=/".parse::<Callback>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    url: String,
    origin: Origin,
}

impl Callback {
    /// The origin of the service that takes part: the audience of its tokens.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The URL with a code. Nothing else is in it.
    pub fn with(&self, code: &str, state: &State) -> String {
        format!("{}?code={code}&state={}", self.url, state.0)
    }
}

/// The text is not a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseCallbackError {
    /// It does not begin with an origin.
    #[error(transparent)]
    Origin(#[from] ParseOriginError),
    /// What follows the origin is not a plain path, or too long.
    #[error(
        "a callback is an origin and a path of letters, digits, / . _ ~ and -, without a query, in at most \
         {MAX_CALLBACK_BYTES} characters, such as https://shop.example/consent/callback"
    )]
    Path,
}

impl FromStr for Callback {
    type Err = ParseCallbackError;

    fn from_str(url: &str) -> Result<Self, ParseCallbackError> {
        let origin = Origin::of_address(url.split(['?', '#']).next().unwrap_or_default())?;
        let path = url.strip_prefix(origin.as_str()).unwrap_or_default();
        let is_path = path.starts_with('/') && path.bytes().all(|byte| byte == b'/' || is_unreserved(byte));
        // A browser would resolve a dot segment, and then request another path.
        let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
        if !is_path || has_dots || url.len() > MAX_CALLBACK_BYTES {
            return Err(ParseCallbackError::Path);
        }
        Ok(Self { url: url.to_owned(), origin })
    }
}

/// The text is not a state, a challenge or a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is empty, too long, or has other characters")]
pub struct ParseValueError;

/// Declares a text of unreserved characters (RFC 3986, 2.3) with limits of its length.
macro_rules! value {
    ($(#[$about:meta])* $name:ident, $is_valid:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text, which a URL can have as it is.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseValueError;

            fn from_str(text: &str) -> Result<Self, ParseValueError> {
                let is_valid: fn(&str) -> bool = $is_valid;
                let is_plain = text.bytes().all(is_unreserved);
                if is_plain && is_valid(text) { Ok(Self(text.to_owned())) } else { Err(ParseValueError) }
            }
        }
    };
}

value! {
    /// What the service gets back with the code, to know the browser that it sent (RFC 6749,
    /// 10.12).
    State, |text| (1..=MAX_STATE_BYTES).contains(&text.len())
}

value! {
    /// The base64url SHA-256 of a code verifier (RFC 7636, 4.2; `S256` alone).
    CodeChallenge, |text| text.len() == CHALLENGE_BYTES && !text.contains(['.', '~'])
}

value! {
    /// The secret whose hash the challenge is.
    CodeVerifier, |text| VERIFIER_BYTES.contains(&text.len())
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Which service asks for a code, and how it will prove that it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRequest {
    /// The id of the service.
    pub service: String,
    pub state: State,
    pub challenge: CodeChallenge,
}

impl CodeRequest {
    /// The names of the fields.
    pub const SERVICE: &str = "service";
    pub const STATE: &str = "state";
    pub const CHALLENGE: &str = "code_challenge";

    /// Takes the request out of the fields of a query or a form; `None` if one is missing, repeated
    /// or invalid. Other fields stay.
    pub fn take(fields: &mut Vec<(String, String)>) -> Option<Self> {
        let mut take = |name: &str| {
            let at = fields.iter().position(|(field, _)| field == name)?;
            let (_, value) = fields.remove(at);
            (!fields.iter().any(|(field, _)| field == name)).then_some(value)
        };
        Some(Self {
            service: take(Self::SERVICE)?,
            state: take(Self::STATE)?.parse().ok()?,
            challenge: take(Self::CHALLENGE)?.parse().ok()?,
        })
    }

    /// The request as a query.
    pub fn query(&self) -> String {
        let Self { service, state, challenge } = self;
        format!("service={service}&state={}&code_challenge={}", state.0, challenge.0)
    }
}

/// The service of that id with its callback, if the edition covers it.
pub fn connected<'s>(
    services: &'s [Service],
    current_version: Version,
    id: &str,
) -> Option<(&'s Service, &'s Callback)> {
    let service = services.iter().find(|service| service.id.as_deref() == Some(id))?;
    Some((service, service.callback.as_ref()?)).filter(|_| service.is_under(current_version))
}

/// Parses the answers of a form: `yes` or `no` in a field named by the question. `None` if a field
/// is something else, or a question has two answers, or there are none.
pub fn answers(fields: &[(String, String)]) -> Option<(Answers, Option<Prompt>)> {
    let named = fields.iter().map(|(name, value)| Some((name.as_str(), value.parse::<Answer>().ok()?)));
    named_answers(named.collect::<Option<Vec<_>>>()?)
}

/// How many seconds a service may keep a choice: until the day on which its first answer expires.
///
/// Answers of one day have equal results, so it does not tell visitors apart.
pub fn max_age(expires_at: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Option<u64> {
    const DAY_SECONDS: i64 = 86_400;
    let first = expires_at.into_iter().min()?;
    let start_of_day = first.0.div_euclid(DAY_SECONDS).saturating_mul(DAY_SECONDS);
    Some(u64::try_from(start_of_day.saturating_sub(now.0)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{cookies::purpose::Optional, partners::PolicyRelation};

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERSION: Version = Version { major: 1, minor: 1 };

    fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_callback_is_an_origin_and_a_plain_path() {
        for (url, origin) in [
            ("https://shop.example/", "https://shop.example"),
            ("https://shop.example/consent/callback", "https://shop.example"),
            ("http://127.0.0.1:4000/a-b_c.d~e", "http://127.0.0.1:4000"),
        ] {
            let callback = url.parse::<Callback>();
            assert_eq!(callback.as_ref().map(|callback| callback.origin().as_str()), Ok(origin), "{url}");
            let with_code = callback.ok().zip("s".parse().ok()).map(|(callback, state)| callback.with("c", &state));
            assert_eq!(with_code, Some(format!("{url}?code=c&state=s")));
        }
        let long = format!("https://shop.example/{}", "a".repeat(200));
        for bad in [
            "https://shop.example",
            "https://shop.example?x",
            "https://shop.example/?x",
            "https://shop.example/a?code=b",
            "https://shop.example/a#b",
            "https://shop.example/a@b",
            "https://shop.example/%2e%2e/b",
            "https://shop.example/a/../b",
            "https://shop.example/./b",
            "https://shop.example/a;b",
            long.as_str(),
        ] {
            assert_eq!(bad.parse::<Callback>(), Err(ParseCallbackError::Path), "{bad}");
        }
        for bad in ["", "shop", "/callback", "http://shop.example/", "https://Shop.example/", "https://shop.example /a"]
        {
            assert!(matches!(bad.parse::<Callback>(), Err(ParseCallbackError::Origin(_))), "{bad}");
        }
    }

    #[test]
    fn each_value_has_its_characters_and_its_limits() {
        let of = |length: usize| "a".repeat(length);
        for (length, is_state, is_challenge, is_verifier) in [
            (0, false, false, false),
            (1, true, false, false),
            (42, true, false, false),
            (43, true, true, true),
            (44, true, false, true),
            (128, true, false, true),
            (129, false, false, false),
        ] {
            let text = of(length);
            assert_eq!(text.parse::<State>().is_ok(), is_state, "{length}");
            assert_eq!(text.parse::<CodeChallenge>().is_ok(), is_challenge, "{length}");
            assert_eq!(text.parse::<CodeVerifier>().is_ok(), is_verifier, "{length}");
        }
        for bad in ["&", "=", "%", " ", "+", "/", "#", "\n", "é", "\u{0}"] {
            let text = format!("{}{bad}", of(43 - bad.len()));
            assert!(text.parse::<State>().is_err() && text.parse::<CodeChallenge>().is_err(), "{bad:?}");
            assert!(text.parse::<CodeVerifier>().is_err(), "{bad:?}");
        }
        let dotted = format!("{}.", of(42));
        assert!(dotted.parse::<CodeVerifier>().is_ok() && dotted.parse::<CodeChallenge>().is_err());
    }

    #[test]
    fn a_request_has_each_field_once() {
        let whole = [("service", "shop"), ("state", "s"), ("code_challenge", CHALLENGE)];
        let mut fields = pairs(&whole);
        fields.push(("analytics".into(), "yes".into()));
        let request = CodeRequest::take(&mut fields);
        assert_eq!(fields, pairs(&[("analytics", "yes")]));
        let query = request.map(|request| request.query());
        assert_eq!(query, Some(format!("service=shop&state=s&code_challenge={CHALLENGE}")));
        for at in 0..whole.len() {
            let mut less = pairs(&whole);
            let field = less.remove(at);
            assert_eq!(CodeRequest::take(&mut less.clone()), None, "without {field:?}");
            less.extend([field.clone(), field.clone()]);
            assert_eq!(CodeRequest::take(&mut less), None, "twice {field:?}");
        }
        for (at, bad) in [(1, ""), (1, "a b"), (2, ""), (2, "plain")] {
            let mut fields = pairs(&whole);
            fields[at].1 = bad.into();
            assert_eq!(CodeRequest::take(&mut fields), None, "{bad:?}");
        }
    }

    #[test]
    fn only_a_covered_service_with_a_callback_takes_part() {
        let service = |id: Option<&str>, callback: Option<&str>, minor| Service {
            id: id.map(str::to_owned),
            name: "Shop".into(),
            address: "https://shop.example/".into(),
            origins: Vec::new(),
            callback: callback.and_then(|url| url.parse().ok()),
            how: PolicyRelation::Links,
            since: Version { major: 1, minor },
            has_findings: false,
        };
        let url = Some("https://shop.example/c");
        let services = [
            service(Some("shop"), url, 1),
            service(Some("club"), None, 1),
            service(Some("later"), url, 2),
            service(None, url, 1),
        ];
        for (id, expected) in [("shop", true), ("club", false), ("later", false), ("", false), ("Shop", false)] {
            assert_eq!(connected(&services, VERSION, id).is_some(), expected, "{id}");
        }
        assert!(connected(&services, Version { major: 1, minor: 2 }, "later").is_some());
    }

    #[test]
    fn answers_are_yes_or_no_and_one_for_each_question() {
        let fields = pairs(&[("analytics~1.1~en~analytics:00000000000000ff.o", "yes"), ("preferences", "no")]);
        let parsed = answers(&fields);
        let expected = Answers::from([(Optional::ANALYTICS, Answer::Yes), (Optional::PREFERENCES, Answer::No)]);
        assert_eq!(parsed.as_ref().map(|(answers, _)| answers), Some(&expected));
        let asked = parsed.and_then(|(_, prompt)| prompt).map(|prompt| prompt.about());
        assert_eq!(asked.map(|asked| asked.into_iter().collect::<Vec<_>>()), Some(vec![Optional::ANALYTICS]));
        for bad in [
            &[][..],
            &[("analytics", "maybe")],
            &[("analytics", "")],
            &[("security", "no")],
            &[("analytics", "yes"), ("analytics", "no")],
            &[("analytics", "yes"), ("x y", "no")],
            &[("analytics~1.1~en~analytics:ff.o", "yes")],
        ] {
            assert_eq!(answers(&pairs(bad)), None, "{bad:?}");
        }
    }

    #[test]
    fn a_choice_is_kept_until_the_day_on_which_its_first_answer_expires() {
        const DAY: i64 = 86_400;
        for (expires_at, now, expected) in [
            (vec![], 0, None),
            (vec![DAY], 0, Some(86_400)),
            (vec![DAY + 5], 10, Some(86_390)),
            (vec![2 * DAY - 1, 9 * DAY], 10, Some(86_390)),
            (vec![DAY + 5], DAY + 1, Some(0)),
            (vec![i64::MIN], i64::MAX, Some(0)),
        ] {
            let case = format!("{expires_at:?} {now}");
            assert_eq!(max_age(expires_at.into_iter().map(Timestamp), Timestamp(now)), expected, "{case}");
        }
    }

    #[test]
    fn a_field_of_a_request_is_no_purpose() {
        for name in [CodeRequest::SERVICE, CodeRequest::STATE, CodeRequest::CHALLENGE] {
            assert!(name.parse::<Optional>().is_err(), "{name}");
        }
    }
}
