//! Atomicity, and the results that callers get.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{NOON, account, act, on_both, session, shown};
use crate::{
    domain::{
        Timestamp,
        consent::decision::{
            Answer, Decision,
            tests::{TWO, both},
        },
        cookies::purpose::Purposes,
        ledger::{choice::CountedChoice, record::NewRecord},
    },
    store::{EncodeRecord, EncodedRecord, LedgerBatch, LedgerSavepoint, LedgerWriter, Store, StoreError, Tx},
};

/// A ledger that writes the subjects of the records into one batch, and records its calls.
#[derive(Debug, Default)]
struct FakeLedgerWriter {
    written: Vec<Uuid>,
    told: Arc<Mutex<Vec<String>>>,
    fails_to_close: Arc<AtomicBool>,
}

impl LedgerWriter for FakeLedgerWriter {
    fn encoder(&self) -> EncodeRecord {
        |draft| {
            let choice = CountedChoice::from(&draft);
            let NewRecord { subject, decision, shown, .. } = draft;
            Ok(EncodedRecord { decided_at: decision.decided_at, subject, shown, choice, line: String::new() })
        }
    }

    fn append(&mut self, tx: &Tx<'_>, record: EncodedRecord) -> Result<Uuid, StoreError> {
        self.written.push(record.subject);
        if record.subject.is_max() {
            // A statement that fails.
            tx.add_session(&session("of nobody", "nobody"))?;
        }
        if record.subject.is_nil() { Err(StoreError::Unknown("nil".into())) } else { Ok(record.subject) }
    }

    fn prune(&mut self, _: &Tx<'_>, _: Timestamp, _: Timestamp) -> Result<usize, StoreError> {
        Ok(0)
    }

    fn savepoint(&self) -> LedgerSavepoint {
        LedgerSavepoint { appended: self.written.len(), prune_count: 0 }
    }

    fn rollback_to(&mut self, mark: LedgerSavepoint) {
        self.told.lock().unwrap().push(format!("cut {}", mark.appended));
        self.written.truncate(mark.appended);
    }

    fn flush(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if self.fails_to_close.load(Ordering::Relaxed) {
            return Err(StoreError::NotCommitted);
        }
        for subject in &self.written {
            if *subject == Uuid::from_u128(9) {
                // The job ignores the error of the statement.
                assert!(tx.add_session(&session("of nobody", "nobody")).is_err());
                continue;
            }
            let id = subject.to_string();
            tx.insert_batch(&LedgerBatch {
                chain: "c".into(),
                first_id: id.clone(),
                last_id: id,
                records: "r".into(),
                written_before: None,
            })?;
        }
        Ok(())
    }

    fn finish(&mut self, committed: bool) {
        self.told.lock().unwrap().push(format!("end {committed}"));
        self.written.clear();
    }
}

fn draft(subject: u128) -> NewRecord {
    let decision = Decision::answering(None, &both(Answer::No), &act());
    NewRecord {
        controller: "Harmony".into(),
        subject: Uuid::from_u128(subject),
        decision,
        expires_at: NOON,
        signal: None,
        asked: TWO.into(),
        granted_before: Purposes::new(),
        replaces: None,
        origin: None,
        locale: "en".to_owned(),
        shown: Some(Arc::default()),
    }
}

/// Keeps the writer thread busy for some milliseconds, so that later tasks end up in one batch.
async fn busy(store: &Store, milliseconds: u64) -> JoinHandle<Result<(), StoreError>> {
    let (begun, told) = oneshot::channel();
    let store = store.clone();
    let slow = tokio::spawn(async move {
        let work = move |_: &Tx<'_>| {
            begun.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            Ok(())
        };
        store.write(work).await
    });
    told.await.unwrap();
    slow
}

fn pages(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    Ok(tx.batches_after("c", "", 999)?.into_iter().map(|page| page.first_id).collect())
}

