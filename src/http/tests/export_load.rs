//! Measures how long readers wait while users export large histories:
//!
//! `cargo test --features ssr -- --ignored export_load --nocapture`

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    task::{JoinHandle, LocalSet, yield_now},
    time::sleep,
};

use super::{
    accounts::users::{ANNA, another, sign_up, signed_in_browser},
    browser::Browser,
    site::NOON,
};
use crate::{
    domain::{
        Timestamp,
        account::credentials::Email,
        consent::{
            decision::{
                Answer, AnswerContext, CollectedVia, Decision,
                tests::{TWO, both},
            },
            snapshot::Fingerprint,
        },
        cookies::purpose::Purposes,
        ledger::record::NewRecord,
        policy::version::Version,
    },
    store::{Store, Tx},
};

/// Decisions of the account, records per ledger batch, and concurrent exports.
const DECISIONS: i64 = 50_000;
const ON_A_PAGE: i64 = 10;
const EXPORTS: usize = 8;

fn draft(number: i64) -> NewRecord {
    let decided_at = Timestamp(NOON - DECISIONS + number);
    let answers = both(if number % 2 == 0 { Answer::Yes } else { Answer::No });
    let version = Version { major: 1, minor: 1 };
    let act = AnswerContext {
        version,
        shown: Arc::new(both(Fingerprint(7))),
        decided_at,
        collected_via: CollectedVia::Preferences,
        signal: None,
    };
    NewRecord {
        controller: "Harmony".into(),
        subject: uuid::Uuid::from_u128(7),
        decision: Decision::answering(None, &answers, &act),
        expires_at: decided_at.plus_seconds(180 * 86_400),
        signal: None,
        asked: TWO.into(),
        granted_before: Purposes::new(),
        replaces: None,
        origin: None,
        locale: "en".to_owned(),
        shown: None,
    }
}

/// Adds the records to the ledger, in batches.
async fn fill(store: &Store) {
    let anna = |tx: &Tx<'_>| tx.account_by_email(&Email::parse(ANNA).unwrap());
    let account = store.read(anna).await.unwrap().unwrap().id;
    for page in 0..DECISIONS / ON_A_PAGE {
        let account = account.clone();
        let add = move |tx: &Tx<'_>| {
            for number in 0..ON_A_PAGE {
                let record = tx.append(draft(page * ON_A_PAGE + number))?;
                tx.attach_record(&account, &record.to_string())?;
            }
            Ok(())
        };
        store.write(add).await.unwrap();
    }
}

/// Measures median and maximum response time of several URLs until `is_over` returns true.
async fn read(reader: &mut Browser, is_over: impl Fn() -> bool) -> String {
    let mut told = String::new();
    let addresses = ["/policy", "/account", "/preferences/history"];
    let mut times = [const { Vec::<Duration>::new() }; 3];
    while !is_over() || times[0].len() < 20 {
        for (address, times) in addresses.iter().zip(&mut times) {
            let began = Instant::now();
            assert_eq!(reader.get(address).await.status, 200, "{address}");
            times.push(began.elapsed());
            // Lets the exports run in between.
            yield_now().await;
        }
    }
    for (address, mut times) in addresses.into_iter().zip(times) {
        times.sort_unstable();
        let (middle, longest) = (times[times.len() / 2], times[times.len() - 1]);
        writeln!(told, "  {address}: {middle:.1?}, {longest:.1?} at most, of {}", times.len()).unwrap();
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes minutes, and is there to be read"]
async fn large_exports_do_not_delay_readers() {
    let user = signed_in_browser(false).await;
    let site = user.site.clone();
    fill(&site.state.store).await;
    let mut reader = site.browser();
    sign_up(&mut reader, "reader@example.org", false).await;
    let mut members = Vec::new();
    for _ in 0..EXPORTS {
        site.advance_clock(3_600);
        members.push(another(&user, false).await);
    }
    println!("nobody takes anything away:\n{}", read(&mut reader, || true).await);
    let local = LocalSet::new();
    let take = |mut user: Browser| async move {
        let (began, mut turned_away) = (Instant::now(), 0);
        loop {
            let page = user.get("/account/export").await;
            match page.status.as_u16() {
                200 => return (began.elapsed(), turned_away, page.bytes.len()),
                408 | 429 | 503 => turned_away += 1,
                status => panic!("{status}"),
            }
            user.site.advance_clock(60);
            sleep(Duration::from_millis(100)).await;
        }
    };
    let exports: Vec<_> = members.into_iter().map(|user| local.spawn_local(take(user))).collect();
    let is_over = || exports.iter().all(JoinHandle::is_finished);
    let told = local.run_until(read(&mut reader, is_over)).await;
    println!("{EXPORTS} take {DECISIONS} decisions away:\n{told}");
    for export in exports {
        let (took, turned_away, bytes) = local.run_until(export).await.unwrap();
        println!("  {bytes} bytes after {took:.1?}; turned away {turned_away} times");
    }
}
