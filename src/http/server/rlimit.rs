//! How many connections the system lets this process have: each is a file descriptor, and so is every file of the site and of the
//! database.

use crate::http::server::reject;

/// How many connections there may be at once to where the figures are told.
pub(crate) const MAX_METRICS_CONNECTIONS: usize = 16;

/// What is kept for everything else: those who read in the database, of whom each has up to three, files that are served, whoever
/// reads the figures, and those who are turned away here or there.
const OTHERS: usize = 112 + MAX_METRICS_CONNECTIONS + 2 * reject::MOST;

/// As many as are wished, or as many as there are descriptors for.
pub(super) fn most_connections(wished: usize) -> usize {
    let enough = wished.saturating_add(OTHERS);
    most_of(wished, descriptors(enough))
}

/// So many connections, of so many descriptors. With hardly any, a few are taken all the same: running out is a pause.
fn most_of(wished: usize, descriptors: usize) -> usize {
    wished.min(descriptors.saturating_sub(OTHERS).max(OTHERS / 4))
}

/// How many descriptors this process may have, after it has asked for enough: what a process begins with is often less than it may
/// ask for.
#[cfg(unix)]
fn descriptors(enough: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let count = |limit: Option<u64>| limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let now = getrlimit(Resource::Nofile);
    if count(now.current) >= enough {
        return count(now.current);
    }
    let wished = u64::try_from(enough).unwrap_or(u64::MAX);
    let current = now.maximum.map_or(wished, |most| most.min(wished));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: now.maximum });
    if raised.is_ok() { count(Some(current)) } else { count(now.current) }
}

/// There is no such number elsewhere.
#[cfg(not(unix))]
fn descriptors(_: usize) -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_connections_than_descriptors() {
        for (wished, descriptors, most) in [
            (4_096, 20_000, 4_096),
            (4_096, 1_024, 864),
            (4_096, 128, 40),
            (4_096, 64, 40),
            (4_096, 0, 40),
            (8, 128, 8),
            (usize::MAX, usize::MAX, usize::MAX - OTHERS),
        ] {
            assert_eq!(most_of(wished, descriptors), most, "{wished} of {descriptors}");
        }
    }
}
