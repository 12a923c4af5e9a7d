//! The tables of the ledger.

use super::{on_both, shown};
use crate::store::{LedgerBatch, LedgerHead, Tx, compress};

fn head(chain: &str, records: u64) -> LedgerHead {
    LedgerHead {
        chain: chain.into(),
        key: "key".into(),
        records,
        last_id: String::new(),
        last_hash: "hash".into(),
        pruned: 0,
        pruned_hash: String::new(),
        signature: "signature".into(),
    }
}

fn page(chain: &str, first: &str, last: &str) -> LedgerBatch {
    LedgerBatch {
        chain: chain.into(),
        first_id: first.into(),
        last_id: last.into(),
        records: format!("{first}\n{last}\n"),
        written_before: None,
    }
}

on_both! {
    async fn a_head_replaces_the_previous_one(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            tx.put_head(&head("b", 1))?;
            tx.put_head(&head("a", i64::MAX.unsigned_abs()))?;
            tx.put_head(&head("b", 2))?;
            assert_eq!(tx.lock_head("b")?, Some(head("b", 2)));
            assert_eq!(tx.heads()?, [head("a", i64::MAX.unsigned_abs()), head("b", 2)]);
            tx.insert_batch(&page("c", "1", "1"))?;
            tx.insert_batch(&page("c", "2", "2"))?;
            tx.insert_batch(&page("a", "1", "1"))?;
            assert_eq!(tx.headless_chains()?, ["c"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn batches_are_found_by_the_bytes_of_their_ids(open) {
        let opened = open(None);
        // In byte order, not in that of a dictionary.
        let ids = ["", "-", "1", "A", "Z", "_", "a", "b", "b-", "z", "é", "日", "🍪"];
        let work = move |tx: &Tx<'_>| {
            for id in ids.iter().rev() {
                tx.insert_batch(&page("chain", id, id))?;
            }
            tx.insert_batch(&page("other", "0", "c"))?;
            let behind = |tx: &Tx<'_>, id: &str, most| {
                tx.batches_after("chain", id, most).unwrap().into_iter().map(|page| page.first_id).collect::<Vec<_>>()
            };
            assert_eq!(behind(tx, "", 99), ids[1..]);
            assert_eq!(behind(tx, "Z", 3), ["_", "a", "b"]);
            assert_eq!(behind(tx, "ba", 2), ["z", "é"]);
            assert_eq!(behind(tx, "🍪", 2), [""; 0]);
            assert_eq!(tx.batch_containing("chain", "bb")?, Some(page("chain", "b-", "b-")));
            assert_eq!(tx.batch_containing("chain", "Y")?, Some(page("chain", "A", "A")));
            assert_eq!(tx.batch_containing("other", "/")?, None);
            assert!(tx.delete_batch("chain", "日")? && !tx.delete_batch("chain", "日")?);
            assert_eq!(behind(tx, "é", 9), ["🍪"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
        let twice = opened.store.write(|tx| tx.insert_batch(&page("other", "0", "d"))).await;
        assert!(twice.is_err());
    }

    async fn the_next_batches_are_as_many_as_have_so_many_bytes_and_at_least_one(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            let mut ends = Vec::new();
            for (id, records) in [("a", "1"), ("b", "234"), ("c", ""), ("d", "56789")] {
                ends.push(compress(records).len() + ends.last().copied().unwrap_or_default());
                tx.insert_batch(&LedgerBatch { records: records.into(), ..page("chain", id, id) })?;
            }
            let [a, ab, abc, abcd] = ends.try_into().unwrap();
            let next = |after, limit, bytes| {
                let batches = tx.next_batches("chain", after, limit, u64::try_from(bytes).unwrap()).unwrap();
                batches.iter().map(|page| page.first_id.as_str()).collect::<String>()
            };
            for (after, limit, bytes, expected) in [
                ("", 9, abcd, "abcd"),
                ("", 9, abcd - 1, "abc"),
                ("", 9, ab - 1, "a"),
                ("", 9, a, "a"),
                ("", 9, 0, "a"),
                ("", 2, abcd, "ab"),
                ("b", 9, abcd - ab, "cd"),
                ("b", 9, abcd - ab - 1, "c"),
                ("c", 9, abcd - abc - 1, "d"),
                ("d", 9, abcd, ""),
            ] {
                assert_eq!(next(after, limit, bytes), expected, "{after} {limit} {bytes}");
            }
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn a_snapshot_is_stored_once_and_a_link_for_each_account(open) {
        let opened = open(None);
        let long = "Absatz – ‘…’ 🍪\r\n".repeat(20_000);
        let text = long.clone();
        let work = move |tx: &Tx<'_>| {
            tx.store_prompt_snapshot("b", &text)?;
            tx.store_prompt_snapshot("b", "another")?;
            tx.store_prompt_snapshot("a", "")?;
            for id in ["one", "two"] {
                tx.add_account(&super::account(id))?;
                for record in ["1", "2", "3", "4"] {
                    tx.attach_record(id, record)?;
                }
            }
            tx.detach_records(&page("chain", "0", "1"))?;
            assert_eq!(tx.record_ids_of("one", 2)?, ["4", "3"]);
            assert_eq!(tx.record_ids_of("two", 9)?, ["4", "3", "2"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
        let shown = opened.store.read(shown).await.unwrap();
        assert_eq!(shown, [("a".into(), String::new()), ("b".into(), long)]);
    }
}
