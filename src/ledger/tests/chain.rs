//! The content of a chain after each outcome of its transactions.

use super::{BEGIN, LedgerFixture, all, draft, found, found_by, ledger, trusting};
use crate::{
    domain::{Timestamp, ledger::record::NewRecord},
    ledger::{Ledger, verify::Verified},
    store::{Database, StoreError},
    system::rng::Rng,
};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_ledger_that_holds_nothing_is_sound_and_one_without_its_head_is_not() {
    let fixture = LedgerFixture::new().await;
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 0, pruned: 0, timestamps: 0 }));
    rusqlite::Connection::open(fixture.file()).unwrap().execute("DELETE FROM ledger_heads", []).unwrap();
    assert!(fixture.verify().await.unwrap_err().to_string().contains("is not there"));
}

#[tokio::test]
async fn records_that_come_at_once_are_each_chained_once() {
    let fixture = LedgerFixture::new().await;
    let append = |second: i64| {
        let store = fixture.store.clone();
        async move { store.append(draft(BEGIN + second / 100)).await }
    };
    let mut ids: Vec<_> = all((0..300).map(append)).await.into_iter().map(Result::unwrap).collect();
    assert!(ids.is_sorted(), "answered in the order in which they came");
    ids.dedup();
    assert_eq!(ids.len(), 300);
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 300, pruned: 0, timestamps: 0 }));
    assert_eq!(fixture.counted().await, 300, "each is counted, also those of one transaction");
    for id in ids {
        let found = fixture.store.read(move |tx| super::super::find(tx, &tx.heads()?, id)).await.unwrap();
        assert_eq!(found.map(|(_, record)| record.header.id), Some(id));
    }
}

#[tokio::test]
async fn a_record_of_a_job_that_fails_is_taken_back_and_the_others_stand() {
    let fixture = LedgerFixture::new().await;
    let good = fixture.store.append(draft(BEGIN));
    let bad = fixture.store.write(|tx| {
        tx.append(draft(BEGIN))?;
        Err::<(), _>(StoreError::Unknown("on purpose".into()))
    });
    let also_good = fixture.store.write(|tx| tx.append(draft(BEGIN)));
    let (good, bad, also_good) = tokio::join!(good, bad, also_good);
    assert!(good.is_ok() && also_good.is_ok() && matches!(bad, Err(StoreError::Unknown(_))));
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 2, pruned: 0, timestamps: 0 }));
}

#[tokio::test]
async fn a_store_without_a_ledger_appends_nothing() {
    let fixture = LedgerFixture::new().await;
    let other = crate::store::Store::open_file(&fixture.file()).unwrap();
    assert!(matches!(other.append(draft(BEGIN)).await, Err(StoreError::NoLedger)));
}

#[tokio::test]
async fn two_servers_on_one_file_write_chains_of_their_own_or_share_one_without_a_fork() {
    for second in [1, 2] {
        let fixture = LedgerFixture::new().await;
        let other = ledger(second);
        let store = other.open(&Database::File(fixture.file()), Rng::system()).unwrap();
        other.begin(&store).await.unwrap();
        let append = |at: i64| {
            let store = if at % 2 == 0 { fixture.store.clone() } else { store.clone() };
            async move { store.append(draft(BEGIN + at)).await }
        };
        assert!(all((0..200).map(append)).await.iter().all(Result::is_ok));
        let (chains, others) = (usize::from(second), if second == 1 { &[][..] } else { &[2][..] });
        let sound = Verified { chains, records: 200, pruned: 0, timestamps: 0 };
        assert_eq!(found_by(&fixture.store, trusting(others)).await.unwrap(), Ok(sound));
    }
}

