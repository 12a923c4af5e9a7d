//! Accepts measurements of page performance, each once and only while analytics is granted.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use moka::sync::Cache;

use crate::{
    app::{AppState, analytics, cookie_jar::Jar, request_context::RequestContext},
    domain::{
        Timestamp,
        analytics::{
            PageView, ViewedPage, Visit,
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
    /// The current minute and its token, which is signed once.
    token: Mutex<(i64, String)>,
}

impl Default for MeasurementFilter {
    fn default() -> Self {
        let counted = Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(LIFETIME).build();
        Self { counted, hasher: RandomState::new(), token: Mutex::default() }
    }
}

/// Whether the page of the request is measured: analytics is granted, and the current edition says
/// that performance is collected.
pub(crate) fn is_measured(site: &AppState, context: &RequestContext) -> bool {
    context.consent.granted.contains(&OptionalCookie::Analytics.purpose())
        && site.inventory().collects(Collected::Performance)
}

/// The token of a response that is made now. It names the minute, so it identifies no visitor.
pub(crate) fn token(site: &AppState) -> String {
    let now = minute(site.now());
    let mut token = site.measurements.token.lock().unwrap_or_else(PoisonError::into_inner);
    if token.1.is_empty() || token.0 != now {
        *token = (now, site.cookie_signer.sign(CONTEXT, now.to_string()));
    }
    token.1.clone()
}

/// Counts a measurement. One that is late or doubled, or comes without a grant, changes nothing.
///
/// The page of a partner service sends nothing else, so its measurement counts as its view too.
///
/// # Errors
/// [`AppError::Malformed`] if no response of this site had its token, or there is no such page.
pub(crate) fn record(
    site: &AppState,
    jar: &Jar,
    context: &RequestContext,
    page: ViewedPage,
    measurement: &Measurement,
) -> Result<(), AppError> {
    let issued = site.cookie_signer.verify(CONTEXT, &measurement.token).and_then(|minute| minute.parse::<i64>().ok());
    let is_page = measurement.page.is_none_or(|page| site.has_page(page));
    let issued = issued.filter(|_| is_page).ok_or(AppError::Malformed)?;
    let age = minute(site.now()).saturating_sub(issued);
    let is_timely = (0..=LIFETIME.as_secs().cast_signed() / 60).contains(&age);
    let subject = context.consent.record_ref.map(|filed| filed.subject);
    let account = context.identity.owner().map(|user| &user.account.id);
    if !is_timely || !is_measured(site, context) || (subject.is_none() && account.is_none()) {
        return Ok(());
    }
    // A visitor counts once for a page and minute.
    let view = site.measurements.hasher.hash_one((subject, account, &page, issued));
    if site.measurements.counted.entry(view).or_insert(()).is_fresh() {
        let day = Timestamp(issued.saturating_mul(60)).day();
        let (device, country) = (context.client.device, context.client.country);
        if matches!(page, ViewedPage::OfService(_)) {
            let (page, visit) = (page.clone(), analytics::visit(jar));
            site.store.record_page_view(PageView { day, page, device, country, visit });
            if visit == Visit::First {
                analytics::mark_as_counted(jar);
            }
        }
        site.observers.count_performance(device, country, &measurement.values);
        site.store.record_page_performance(&MeasuredView {
            day,
            page,
            device,
            country,
            load: measurement.load,
            buckets: measurement.values.iter().map(|(metric, value)| (*metric, Bucket::of(*value))).collect(),
        });
    }
    Ok(())
}

const fn minute(at: Timestamp) -> i64 {
    at.0.div_euclid(60)
}
