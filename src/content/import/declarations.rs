//! Proposes declarations from a policy's tables of cookies.

use std::{collections::HashSet, fmt::Write as _};

use crate::{
    content::lifetime,
    domain::{
        cookies::{
            declaration::{FirstPartyCookie, Lifetime},
            inventory::{MAX_CONSENT_SECONDS, MAX_OPTIONAL_SECONDS, is_token},
        },
        policy::document::{Block, Edition, Table, plain_text},
    },
};

/// What stands above the proposals.
const HEAD: &str = "\
# Proposed from the tables of the policy. Before you copy an entry to cookies.toml, check what a table
# does not say: purpose, http_only, secure, same_site and path. An entry of a cookie that this server
# does not set is a promise about another one.
";

/// The words in the heading of a column that tell what is in it.
const LIFETIME: &[&str] = &["expir", "duration", "lifetime", "life span", "lifespan", "retention", "period", "stored"];
const PROVIDER: &[&str] = &["provider", "party", "set by", "vendor", "host", "source", "company", "domain", "service"];
const DESCRIPTION: &[&str] = &["description", "purpose", "use", "what", "function", "why"];
const NAME: &[&str] = &["name", "cookie", "key"];

/// A purpose that the inventory of this program does not have.
const ADVERTISING: &str = "advertising";

/// What stands before proposals of that purpose.
const ADVERTISING_HEAD: &str = "\
#
# An entry of the purpose \"advertising\" needs a [[purpose]] of that name in cookies.toml.
";

/// The words in a description that tell a purpose. The first that is found counts.
const PURPOSES: [(&str, &[&str]); 5] = [
    ("consent", &["consent", "choice about cookies", "cookie banner", "opt out", "opt-out"]),
    ("security", &["csrf", "forgery", "security", "fraud", "abuse", "load balanc", "authenticat"]),
    ("authentication", &["log you in", "logged in", "signed in", "sign in", "signs in", "login"]),
    (ADVERTISING, &["advert", "marketing", "retarget", "targeting", "targeted", " ads", "campaign", "conversion"]),
    ("preferences", &["preference", "language", "theme", "settings", "time zone", "remember"]),
];

/// The purpose of all others, which is optional.
const OTHER: &str = "analytics";

/// A cookie that a table names.
struct Row {
    name: String,
    provider: String,
    description: String,
    lifetime: String,
}

/// The proposed `[[cookie]]` tables, and how many there are.
pub(super) fn propose(edition: &Edition) -> (String, usize) {
    let sections = edition.sections.iter().flat_map(|section| &section.blocks);
    let tables = edition.introduction.iter().chain(sections).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    let (mut text, mut seen, mut count, mut needs_advertising) = (String::new(), HashSet::new(), 0, false);
    for row in tables.flat_map(rows) {
        let is_own = FirstPartyCookie::from_name(&row.name).is_some();
        if is_own || !is_token(&row.name) || !seen.insert(row.name.clone()) {
            let name = row.name.escape_debug();
            let _ = writeln!(text, "\n# Left out: {name} is declared already, is named twice, or is no cookie name.");
            continue;
        }
        count += 1;
        needs_advertising |= purpose_of(&row) == ADVERTISING;
        write(&row, edition, &mut text);
    }
    (format!("{HEAD}{}{text}", if needs_advertising { ADVERTISING_HEAD } else { "" }), count)
}

/// The cookies of a table; none if its headings do not name them.
fn rows(table: &Table) -> Vec<Row> {
    let headings: Vec<_> = table.columns.iter().map(|column| plain_text(&column.heading).to_lowercase()).collect();
    let mut taken = HashSet::new();
    let mut column = |words: &[&str]| {
        let is_it =
            |(at, heading): &(usize, &String)| !taken.contains(at) && words.iter().any(|word| heading.contains(word));
        let found = headings.iter().enumerate().find(is_it).map(|(at, _)| at);
        taken.extend(found);
        found
    };
    // A heading such as "Provider of Cookie" tells of cookies too, so names come last.
    let (lifetime, provider) = (column(LIFETIME), column(PROVIDER));
    let (description, name) = (column(DESCRIPTION), column(NAME));
    let Some((name, description)) = name.zip(description) else { return Vec::new() };
    let cell = |row: &Vec<_>, at: Option<usize>| {
        at.and_then(|at: usize| row.get(at)).map(|cell: &Vec<_>| plain_text(cell).trim().to_owned()).unwrap_or_default()
    };
    let rows = table.rows.iter().map(|row| Row {
        name: cell(row, Some(name)),
        provider: cell(row, provider),
        description: cell(row, Some(description)),
        lifetime: cell(row, lifetime),
    });
    rows.filter(|row| !row.name.is_empty()).collect()
}

