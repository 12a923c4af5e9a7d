//! Attacks by somebody who can write to the database but has no key, on both engines: verification
//! detects each.

use std::sync::mpsc;

use super::{BEGIN, draft, found_by, issue, key, ledger, trusting};
use crate::{
    domain::ledger::{receipt::Verdict, record::RecordRef},
    ledger::{
        Ledger, MAX_HISTORY_RECORDS,
        admin::LedgerAdmin,
        checkpoint::{Checkpoint, ParseCheckpointError},
        key::TrustedKeys,
        verify::{Tampered, Verified, verify},
    },
    store::{Database, LedgerBatch, LedgerHead, Store, StoreError, Tx, tests::cluster},
    system::rng::Rng,
};

/// The number of records of the first server, each in its own commit.
const RECORDS: usize = 6;

/// A file and a PostgreSQL database for one test.
fn databases(folder: &tempfile::TempDir) -> [Database; 2] {
    [Database::File(folder.path().join("harmony.sqlite")), cluster::shared().database()]
}

/// Writes the first server's ledger to a database.
async fn written(database: &Database) -> (Ledger, Store) {
    let own = ledger(1);
    let store = own.open(database, Rng::system()).unwrap();
    own.begin(&store).await.unwrap();
    for at in 0..RECORDS {
        store.append(draft(BEGIN + i64::try_from(at).unwrap())).await.unwrap();
    }
    (own, store)
}

/// The finding after an attack, which is then undone.
async fn found_after(
    store: &Store,
    others: &'static [u8],
    act: impl FnOnce(&Tx<'_>, LedgerHead, Vec<LedgerBatch>) -> Result<(), StoreError> + Send + 'static,
) -> Result<Verified, Tampered> {
    let (tell, told) = mpsc::channel();
    let job = move |tx: &Tx<'_>| {
        let head = tx.lock_head(key(1).chain())?.unwrap();
        let pages = tx.batches_after(key(1).chain(), "", 1_000)?;
        act(tx, head, pages)?;
        tell.send(verify(tx, &trusting(others), None)?).unwrap();
        Err::<(), _>(StoreError::Unknown("undone on purpose".into()))
    };
    assert!(store.write(job).await.is_err());
    told.recv().unwrap()
}

/// Replaces a batch by another.
fn replace(tx: &Tx<'_>, page: &LedgerBatch, other: &LedgerBatch) -> Result<(), StoreError> {
    tx.delete_batch(&page.chain, &page.first_id)?;
    tx.insert_batch(other)
}

