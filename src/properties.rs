//! How often each property is tried: a little with every run of the tests, and as much as is wished with `make fuzz`.

use proptest::test_runner::Config;

/// So many cases, times what `HARMONY_FUZZ` says. Whatever once failed is kept under `proptest-regressions`, and tried first.
pub(crate) fn cases(few: u32) -> Config {
    let times = std::env::var("HARMONY_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let cases = few.saturating_mul(times);
    // What a strategy makes up and a property has no use for grows with it.
    let whole = Config::default();
    Config { cases, max_global_rejects: whole.max_global_rejects.saturating_mul(times), ..whole }
}
