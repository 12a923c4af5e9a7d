//! `harmony health`: asks the server with the same settings whether it serves, for a container's
//! health check.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result};
use harmony::config::Config;
use ureq::Agent;

/// How long the server may take to respond.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// Requests `/health` from the listen address.
pub(super) fn run(config: &Config) -> Result<()> {
    let mut address = config.site.listen;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    // The host is that of the origin, because the server rejects other ones.
    let origin = &config.site.origin;
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let agent = Agent::config_builder().timeout_global(Some(HEALTH_TIMEOUT)).proxy(None).build().new_agent();
    let response = agent.get(format!("http://{address}/health")).header("host", host).call();
    let mut response = response.with_context(|| format!("no server answers at {address}"))?;
    let body = response.body_mut().read_to_string().with_context(|| address.to_string())?;
    say!("{}", body.trim_end());
    Ok(())
}
