//! How many cases each property test tries: a few with every run of the tests, and more with
//! `make fuzz`.

use proptest::test_runner::Config;

/// Tries `few` cases, times `HARMONY_FUZZ`. Failing cases are saved in `proptest-regressions/`, and
/// tried first.
pub(crate) fn cases(few: u32) -> Config {
    let times = std::env::var("HARMONY_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let cases = few.saturating_mul(times);
    // The number of inputs that a property may reject grows with the cases.
    let whole = Config::default();
    Config { cases, max_global_rejects: whole.max_global_rejects.saturating_mul(times), ..whole }
}
