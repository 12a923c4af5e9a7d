//! The cookies of a request: raw octets, which any service of the domain may have set. Nothing is
//! decoded or dropped.
//!
//! RFC 6265 (5.2) allows every octet but `;` and controls in a name, so a name is bytes here.
//! Parsing is linear in the header's length.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use crate::domain::i18n::invisible::is_invisible;

/// The cookies of one request, in order, with duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestCookies {
    octets: Vec<u8>,
    pairs: Vec<CookiePair>,
}

/// The ranges of name and value in the octets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CookiePair {
    name: Range<usize>,
    value: Range<usize>,
}

/// One cookie of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCookie<'r> {
    /// The raw name; empty for a nameless cookie.
    pub name: &'r [u8],
    /// The raw value.
    pub value: &'r [u8],
}

impl RequestCookies {
    /// Parses the `Cookie` header lines of a request, of which HTTP/2 may send several (RFC 9113,
    /// 8.2.3).
    ///
    /// A pair without `=` is a nameless cookie, and an empty pair is none (RFC 6265bis, 5.8.3).
    pub fn parse<'l>(lines: impl IntoIterator<Item = &'l [u8]>) -> Self {
        let octets = lines.into_iter().collect::<Vec<_>>().join(&b"; "[..]);
        let (mut pairs, mut begin) = (Vec::new(), 0);
        for piece in octets.split(|octet| *octet == b';') {
            let whole = trim(&octets, begin..begin + piece.len());
            begin += piece.len() + 1;
            if whole.is_empty() {
                continue;
            }
            let equals = octets[whole.clone()].iter().position(|octet| *octet == b'=');
            let (name, value) = match equals {
                Some(at) => (whole.start..whole.start + at, whole.start + at + 1..whole.end),
                None => (whole.start..whole.start, whole),
            };
            pairs.push(CookiePair { name: trim(&octets, name), value: trim(&octets, value) });
        }
        Self { octets, pairs }
    }

    pub fn iter(&self) -> impl Iterator<Item = RequestCookie<'_>> {
        let part = |range: &Range<usize>| self.octets.get(range.clone()).unwrap_or_default();
        self.pairs.iter().map(move |pair| RequestCookie { name: part(&pair.name), value: part(&pair.value) })
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The distinct names, in order.
    pub fn names(&self) -> Vec<&[u8]> {
        let mut seen = HashSet::new();
        self.iter().map(|cookie| cookie.name).filter(|name| seen.insert(*name)).collect()
    }

    pub fn contains(&self, name: &[u8]) -> bool {
        self.iter().any(|cookie| cookie.name == name)
    }

    /// The value of the cookie, if the request has exactly one of the name and it is UTF-8.
    ///
    /// Two of one name mean that another host or path of the domain set one of them: neither is
    /// trusted.
    pub fn single(&self, name: &str) -> Option<&str> {
        let mut found = self.iter().filter(|cookie| cookie.name == name.as_bytes());
        let first = found.next()?;
        if found.next().is_some() {
            return None;
        }
        std::str::from_utf8(first.value).ok()
    }
}

/// A printable name: invalid UTF-8 and invisible characters other than spaces become U+FFFD.
pub fn readable(name: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(text) if text.bytes().all(|octet| octet.is_ascii_graphic()) => Cow::Borrowed(text),
        _ => {
            let text = String::from_utf8_lossy(name);
            let shown = |c| if c != ' ' && is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
            Cow::Owned(text.chars().map(shown).collect())
        }
    }
}

/// Trims spaces and tabs from a range.
fn trim(octets: &[u8], range: Range<usize>) -> Range<usize> {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let part = &octets[range.clone()];
    let leading = part.iter().take_while(|octet| is_blank(octet)).count();
    let trailing = part[leading..].iter().rev().take_while(|octet| is_blank(octet)).count();
    range.start + leading..range.end - trailing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(header: &[u8]) -> RequestCookies {
        RequestCookies::parse([header])
    }

    #[test]
    fn pairs_are_read_as_a_browser_writes_them() {
        for (header, expected) in [
            (&b""[..], vec![]),
            (b";; ;", vec![]),
            (b"a=1", vec![(&b"a"[..], &b"1"[..])]),
            (b"a=1; b=2", vec![(b"a", b"1"), (b"b", b"2")]),
            (b"a=1;b=2 ;\tc = 3", vec![(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]),
            (b"a=b=c", vec![(b"a", b"b=c")]),
            (b"a=%41", vec![(b"a", b"%41")]),
            (b"a=\"1\"", vec![(b"a", b"\"1\"")]),
            (b"a=", vec![(b"a", b"")]),
            (b"lonely", vec![(b"", b"lonely")]),
            (b"=x", vec![(b"", b"x")]),
            (b"a=1; a=2", vec![(b"a", b"1"), (b"a", b"2")]),
            (b"name=Jos\xe9; b=2", vec![(b"name", b"Jos\xe9"), (b"b", b"2")]),
            (b"n\xfcm=1", vec![(b"n\xfcm", b"1")]),
            (b"AMCV_0A1B@AdobeOrg=x; cart[items]=1", vec![(b"AMCV_0A1B@AdobeOrg", b"x"), (b"cart[items]", b"1")]),
            (b"two words=1", vec![(b"two words", b"1")]),
        ] {
            let read = parse(header);
            let read: Vec<_> = read.iter().map(|cookie| (cookie.name, cookie.value)).collect();
            assert_eq!(read, expected, "{header:?}");
        }
    }

    #[test]
    fn several_lines_are_one_header() {
        let cookies = RequestCookies::parse([&b"a=1"[..], b"", b"b=2; c=3"]);
        assert_eq!(cookies.names(), [b"a", b"b", b"c"]);
    }

    #[test]
    fn a_cookie_sent_twice_or_that_is_no_text_is_not_believed() {
        let cookies = parse(b"a=1; b=2; b=3; d=\xff");
        assert_eq!(cookies.single("a"), Some("1"));
        assert_eq!(cookies.single("b"), None);
        assert_eq!(cookies.single("c"), None);
        assert_eq!(cookies.single("d"), None);
    }

    #[test]
    fn a_name_is_shown_without_what_cannot_be_read() {
        for (name, shown) in [
            (&b"_ga"[..], "_ga"),
            (b"", ""),
            ("\u{fc}".as_bytes(), "\u{fc}"),
            (b"n\xfcm", "n\u{fffd}m"),
            ("a\u{202e}b".as_bytes(), "a\u{fffd}b"),
            ("a\u{3164}b".as_bytes(), "a\u{fffd}b"),
            ("a\u{2800}\u{fe0f}".as_bytes(), "a\u{fffd}\u{fffd}"),
            (b"a\tb", "a\u{fffd}b"),
            (b"two words", "two words"),
        ] {
            assert_eq!(readable(name), shown, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in prop::collection::vec(("[a-zA-Z_-]{1,12}", "[!-:<-~]{0,20}"), 0..20)) {
            let header = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            let read = parse(header.as_bytes());
            let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            let read: Vec<_> = read.iter().map(|cookie| (text(cookie.name), text(cookie.value))).collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn no_octets_make_reading_panic_and_no_name_can_break_a_header(header: Vec<u8>) {
            for cookie in parse(&header).iter() {
                prop_assert!(!cookie.name.contains(&b';') && !cookie.value.contains(&b';'));
                prop_assert!(!cookie.name.contains(&b'='));
                prop_assert!(!readable(cookie.name).chars().any(char::is_control));
            }
        }
    }
}
