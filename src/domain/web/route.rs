//! The number under which a route is counted and traced.

/// A route, by its index in the route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub usize);
