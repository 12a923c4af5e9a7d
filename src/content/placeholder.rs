//! `{name}` in the publisher's files, which stands for the name of the publisher.

use crate::content::diagnostic::{Diagnostics, Located};

/// The placeholder.
pub(super) const NAME: &str = "{name}";

/// A text with the publisher's name in place of `{name}`, the only placeholder.
pub(super) fn named(text: Located<String>, publisher: &str, report: &mut Diagnostics) -> String {
    let Located { value, line } = text;
    if value.replace(NAME, "").contains(['{', '}']) {
        report.add(line, format!("a text has no placeholder but {NAME}"));
    }
    value.replace(NAME, publisher)
}
