//! The tables of the ledger.

use super::{on_both, shown};
use crate::store::{LedgerBatch, LedgerHead, Tx};

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
        let work = |tables: &Tx<'_>| {
            tables.put_head(&head("b", 1))?;
            tables.put_head(&head("a", i64::MAX.unsigned_abs()))?;
            tables.put_head(&head("b", 2))?;
            assert_eq!(tables.lock_head("b")?, Some(head("b", 2)));
            assert_eq!(tables.heads()?, [head("a", i64::MAX.unsigned_abs()), head("b", 2)]);
            tables.insert_batch(&page("c", "1", "1"))?;
            tables.insert_batch(&page("c", "2", "2"))?;
            tables.insert_batch(&page("a", "1", "1"))?;
            assert_eq!(tables.headless_chains()?, ["c"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn batches_are_found_by_the_bytes_of_their_ids(open) {
        let opened = open(None);
        // In byte order, not in that of a dictionary.
        let ids = ["", "-", "1", "A", "Z", "_", "a", "b", "b-", "z", "é", "日", "🍪"];
        let work = move |tables: &Tx<'_>| {
            for id in ids.iter().rev() {
                tables.insert_batch(&page("chain", id, id))?;
            }
            tables.insert_batch(&page("other", "0", "c"))?;
            let behind = |tables: &Tx<'_>, id: &str, most| {
                tables.batches_after("chain", id, most).unwrap().into_iter().map(|page| page.first_id).collect::<Vec<_>>()
            };
            assert_eq!(behind(tables, "", 99), ids[1..]);
            assert_eq!(behind(tables, "Z", 3), ["_", "a", "b"]);
            assert_eq!(behind(tables, "ba", 2), ["z", "é"]);
            assert_eq!(behind(tables, "🍪", 2), [""; 0]);
            assert_eq!(tables.batch_containing("chain", "bb")?, Some(page("chain", "b-", "b-")));
            assert_eq!(tables.batch_containing("chain", "Y")?, Some(page("chain", "A", "A")));
            assert_eq!(tables.batch_containing("other", "/")?, None);
            assert!(tables.delete_batch("chain", "日")? && !tables.delete_batch("chain", "日")?);
            assert_eq!(behind(tables, "é", 9), ["🍪"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
        let twice = opened.store.write(|tables| tables.insert_batch(&page("other", "0", "d"))).await;
        assert!(!twice.unwrap_err().is_transient());
    }

    async fn a_snapshot_is_stored_once_and_a_link_for_each_account(open) {
        let opened = open(None);
        let long = "Absatz – ‘…’ 🍪\r\n".repeat(20_000);
        let text = long.clone();
        let work = move |tables: &Tx<'_>| {
            tables.store_prompt_snapshot("b", &text)?;
            tables.store_prompt_snapshot("b", "another")?;
            tables.store_prompt_snapshot("a", "")?;
            for id in ["one", "two"] {
                tables.add_account(&super::account(id))?;
                for record in ["1", "2", "3", "4"] {
                    tables.attach_record(id, record)?;
                }
            }
            tables.detach_records(&page("chain", "0", "1"))?;
            assert_eq!(tables.record_ids_of("one", 2)?, ["4", "3"]);
            assert_eq!(tables.record_ids_of("two", 9)?, ["4", "3", "2"]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
        let shown = opened.store.read(shown).await.unwrap();
        assert_eq!(shown, [("a".into(), String::new()), ("b".into(), long)]);
    }
}