#[tokio::test]
async fn what_is_kept_long_enough_goes_and_the_rest_verifies() {
    let fixture = LedgerFixture::new().await;
    for day in 0..200 {
        fixture.store.append(draft(BEGIN + day * DAY)).await.unwrap();
    }
    let prune = |day| fixture.store.write(move |tx| tx.prune_ledger(Timestamp(BEGIN + day * DAY), Timestamp(i64::MAX)));
    assert_eq!(prune(0).await.unwrap(), 0);
    assert_eq!(prune(10).await.unwrap(), 10);
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 190, pruned: 10, timestamps: 0 }));
    fixture.store.append(draft(BEGIN + 200 * DAY)).await.unwrap();
    while prune(1_000).await.unwrap() > 0 {}
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 0, pruned: 201, timestamps: 0 }));
    fixture.store.append(draft(BEGIN + 1_000 * DAY)).await.unwrap();
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 1, pruned: 201, timestamps: 0 }));
}

#[tokio::test]
async fn a_removal_in_a_job_that_fails_is_taken_back() {
    let fixture = LedgerFixture::new().await;
    for day in 0..5 {
        fixture.store.append(draft(BEGIN + day * DAY)).await.unwrap();
    }
    let before = fixture.store.append(draft(BEGIN + 5 * DAY));
    let failing = fixture.store.write(|tx| {
        tx.prune_ledger(Timestamp(BEGIN + 3 * DAY), Timestamp(i64::MAX))?;
        Err::<(), _>(StoreError::Unknown("on purpose".into()))
    });
    let removing = fixture.store.write(|tx| tx.prune_ledger(Timestamp(BEGIN + 2 * DAY), Timestamp(i64::MAX)));
    let (before, failed, removed) = tokio::join!(before, failing, removing);
    assert!(before.is_ok() && failed.is_err() && removed.unwrap() == 2);
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 4, pruned: 2, timestamps: 0 }));
}

#[tokio::test]
async fn nobody_can_prune_more_than_the_head_says() {
    let fixture = LedgerFixture::new().await;
    for day in 0..20 {
        fixture.store.append(draft(BEGIN + day * DAY)).await.unwrap();
    }
    fixture.store.write(|tx| tx.prune_ledger(Timestamp(BEGIN + 5 * DAY), Timestamp(i64::MAX))).await.unwrap();
    fixture.store.checkpoint_wal().await.unwrap();
    let rows = rusqlite::Connection::open(fixture.file()).unwrap();
    rows.execute("DELETE FROM ledger_batches WHERE first_id = (SELECT MIN(first_id) FROM ledger_batches)", []).unwrap();
    assert!(fixture.verify().await.is_err());
    rows.execute("UPDATE ledger_heads SET pruned = pruned + 1", []).unwrap();
    assert!(fixture.verify().await.is_err(), "the head is signed");
}

#[tokio::test]
async fn a_clock_that_is_set_back_breaks_no_chain() {
    let fixture = LedgerFixture::new().await;
    for at in [BEGIN, BEGIN - 400 * DAY, BEGIN + 1, 0, -5] {
        let appended = fixture.store.append(NewRecord { subject: uuid::Uuid::nil(), ..draft(at.max(0)) }).await;
        assert!(appended.is_ok());
    }
    assert_eq!(fixture.verify().await, Ok(Verified { chains: 1, records: 5, pruned: 0, timestamps: 0 }));
}

#[tokio::test]
async fn a_chain_is_taken_up_where_it_ended() {
    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let LedgerFixture { ledger, store, folder } = fixture;
    drop(store);
    let file = folder.path().join("harmony.db");
    let store = ledger.open(&Database::File(file.clone()), Rng::system()).unwrap();
    ledger.begin(&store).await.unwrap();
    store.append(draft(BEGIN)).await.unwrap();
    drop(store);
    assert_eq!(found(&file).await.unwrap(), Ok(Verified { chains: 1, records: 2, pruned: 0, timestamps: 0 }));
}

#[tokio::test]
async fn a_ledger_that_is_signed_anew_with_another_key_is_not_this_servers() {
    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let forged = tempfile::tempdir().unwrap();
    let file = forged.path().join("harmony.db");
    let other: Ledger = ledger(2);
    let store = other.open(&Database::File(file.clone()), Rng::system()).unwrap();
    store.append(draft(BEGIN)).await.unwrap();
    drop(store);
    assert!(found(&file).await.unwrap().unwrap_err().to_string().contains("is not there"));
}
