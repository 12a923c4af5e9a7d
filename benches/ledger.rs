//! Measures how many decisions per second the ledger commits, next to one row per transaction in
//! the same run, and how long one append and one look-up take as the ledger grows. `make bench`
//! runs it.
//!
//! Arguments: the numbers of records to grow to, such as `10000 1000000`; optionally the URL of an
//! empty database to measure instead of a file, such as `postgres://…`.
//!
//! `fill DATABASE RECORDS FROM UNTIL` measures nothing: it fills a database with a ledger whose
//! records are spread over that time (seconds since 1970), for `.ci/bench-growth`.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use harmony::{
    domain::{
        Timestamp,
        consent::{
            decision::{Answer, AnswerContext, Answers, CollectedVia, Decision},
            snapshot::Fingerprint,
        },
        cookies::purpose::{Optional, PerPurpose, Purposes},
        ledger::record::{NewRecord, Record, RecordText},
        policy::version::Version,
    },
    ledger::{
        Ledger,
        key::{Key, SECRET_BYTES},
    },
    store::{Database, Store},
    system::rng::Rng,
};
use uuid::Uuid;

/// The same allocator as in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Duration of one measurement.
const MEASURED: Duration = Duration::from_secs(2);

/// Number of rounds. Each round measures everything once, so that a slow phase of the machine
/// affects all measurements alike.
const ROUNDS: usize = 5;

/// Numbers of concurrent clients.
const CLIENTS: [u64; 4] = [1, 32, 256, 1_024];

/// Number of timed appends and look-ups at each size.
const TIMED: usize = 2_000;

/// Numbers of records: those that are written one by one, as on a quiet site, and then those that
/// come at once.
const ALONE_AND_AT_ONCE: [u64; 2] = [512, 9 * 512];

fn main() -> Outcome<()> {
    let sizes: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [command, database, records, from, until] = arguments.as_slice()
        && command == "fill"
    {
        return runtime.block_on(fill(database, records.parse()?, from.parse()?, until.parse()?));
    }
    runtime.block_on(async {
        let server = std::env::args().find(|argument| argument.starts_with("postgres"));
        compare(server.as_deref()).await?;
        if !sizes.is_empty() {
            grow(&sizes, server.as_deref()).await?;
        }
        Ok(())
    })
}

/// Measures appends by several numbers of clients and one row per transaction, and prints the
/// medians of all rounds.
async fn compare(server: Option<&str>) -> Outcome<()> {
    let mut rounds = [const { Vec::new() }; CLIENTS.len() + 1];
    for _ in 0..ROUNDS {
        rounds[0].push(one_row_per_transaction()?);
        for (clients, rates) in CLIENTS.into_iter().zip(&mut rounds[1..]) {
            let folder = tempfile::tempdir()?;
            rates.push(rate(&open(folder.path(), server).await?, clients).await?);
        }
    }
    let [one_row, rates @ ..] = &mut rounds;
    let one_row = median(one_row);
    println!("one row per transaction      {one_row:>8.0} /s");
    for (clients, rates) in CLIENTS.into_iter().zip(rates) {
        let rate = median(rates);
        let (slowest, fastest) = (rates[0], rates[ROUNDS - 1]);
        let times = rate / one_row;
        println!("ledger, {clients:>5} clients        {rate:>8.0} /s  {times:>5.1} x  ({slowest:.0} to {fastest:.0})");
    }
    Ok(())
}

/// Sorts the rates and returns the median.
fn median(rates: &mut [f64]) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn ledger() -> Ledger {
    Ledger::new(Key::new(&[1; SECRET_BYTES]), Vec::new())
}

async fn open(folder: &Path, server: Option<&str>) -> Outcome<Store> {
    let file = || Ok(Database::File(folder.join("harmony.sqlite")));
    open_database(&server.map_or_else(file, Database::parse)?).await
}

async fn open_database(database: &Database) -> Outcome<Store> {
    let ledger = ledger();
    let store = ledger.open(database, Rng::system())?;
    ledger.begin(&store).await?;
    Ok(store)
}

fn draft(number: u64, shown: &Arc<RecordText>) -> NewRecord {
    draft_at(number, Timestamp(1_795_348_800 + i64::try_from(number / 50_000).unwrap_or(0)), shown)
}

fn draft_at(number: u64, decided_at: Timestamp, shown: &Arc<RecordText>) -> NewRecord {
    let version = Version { major: 1, minor: 1 };
    let asked = [Optional::PREFERENCES, Optional::ANALYTICS];
    let answers = Answers::from(asked.map(|purpose| (purpose, Answer::Yes)));
    let act = AnswerContext {
        version,
        shown: Arc::new(PerPurpose::from(asked.map(|purpose| (purpose, Fingerprint(7))))),
        decided_at,
        collected_via: CollectedVia::Banner,
        signal: None,
    };
    NewRecord {
        controller: "Harmony".into(),
        subject: Uuid::from_u128(u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)),
        decision: Decision::answering(None, &answers, &act),
        expires_at: decided_at.plus_seconds(180 * 86_400),
        signal: None,
        asked: asked.into(),
        granted_before: Purposes::new(),
        replaces: None,
        origin: None,
        locale: "en".to_owned(),
        shown: Some(Arc::clone(shown)),
    }
}

