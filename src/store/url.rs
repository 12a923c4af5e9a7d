//! Parses the URL of a PostgreSQL server as libpq does. Error messages repeat no part of it.

use std::{net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{ChannelBinding, Host, SslMode, SslNegotiation};

use crate::store::server_address::{Address, DatabaseError, Server, Target, Tls};

/// PostgreSQL's default port.
const DEFAULT_PORT: u16 = 5432;

/// How long sent data may stay unacknowledged (`tcp_user_timeout`).
const TCP_TIMEOUT: Duration = Duration::from_secs(2);

impl Address {
    /// Parses the part after `postgres://`.
    pub(super) fn parse(url: &str) -> Result<Self, DatabaseError> {
        let (authority, behind) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
        let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        // With an `@` after the hosts, the character that ended them belongs to a password.
        let is_cut = user.is_none() && authority.contains(':') && behind.contains('@');
        if is_cut || path.contains('@') || path.starts_with('#') {
            return Err(DatabaseError::Encoding("password"));
        }
        let mut read = UrlParts::default();
        if let Some(user) = user {
            read.user(user)?;
        }
        read.hosts(hosts)?;
        if let Some(name) = path.strip_prefix('/').filter(|name| !name.is_empty()) {
            read.config.dbname(decode(name, "database's name")?);
        }
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            read.parameter(parameter, query.contains('@'))?;
        }
        read.finish()
    }
}

/// The parts of a URL that were parsed so far.
#[derive(Default)]
struct UrlParts {
    config: tokio_postgres::Config,
    hosts: Vec<Host>,
    ips: Vec<IpAddr>,
    ports: Vec<u16>,
    tls: Option<Tls>,
    roots: Option<PathBuf>,
}

impl UrlParts {
    fn user(&mut self, info: &str) -> Result<(), DatabaseError> {
        let (user, password) = info.split_once(':').map_or((info, None), |(user, password)| (user, Some(password)));
        if user.contains(['@', '[', ']']) {
            return Err(DatabaseError::Encoding("user name"));
        }
        self.config.user(decode(user, "user name")?);
        if let Some(password) = password {
            if password.contains(['@', ':', '[', ']']) {
                return Err(DatabaseError::Encoding("password"));
            }
            self.config.password(decode(password, "password")?);
        }
        Ok(())
    }

    fn hosts(&mut self, hosts: &str) -> Result<(), DatabaseError> {
        for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
            let (name, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
                Some((name, port)) => (name, port),
                None if host.matches(':').count() > 1 => return Err(DatabaseError::Port),
                None => host.split_at(host.find(':').unwrap_or(host.len())),
            };
            self.hosts.push(named(&decode(name, "host")?)?);
            let port = if port.is_empty() { "" } else { port.strip_prefix(':').ok_or(DatabaseError::Port)? };
            self.ports.push(number_of_port(port)?);
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &str, is_doubtful: bool) -> Result<(), DatabaseError> {
        let (name, value) = parameter.split_once('=').ok_or_else(|| DatabaseError::Parameter(String::new()))?;
        let value = decode(value, "value of a parameter")?;
        match name {
            "host" => self.hosts = value.split(',').map(named).collect::<Result<_, _>>()?,
            "hostaddr" => self.ips = list(&value).ok_or(wrong("hostaddr", "IP addresses, with commas between"))?,
            "port" => self.ports = value.split(',').map(number_of_port).collect::<Result<_, _>>()?,
            "sslmode" => {
                self.tls = Some(match &*value {
                    "disable" => Tls::Disable,
                    "prefer" => Tls::Prefer,
                    "require" => Tls::Require,
                    "verify-ca" => Tls::VerifyCa,
                    "verify-full" => Tls::VerifyFull,
                    _ => return Err(wrong("sslmode", "disable, prefer, require, verify-ca or verify-full")),
                });
            }
            // libpq's name for the system's root certificates.
            "sslrootcert" => self.roots = (value != "system").then(|| value.into()),
            // The store uses only servers that take writes, so these values change nothing.
            "target_session_attrs" if ["any", "read-write", "primary"].contains(&&*value) => {}
            "target_session_attrs" => return Err(wrong("target_session_attrs", "any, read-write or primary")),
            // Harmony decides the order of the servers and the timeouts itself.
            "load_balance_hosts" if ["disable", "random"].contains(&&*value) => {}
            "load_balance_hosts" => return Err(wrong("load_balance_hosts", "disable or random")),
            "connect_timeout" | "tcp_user_timeout" if number(&value).is_some() => {}
            "connect_timeout" => return Err(wrong("connect_timeout", "a number")),
            "tcp_user_timeout" => return Err(wrong("tcp_user_timeout", "a number")),
            name => self.pass_on(name, value, is_doubtful)?,
        }
        Ok(())
    }

