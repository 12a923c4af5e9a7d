//! The client IP that a reverse proxy reports: in `Forwarded` (RFC 7239), or bare as in
//! `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

/// The IP in the last entry of the header. The nearest proxy wrote that entry; clients can forge
/// the others.
pub fn client(header: &str) -> Option<IpAddr> {
    let last = header.rsplit(',').next()?;
    let named = last.split(';').map(str::trim).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    });
    let address = named.unwrap_or(last).trim().trim_matches('"');
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    bare.parse().ok().or_else(|| address.parse::<SocketAddr>().map(|socket| socket.ip()).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_address_is_read_in_each_form() {
        for (header, address) in [
            ("198.51.100.1", "198.51.100.1"),
            ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("for=198.51.100.1", "198.51.100.1"),
            ("for=203.0.113.9, For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1", "2001:db8::1"),
            ("proto=https; for=\"198.51.100.1:80\"", "198.51.100.1"),
        ] {
            assert_eq!(client(header), address.parse().ok(), "{header}");
        }
        for header in ["", "unknown", "for=_hidden", "for=", "198.51.100.1,", "[198.51.100.1", "by=198.51.100.1"] {
            assert_eq!(client(header), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_none(header: String) {
            let _ = client(&header);
        }
    }
}