#[tokio::test]
async fn without_a_key_nothing_is_added_altered_removed_reordered_or_cut_unseen() {
    type Act = fn(&Tx<'_>, LedgerHead, Vec<LedgerBatch>) -> Result<(), StoreError>;
    let acts: [(&str, Act); 6] = [
        ("added", |tx, head, pages| {
            let id = "ffffffff-ffff-7fff-bfff-ffffffffffff".to_owned();
            let records = pages[RECORDS - 1].records.replace(&head.last_id, &id);
            tx.insert_batch(&LedgerBatch {
                chain: head.chain,
                first_id: id.clone(),
                last_id: id,
                records,
                written_before: None,
            })
        }),
        ("altered", |tx, _, pages| {
            let records = pages[2].records.replace("banner", "footer");
            assert_ne!(records, pages[2].records);
            replace(tx, &pages[2], &LedgerBatch { records, ..pages[2].clone() })
        }),
        ("removed", |tx, head, pages| tx.delete_batch(&head.chain, &pages[2].first_id).map(drop)),
        ("reordered", |tx, _, pages| {
            replace(tx, &pages[2], &LedgerBatch { records: pages[3].records.clone(), ..pages[2].clone() })?;
            replace(tx, &pages[3], &LedgerBatch { records: pages[2].records.clone(), ..pages[3].clone() })
        }),
        ("cut", |tx, head, pages| tx.delete_batch(&head.chain, &pages[RECORDS - 1].first_id).map(drop)),
        ("cut, and the head told so", |tx, head, pages| {
            let last = &pages[RECORDS - 1];
            tx.delete_batch(&head.chain, &last.first_id)?;
            let before = &pages[RECORDS - 2];
            let last_hash = crate::system::digest::sha256_hex(&before.records);
            tx.put_head(&LedgerHead { records: head.records - 1, last_id: before.last_id.clone(), last_hash, ..head })
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    for database in databases(&folder) {
        let (_, store) = written(&database).await;
        for (what, act) in acts {
            let found = found_after(&store, &[], act).await.map_err(|tampered| tampered.chain);
            assert_eq!(found, Err(key(1).chain().to_owned()), "{what} in {database}");
        }
        let sound = Verified { chains: 1, records: 6, pruned: 0, timestamps: 0 };
        assert_eq!(found_by(&store, trusting(&[])).await.unwrap(), Ok(sound), "nothing is left of it");
    }
}

#[tokio::test]
async fn a_chain_under_a_key_that_is_not_known_is_named_and_nothing_in_it_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        let forged = ledger(2);
        let forging = forged.open(&database, Rng::system()).unwrap();
        let id = forging.append(draft(BEGIN)).await.unwrap();
        let receipt = {
            let forged = forged.clone();
            store.read(move |tx| forged.receipt(tx, id, |_| Ok(true), issue)).await.unwrap().unwrap()
        };
        let receipt = serde_json::to_string_pretty(&receipt).unwrap();

        let tampered = found_by(&store, trusting(&[])).await.unwrap().unwrap_err();
        assert_eq!(tampered.chain, key(2).chain());
        assert!(tampered.to_string().contains("its key is not known here"), "{tampered}");
        assert_eq!(own.untrusted(&store).await.unwrap(), [key(2).chain()]);
        assert_eq!(own.verify(&store, receipt.clone()).await.unwrap(), (Verdict::Foreign, None));
        let judged_by = |trusted: TrustedKeys| {
            let (store, receipt) = (&store, receipt.clone());
            async move { LedgerAdmin { store, trusted: &trusted }.verify_receipt(receipt).await.unwrap() }
        };
        assert_eq!(judged_by(trusting(&[])).await, Verdict::Foreign);
        assert!(!own.holds(&store, id).await.unwrap());
        let (reading, filed) = (own.clone(), RecordRef { record: id, subject: draft(BEGIN).subject });
        let shown = store.read(move |tx| reading.of_browser(tx, filed, MAX_HISTORY_RECORDS)).await.unwrap();
        assert!(shown.records.is_empty(), "nor shown as somebody's");
        let reading = own.clone();
        let handed_out = store.read(move |tx| reading.receipt(tx, id, |_| Ok(true), issue)).await.unwrap();
        assert_eq!(handed_out, None, "nor signed with the server's own key");

        // A listed key is trusted, so its chain must exist from then on.
        assert_eq!(judged_by(trusting(&[2])).await, Verdict::Genuine);
        let sound = Verified { chains: 2, records: 7, pruned: 0, timestamps: 0 };
        assert_eq!(found_by(&store, trusting(&[2])).await.unwrap(), Ok(sound));
        let tampered = found_by(&store, trusting(&[2, 3])).await.unwrap().unwrap_err();
        assert_eq!(tampered.chain, key(3).chain());
        assert!(tampered.to_string().contains("it is not there"), "{tampered}");
    }
}

#[tokio::test]
async fn a_past_that_is_written_anew_under_the_right_key_is_found_by_a_checkpoint_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        let trusted = trusting(&[]);
        let operator = LedgerAdmin { store: &store, trusted: &trusted };
        let text = operator.checkpoint(&own).await.unwrap().unwrap();
        let kept = Checkpoint::parse(&text, &trusted).unwrap();
        assert_eq!((kept.chain.as_str(), kept.records), (key(1).chain(), 6));
        store.append(draft(BEGIN + 60)).await.unwrap();
        let sound = Verified { chains: 1, records: 7, pruned: 0, timestamps: 0 };
        assert_eq!(operator.verify(Some(kept.clone())).await.unwrap(), Ok(sound), "it goes on from there");

        for (records, what) in [(3, "it is shorter than the checkpoint says"), (6, "names another record")] {
            // The owner of the key, or of an earlier copy with its head, can start over.
            let anew = folder.path().join(format!("anew-{records}-{}", matches!(database, Database::File(_))));
            let rewriting = own.open(&Database::File(anew), Rng::system()).unwrap();
            for at in 0..records {
                rewriting.append(draft(BEGIN + 1_000 + at)).await.unwrap();
            }
            let operator = LedgerAdmin { store: &rewriting, trusted: &trusted };
            assert!(operator.verify(None).await.unwrap().is_ok(), "by itself it is as it was written");
            let tampered = operator.verify(Some(kept.clone())).await.unwrap().unwrap_err();
            assert!(tampered.to_string().contains(what), "{tampered}");
        }
        let rid = move |tx: &Tx<'_>| {
            tx.prune_ledger(crate::domain::Timestamp(BEGIN + 1_000), crate::domain::Timestamp(i64::MAX))
        };
        assert_eq!(store.write(rid).await.unwrap(), 7);
        let tampered = operator.verify(Some(kept)).await.unwrap().unwrap_err();
        assert!(tampered.to_string().contains("no longer kept"), "{tampered}");
    }
}

#[tokio::test]
async fn a_checkpoint_is_a_signed_note_and_only_as_it_was_signed_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let [database, _] = databases(&folder);
    let (own, store) = written(&database).await;
    let trusted = trusting(&[]);
    let text = LedgerAdmin { store: &store, trusted: &trusted }.checkpoint(&own).await.unwrap().unwrap();
    let name = format!("harmony-ledger/{}", key(1).chain());
    let lines: Vec<&str> = text.split('\n').collect();
    let (hash, signature) = (lines[2], lines[4]);
    assert_eq!((lines.len(), lines[0], lines[1], lines[3], lines[5]), (6, name.as_str(), "6", "", ""));
    assert_eq!(hash.len(), 44);
    assert!(signature.starts_with(&format!("\u{2014} {name} ")), "{signature}");

    let witnessed = "\u{2014} witness.example AAAAAAAA\n";
    assert!(Checkpoint::parse(&format!("{text}{witnessed}"), &trusted).is_ok(), "a witness signs it too");
    assert_eq!(Checkpoint::parse(&text, &trusting(&[2])), Checkpoint::parse(&text, &trusted));
    let stranger = TrustedKeys::new(Some(&key(2)), Vec::new());
    assert_eq!(Checkpoint::parse(&text, &stranger), Err(ParseCheckpointError::Unsigned));
    for (at, letter) in text.char_indices() {
        for other in ['0', 'A', 'b', '\n', ' '] {
            let altered = format!("{}{other}{}", &text[..at], &text[at + letter.len_utf8()..]);
            // The signature does not cover the last line break.
            if letter != other && at + 1 < text.len() {
                assert!(Checkpoint::parse(&altered, &trusted).is_err(), "{other:?} for {letter:?} at {at}: {altered}");
            }
        }
    }
}
