//! How often each property is tried: a little with every run of the tests, and as much as is wished with `make fuzz`.

use proptest::test_runner::Config;

/// So many cases, times what `HARMONY_FUZZ` says. Whatever once failed is kept under `proptest-regressions`, and tried first.
pub(crate) fn cases(few: u32) -> Config {
    let times = std::env::var("HARMONY_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    Config { cases: few.saturating_mul(times), ..Config::default() }
}
