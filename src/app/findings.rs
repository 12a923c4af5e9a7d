//! Counts what pages of partner services find and the policy does not say, and lists it for the
//! operator.
//!
//! A count has a day, a service, a name and what is wrong with it, and nothing of a visitor.

use crate::{
    app::AppState,
    domain::{
        cookies::inventory::finding::{self, CountedFinding, Finding},
        partners,
        web::{error::AppError, origin::Origin},
    },
    store::{FindingSum, Store, StoreError},
};

/// Counts the findings of a report that the inventory confirms, each once. Those of a service that
/// does not take part are dropped.
///
/// # Errors
/// [`AppError::Malformed`] if the script does not send such a report.
pub(crate) fn record(site: &AppState, origin: &Origin, report: Vec<Finding>) -> Result<(), AppError> {
    let in_force = site.current_version();
    let service = partners::of_origin(&in_force.content.services, origin).filter(|service| service.has_findings);
    let Some(service) = service.and_then(|service| service.id.as_ref()) else { return Ok(()) };
    let confirmed = finding::confirmed(&in_force.inventory(), service, report).map_err(|error| {
        tracing::debug!(%error, "report rejected");
        AppError::Malformed
    })?;
    let day = site.now().day();
    for finding in confirmed {
        site.observers.count_finding(service, finding.finding);
        site.store.record_finding(CountedFinding { day, service: service.clone(), finding });
    }
    Ok(())
}

/// The findings since a day, by service, the most frequent of each first.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub async fn list(store: &Store, since: time::Date) -> Result<Vec<FindingSum>, StoreError> {
    store.read_snapshot(move |tx| tx.findings_since(since)).await
}
