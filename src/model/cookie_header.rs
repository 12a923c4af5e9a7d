//! The `Cookie` header as the request carried it: every pair, doubles and foreign ones too, nothing decoded.

/// One cookie that a request carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its name; empty for a nameless one.
    pub name: String,
    /// Its value, as it came.
    pub value: String,
}

/// The cookies of one `Cookie` header, in order, as RFC 6265bis (5.8.3) has a browser write them.
///
/// Reading is lenient, since other services on the same host may have set anything: a pair without `=` is a nameless
/// cookie, an empty pair is passed over, doubles are kept.
pub fn parse(header: &str) -> Vec<Carried> {
    header
        .split(';')
        .map(|pair| pair.trim_matches([' ', '\t']))
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            Carried { name: name.trim_end_matches([' ', '\t']).into(), value: value.trim_matches([' ', '\t']).into() }
        })
        .collect()
}

/// The value of the cookie of that name, if the request carried exactly one.
///
/// Two of one name mean that somebody else (a sibling host, an old path) set one of them: neither is believed.
pub fn single<'c>(carried: &'c [Carried], name: &str) -> Option<&'c str> {
    let mut found = carried.iter().filter(|cookie| cookie.name == name);
    let first = found.next()?;
    found.next().is_none().then_some(first.value.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_are_read_as_a_browser_writes_them() {
        for (header, expected) in [
            ("", vec![]),
            (";; ;", vec![]),
            ("a=1", vec![("a", "1")]),
            ("a=1; b=2", vec![("a", "1"), ("b", "2")]),
            ("a=1;b=2 ;\tc = 3", vec![("a", "1"), ("b", "2"), ("c", "3")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a=%41", vec![("a", "%41")]),
            ("a=\"1\"", vec![("a", "\"1\"")]),
            ("a=", vec![("a", "")]),
            ("lonely", vec![("", "lonely")]),
            ("=x", vec![("", "x")]),
            ("a=1; a=2", vec![("a", "1"), ("a", "2")]),
        ] {
            let read = parse(header);
            let read: Vec<_> = read.iter().map(|c| (c.name.as_str(), c.value.as_str())).collect();
            assert_eq!(read, expected, "{header:?}");
        }
    }

    #[test]
    fn a_cookie_sent_twice_is_not_believed() {
        let carried = parse("a=1; b=2; b=3");
        assert_eq!(single(&carried, "a"), Some("1"));
        assert_eq!(single(&carried, "b"), None);
        assert_eq!(single(&carried, "c"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in prop::collection::vec(("[a-zA-Z_-]{1,12}", "[!-:<-~]{0,20}"), 0..20)) {
            let header = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            let read: Vec<_> = parse(&header).into_iter().map(|c| (c.name, c.value)).collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn no_header_makes_reading_panic(header in ".*") {
            for cookie in parse(&header) {
                prop_assert!(!cookie.name.contains(';') && !cookie.value.contains(';'));
            }
        }
    }
}
