//! Receipts of the earlier format still verify, and each is of one format only.

use tempfile::tempdir;
use uuid::Uuid;

use super::{BEGIN, draft, issue, key, ledger, trusting};
use crate::{
    domain::ledger::receipt::{Receipt, Verdict},
    ledger::{Ledger, admin::LedgerAdmin, encoding, find},
    store::Database,
    system::rng::Rng,
};

/// A receipt as the program issued it before there was an issue in it.
const FIRST: &str = include_str!("receipt-1.json");

#[test]
fn a_receipt_of_the_first_format_has_a_valid_signature() {
    let receipt = Ledger::parse_receipt(FIRST, &trusting(&[9]));
    assert_eq!(receipt.map(|receipt| receipt.issue), Ok(None));
    for (text, verdict) in [
        (FIRST.replace("\"granted\": false", "\"granted\": true"), Verdict::Altered),
        (FIRST.replace("harmony-receipt/1", "harmony-receipt/2"), Verdict::Unreadable),
        (FIRST.replace("\"signature\"", "\"issue\": null, \"signature\""), Verdict::Altered),
    ] {
        assert_eq!(Ledger::parse_receipt(&text, &trusting(&[9])), Err(verdict), "{text}");
    }
}

#[tokio::test]
async fn receipts_of_both_formats_are_genuine_and_neither_passes_as_the_other() {
    let folder = tempdir().unwrap();
    let own = ledger(1);
    let store = own.open(&Database::File(folder.path().join("harmony.sqlite")), Rng::system()).unwrap();
    let id: Uuid = store.append(draft(BEGIN)).await.unwrap();
    let reading = own.clone();
    let second = store.read(move |tx| reading.receipt(tx, id, |_| Ok(true), issue)).await.unwrap().unwrap();
    let trusted = trusting(&[]);
    let (line, record) = {
        let trusted = trusted.clone();
        store.read(move |tx| find(tx, &trusted.heads(tx)?, id)).await.unwrap().unwrap()
    };
    assert_eq!(encoding::encode(&record).unwrap(), line);
    // As docs/records.md describes both.
    let line_of_issue = serde_json::to_string(second.issue.as_ref().unwrap()).unwrap();
    let text = format!("harmony-receipt/2\n{line}\n{line_of_issue}\n");
    assert_eq!(second.signature, key(1).sign(&text));
    let signature = key(1).sign(&format!("harmony-receipt/1\n{line}\n"));
    let first =
        Receipt { schema: "harmony-receipt/1".into(), key: key(1).public().into(), record, issue: None, signature };

    let admin = LedgerAdmin { store: &store, trusted: &trusted };
    let verdict =
        async |receipt: &Receipt| admin.verify_receipt(serde_json::to_string(receipt).unwrap()).await.unwrap();
    for receipt in [&first, &second] {
        assert_eq!(verdict(receipt).await, Verdict::Genuine);
    }
    let mut other_issue = second.issue.clone().unwrap();
    other_issue.statement.notice.push('x');
    for (receipt, expected) in [
        (Receipt { issue: second.issue.clone(), ..first.clone() }, Verdict::Unreadable),
        (Receipt { issue: None, ..second.clone() }, Verdict::Unreadable),
        (Receipt { issue: None, schema: first.schema.clone(), ..second.clone() }, Verdict::Altered),
        (Receipt { issue: Some(other_issue), ..second.clone() }, Verdict::Altered),
    ] {
        assert_eq!(verdict(&receipt).await, expected, "{receipt:?}");
    }
}
