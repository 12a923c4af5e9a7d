//! `harmony health`: asks the server that runs with these settings whether it serves, for whatever watches over a container.

use std::{net::Ipv4Addr, time::Duration};

use harmony::config::Config;
use ureq::Agent;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks at the address that it listens at.
pub(super) fn run(config: &Config) -> Result<(), String> {
    let mut address = config.socket().map_err(|error| error.to_string())?;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    // By the name that it answers to, whatever its address is.
    let origin = config.origin().map_err(|error| error.to_string())?;
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let agent = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).build().new_agent();
    let asked = agent.get(format!("http://{address}/health")).header("host", host).call();
    let mut answer = asked.map_err(|error| format!("no server answers at {address}: {error}"))?;
    let said = answer.body_mut().read_to_string().map_err(|error| format!("{address}: {error}"))?;
    say!("{}", said.trim_end());
    Ok(())
}
