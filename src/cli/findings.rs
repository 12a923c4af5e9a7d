//! `harmony findings`: lists what pages of partner services found and the policy does not say.

use anyhow::Result;
use clap::Args;
use harmony::{
    app::findings, config::Config, content::Content, domain::cookies::inventory::finding::STORED_DAYS,
    store::FindingSum, system::clock::Clock,
};
use serde_json::json;

use super::{lines, listed, open_read_only, runtime};

/// Options of the command.
#[derive(Args)]
pub(crate) struct FindingsArgs {
    /// Number of days, with today
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=i64::from(STORED_DAYS)))]
    days: u16,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Prints the findings of the last days.
pub(super) fn run(config: &Config, args: &FindingsArgs) -> Result<()> {
    let content = Content::load(&config.files.content_dir).map_err(listed)?;
    let store = open_read_only(config)?;
    let since = Clock::system().now().minus_seconds(u64::from(args.days - 1) * 86_400).day();
    let found = runtime()?.block_on(findings::list(&store, since))?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&found.iter().map(to_json).collect::<Vec<_>>())?);
    } else if found.is_empty() {
        let reporting: Vec<_> = content.services.iter().filter(|service| service.has_findings).collect();
        let names: Vec<_> = reporting.iter().map(|service| service.name.as_str()).collect();
        say!("{}", nothing_found(args.days, &names));
    } else {
        say!("{}", table(&found));
    }
    Ok(())
}

/// What is said if there is nothing, with the names of the services that may report.
fn nothing_found(days: u16, names: &[&str]) -> String {
    let days = if days == 1 { "on this day".to_owned() } else { format!("in the last {days} days") };
    let who = if names.is_empty() {
        "No service reports any: services.toml has none with findings = true.".to_owned()
    } else {
        format!("Pages of these services report them: {}.", names.join(", "))
    };
    format!("No findings {days}. {who}")
}

fn to_json(sum: &FindingSum) -> serde_json::Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let FindingSum { service, kind, name, finding, days, count, last_day } = sum;
    json!({
        "service": service, "kind": text(kind), "name": text(name), "finding": finding, "days": days, "count": count,
        "last_day": last_day.to_string(),
    })
}

/// A table with columns as wide as their widest cell.
fn table(found: &[FindingSum]) -> String {
    let head = ["service", "kind", "name", "finding", "days", "count", "last day"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(found.iter().map(cells)).collect();
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.len())).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |row: &[String; 7]| {
        let columns = row.iter().zip(widths).enumerate();
        // Numbers end where their column ends.
        let cells = columns.map(|(column, (cell, width))| match column {
            4 | 5 => format!("{cell:>width$}"),
            _ => format!("{cell:width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines(rows.iter().map(line))
}

fn cells(sum: &FindingSum) -> [String; 7] {
    let FindingSum { service, kind, name, finding, days, count, last_day } = sum;
    let dropped = name.is_empty().then(|| "(further names)".to_owned());
    [
        service.clone(),
        kind.clone(),
        dropped.unwrap_or_else(|| name.clone()),
        finding.clone(),
        days.to_string(),
        count.to_string(),
        last_day.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use harmony::domain::Timestamp;

    use super::*;

    fn sum(kind: &str, name: &str, finding: &str, count: u64) -> FindingSum {
        let last_day = Timestamp(1_795_348_800).day();
        let [service, kind, name, finding] = ["shop", kind, name, finding].map(str::to_owned);
        FindingSum { service, kind, name, finding, days: 2, count, last_day }
    }

    #[test]
    fn the_table_has_a_line_for_each_finding() {
        let found = [sum("local storage", "cart*", "undeclared", 1_200), sum("", "", "dropped", 7)];
        assert_eq!(
            table(&found),
            "service  kind           name             finding     days  count  last day\n\
             shop     local storage  cart*            undeclared     2   1200  2026-11-22\n\
             shop                    (further names)  dropped        2      7  2026-11-22"
        );
        assert_eq!(
            to_json(&found[1]),
            json!({
                "service": "shop", "kind": null, "name": null, "finding": "dropped", "days": 2, "count": 7,
                "last_day": "2026-11-22",
            })
        );
    }

    #[test]
    fn without_findings_it_says_who_reports() {
        for (days, names, expected) in [
            (
                28,
                &["Shop", "Club"][..],
                "No findings in the last 28 days. Pages of these services report them: Shop, Club.",
            ),
            (1, &[], "No findings on this day. No service reports any: services.toml has none with findings = true."),
        ] {
            assert_eq!(nothing_found(days, names), expected);
        }
    }
}
