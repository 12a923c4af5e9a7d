//! What is said of the editions of the policy, and of what changed from one to another.

use std::fmt::Display;

use super::super::{super::mistake::Report, keys::tables, template::Template};

tables! {
    /// The editions of the policy.
    editions: EditionTexts {
        announced(version, day)[strong, time];
        read_or_compare[read, compare];
        compare_with(version);
        all;
    }
}
