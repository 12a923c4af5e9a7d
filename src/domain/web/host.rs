//! The hosts under which the site is reached: a closed list against forged `Host` headers.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::origin::{Origin, ParseOriginError};

/// The hosts of this site, as requests name them in `Host` (RFC 9110, 7.2), each with its scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Own>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    /// Name or IP, with a port unless it is the scheme's default.
    host: String,
    /// The scheme of its pages; `None` if a proxy that terminates TLS does not tell.
    scheme: Option<Scheme>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Hosts {
    /// The host of an origin, reached by that origin's scheme only.
    pub fn from_origin(origin: &Origin) -> Self {
        Self(split(origin.as_str().as_bytes()).map(|(scheme, host)| Own::new(host, Some(scheme))).into_iter().collect())
    }

    /// The hosts by which a browser on this machine reaches a local port: the listen address and
    /// the loopback names.
    pub fn at(listens: &str, port: u16) -> Self {
        let port = if port == 80 { String::new() } else { format!(":{port}") };
        let own = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}{port}"));
        let listens = listens.to_ascii_lowercase();
        let listens = listens.strip_suffix(":80").unwrap_or(&listens).to_owned();
        let mut all = Self::default();
        for host in own.into_iter().chain([listens]).filter(|host| !host.is_empty()) {
            all.add(Own { host, scheme: None });
        }
        all
    }

    /// Adds a host. If the first host has https and the new one is not loopback, the new one has
    /// https too.
    ///
    /// # Errors
    /// [`ParseOriginError`] if the host is not spelt as browsers spell it.
    pub fn with_host(mut self, host: &str) -> Result<Self, ParseOriginError> {
        // A valid host is one that makes a valid origin.
        format!("https://{host}").parse::<Origin>()?;
        let is_loopback = format!("http://{host}").parse::<Origin>().is_ok();
        let scheme = self.0.first().and_then(|first| first.scheme);
        self.add(Own { host: host.to_owned(), scheme: scheme.filter(|own| *own == Scheme::Https && !is_loopback) });
        Ok(self)
    }

    fn add(&mut self, own: Own) {
        if !self.0.iter().any(|known| known.host == own.host) {
            self.0.push(own);
        }
    }

    /// Whether the host is one of this site's. The comparison ignores case.
    pub fn contains(&self, host: &[u8]) -> bool {
        self.find(host).is_some()
    }

    /// Whether the origin belongs to the host of the request. Browsers have one spelling for an
    /// origin, so bytes are compared.
    pub fn is_own(&self, origin: &[u8], host: &[u8]) -> bool {
        self.find(host).zip(split(origin)).is_some_and(|(own, (scheme, of))| {
            of == own.host.as_bytes() && own.scheme.is_none_or(|expected| expected == scheme)
        })
    }

    /// Whether a request on another port may name this host: an IP or `localhost`, which no
    /// attacker can point elsewhere (DNS rebinding), or a host of this site. The port is ignored.
    pub fn reach(&self, host: &[u8]) -> bool {
        let Ok(host) = std::str::from_utf8(host) else { return false };
        let name = without_port(host);
        is_address(name)
            || name.eq_ignore_ascii_case("localhost")
            || self.0.iter().any(|own| without_port(&own.host).eq_ignore_ascii_case(name))
    }

    fn find(&self, host: &[u8]) -> Option<&Own> {
        self.0.iter().find(|own| own.host.as_bytes().eq_ignore_ascii_case(host))
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|own| own.host.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

impl Own {
    fn new(host: &[u8], scheme: Option<Scheme>) -> Self {
        Self { host: String::from_utf8_lossy(host).into_owned(), scheme }
    }
}

/// Strips the port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    }
}

