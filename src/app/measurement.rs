//! Accepts measurements of page performance, each once and only while analytics is granted.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use moka::sync::Cache;

use crate::{
    app::{AppState, request_context::RequestContext},
    domain::{
        Timestamp,
        analytics::{
            Country, Device,
            performance::{Bucket, MeasuredView, Measurement},
        },
        cookies::{collected::Collected, declaration::OptionalCookie},
        web::error::AppError,
    },
};

/// How long after its response a page can be measured.
const LIFETIME: Duration = Duration::from_hours(1);

/// The context of the token's HMAC.
const CONTEXT: &str = "measurement";

/// The largest number of remembered measurements, some 16 bytes each.
const MAX_REMEMBERED: u64 = 200_000;

/// Remembers for an hour which measurements were counted. It holds hashes in memory and nothing
/// else.
#[derive(Debug)]
pub(crate) struct MeasurementFilter {
    counted: Cache<u64, ()>,
    hasher: RandomState,
}

impl Default for MeasurementFilter {
    fn default() -> Self {
        let counted = Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(LIFETIME).build();
        Self { counted, hasher: RandomState::new() }
    }
}

/// Whether the page of the request is measured: analytics is granted, and the current edition says
/// that performance is collected.
pub(crate) fn is_measured(site: &AppState, context: &RequestContext) -> bool {
    context.consent.granted.get(OptionalCookie::Analytics.purpose())
        && site.inventory().collects(Collected::Performance)
}

/// The token of a response that is made now. It names the minute, so it identifies no visitor.
pub(crate) fn token(site: &AppState) -> String {
    site.cookie_signer.sign(CONTEXT, minute(site.now()).to_string())
}

/// Counts a measurement. One that is late or doubled, or comes without a grant, changes nothing.
///
/// # Errors
/// [`AppError::Malformed`] if no response of this site had its token, or there is no such page.
pub(crate) fn record(
    site: &AppState,
    context: &RequestContext,
    (country, device): (Country, Device),
    measurement: &Measurement,
) -> Result<(), AppError> {
    let issued = site.cookie_signer.verify(CONTEXT, &measurement.token).and_then(|minute| minute.parse::<i64>().ok());
    let issued = issued.filter(|_| site.has_page(measurement.page)).ok_or(AppError::Malformed)?;
    let age = minute(site.now()).saturating_sub(issued);
    let is_timely = (0..=LIFETIME.as_secs().cast_signed() / 60).contains(&age);
    let subject = context.consent.record_ref.map(|filed| filed.subject);
    let account = context.identity.owner().map(|user| &user.account.id);
    if !is_timely || !is_measured(site, context) || (subject.is_none() && account.is_none()) {
        return Ok(());
    }
    // A visitor counts once for a page and minute.
    let view = site.measurements.hasher.hash_one((subject, account, measurement.page, issued));
    if site.measurements.counted.entry(view).or_insert(()).is_fresh() {
        site.store.record_page_performance(MeasuredView {
            day: Timestamp(issued.saturating_mul(60)).day(),
            page: measurement.page,
            device,
            country,
            buckets: measurement.values.iter().map(|(metric, value)| (*metric, Bucket::of(*value))).collect(),
        });
    }
    Ok(())
}

const fn minute(at: Timestamp) -> i64 {
    at.0.div_euclid(60)
}
