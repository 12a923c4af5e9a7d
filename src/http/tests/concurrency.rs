//! Concurrent decisions of one visitor: each is recorded once, and the last acknowledged one
//! counts.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{StatusCode, header},
};

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, anonymous_browser},
    receipts::sound,
    site::CONSENT_LABEL,
};
use crate::domain::{
    consent::decision::{Answer, Decision},
    ledger::record::{Record, RecordRef},
};

/// Number of contradictory answers that are sent concurrently.
const POSTS: usize = 50;

/// Sends yes and no in turn, concurrently and with the same cookies. Returns the decisions in the
/// consent cookies in order of arrival; the browser keeps the last one.
async fn contradict(browser: &mut Browser) -> Vec<(Decision, Option<RecordRef>)> {
    let page = browser.get("/preferences").await;
    let prompt = page.attributes("#choices input[name=prompt]", "value")[0].to_owned();
    let cookies = browser.cookies.header("/api/consent/decide", browser.site.now()).unwrap_or_default();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let posting: Vec<_> = (0..POSTS)
        .map(|post| {
            let answer = if post % 2 == 0 { "yes" } else { "no" };
            let request = browser.post("/api/consent/decide").header(header::COOKIE, &cookies);
            let form = format!("preferences={answer}&analytics={answer}&prompt={prompt}&key={post:032}");
            let request = request.body(Body::from(form)).unwrap();
            let (site, answers) = (browser.site.clone(), Arc::clone(&answers));
            tokio::spawn(async move {
                let (answer, _) = site.answer(request).await;
                assert_eq!(answer.status(), StatusCode::SEE_OTHER);
                answers.lock().unwrap().push(answer);
            })
        })
        .collect();
    for post in posting {
        post.await.unwrap();
    }
    let answers = std::mem::take(&mut *answers.lock().unwrap());
    let mut held = Vec::new();
    for answer in answers {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            browser.cookies.take(cookie.to_str().unwrap(), browser.site.now());
        }
        held.push(consent(browser));
    }
    held
}

/// Returns the content of the browser's consent cookie.
fn consent(browser: &Browser) -> (Decision, Option<RecordRef>) {
    let sealed = browser.cookies.value("__Host-Http-consent");
    RecordRef::decode(&browser.site.state.cookie_signer.verify(CONSENT_LABEL, sealed).unwrap()).unwrap()
}

/// Returns all records of the ledger in order.
async fn records(browser: &Browser) -> Vec<Record> {
    let of_chains = browser.site.state.store.read(|tx| {
        let mut lines = Vec::new();
        for head in tx.heads()? {
            for page in tx.batches_after(&head.chain, "", 1_000)? {
                lines.extend(page.records.lines().map(str::to_owned));
            }
        }
        Ok(lines)
    });
    of_chains.await.unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn says_yes(record: &Record) -> bool {
    record.processing.purposes.iter().all(|choice| choice.granted)
}

#[tokio::test]
async fn of_fifty_concurrent_answers_each_is_recorded_once_and_the_last_acknowledged_counts() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let held = contradict(&mut browser).await;
    let records = records(&browser).await;
    assert_eq!(records.len(), POSTS + 1);
    let ids: BTreeSet<_> = records.iter().map(|record| record.header.id).collect();
    assert_eq!(ids.len(), POSTS + 1);
    let acknowledged: BTreeSet<_> = held.iter().filter_map(|(_, filed)| Some(filed.as_ref()?.record)).collect();
    assert_eq!(acknowledged.len(), POSTS / 2, "each yes was told the record of its own, and no refusal was");
    assert_eq!(sound(&browser.site).await.records, 51);

    let (decision, filed) = consent(&browser);
    assert_eq!(Some(&(decision.clone(), filed)), held.last());
    let is_yes = decision.answer(crate::domain::cookies::purpose::Optional::ANALYTICS) == Answer::Yes;
    let last = filed.and_then(|filed| records.iter().find(|record| record.header.id == filed.record));
    assert_eq!(last.is_some_and(says_yes), is_yes);
    assert_eq!(records.iter().filter(|record| says_yes(record)).count(), POSTS / 2);
    // Pages show the decision of the last response.
    let page = browser.get("/preferences").await;
    let checked = if is_yes { ["preferences-yes", "analytics-yes"] } else { ["preferences-no", "analytics-no"] };
    assert_eq!(page.attributes("#choices input[checked]", "id"), checked);
}

#[tokio::test]
async fn of_a_users_concurrent_answers_no_yes_counts_after_the_first_no() {
    let mut browser = signed_in_browser(false).await;
    contradict(&mut browser).await;
    let records = records(&browser).await;
    let refused = records.iter().position(|record| !says_yes(record)).unwrap();
    assert!(!records[refused..].iter().any(says_yes), "each yes stood beside no answer at all");
    assert_eq!(records.len() - refused, POSTS / 2, "each no is recorded");
    let account = browser.site.state.store.read(|tx| tx.accounts(crate::domain::Timestamp(0))).await.unwrap();
    let decision = account[0].0.decision.clone().unwrap();
    assert_eq!(
        records.last().map(says_yes),
        Some(decision.answer(crate::domain::cookies::purpose::Optional::ANALYTICS) == Answer::Yes)
    );
}
