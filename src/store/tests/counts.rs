//! What is counted, on both engines.

use time::macros::date;

use super::on_both;
use crate::domain::{
    analytics::{
        Country, Device, ViewedPage,
        choices::ChoiceDimension,
        page_load::{CacheState, LoadDimension, NavigationType, PageLoad},
        performance::{Bucket, MeasuredView, Metric},
        statistics::{DayCount, DayValues, Dimension},
    },
    cookies::{
        inventory::finding::{CountedFinding, Finding, FindingKind, MAX_NAMES_PER_DAY},
        purpose::{Optional, PerPurpose},
        service_entry::StorageKind,
    },
    ledger::choice::{CountedChoice, PurposeOutcome},
    policy::version::Version,
    web::page::Page,
};

const DAY: time::Date = date!(2026 - 11 - 22);

fn count(group: &str, count: u64) -> DayCount {
    DayCount { day: DAY, group: group.into(), count }
}

on_both! {
    async fn measured_views_are_summed_by_bucket_and_deleted_when_they_are_old(open) {
        let store = open(None).store;
        let load = PageLoad { navigation: Some(NavigationType::Reload), cache: None };
        let view = MeasuredView {
            day: DAY,
            page: ViewedPage::OfService("https://shop.example".parse().unwrap()),
            device: Device::Phone,
            country: Country::UNKNOWN,
            load,
            buckets: [(Metric::Lcp, Bucket::of(1_000)), (Metric::Server, Bucket::of(1))].into(),
        };
        for _ in 0..300 {
            store.record_page_performance(&view);
        }
        let load = PageLoad { cache: Some(CacheState::Hit), ..load };
        store.record_page_performance(&MeasuredView { load, page: ViewedPage::Own(Page::Policy), ..view });
        store.flush().await.unwrap();
        let read = |first| store.read(move |tx| tx.page_performance_by(Dimension::Page, first, DAY));
        let values = read(DAY).await.unwrap();
        let of = |group: &str, metric, bucket, count| DayValues { day: DAY, group: group.into(), metric, bucket, count };
        assert_eq!(values.len(), 4);
        for expected in [
            of("https://shop.example", Metric::Lcp, Bucket::of(1_000), 300),
            of("https://shop.example", Metric::Server, Bucket::of(1), 300),
            of("/policy", Metric::Lcp, Bucket::of(1_000), 1),
        ] {
            assert!(values.contains(&expected), "{expected:?}");
        }
        let loads = |dimension| store.read(move |tx| tx.page_loads_by(dimension, DAY, DAY));
        assert_eq!(loads(LoadDimension::Navigation).await.unwrap(), [count("reload", 301)]);
        assert_eq!(loads(LoadDimension::Cache).await.unwrap(), [count("hit", 1)]);
        let next = DAY.next_day().unwrap();
        let delete = move |tx: &crate::store::Tx<'_>| {
            Ok(tx.delete_old_page_performance(next)? + tx.delete_old_page_loads(next)?)
        };
        assert_eq!(store.write(delete).await.unwrap(), 6);
        assert!(read(DAY).await.unwrap().is_empty());
    }

    async fn findings_are_summed_and_those_of_too_many_names_are_dropped(open) {
        let store = open(None).store;
        let found = |day, service: &str, name: String, finding| CountedFinding {
            day,
            service: service.to_owned(),
            finding: Finding { kind: StorageKind::Cookie, name, finding },
        };
        let next = DAY.next_day().unwrap();
        for number in 0..MAX_NAMES_PER_DAY + 3 {
            store.record_finding(found(DAY, "shop", format!("n{number:03}"), FindingKind::Undeclared));
        }
        store.flush().await.unwrap();
        // A stored name has further findings; other days and services have names of their own.
        for (day, service, finding) in [
            (DAY, "shop", FindingKind::Undeclared),
            (DAY, "shop", FindingKind::TooLong),
            (DAY, "club", FindingKind::TooLong),
            (next, "shop", FindingKind::Undeclared),
        ] {
            store.record_finding(found(day, service, "n000".to_owned(), finding));
        }
        store.record_finding(found(DAY, "shop", "n999".to_owned(), FindingKind::Undeclared));
        store.flush().await.unwrap();
        let all = store.read(move |tx| tx.findings_since(DAY)).await.unwrap();
        let line = |service: &str, name: &str, finding: &str| {
            let sums = all.iter().filter(|sum| (&*sum.service, &*sum.name, &*sum.finding) == (service, name, finding));
            sums.map(|sum| (sum.days, sum.count, sum.last_day)).collect::<Vec<_>>()
        };
        assert_eq!(line("shop", "n000", "undeclared"), [(2, 3, next)]);
        assert_eq!(line("shop", "n000", "too_long"), [(1, 1, DAY)]);
        assert_eq!(line("club", "n000", "too_long"), [(1, 1, DAY)]);
        assert_eq!(line("shop", "", "dropped"), [(1, 4, DAY)]);
        assert_eq!(line("shop", "n999", "undeclared"), []);
        assert_eq!(all.len(), 203);
        assert_eq!(all.first().map(|sum| sum.service.as_str()), Some("club"));
        for deleted in [40, 40, 40, 40, 40, 3, 0] {
            let found = store.write(move |tx| tx.delete_old_findings(next)).await.unwrap();
            assert_eq!(found, deleted, "a transaction deletes some");
        }
        assert_eq!(store.read(move |tx| tx.findings_since(DAY)).await.unwrap().len(), 1);
    }

    async fn decisions_are_summed_by_each_dimension(open) {
        let store = open(None).store;
        let choice = CountedChoice {
            day: DAY,
            version: Version { major: 1, minor: 1 },
            service: None,
            outcomes: PerPurpose::from([
                (Optional::PREFERENCES, PurposeOutcome::Rejected),
                (Optional::ANALYTICS, PurposeOutcome::Allowed),
            ]),
        };
        let elsewhere = CountedChoice { service: Some("https://shop.example".parse().unwrap()), ..choice.clone() };
        let add = move |tx: &crate::store::Tx<'_>| {
            tx.add_choices("c1", &choice, 3)?;
            tx.add_choices("c2", &choice, 4)?;
            tx.add_choices("c1", &elsewhere, 5)
        };
        store.write(add).await.unwrap();
        let read = |dimension| store.read(move |tx| tx.choices_by(dimension, DAY, DAY));
        let purpose = ChoiceDimension::Purpose;
        assert_eq!(read(purpose(Optional::PREFERENCES)).await.unwrap(), [count("rejected", 12)]);
        assert_eq!(read(purpose(Optional::ANALYTICS)).await.unwrap(), [count("allowed", 12)]);
        assert_eq!(read(ChoiceDimension::Version).await.unwrap(), [count("1.1", 12)]);
        let mut services = read(ChoiceDimension::Service).await.unwrap();
        services.sort_by(|a, b| a.group.cmp(&b.group));
        assert_eq!(services, [count("", 7), count("https://shop.example", 5)]);
        assert!(store.read(|tx| Ok(tx.oldest_counted_day()? == Some(DAY))).await.unwrap());
        let next = DAY.next_day().unwrap();
        assert_eq!(store.write(move |tx| tx.delete_old_choices(next)).await.unwrap(), 9);
    }
}