on_both! {
    async fn a_job_may_write_without_waiting_as_often_as_it_likes(open) {
        let opened = open(None);
        let texts = || (1_000..3_000).map(|number| (number.to_string(), "shown".to_owned()));
        let write = move |tx: &Tx<'_>| texts().try_for_each(|(hash, text)| tx.store_prompt_snapshot(&hash, &text));
        opened.store.write(write).await.unwrap();
        assert_eq!(opened.store.read(shown).await.unwrap(), texts().collect::<Vec<_>>());
    }

    async fn a_job_that_fails_leaves_nothing_behind(open) {
        let opened = open(None);
        let half = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            Err::<(), _>(StoreError::Unknown("half".into()))
        };
        assert!(matches!(opened.store.write(half).await, Err(StoreError::Unknown(_))));
        let refused = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.add_session(&session("s", "nobody"))
        };
        assert!(opened.store.write(refused).await.is_err());
        assert_eq!(opened.store.read(|tx| tx.account("a")).await.unwrap(), None);
    }

    async fn a_job_that_fails_undoes_only_itself_within_its_batch(open) {
        let opened = open(None);
        let store = &opened.store;
        let slow = busy(store, 200).await;
        let add = |id: &'static str| store.write(move |tx| tx.add_account(&account(id)));
        let refused = store.write(|tx| {
            tx.add_account(&account("half"))?;
            tx.add_session(&session("s", "nobody"))
        });
        // The job ignores the error; the database must not.
        let hides = store.write(|tx| {
            let hidden = tx.add_session(&session("s", "nobody"));
            assert!(hidden.is_err());
            tx.add_account(&account("hides")).map(drop).or(Ok(()))
        });
        let (slow, one, refused, two, _, three) = tokio::join!(slow, add("one"), refused, add("two"), hides, add("three"));
        assert!(slow.unwrap().is_ok() && refused.is_err(), "{refused:?}");
        assert!(matches!((one, two, three), (Ok(true), Ok(true), Ok(true))));
        let found = store.read(|tx| {
            let is_there = |id| Ok::<_, StoreError>(tx.account(id)?.is_some());
            Ok([is_there("one")?, is_there("two")?, is_there("three")?, is_there("half")?])
        });
        assert_eq!(found.await.unwrap(), [true, true, true, false]);
    }

    async fn three_hundred_concurrent_writes_are_all_acknowledged_and_stored(open) {
        let opened = open(None);
        opened.store.write(|tx| tx.add_account(&account("a"))).await.unwrap();
        let writers: Vec<_> = (0..300).map(|number| {
            let store = opened.store.clone().with_test_timeout();
            tokio::spawn(async move {
                store.write(move |tx| {
                    // Each job appends to the value of the previous one.
                    let password = tx.account("a")?.unwrap().password_hash.unwrap();
                    tx.set_password_hash("a", Some(&format!("{password}.")))?;
                    tx.add_account(&account(&number.to_string()))
                }).await
            })
        }).collect();
        for writer in writers {
            assert!(writer.await.unwrap().unwrap());
        }
        let all = opened.store.read(|tx| tx.accounts(NOON)).await.unwrap();
        assert_eq!(all.len(), 301);
        let added = opened.store.read(|tx| tx.account("a")).await.unwrap().unwrap();
        assert_eq!(added.password_hash.unwrap().matches('.').count(), 300);
    }

    async fn a_failed_job_rolls_back_its_appends(open) {
        let writer = FakeLedgerWriter::default();
        let told = Arc::clone(&writer.told);
        let opened = open(Some(Box::new(writer)));
        let store = &opened.store;
        assert_eq!(store.append(draft(1)).await.unwrap(), Uuid::from_u128(1));
        let both = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.append(draft(2))
        };
        store.write(both).await.unwrap();
        let undone = |tx: &Tx<'_>| {
            tx.append(draft(3))?;
            tx.add_session(&session("s", "nobody"))
        };
        assert!(store.write(undone).await.is_err());
        let fails = |tx: &Tx<'_>| {
            tx.add_account(&account("b"))?;
            tx.append(draft(0))
        };
        assert!(matches!(store.write(fails).await, Err(StoreError::Unknown(_))));
        let found = |tx: &Tx<'_>| Ok((pages(tx)?, tx.account("b")?));
        let written = [1, 2].map(|subject| Uuid::from_u128(subject).to_string()).to_vec();
        assert_eq!(store.read(found).await.unwrap(), (written, None));
        let told = told.lock().unwrap().clone();
        assert_eq!(told, ["end true", "end true", "cut 0", "end true", "cut 0", "end true"]);
    }

    async fn a_failed_append_is_rolled_back_and_the_others_of_its_batch_are_committed(open) {
        let writer = FakeLedgerWriter::default();
        let told = Arc::clone(&writer.told);
        let opened = open(Some(Box::new(writer)));
        let store = &opened.store;
        let slow = busy(store, 200).await;
        let (slow, one, failed, two) =
            tokio::join!(slow, store.append(draft(1)), store.append(draft(0)), store.append(draft(2)));
        assert!(slow.unwrap().is_ok() && one.is_ok() && two.is_ok());
        assert!(matches!(failed, Err(StoreError::Unknown(_))));
        assert_eq!(store.read(pages).await.unwrap().len(), 2);
        assert_eq!(*told.lock().unwrap(), ["end true", "cut 1", "end true"]);
    }

    async fn a_batch_that_cannot_be_flushed_is_not_acknowledged(open) {
        let writer = FakeLedgerWriter::default();
        let fails = Arc::clone(&writer.fails_to_close);
        let opened = open(Some(Box::new(writer)));
        fails.store(true, Ordering::Relaxed);
        let written = opened.store.write(|tx| tx.add_account(&account("a"))).await;
        assert!(matches!(written, Err(StoreError::NotCommitted)));
        assert!(matches!(opened.store.append(draft(1)).await, Err(StoreError::NotCommitted)));
        fails.store(false, Ordering::Relaxed);
        assert_eq!(opened.store.read(|tx| tx.account("a")).await.unwrap(), None);
        assert!(opened.store.append(draft(2)).await.is_ok());
        assert_eq!(opened.store.read(pages).await.unwrap().len(), 1);
    }

    async fn without_a_ledger_writer_nothing_is_appended(open) {
        let opened = open(None);
        assert!(matches!(opened.store.append(draft(1)).await, Err(StoreError::NoLedger)));
        let pruned = opened.store.write(|tx| tx.prune_ledger(NOON, Timestamp(i64::MAX))).await;
        assert!(matches!(pruned, Err(StoreError::NoLedger)));
    }

    async fn a_snapshot_read_is_consistent(open) {
        let opened = open(None);
        let store = opened.store.clone();
        let runtime = tokio::runtime::Handle::current();
        let read = move |tx: &Tx<'_>| {
            let before = tx.account("a")?;
            // Longer than `idle_in_transaction_session_timeout`.
            std::thread::sleep(Duration::from_millis(2_600));
            runtime.block_on(store.write(|tx| tx.add_account(&account("a")))).unwrap();
            Ok((before, tx.account("a")?))
        };
        assert_eq!(opened.store.read_snapshot(read).await.unwrap(), (None, None));
        assert!(opened.store.read(|tx| tx.account("a")).await.unwrap().is_some());
    }

    async fn a_read_transaction_cannot_write(open) {
        let opened = open(None);
        assert!(opened.store.read(|tx| tx.add_account(&account("a"))).await.is_err());
        assert_eq!(opened.store.read(|tx| tx.account("a")).await.unwrap(), None);
    }

    async fn a_job_that_cannot_start_in_time_never_starts(open) {
        let opened = open(None);
        let slow = busy(&opened.store, 1_700).await;
        let late = opened.store.write(|tx| tx.add_account(&account("a")));
        let (slow, late) = tokio::join!(slow, late);
        assert!(matches!((slow.unwrap(), late), (Err(StoreError::Timeout), Err(StoreError::Timeout))));
        opened.store.flush().await.unwrap();
        assert_eq!(opened.store.read(|tx| tx.account("a")).await.unwrap(), None);
    }

    async fn acknowledged_writes_are_there_after_a_restart(open) {
        let opened = open(None);
        opened.store.write(|tx| tx.add_account(&account("a"))).await.unwrap();
        let again = Store::open(&opened.database).unwrap();
        assert!(again.read(|tx| tx.account("a")).await.unwrap().is_some());
        assert!(again.is_ready().await);
        assert_eq!(again.read(shown).await.unwrap(), []);
    }
}

/// An append with a failing statement: PostgreSQL then aborts the whole transaction.
#[tokio::test]
async fn a_rejected_append_never_acknowledges_its_batch() {
    for open in [super::sqlite, super::postgres] {
        let opened = open(Some(Box::<FakeLedgerWriter>::default()));
        let store = &opened.store;
        let slow = busy(store, 200).await;
        let (_, refused, other) = tokio::join!(slow, store.append(draft(u128::MAX)), store.append(draft(2)));
        assert!(refused.is_err());
        assert_eq!(store.read(pages).await.unwrap().len(), usize::from(other.is_ok()));
        assert!(store.append(draft(3)).await.is_ok());
    }
}

/// PostgreSQL answers the COMMIT of an aborted transaction with success, although it rolls back.
#[tokio::test]
async fn a_commit_that_rolled_back_is_not_acknowledged() {
    for open in [super::sqlite, super::postgres] {
        let opened = open(Some(Box::<FakeLedgerWriter>::default()));
        let added = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.append(draft(9))
        };
        let told = opened.store.write(added).await;
        assert_eq!(opened.store.read(|tx| tx.account("a")).await.unwrap().is_some(), told.is_ok());
    }
}
