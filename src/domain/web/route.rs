//! A route as an index, for metrics and traces.

/// A route, by its index in the route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub usize);