    /// Passes a parameter to tokio-postgres.
    fn pass_on(&mut self, name: &str, value: String, is_doubtful: bool) -> Result<(), DatabaseError> {
        let config = &mut self.config;
        let _: &mut tokio_postgres::Config = match name {
            "user" => config.user(value),
            "password" => config.password(value),
            "dbname" => config.dbname(value),
            "options" => config.options(value),
            "application_name" => config.application_name(value),
            "sslnegotiation" => config.ssl_negotiation(match &*value {
                "postgres" => SslNegotiation::Postgres,
                "direct" => SslNegotiation::Direct,
                _ => return Err(wrong("sslnegotiation", "postgres or direct")),
            }),
            "channel_binding" => config.channel_binding(match &*value {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => ChannelBinding::Require,
                _ => return Err(wrong("channel_binding", "disable, prefer or require")),
            }),
            "keepalives" => config.keepalives(number(&value).ok_or(wrong("keepalives", "0 or 1"))? != 0),
            "keepalives_idle" => config.keepalives_idle(seconds(&value).ok_or(wrong("keepalives_idle", "seconds"))?),
            "keepalives_interval" => {
                config.keepalives_interval(seconds(&value).ok_or(wrong("keepalives_interval", "seconds"))?)
            }
            "keepalives_retries" | "keepalives_count" => {
                config.keepalives_retries(number(&value).ok_or(wrong("keepalives_count", "a number"))?)
            }
            _ => {
                // With an `@` after the `?`, this may be the end of a password.
                let is_name = !is_doubtful && name.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_');
                return Err(DatabaseError::Parameter(if is_name { name.into() } else { String::new() }));
            }
        };
        Ok(())
    }

    fn finish(mut self) -> Result<Address, DatabaseError> {
        if self.hosts.is_empty() {
            self.hosts = self.ips.iter().map(|ip| Host::Tcp(ip.to_string())).collect();
        }
        let count = self.hosts.len();
        if count == 0 {
            return Err(DatabaseError::NoHost);
        }
        if !self.ips.is_empty() && self.ips.len() != count {
            return Err(DatabaseError::Count("hostaddr"));
        }
        if self.ports.len() > 1 && self.ports.len() != count {
            return Err(DatabaseError::Count("port"));
        }
        let only = self.ports.first().copied().unwrap_or(DEFAULT_PORT);
        let servers = self.hosts.into_iter().enumerate().map(|(index, host)| {
            let port = self.ports.get(index).copied().unwrap_or(only);
            Server { host, ip: self.ips.get(index).copied(), port }
        });
        let servers: Vec<_> = servers.collect();
        let tls = self.tls.unwrap_or(Tls::Prefer);
        if tls == Tls::Prefer && !servers.iter().all(Server::is_local) {
            return Err(DatabaseError::Remote);
        }
        self.config.tcp_user_timeout(TCP_TIMEOUT).ssl_mode(match tls {
            Tls::Disable => SslMode::Disable,
            Tls::Prefer => SslMode::Prefer,
            Tls::Require | Tls::VerifyCa | Tls::VerifyFull => SslMode::Require,
        });
        if self.config.get_application_name().is_none() {
            self.config.application_name("harmony");
        }
        Ok(Address(Box::new(Target { servers, config: self.config, tls, roots: self.roots })))
    }
}

const fn wrong(name: &'static str, expected: &'static str) -> DatabaseError {
    DatabaseError::Value { name, expected }
}

/// A host name, or the directory of a Unix socket if it starts with a slash.
fn named(name: &str) -> Result<Host, DatabaseError> {
    match name {
        "" => Err(DatabaseError::NoHost),
        #[cfg(unix)]
        folder if folder.starts_with('/') => Ok(Host::Unix(folder.into())),
        name => Ok(Host::Tcp(name.into())),
    }
}

fn number_of_port(port: &str) -> Result<u16, DatabaseError> {
    let port = if port.is_empty() { Ok(DEFAULT_PORT) } else { port.parse() };
    port.ok().filter(|port| *port > 0).ok_or(DatabaseError::Port)
}

fn number(value: &str) -> Option<u32> {
    value.parse().ok()
}

fn seconds(value: &str) -> Option<Duration> {
    number(value).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()))
}

fn list<T: FromStr>(value: &str) -> Option<Vec<T>> {
    value.split(',').map(|part| part.parse().ok()).collect()
}

