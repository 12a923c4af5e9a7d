//! How the site is reached: where it listens, under which names, and what stands in front.

use std::net::{SocketAddr, ToSocketAddrs};

use axum::http::HeaderName;
use time::{Date, macros::format_description};

use super::{Config, ConfigError};
use crate::{
    config::otlp::Collector,
    domain::web::{host::Hosts, origin::Origin, security_txt::SecurityTxt},
    ledger::timestamps::Authority,
};

impl Config {
    /// The address to listen at.
    ///
    /// # Errors
    /// [`ConfigError::Address`] if it is none.
    pub fn socket(&self) -> Result<SocketAddr, ConfigError> {
        socket(&self.listen).ok_or_else(|| ConfigError::Address(self.listen.clone()))
    }

    /// The address to tell figures at, if they are to be told.
    ///
    /// # Errors
    /// [`ConfigError::Metrics`] if it is none.
    pub fn metrics(&self) -> Result<Option<SocketAddr>, ConfigError> {
        let read = |address: &String| socket(address).ok_or_else(|| ConfigError::Metrics(address.clone()));
        self.metrics_listen.as_ref().map(read).transpose()
    }

    /// The collector to tell the course of each request to, if there is one.
    ///
    /// # Errors
    /// [`ConfigError::Traces`] if its address is none.
    pub fn traces(&self) -> Result<Option<Collector>, ConfigError> {
        let read = |address: &String| Collector::parse(address).ok_or_else(|| ConfigError::Traces(address.clone()));
        self.otlp_endpoint.as_ref().map(read).transpose()
    }

    /// The time-stamping authority to ask, if there is one.
    ///
    /// # Errors
    /// [`ConfigError::Timestamps`] if its address is none.
    pub fn timestamps(&self) -> Result<Option<Authority>, ConfigError> {
        let read = |address: &String| Authority::parse(address).ok_or_else(|| ConfigError::Timestamps(address.clone()));
        self.timestamps.as_ref().map(read).transpose()
    }

    /// The header in which the server in front names the client's address.
    ///
    /// # Errors
    /// [`ConfigError::AddressHeader`] if it is no name of a header.
    pub fn client_ip_header(&self) -> Result<Option<HeaderName>, ConfigError> {
        let read = |name: &String| name.parse().map_err(|_| ConfigError::AddressHeader(name.clone()));
        self.client_ip_header.as_ref().map(read).transpose()
    }

    /// The origin under which the site is reached: as it is set, or that of the address which it listens at.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] if what is set is none; [`ConfigError::Address`] if nothing is set and the address is none.
    pub fn origin(&self) -> Result<String, ConfigError> {
        if let Some(origin) = &self.origin {
            return Ok(origin.parse::<Origin>()?.into());
        }
        let mut socket = self.socket()?;
        if socket.ip().is_unspecified() {
            socket.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let origin = format!("http://{socket}");
        Ok(origin.strip_suffix(":80").map(str::to_owned).unwrap_or(origin))
    }

    /// The hosts that a request may name: that of the origin and those that are set, or else those by which this machine itself
    /// reaches a server that listens at that address.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] and [`ConfigError::Host`] if one of them is none.
    pub fn hosts(&self, listens: SocketAddr) -> Result<Hosts, ConfigError> {
        let origin = self.origin.as_deref().map(str::parse::<Origin>).transpose()?;
        if origin.is_none() && self.hosts.is_none() {
            let named = if self.listen.ends_with(":0") { listens.to_string() } else { self.listen.clone() };
            return Ok(Hosts::at(&named, listens.port()));
        }
        let mut all = origin.as_ref().map(Hosts::from_origin).unwrap_or_default();
        for host in self.hosts.iter().flat_map(|hosts| hosts.split(',')).map(str::trim) {
            all = all.with_host(host).map_err(|_| ConfigError::Host(host.to_owned()))?;
        }
        Ok(all)
    }

    /// Whom to tell of a hole in the site, if that is set.
    ///
    /// # Errors
    /// [`ConfigError`] if a contact or the day is none, or one is set without the other.
    pub fn security_txt(&self) -> Result<Option<SecurityTxt>, ConfigError> {
        let (contacts, expires) = match (&self.security_contact, &self.security_expires) {
            (None, None) => return Ok(None),
            (Some(contacts), Some(expires)) => (contacts, expires),
            _ => return Err(ConfigError::SecurityHalf),
        };
        let day = Date::parse(expires, format_description!("[year]-[month]-[day]"));
        let day = day.map_err(|_| ConfigError::SecurityExpires(expires.clone()))?;
        Ok(Some(SecurityTxt::new(contacts, day)?))
    }
}

/// The first address that this names.
fn socket(address: &str) -> Option<SocketAddr> {
    address.to_socket_addrs().ok()?.next()
}