/// Whether the host is an IP address.
fn is_address(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Splits an origin into scheme and host.
fn split(origin: &[u8]) -> Option<(Scheme, &[u8])> {
    let https = origin.strip_prefix(b"https://").map(|host| (Scheme::Https, host));
    https.or_else(|| origin.strip_prefix(b"http://").map(|host| (Scheme::Http, host)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(origin: &str) -> Hosts {
        origin.parse().map(|origin| Hosts::from_origin(&origin)).unwrap_or_default()
    }

    #[test]
    fn another_port_is_reached_by_an_address_or_a_name_of_the_site() {
        let hosts = of("https://cookies.example:8443").with_host("figures.example").unwrap_or_default();
        for (host, is_reached) in [
            ("cookies.example", true),
            ("cookies.example:9464", true),
            ("FIGURES.example:9464", true),
            ("127.0.0.1", true),
            ("10.0.0.7:9464", true),
            ("[::1]", true),
            ("[fd00::7]:9464", true),
            ("localhost:9464", true),
            ("LOCALHOST", true),
            ("", false),
            (":9464", false),
            ("::1", false),
            ("[::1", false),
            ("[10.0.0.7]", false),
            ("10.0.0.7.nip.example", false),
            ("10.0.0", false),
            ("evil.example:9464", false),
            ("cookies.example.evil.example", false),
            ("cookies.example:99999", false),
            ("localhost.evil.example", false),
        ] {
            assert_eq!(hosts.reach(host.as_bytes()), is_reached, "{host}");
        }
        assert!(!hosts.reach(b"\xff"));
    }

    #[test]
    fn a_site_knows_its_own_host_and_no_other() {
        let site = of("https://harmony.example");
        for host in ["harmony.example", "HARMONY.example"] {
            assert!(site.contains(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            "harmony.example:443",
            "harmony.example:8443",
            "harmony.example.",
            "harmony.example.evil.example",
            "evil.example",
            "www.harmony.example",
            "user@harmony.example",
            "harmony.example,evil.example",
            " harmony.example",
            "127.0.0.1",
            "localhost",
        ] {
            assert!(!site.contains(host.as_bytes()), "{host:?}");
        }
    }

    #[test]
    fn a_server_that_was_told_nothing_is_reached_at_its_address_from_this_machine() {
        for (listens, port, known, unknown) in [
            (
                "127.0.0.1:3000",
                3000,
                &["127.0.0.1:3000", "localhost:3000", "[::1]:3000"][..],
                &["localhost", "harmony.example:3000"][..],
            ),
            ("0.0.0.0:80", 80, &["127.0.0.1", "localhost", "[::1]"], &["localhost:3000", "10.0.0.1"]),
            ("Server:8080", 8080, &["server:8080", "localhost:8080"], &["server"]),
        ] {
            let site = Hosts::at(listens, port);
            for host in known {
                assert!(site.contains(host.as_bytes()), "{listens} {host}");
                assert!(site.is_own(format!("http://{host}").as_bytes(), host.as_bytes()), "{listens} {host}");
                assert!(site.is_own(format!("https://{host}").as_bytes(), host.as_bytes()), "behind TLS: {host}");
            }
            for host in unknown {
                assert!(!site.contains(host.as_bytes()), "{listens} {host}");
            }
        }
    }

    #[test]
    fn more_hosts_may_be_named_as_browsers_write_them() {
        let site = of("https://harmony.example")
            .with_host("www.harmony.example")
            .and_then(|site| site.with_host("127.0.0.1:3000"));
        let site = site.unwrap_or_default();
        for (origin, host, is_own) in [
            ("https://harmony.example", "harmony.example", true),
            ("https://www.harmony.example", "www.harmony.example", true),
            ("https://www.harmony.example", "harmony.example", false),
            ("http://harmony.example", "harmony.example", false),
            ("http://www.harmony.example", "www.harmony.example", false),
            ("http://127.0.0.1:3000", "127.0.0.1:3000", true),
            ("https://harmony.example", "HARMONY.example", true),
            ("HTTPS://harmony.example", "harmony.example", false),
            ("https://HARMONY.example", "HARMONY.example", false),
        ] {
            assert_eq!(site.is_own(origin.as_bytes(), host.as_bytes()), is_own, "{origin} {host}");
        }
        for bad in
            ["", "Harmony.example", "harmony.example/", "https://harmony.example", "*.example", "a b", "user@a.example"]
        {
            assert!(Hosts::default().with_host(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_the_origin_itself_is_its_own(origin in "(https?://)?[a-zA-Z0-9.:@/-]{0,24}|.*") {
            let site = of("https://harmony.example");
            let is_own = site.is_own(origin.as_bytes(), b"harmony.example");
            prop_assert_eq!(is_own, origin == "https://harmony.example");
        }
    }
}