fn purpose_of(row: &Row) -> &'static str {
    let about = row.description.to_lowercase();
    let purpose = PURPOSES.iter().find(|(_, words)| words.iter().any(|word| about.contains(word)));
    purpose.map_or(OTHER, |(purpose, _)| *purpose)
}

fn write(row: &Row, edition: &Edition, text: &mut String) {
    let purpose = purpose_of(row);
    let longest = match purpose {
        "consent" => MAX_CONSENT_SECONDS,
        "security" | "authentication" => u64::MAX,
        _ => MAX_OPTIONAL_SECONDS,
    };
    let mut lifetime = words_to_lifetime(&row.lifetime);
    let mut note = String::new();
    if lifetime.is_none() {
        note = format!(" # not read: {:?}", row.lifetime);
    }
    if let Some(Lifetime::Persistent(duration)) = lifetime.as_deref().and_then(lifetime::parse)
        && duration.as_secs() > longest
    {
        note = format!(" # the longest for this purpose, not {:?}", row.lifetime);
        lifetime = Some(format!("{} days", longest / (24 * 60 * 60)));
    }
    let lifetime = lifetime.unwrap_or_else(|| "session".to_owned());
    let quoted = |text: &str| toml::Value::from(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string();
    let provider = if row.provider.is_empty() { "this site" } else { &row.provider };
    let description = if row.description.is_empty() { "Not described." } else { &row.description };
    let _ = writeln!(text, "\n[[cookie]]\nname = {}\npurpose = \"{purpose}\" # a guess", quoted(&row.name));
    let _ = writeln!(text, "lifetime = \"{lifetime}\"{note}\nhttp_only = true\nsecure = true\nsame_site = \"Lax\"");
    let _ = writeln!(text, "path = \"/\"\nset_by = {}\ndescription = {}", quoted(provider), quoted(description));
    let _ = writeln!(text, "since = \"{}\"", edition.version);
    if !row.name.starts_with("__Host-") {
        let _ = writeln!(text, "no_host_prefix_because = \"The published policy names it so.\"");
    }
}

/// Reads a lifetime in words, such as "One year" or "13 months".
fn words_to_lifetime(words: &str) -> Option<String> {
    const NUMBERS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let words = words.to_lowercase();
    if ["session", "closes browser", "browser is closed", "close the browser", "close your browser"]
        .iter()
        .any(|word| words.contains(word))
    {
        return Some("session".to_owned());
    }
    let (number, unit) = words.trim().trim_end_matches('.').split_once(' ')?;
    let number = number.parse().ok().or_else(|| NUMBERS.iter().position(|one| *one == number))?;
    let number = u64::try_from(number).ok().filter(|number| (1..100_000).contains(number))?;
    // A month is a twelfth of a year of 365 days, rounded up.
    let (number, unit) = match unit.trim().trim_end_matches('s') {
        "week" => (number * 7, "day"),
        "month" => ((number * 365).div_ceil(12), "day"),
        "year" => (number * 365, "day"),
        unit @ ("second" | "minute" | "hour" | "day") => (number, unit),
        _ => return None,
    };
    let lifetime = format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    lifetime::parse(&lifetime).map(|_| lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_read_from_words() {
        for (words, expected) in [
            ("Session", Some("session")),
            ("Until user closes browser or completes authentication request", Some("session")),
            ("One year", Some("365 days")),
            ("13 months", Some("396 days")),
            ("Two weeks", Some("14 days")),
            ("180 Days", Some("180 days")),
            ("5 minutes", Some("5 minutes")),
            ("24 hours", Some("24 hours")),
            ("one day.", Some("1 day")),
            ("Deleted when oauth state is validated", None),
            ("-1 days", None),
            ("", None),
        ] {
            assert_eq!(words_to_lifetime(words).as_deref(), expected, "{words:?}");
        }
    }
}
