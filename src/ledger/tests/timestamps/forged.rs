//! Verification of stored time stamps, on both engines.

use super::{
    super::{draft, found_by, key, ledger, trusting},
    BEGIN, DAY, LONG, databases, look, stamps,
    tsa::Tsa,
    written,
};
use crate::{
    domain::Timestamp,
    ledger::{admin::LedgerAdmin, checkpoint::Checkpoint},
    store::{StampedHead, Store},
    system::rng::Rng,
};

/// Replaces the stored time stamps.
async fn replace(store: &Store, heads: Vec<StampedHead>) {
    let job = move |tx: &crate::store::Tx<'_>| {
        tx.delete_stamped_heads()?;
        heads.iter().try_for_each(|head| tx.add_stamped_head(head))
    };
    store.write(job).await.unwrap();
}

/// The finding as text; `None` if the ledger verifies.
async fn wrong(store: &Store, others: &[u8]) -> Option<String> {
    found_by(store, trusting(others)).await.unwrap().err().map(|tampered| tampered.to_string())
}

#[tokio::test]
async fn a_stamp_or_a_checkpoint_that_was_altered_is_named_by_its_day() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        for day in 0..2 {
            store.append(draft(BEGIN + day)).await.unwrap();
            assert_eq!(look(&own, &store, &tsa.authority(LONG), BEGIN + day * DAY).await, Ok(true));
        }
        let whole = stamps(&store).await;
        let [first, second] = whole.as_slice() else { panic!("{whole:?}") };
        let strangers = {
            let head = store.read(|tx| Ok(tx.heads()?.remove(0))).await.unwrap();
            Checkpoint::from_head(&head).unwrap().sign(&key(2))
        };
        let changed = |change: &dyn Fn(&mut StampedHead)| {
            let mut head = second.clone();
            change(&mut head);
            vec![first.clone(), head]
        };
        let cases = [
            (
                changed(&|head| head.checkpoint.push('\n')),
                "time stamp of 2026-11-23 is none of the checkpoint beside it",
            ),
            (changed(&|head| head.reply.clone_from(&first.reply)), "it is a time stamp of something else"),
            (changed(&|head| head.reply.truncate(100)), "it is no answer of a time-stamping authority"),
            (changed(&|head| head.checkpoint.clone_from(&strangers)), "it is a time stamp of something else"),
            (changed(&|head| head.chain = key(2).chain().into()), "is of another chain"),
        ];
        for (heads, said) in cases {
            replace(&store, heads).await;
            let wrong = wrong(&store, &[]).await.unwrap_or_default();
            assert!(wrong.contains(said), "{database}: {wrong:?} instead of {said:?}");
        }
        replace(&store, whole).await;
        assert_eq!(wrong(&store, &[]).await, None);
    }
}

#[tokio::test]
async fn a_stamp_of_a_checkpoint_that_no_known_key_signed_is_not_believed() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (_, store) = written(&database).await;
        let elsewhere = tempfile::tempdir().unwrap();
        let [file, _] = databases(&elsewhere);
        let stranger = ledger(2);
        let theirs = stranger.open(&file, Rng::system()).unwrap();
        theirs.append(draft(BEGIN)).await.unwrap();
        assert_eq!(look(&stranger, &theirs, &tsa.authority(LONG), BEGIN).await, Ok(true));
        replace(&store, stamps(&theirs).await).await;
        let said = wrong(&store, &[]).await.unwrap_or_default();
        assert!(said.contains("no key that is known here signed it"), "{said}");
        // Once the key is trusted, its chain must exist.
        let said = wrong(&store, &[2]).await.unwrap_or_default();
        assert!(said.contains("it is not there"), "{said}");
    }
}

#[tokio::test]
async fn a_past_that_was_written_anew_or_cut_with_the_right_key_is_found() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        store.append(draft(BEGIN + 1)).await.unwrap();
        assert_eq!(look(&own, &store, &tsa.authority(LONG), BEGIN).await, Ok(true));
        let stamped = stamps(&store).await;
        for (records, said) in [
            (1, "it is shorter than the checkpoint with the time stamp of 2026-11-22 says: records were cut off"),
            (5, "record 2 ("),
            (5, "the checkpoint with the time stamp of 2026-11-22 names another record: the chain was written anew"),
        ] {
            let elsewhere = tempfile::tempdir().unwrap();
            let [file, _] = databases(&elsewhere);
            let (_, anew) = written(&file).await;
            for at in 1..records {
                anew.append(draft(BEGIN + at)).await.unwrap();
            }
            assert_eq!(wrong(&anew, &[]).await, None, "without its time stamps nobody sees it");
            replace(&anew, stamped.clone()).await;
            let found = wrong(&anew, &[]).await.unwrap_or_default();
            assert!(found.contains(said), "{found:?} instead of {said:?}");
        }
    }
}

#[tokio::test]
async fn stamps_stay_when_their_records_are_removed_after_their_time() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        for day in 0..6 {
            assert_eq!(look(&own, &store, &tsa.authority(LONG), BEGIN + day * DAY).await, Ok(true));
            store.append(draft(BEGIN + (day + 1) * DAY)).await.unwrap();
        }
        let before = Timestamp(BEGIN + 3 * DAY);
        let pruned = store.write(move |tx| tx.prune_ledger(before, Timestamp(i64::MAX))).await.unwrap();
        let sound = found_by(&store, trusting(&[])).await.unwrap().unwrap();
        assert_eq!((pruned, sound.pruned, sound.timestamps), (3, 3, 6));
        // From a witness, such a checkpoint has nothing to be compared with.
        let fixture = Checkpoint::parse(&stamps(&store).await[0].checkpoint, own.trusted_keys()).unwrap();
        let operator = LedgerAdmin { store: &store, trusted: own.trusted_keys() };
        let said = operator.verify(Some(fixture)).await.unwrap().unwrap_err().to_string();
        assert!(said.contains("no longer kept"), "{said}");
    }
}

#[tokio::test]
async fn a_day_or_a_chain_that_leads_elsewhere_is_no_name_of_a_file() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    let [file, _] = databases(&folder);
    let (own, store) = written(&file).await;
    assert_eq!(look(&own, &store, &tsa.authority(LONG), BEGIN).await, Ok(true));
    let stamp = stamps(&store).await.remove(0);
    let chain = stamp.chain.clone();
    for (day, chain) in [("../../etc/x", chain.as_str()), ("2026-11-31", &chain), ("", &chain), ("2026-11-22", "../x")]
    {
        replace(&store, vec![StampedHead { day: day.into(), chain: chain.into(), ..stamp.clone() }]).await;
        let operator = LedgerAdmin { store: &store, trusted: own.trusted_keys() };
        let refused = operator.timestamps(|pair| panic!("{pair:?} is handed on")).await.unwrap_err().to_string();
        assert!(refused.contains("which this Harmony does not know"), "{refused}");
    }
}
