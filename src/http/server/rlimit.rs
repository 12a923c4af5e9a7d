//! Fits the number of connections to `RLIMIT_NOFILE`: each connection and each open file is a file
//! descriptor.

use crate::http::server::reject;

/// The limit of connections to the metrics listener.
pub(crate) const MAX_METRICS_CONNECTIONS: usize = 16;

/// The descriptors for everything else:
///
/// - up to three descriptors for each reader of the database, and the static files,
/// - the connections to the metrics listener,
/// - the rejected connections of both listeners.
const RESERVED_FDS: usize = 112 + MAX_METRICS_CONNECTIONS + 2 * reject::MAX_REJECTIONS;

/// The configured number of connections, or fewer if the process may not open that many
/// descriptors.
pub(super) fn max_connections(configured: usize) -> usize {
    let needed = configured.saturating_add(RESERVED_FDS);
    connections_for(configured, raise_limit(needed))
}

/// How many connections fit. Never fewer than a minimum, since running out of descriptors only
/// pauses the server.
fn connections_for(configured: usize, descriptors: usize) -> usize {
    configured.min(descriptors.saturating_sub(RESERVED_FDS).max(RESERVED_FDS / 4))
}

/// Raises the soft limit of descriptors if it is below `needed`, and returns it. The soft limit of
/// a new process is often below the hard limit.
#[cfg(unix)]
fn raise_limit(needed: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let count = |limit: Option<u64>| limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let now = getrlimit(Resource::Nofile);
    if count(now.current) >= needed {
        return count(now.current);
    }
    let needed = u64::try_from(needed).unwrap_or(u64::MAX);
    let current = now.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: now.maximum });
    if raised.is_ok() { count(Some(current)) } else { count(now.current) }
}

/// Other systems have no such limit.
#[cfg(not(unix))]
fn raise_limit(_: usize) -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_connections_than_descriptors() {
        for (configured, descriptors, max) in [
            (4_096, 20_000, 4_096),
            (4_096, 1_024, 864),
            (4_096, 128, 40),
            (4_096, 64, 40),
            (4_096, 0, 40),
            (8, 128, 8),
            (usize::MAX, usize::MAX, usize::MAX - RESERVED_FDS),
        ] {
            assert_eq!(connections_for(configured, descriptors), max, "{configured} of {descriptors}");
        }
    }
}
