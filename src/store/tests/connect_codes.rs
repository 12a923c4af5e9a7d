//! One-use codes.

use super::{NOON, act, on_both};
use crate::{
    domain::{
        Timestamp,
        consent::{
            decision::{Answer, Decision, tests::both},
            signal::Signal,
        },
    },
    store::{CodeHolder, ConnectedChoice, Tx},
};

fn holder(code: &str) -> CodeHolder {
    CodeHolder { code_hash: code.into(), service: "shop".into(), challenge: "c".into() }
}

fn choice() -> ConnectedChoice {
    ConnectedChoice {
        decision: Some(Decision::answering(None, &both(Answer::Yes), &act())),
        signal: Some(Signal::GlobalPrivacyControl),
        locale: "pl".parse().unwrap(),
    }
}

const SOON: Timestamp = Timestamp(NOON.0 + 60);

on_both! {
    async fn a_code_is_taken_once_by_its_holder_and_before_its_expiry(kept) {
        let kept = kept(None);
        let nothing = ConnectedChoice { decision: None, signal: None, ..choice() };
        let (first, second) = (choice(), nothing.clone());
        let add = move |tx: &Tx<'_>| {
            assert!(tx.add_connect_code(&holder("a"), &first, (NOON, SOON), 9)?);
            tx.add_connect_code(&holder("b"), &second, (NOON, SOON), 9)
        };
        assert!(kept.store.write(add).await.unwrap());
        let take = async |holder: CodeHolder, now| {
            kept.store.write(move |tx| tx.take_connect_code(&holder, now)).await.unwrap()
        };
        for other in [
            CodeHolder { service: "club".into(), ..holder("a") },
            CodeHolder { challenge: "d".into(), ..holder("a") },
            holder("c"),
        ] {
            assert_eq!(take(other, NOON).await, None);
        }
        assert_eq!(take(holder("a"), SOON).await, None, "expired");
        assert_eq!(take(holder("a"), NOON).await, Some(choice()));
        assert_eq!(take(holder("a"), NOON).await, None, "taken");
        assert_eq!(take(holder("b"), Timestamp(SOON.0 - 1)).await, Some(nothing));
    }

    async fn only_so_many_codes_are_valid_at_once(kept) {
        let kept = kept(None);
        let add = async |code: &'static str, now: Timestamp| {
            let times = (now, now.plus_seconds(60));
            kept.store.write(move |tx| tx.add_connect_code(&holder(code), &choice(), times, 2)).await.unwrap()
        };
        assert!(add("a", NOON).await && add("b", NOON).await);
        assert!(!add("c", NOON).await);
        assert!(add("c", SOON).await, "the others have expired");
        let deleted = kept.store.write(|tx| tx.delete_expired_connect_codes(SOON)).await.unwrap();
        assert_eq!(deleted, 2);
    }
}
