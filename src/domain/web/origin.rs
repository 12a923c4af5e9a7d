//! Origins in the canonical spelling of browsers, so that equal origins have equal bytes.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// Scheme, host, and port unless it is the default (RFC 6454, 6.2; WHATWG URL).
///
/// The scheme is `https`, or `http` for loopback, which browsers treat as secure.
///
/// ```
/// use harmony::domain::web::origin::Origin;
///
/// assert!("https://shop.example".parse::<Origin>().is_ok());
/// for bad in ["https://shop.example/", "https://Shop.example", "https://shop.example.", "http://shop.example", "null"] {
///     assert!(bad.parse::<Origin>().is_err());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of a URL that has at most a path behind it.
    ///
    /// # Errors
    /// [`ParseOriginError`] if the URL does not start with an origin.
    pub fn of_address(address: &str) -> Result<Self, ParseOriginError> {
        let host = address.find("://").map(|at| at + 3).ok_or(ParseOriginError::Form)?;
        let end = address[host..].find('/').map_or(address.len(), |at| host + at);
        let is_plain = !address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
        if is_plain { address[..end].parse() } else { Err(ParseOriginError::Form) }
    }
}

/// The text is not an origin, or not a trustworthy one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseOriginError {
    /// Not in the spelling of browsers.
    #[error(
        "an origin is https:// and a host in small letters, with a port only where it is not 443, and nothing behind it, such as https://shop.example"
    )]
    Form,
    /// Plain http, which others on the network can read and change.
    #[error("plain http is for this machine alone, such as http://127.0.0.1:4000: use https")]
    Insecure,
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(ParseOriginError::Form)?;
        let own_port = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return Err(ParseOriginError::Form),
        };
        // The last colon, unless it is inside the brackets of an IPv6 address.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let is_port = |text: &str| {
            text.parse::<u16>().is_ok_and(|port| port != 0 && port != own_port && port.to_string() == text)
        };
        if !is_host(host) || !port.is_none_or(is_port) {
            return Err(ParseOriginError::Form);
        }
        if scheme == "http" && !is_loopback(host) {
            return Err(ParseOriginError::Insecure);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether the host is spelt as browsers do: a lower-case name without a final dot, or an IP.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address);
    }
    let is_label = |label: &str| {
        let is_made_of = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        (1..=63).contains(&label.len()) && is_made_of && !label.starts_with('-') && !label.ends_with('-')
    };
    // Browsers parse a host that ends in a number as an IPv4 address.
    let ends_in_number = host.rsplit('.').next().is_some_and(|last| {
        last.bytes().all(|byte| byte.is_ascii_digit())
            || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    if ends_in_number {
        return host.parse::<Ipv4Addr>().is_ok_and(|parsed| parsed.to_string() == host);
    }
    host.len() <= 253 && host.split('.').all(is_label)
}

/// Whether the host is a loopback address.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = ParseOriginError;

    fn try_from(text: String) -> Result<Self, ParseOriginError> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_has_the_one_spelling_that_browsers_send() {
        for good in [
            "https://shop.example",
            "https://shop.example:8443",
            "https://a-b.xn--mller-kva.example",
            "https://192.0.2.1",
            "https://[2001:db8::1]:8443",
            "http://localhost",
            "http://localhost:4000",
            "http://127.0.0.1:4000",
            "http://127.1.2.3",
            "http://[::1]:4000",
        ] {
            assert_eq!(good.parse::<Origin>().as_ref().map(Origin::as_str), Ok(good));
        }
        for bad in [
            "",
            "null",
            "https://",
            "https:// ",
            "shop.example",
            "//shop.example",
            "ftp://shop.example",
            "HTTPS://shop.example",
            "https://Shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?x",
            "https://shop.example#x",
            "https://shop.example.",
            "https://.shop.example",
            "https://shop..example",
            "https://-shop.example",
            "https://*.example",
            "https://shop_a.example",
            "https://müller.example",
            "https://user@shop.example",
            "https://user:word@shop.example",
            "https://shop.example:443",
            "https://shop.example:0",
            "https://shop.example:08443",
            "https://shop.example:+8443",
            "https://shop.example:65536",
            "https://shop.example:",
            "https://shop.example:8443:1",
            " https://shop.example",
            "https://shop.example ",
            "https://shop.example\n",
            "https://127.1",
            "https://0x7f.1",
            "https://1.2.3.0x4",
            "https://192.0.2.01",
            "https://[2001:DB8::1]",
            "https://[2001:db8:0::1]",
            "https://[::1",
            "http://localhost:80",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(ParseOriginError::Form), "{bad:?}");
        }
        for bad in [
            "http://shop.example",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://192.168.0.1",
            "http://[::2]",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(ParseOriginError::Insecure), "{bad:?}");
        }
    }

    #[test]
    fn an_address_begins_with_an_origin() {
        for (address, origin) in [
            ("https://shop.example", Some("https://shop.example")),
            ("https://shop.example/de/", Some("https://shop.example")),
            ("http://127.0.0.1:4000/x?y#z", Some("http://127.0.0.1:4000")),
            ("https://shop.example/a b", None),
            ("https://shop.example\\@evil.example", None),
            ("https://shop.example?x", None),
            ("javascript://shop.example/%0aalert(1)", None),
            ("shop.example", None),
            ("", None),
        ] {
            assert_eq!(Origin::of_address(address).ok().map(String::from).as_deref(), origin, "{address:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_but_its_own_spelling_is_an_origin(text in "(https?://)?[a-zA-Z0-9.:\\[\\]/@-]{0,24}|.*") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.as_str(), text.as_str());
                prop_assert_eq!(text.to_lowercase(), text.as_str());
                prop_assert_eq!(Origin::of_address(&format!("{text}/x")), Ok(origin));
            }
        }
    }
}
