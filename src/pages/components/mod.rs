//! Components that several pages share.

pub(crate) mod banner;
pub(crate) mod changes;
pub(crate) mod cookie_list;
pub(crate) mod cookie_table;
pub(crate) mod date_format;
pub(crate) mod diff_spans;
pub(crate) mod edition_changes;
pub(crate) mod fields;
pub(crate) mod flash;
pub(crate) mod folded_text;
pub(crate) mod form_fields;
pub(crate) mod format;
pub(crate) mod identifiers;
pub(crate) mod language_switch;
pub(crate) mod policy_text;
pub(crate) mod radio_group;
pub(crate) mod rich_text;
pub(crate) mod service_entries;
pub(crate) mod tally;