fn shown() -> Arc<RecordText> {
    // The SHA-256 of the text.
    let hash = "baaf53622a51d975235f276287bdc1b64aa4640c77142cbca076877d9eac6815".into();
    Arc::new(RecordText { text: "shown".into(), hash, original: None })
}

/// Measures the same record with one transaction each and the same durability.
fn one_row_per_transaction() -> Outcome<f64> {
    let folder = tempfile::tempdir()?;
    let rows = rusqlite::Connection::open(folder.path().join("rows.sqlite"))?;
    rows.pragma_update(None, "journal_mode", "WAL")?;
    rows.pragma_update(None, "synchronous", "FULL")?;
    rows.execute_batch(
        "CREATE TABLE records (id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, record TEXT NOT NULL) STRICT",
    )?;
    let shown = shown();
    let (begin, mut number) = (Instant::now(), 0_u64);
    while begin.elapsed() < MEASURED {
        number += 1;
        let id = Uuid::from_u128(u128::from(number));
        let record = Record::new(draft(number, &shown), id, "0".repeat(64));
        let subject = record.header.subject.to_string();
        rows.prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3)")?.execute((
            id.to_string(),
            subject,
            serde_json::to_string(&record)?,
        ))?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate to read")]
    Ok(number as f64 / begin.elapsed().as_secs_f64())
}

/// Measures acknowledged appends per second. Each client waits for its acknowledgement before the
/// next append.
async fn rate(store: &Store, clients: u64) -> Outcome<f64> {
    let shown = shown();
    let begin = Instant::now();
    let client = |client: u64| {
        let (store, shown) = (store.clone(), Arc::clone(&shown));
        tokio::spawn(async move {
            let mut appended = 0_u64;
            while begin.elapsed() < MEASURED {
                store.append(draft(client << 32 | appended, &shown)).await?;
                appended += 1;
            }
            Ok::<_, harmony::store::StoreError>(appended)
        })
    };
    let mut appended = 0;
    for client in (0..clients).map(client).collect::<Vec<_>>() {
        appended += client.await??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate to read")]
    Ok(appended as f64 / begin.elapsed().as_secs_f64())
}

/// Grows a ledger, and times appends and look-ups at each size.
async fn grow(sizes: &[u64], server: Option<&str>) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let store = open(folder.path(), server).await?;
    let (shown, mut records) = (shown(), 0_u64);
    let mut some = Vec::new();
    for size in sizes {
        while records < *size {
            let batch = (*size - records).min(512);
            let ids = append_at_once(&store, (0..batch).map(|each| draft(records + each, &shown))).await?;
            some.extend(ids.first());
            records += batch;
        }
        let mut appends = Vec::with_capacity(TIMED);
        let mut finds = Vec::with_capacity(TIMED);
        for each in 0..TIMED {
            let begin = Instant::now();
            store.append(draft(records + u64::try_from(each)?, &shown)).await?;
            appends.push(begin.elapsed());
            let id = some[each.wrapping_mul(7_919) % some.len()];
            let begin = Instant::now();
            if !ledger().holds(&store, id).await? {
                return Err(format!("record {id} is not found").into());
            }
            finds.push(begin.elapsed());
        }
        records += u64::try_from(TIMED)?;
        println!(
            "{size:>9} records   append {:>6.0} µs (p99 {:>6.0})   look-up {:>6.0} µs (p99 {:>6.0})",
            micros(&mut appends, 50),
            micros(&mut appends, 99),
            micros(&mut finds, 50),
            micros(&mut finds, 99)
        );
    }
    Ok(())
}

/// Appends records that come at once. Returns their ids.
async fn append_at_once(store: &Store, drafts: impl Iterator<Item = NewRecord>) -> Outcome<Vec<Uuid>> {
    let append = |draft| {
        let store = store.clone();
        tokio::spawn(async move { store.append(draft).await })
    };
    let mut ids = Vec::new();
    for appended in drafts.map(append).collect::<Vec<_>>() {
        ids.push(appended.await??);
    }
    Ok(ids)
}

/// Fills a database with records of the time between `from` and `until`.
async fn fill(database: &str, records: u64, from: i64, until: i64) -> Outcome<()> {
    let (store, shown) = (open_database(&Database::parse(database)?).await?, shown());
    let share = |number: u64| i128::from(until - from) * i128::from(number) / i128::from(records);
    let at = |number| Timestamp(from + i64::try_from(share(number)).unwrap_or_default());
    let draft = |number| draft_at(number, at(number), &shown);
    let [alone, at_once] = ALONE_AND_AT_ONCE;
    let mut number = 0;
    while number < records {
        let next = records.min(number + alone);
        for each in number..next {
            store.append(draft(each)).await?;
        }
        number = records.min(next + at_once);
        append_at_once(&store, (next..number).map(draft)).await?;
    }
    Ok(())
}

/// Returns a percentile in microseconds.
fn micros(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}
