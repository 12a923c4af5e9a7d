//! An operator's own file of countries, in the `MaxMind` DB format.
//!
//! The server opens it once, at the start; the HTTP layer looks clients up in it. Nothing but the
//! country is ever decoded.

use std::{fmt, io, net::IpAddr, path::Path, sync::Arc};

use maxminddb::{LookupResult, MaxMindDbError, PathElement::Key, Reader, WithinOptions};

use crate::domain::analytics::Country;

/// The countries of IP addresses, in memory.
#[derive(Clone)]
pub struct CountryDatabase(Arc<Reader<Vec<u8>>>);

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CountryDatabaseError {
    /// The file cannot be read.
    #[error(transparent)]
    Unread(#[from] io::Error),
    /// The file is none of the format, or is damaged.
    #[error("not a whole MaxMind DB file ({0})")]
    Corrupt(#[from] MaxMindDbError),
    /// No record of the file has a country.
    #[error("the file holds no countries")]
    NoCountry,
}

impl CountryDatabase {
    /// Reads a file, and each of its networks once.
    ///
    /// # Errors
    /// [`CountryDatabaseError`] if it cannot be read, is damaged, or holds no countries.
    pub fn open(file: &Path) -> Result<Self, CountryDatabaseError> {
        let reader = Reader::from_source(std::fs::read(file)?)?;
        // A tree of so many nodes has one leaf more. In a damaged one nodes may have many parents,
        // and then it would have leaves without end.
        let leaves = usize::try_from(reader.metadata().node_count).unwrap_or(usize::MAX).saturating_add(1);
        let mut has_country = false;
        for network in reader.networks(WithinOptions::default().include_networks_without_data())?.take(leaves) {
            has_country |= country_of(&network?)?.is_some();
        }
        if has_country { Ok(Self(Arc::new(reader))) } else { Err(CountryDatabaseError::NoCountry) }
    }

    /// The country of an address; none if the file has none for it.
    pub fn country(&self, ip: IpAddr) -> Option<Country> {
        // Files differ in whether they repeat IPv4 below the IPv6 prefix that maps it.
        country_of(&self.0.lookup(ip.to_canonical()).ok()?).ok()?
    }
}

/// The country of a record: at the place that `GeoIP2` and DB-IP give it, or at that of flat files.
fn country_of(record: &LookupResult<'_, Vec<u8>>) -> Result<Option<Country>, MaxMindDbError> {
    let nested = record.decode_path::<&str>(&[Key("country"), Key("iso_code")]);
    let code = match nested {
        Ok(Some(code)) => Some(code),
        // A flat file may have the country's name where others have a map.
        Ok(None) | Err(_) => record.decode_path(&[Key("country_code")])?,
    };
    Ok(code.and_then(|code| code.parse().ok()))
}

impl fmt::Debug for CountryDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CountryDatabase").field(&self.0.metadata().database_type).finish()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
pub(crate) mod mmdb {
    //! Writes small files in the `MaxMind` DB format, version 2.0, with one record per network.

    use std::net::Ipv6Addr;

    /// A node's two records: another node, data at an offset, or nothing.
    #[derive(Clone, Copy)]
    enum Record {
        Nothing,
        Node(usize),
        Data(usize),
    }

    /// A text with its control byte, or a map's beginning (type 7).
    pub fn text(text: &str) -> Vec<u8> {
        [&[0x40 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    }

    pub fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0xe0 | u8::try_from(entries.len()).unwrap()];
        for (key, value) in entries {
            bytes.extend(text(key));
            bytes.extend(value);
        }
        bytes
    }

    /// What `GeoIP2` says of a place. The city must never be seen.
    pub fn geoip2(code: &str) -> Vec<u8> {
        map(&[("city", map(&[("iso_code", text("XX"))])), ("country", map(&[("iso_code", text(code))]))])
    }

    /// A file of IPv6, with IPv4 in its first 2^32 addresses, as the format has it.
    pub fn file(networks: &[(Ipv6Addr, usize, Vec<u8>)]) -> Vec<u8> {
        let (mut nodes, mut data) = (vec![[Record::Nothing; 2]], Vec::<u8>::new());
        for (address, length, record) in networks {
            let bit = |depth: usize| usize::from(address.to_bits() >> (127 - depth) & 1 == 1);
            let mut node = 0;
            for depth in 0..length - 1 {
                node = if let Record::Node(next) = nodes[node][bit(depth)] {
                    next
                } else {
                    let next = nodes.len();
                    nodes.push([Record::Nothing; 2]);
                    nodes[node][bit(depth)] = Record::Node(next);
                    next
                };
            }
            nodes[node][bit(length - 1)] = Record::Data(data.len());
            data.extend(record);
        }
        let count = nodes.len();
        let mut bytes = Vec::new();
        for record in nodes.into_iter().flatten() {
            let value = match record {
                Record::Nothing => count,
                Record::Node(node) => node,
                Record::Data(offset) => count + 16 + offset,
            };
            bytes.extend(u32::try_from(value).unwrap().to_be_bytes());
        }
        bytes.extend([0; 16]);
        bytes.extend(data);
        bytes.extend(b"\xab\xcd\xefMaxMind.com");
        let u16_of = |value: u16| [&[0xa2], &value.to_be_bytes()[..]].concat();
        let u32_of = |value: usize| [&[0xc4], &u32::try_from(value).unwrap().to_be_bytes()[..]].concat();
        bytes.extend(map(&[
            ("binary_format_major_version", u16_of(2)),
            ("binary_format_minor_version", u16_of(0)),
            // A number of 64 bits (extended type 9), and an empty list (extended type 11).
            ("build_epoch", vec![0x01, 0x02, 0x01]),
            ("database_type", text("Test-Country")),
            ("description", map(&[("en", text("test"))])),
            ("ip_version", u16_of(6)),
            ("languages", vec![0x00, 0x04]),
            ("node_count", u32_of(count)),
            ("record_size", u16_of(32)),
        ]));
        bytes
    }

    /// The Netherlands in IPv4, Tunisia in IPv6, and Germany as flat files have it.
    pub fn countries() -> Vec<u8> {
        file(&[
            ("::193.0.0.0".parse().unwrap(), 96 + 16, geoip2("NL")),
            ("::198.51.100.0".parse().unwrap(), 96 + 24, map(&[("country_code", text("DE"))])),
            ("::203.0.113.0".parse().unwrap(), 96 + 24, map(&[("country", text("France"))])),
            ("2001:db8::".parse().unwrap(), 32, geoip2("TN")),
        ])
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<CountryDatabase, CountryDatabaseError> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("countries.mmdb");
        std::fs::write(&file, bytes)?;
        CountryDatabase::open(&file)
    }

    #[test]
    fn an_address_has_the_country_of_its_network_and_nothing_finer() -> Result<(), Box<dyn std::error::Error>> {
        let database = open(&mmdb::countries())?;
        for (address, country) in [
            ("193.0.6.139", Some("NL")),
            ("::ffff:193.0.6.139", Some("NL")),
            ("198.51.100.7", Some("DE")),
            ("2001:db8::1", Some("TN")),
            ("203.0.113.1", None),
            ("193.1.0.0", None),
            ("10.0.0.1", None),
            ("2001:db9::1", None),
        ] {
            let found = database.country(address.parse()?).map(|country| country.to_string());
            assert_eq!(found.as_deref(), country, "{address}");
        }
        Ok(())
    }

    #[test]
    fn a_file_without_countries_is_an_error() {
        let networks = [("::".parse().unwrap(), 8, mmdb::map(&[("autonomous_system_number", mmdb::text("1"))]))];
        assert!(matches!(open(&mmdb::file(&networks)), Err(CountryDatabaseError::NoCountry)));
        assert!(matches!(open(&mmdb::file(&[])), Err(CountryDatabaseError::NoCountry)));
    }

    #[test]
    fn a_damaged_file_is_an_error_or_gives_no_wrong_form_of_country_and_never_panics() {
        let whole = mmdb::countries();
        for end in 0..whole.len() {
            assert!(open(&whole[..end]).is_err(), "the first {end} bytes");
        }
        for place in 0..whole.len() {
            for value in [0x00, 0x01, 0x7f, 0xff, whole[place] ^ 0x20] {
                let mut damaged = whole.clone();
                damaged[place] = value;
                if let Ok(database) = open(&damaged) {
                    for address in ["193.0.6.139", "2001:db8::1", "::1", "255.255.255.255"] {
                        let _ = database.country(address.parse().unwrap());
                    }
                }
            }
        }
    }
}