/// Percent-decodes a part of the URL.
fn decode(part: &str, name: &'static str) -> Result<String, DatabaseError> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let mut behind = part.split('%').skip(1).map(str::as_bytes);
    if part.contains(char::is_whitespace) || !behind.all(|part| is_digit(part.first()) && is_digit(part.get(1))) {
        return Err(DatabaseError::Encoding(name));
    }
    let text = percent_decode_str(part).decode_utf8().map_err(|_| DatabaseError::Encoding(name))?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::Database, *};

    fn read(url: &str) -> Result<Address, DatabaseError> {
        match Database::parse(url)? {
            Database::Server(address) => Ok(address),
            Database::File(_) => Err(DatabaseError::Unknown),
        }
    }

    #[test]
    fn the_wrong_part_of_a_url_is_named_and_never_its_value() {
        for (url, named) in [
            ("mysql://geheim@b/c", "no database is named like that"),
            ("postgres://", "the host is missing"),
            ("postgres:///geheim", "the host is missing"),
            ("postgres://a:geheim@/c", "the host is missing"),
            ("postgres://a@localhost,/c", "the host is missing"),
            ("postgres://a:geheim@localhost:x/c", "the port is no number"),
            ("postgres://a:geheim@localhost:0/c", "the port is no number"),
            ("postgres://a@localhost/c?port=geheim", "the port is no number"),
            ("postgres://a@::1/c", "the port is no number"),
            ("postgres://a@localhost/c?port=1,2", "port: there must be one for each host"),
            ("postgres://a@localhost/c?hostaddr=127.0.0.1,127.0.0.2", "hostaddr: there must be one for each host"),
            ("postgres://a:ge@heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge/heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge:heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge?heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:1?geheim=x@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge#heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge%heim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:geheim%@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:x@y/geheim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:ge%FFheim@localhost/c", "the password has a letter that must be percent-encoded"),
            ("postgres://a:x@localhost?geheim=1@localhost", "a parameter behind the ? is not known"),
            ("postgres://a:x@localhost?geheim", "a parameter behind the ? is not known"),
            ("postgres://a:geheim@localhost/c?sslcert=x", "sslcert is not known"),
            ("postgres://a:geheim@localhost/c?sslmode=geheim", "sslmode has a value that is not known: write disable"),
            ("postgres://a@localhost/c?target_session_attrs=standby", "target_session_attrs has a value"),
            ("postgres://a@localhost/c?hostaddr=geheim", "hostaddr has a value"),
            ("postgres://a@localhost/c?keepalives_idle=geheim", "keepalives_idle has a value"),
            ("postgres://a:geheim@db.example/c", "write sslmode=verify-full"),
            ("postgres://a:geheim@localhost,db.example/c?sslmode=prefer", "write sslmode=verify-full"),
            ("postgres://a:geheim@localhost/c?hostaddr=192.0.2.1", "write sslmode=verify-full"),
        ] {
            let said = read(url).map_or_else(|error| format!("{error}\n{error:?}"), |_| String::new());
            assert!(said.contains(named) && !said.contains("heim"), "{url}: {said}");
        }
    }

    #[test]
    fn a_url_is_read_as_libpq_reads_it() -> Result<(), DatabaseError> {
        let address = read("postgres://a%40b:%25%2F%3A@db1.example:7,db2.example/x%2Fy?sslmode=disable")?;
        let found: Vec<_> = address.0.servers.iter().map(|server| (server.to_string(), server.port)).collect();
        assert_eq!(found, [("db1.example".into(), 7), ("db2.example".into(), 5432)]);
        assert_eq!(address.0.config.get_user(), Some("a@b"));
        assert_eq!(address.0.config.get_password(), Some(&b"%/:"[..]));
        assert_eq!(address.0.config.get_dbname(), Some("x/y"));
        let address = read("postgres:///x?host=%2Frun%2Fpg,localhost&port=7&user=a&target_session_attrs=primary")?;
        let found: Vec<_> = address.0.servers.iter().map(|server| (server.to_string(), server.port)).collect();
        assert_eq!(found, [("/run/pg".into(), 7), ("localhost".into(), 7)]);
        for (url, tls) in [
            ("postgres://a@127.0.0.2/c", Tls::Prefer),
            ("postgres://a@[::1]:7/c", Tls::Prefer),
            ("postgres://a@db.example/c?sslmode=require", Tls::Require),
            ("postgres://a@db.example/c?sslmode=verify-ca", Tls::VerifyCa),
            ("postgres://a@db.example/c?sslmode=verify-full&sslrootcert=%2Froot.pem", Tls::VerifyFull),
        ] {
            assert_eq!(read(url)?.0.tls, tls, "{url}");
        }
        Ok(())
    }
}
