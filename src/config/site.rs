//! How clients reach the site: where it listens, under which names, and through which proxy.

use std::{
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use axum::http::HeaderName;
use time::{Date, macros::format_description};

use super::{ConfigError, raw::RawConfig};
use crate::{
    config::hsts::Hsts,
    domain::web::{host::Hosts, origin::Origin, security_txt::SecurityTxt},
    system::country_database::CountryDatabase,
};

/// How clients reach the site.
#[derive(Debug)]
pub struct SiteConfig {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The public origin: the one that is set, or that of the listen address.
    pub origin: String,
    /// The header in which the proxy names the client; without it, the peer is the client.
    pub client_ip_header: Option<HeaderName>,
    /// Where the country of a client comes from.
    country: CountrySetting,
    /// Which hosts browsers are told to reach by https only.
    pub hsts: Hsts,
    /// The contacts for reports of vulnerabilities.
    pub security_txt: Option<SecurityTxt>,
    /// The hosts that are set, that of the origin included.
    hosts: Option<Hosts>,
    /// The listen address as the operator wrote it.
    listen_name: String,
}

/// Where the country of a client comes from, as it is set.
#[derive(Debug)]
enum CountrySetting {
    Table,
    Header(HeaderName),
    /// The name of the setting as the operator wrote it, and the file.
    File {
        name: String,
        file: PathBuf,
    },
}

/// Where the country of a client comes from.
#[derive(Clone, Debug)]
pub enum CountrySource {
    /// The registries' table of address ranges, which the program contains.
    Table,
    /// The header in which a CDN names it.
    Header(HeaderName),
    /// The operator's own file.
    Database(CountryDatabase),
}

impl SiteConfig {
    pub(super) fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let listen = socket_addr(&raw.listen).ok_or_else(|| {
            let problem = format!("invalid address {:?}", raw.listen);
            raw.invalid("listen", problem, "an address and a port, such as 127.0.0.1:3000")
        })?;
        let set_origin = raw.origin.as_deref().map(str::parse::<Origin>).transpose().map_err(|error| {
            raw.invalid("origin", error, "the origin that visitors open, such as https://cookies.example")
        })?;
        let header = |setting, name: &Option<String>, example: &str| {
            let parse = |name: &String| {
                let invalid = || raw.invalid(setting, format!("invalid header name {name:?}"), example);
                name.parse().map_err(|_| invalid())
            };
            name.as_ref().map(parse).transpose()
        };
        let hsts = match raw.hsts.as_str() {
            "off" => Hsts::Off,
            "host" => Hsts::Host,
            "subdomains" => Hsts::Subdomains,
            other => return Err(raw.invalid("hsts", format!("unknown scope {other:?}"), "off, host or subdomains")),
        };
        Ok(Self {
            listen,
            client_ip_header: header("client_ip_header", &raw.client_ip_header, "a name such as x-forwarded-for")?,
            country: match (
                header("country_header", &raw.country_header, "a name such as cf-ipcountry")?,
                &raw.country_database,
            ) {
                (None, None) => CountrySetting::Table,
                (Some(name), None) => CountrySetting::Header(name),
                (None, Some(file)) => CountrySetting::File { name: raw.name("country_database"), file: file.clone() },
                (Some(_), Some(_)) => {
                    let problem = format!("{} is set too", raw.name("country_header"));
                    return Err(raw.invalid("country_database", problem, "one of them"));
                }
            },
            hsts,
            security_txt: security_txt(raw)?,
            hosts: hosts(raw, set_origin.as_ref())?,
            origin: set_origin.map_or_else(|| origin_of(listen), String::from),
            listen_name: raw.listen.clone(),
        })
    }

    /// Where the country of a client comes from. Reads the operator's own file, if one is set.
    ///
    /// # Errors
    /// [`ConfigError::CountryDatabase`] if that file cannot be used.
    pub fn country_source(&self) -> Result<CountrySource, ConfigError> {
        Ok(match &self.country {
            CountrySetting::Table => CountrySource::Table,
            CountrySetting::Header(name) => CountrySource::Header(name.clone()),
            CountrySetting::File { name, file } => {
                let opened = CountryDatabase::open(file);
                CountrySource::Database(opened.map_err(|error| ConfigError::CountryDatabase {
                    name: name.clone(),
                    file: file.clone(),
                    error,
                })?)
            }
        })
    }

    /// The hosts that a request may name: those of the settings, or else those under which this
    /// machine reaches a server at `bound`.
    pub fn hosts(&self, bound: SocketAddr) -> Hosts {
        let named = if self.listen_name.ends_with(":0") { bound.to_string() } else { self.listen_name.clone() };
        self.hosts.clone().unwrap_or_else(|| Hosts::at(&named, bound.port()))
    }
}

/// The origin and the hosts that are set, if any are.
fn hosts(raw: &RawConfig, origin: Option<&Origin>) -> Result<Option<Hosts>, ConfigError> {
    if origin.is_none() && raw.hosts.is_none() {
        return Ok(None);
    }
    let mut all = origin.map(Hosts::from_origin).unwrap_or_default();
    for host in raw.hosts.iter().flat_map(|hosts| hosts.split(',')).map(str::trim) {
        all = all.with_host(host).map_err(|_| {
            let expected = "names in small letters, separated by commas, each with its port unless that is 443";
            raw.invalid("hosts", format!("invalid host {host:?}"), expected)
        })?;
    }
    Ok(Some(all))
}

/// The origin by which this machine reaches a server at that address.
fn origin_of(mut listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        listen.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let origin = format!("http://{listen}");
    origin.strip_suffix(":80").map(str::to_owned).unwrap_or(origin)
}

/// The contacts and the day on which they expire (RFC 9116), if both are set.
fn security_txt(raw: &RawConfig) -> Result<Option<SecurityTxt>, ConfigError> {
    const CONTACT: &str = "security_contact";
    const EXPIRES: &str = "security_expires";
    let half = |set, missing| Err(ConfigError::Half { set: raw.name(set), missing: raw.name(missing) });
    let (contacts, expires) = match (&raw.security_contact, &raw.security_expires) {
        (None, None) => return Ok(None),
        (Some(contacts), Some(expires)) => (contacts, expires),
        (Some(_), None) => return half(CONTACT, EXPIRES),
        (None, Some(_)) => return half(EXPIRES, CONTACT),
    };
    let day = Date::parse(expires, format_description!("[year]-[month]-[day]"));
    let day = day.map_err(|_| raw.invalid(EXPIRES, format!("invalid day {expires:?}"), "a day such as 2027-06-01"))?;
    let parsed = SecurityTxt::new(contacts, day);
    let parsed = parsed.map_err(|error| raw.invalid(CONTACT, error, "such as mailto:security@cookies.example"))?;
    Ok(Some(parsed))
}

/// The first address that the text names.
pub(super) fn socket_addr(text: &str) -> Option<SocketAddr> {
    text.to_socket_addrs().ok()?.next()
}
