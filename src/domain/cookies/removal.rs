//! Removal of a cookie of which only the name is known: the domains and paths that it may be stored
//! under.

/// The longest name to remove: browsers limit name and value together to 4,096 bytes.
pub const MAX_NAME_BYTES: usize = 4_096;

/// The `Domain` values that a cookie of this host may have: the host and its parents, down to two
/// labels (RFC 6265, 5.1.3).
///
/// Browsers ignore public suffixes (RFC 6265, 5.3, step 5), so naming one does no harm. An IP and a
/// name of one label have no parents.
pub fn domains(host: &str) -> Vec<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.');
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    if is_address || name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        return Vec::new();
    }
    let mut domains = Vec::new();
    let mut rest = Some(name);
    while let Some(domain) = rest.filter(|domain| domain.contains('.')) {
        domains.push(domain);
        rest = domain.split_once('.').map(|(_, parent)| parent);
    }
    domains
}

/// The `Path` values that a cookie sent to this path may have (RFC 6265, 5.1.4): each parent
/// directory, with and without a final slash.
pub fn paths(page: &str) -> Vec<String> {
    let mut paths = vec!["/".to_owned()];
    for (at, _) in page.match_indices('/').skip(1) {
        paths.push(page[..at].to_owned());
        paths.push(page[..=at].to_owned());
    }
    if page.len() > 1 {
        paths.push(page.to_owned());
    }
    paths
}

/// The `Set-Cookie` values that remove a cookie, for the host alone and for each domain, at each
/// path.
///
/// The name is sent unchanged. Prefixes bind a cookie to the host or to https (RFC 6265bis, 4.1.3),
/// so fewer lines remove it. A nameless cookie needs a value, or browsers ignore the line (RFC
/// 6265bis, 5.6).
pub fn removals(name: &[u8], domains: &[&str], paths: &[String]) -> Vec<Vec<u8>> {
    let starts_with =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|n| n.eq_ignore_ascii_case(prefix.as_bytes()));
    let is_host_bound = starts_with("__Host-");
    let is_secure = is_host_bound || starts_with("__Secure-") || starts_with("__Http-");
    let value = if name.is_empty() { "-" } else { "" };
    let line = |path: &str, domain: Option<&str>| {
        let mut line = name.to_vec();
        line.extend_from_slice(format!("={value}; Path={path}; Max-Age=0").as_bytes());
        if let Some(domain) = domain {
            line.extend_from_slice(format!("; Domain={domain}").as_bytes());
        }
        if is_secure {
            line.extend_from_slice(b"; Secure");
        }
        line
    };
    if is_host_bound {
        return vec![line("/", None)];
    }
    let domains = std::iter::once(None).chain(domains.iter().copied().map(Some));
    domains
        .flat_map(|domain| paths.iter().map(move |path| (path, domain)))
        .map(|(path, domain)| line(path, domain))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_domains_are_the_host_and_its_parents() {
        for (host, expected) in [
            ("cookies.example.test", vec!["cookies.example.test", "example.test"]),
            ("cookies.example.test:3000", vec!["cookies.example.test", "example.test"]),
            ("a.b.example.co.uk", vec!["a.b.example.co.uk", "b.example.co.uk", "example.co.uk", "co.uk"]),
            ("localhost", vec![]),
            ("localhost:3000", vec![]),
            ("127.0.0.1", vec![]),
            ("127.0.0.1:3000", vec![]),
            ("[::1]:3000", vec![]),
            ("", vec![]),
            ("a;b.example", vec![]),
        ] {
            assert_eq!(domains(host), expected, "{host}");
        }
    }

    #[test]
    fn the_paths_lead_to_the_page() {
        assert_eq!(paths("/"), ["/"]);
        assert_eq!(paths("/preferences"), ["/", "/preferences"]);
        assert_eq!(paths("/de/preferences"), ["/", "/de", "/de/", "/de/preferences"]);
    }

    #[test]
    fn a_cookie_is_removed_by_the_name_as_it_came_wherever_it_may_be_kept() {
        let lines = |name: &[u8], domains: &[&str]| {
            let lines = removals(name, domains, &paths("/preferences"));
            lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines(b"_ga", &[]), ["_ga=; Path=/; Max-Age=0", "_ga=; Path=/preferences; Max-Age=0"]);
        assert_eq!(
            lines(b"a b@c", &["example.test"]),
            [
                "a b@c=; Path=/; Max-Age=0",
                "a b@c=; Path=/preferences; Max-Age=0",
                "a b@c=; Path=/; Max-Age=0; Domain=example.test",
                "a b@c=; Path=/preferences; Max-Age=0; Domain=example.test",
            ]
        );
        assert_eq!(lines(b"__Host-x", &["example.test"]), ["__Host-x=; Path=/; Max-Age=0; Secure"]);
        assert_eq!(lines(b"__Secure-x", &[])[0], "__Secure-x=; Path=/; Max-Age=0; Secure");
        assert_eq!(lines(b"", &[])[0], "=-; Path=/; Max-Age=0");
        assert_eq!(removals(b"n\xfcm", &[], &paths("/"))[0], b"n\xfcm=; Path=/; Max-Age=0");
    }

    proptest! {
        #[test]
        fn a_removal_says_nothing_but_what_it_should(host in ".{0,40}") {
            for domain in domains(&host) {
                prop_assert!(domain.contains('.') && !domain.contains([';', ' ', ',']));
            }
        }
    }
}
