//! The room under test.
