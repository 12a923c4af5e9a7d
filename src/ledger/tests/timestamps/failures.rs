//! A faulty authority: nothing is stored, and the next request follows an hour later.

use std::time::Duration;

use super::{
    super::{draft, found_by, trusting},
    BEGIN, DAY, HOUR, LONG, databases, look, stamps,
    tsa::{Behaviour, Tsa},
    written,
};
use crate::{ledger::timestamps::Authority, system::digest::sha256_hex};

#[tokio::test]
async fn what_is_no_stamp_of_the_head_is_not_stored_and_asked_for_again() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        // The authority then repeats the time stamp of that day.
        tsa.set(Behaviour::Stamps);
        assert_eq!(look(&own, &store, &tsa.authority(LONG), BEGIN).await, Ok(true));
        let (mut now, mut stored) = (BEGIN, 1);
        for (behaviour, said) in [
            (Behaviour::Repeats, "it is a time stamp of something else"),
            (Behaviour::Refuses, "the authority refused it (status 2): \"Message digest algorithm is not supported.\""),
            (Behaviour::Fails, "it answers with the status 503"),
            (Behaviour::IsSilent, "timeout: global"),
            (Behaviour::Babbles, "it is no answer of a time-stamping authority (RFC 3161)"),
            (Behaviour::Greets, "it answers with \"text/html; charset=utf-8\" instead of application/timestamp-reply"),
            (Behaviour::Floods, "the response body is larger than request limit: 65536"),
            (Behaviour::StampsAnother, "it is a time stamp of something else"),
        ] {
            now += DAY;
            store.append(draft(now)).await.unwrap();
            let before = tsa.asked();
            tsa.set(behaviour);
            // Only a silent authority uses up the timeout.
            let patience = if behaviour == Behaviour::IsSilent { Duration::from_millis(300) } else { LONG };
            let authority = tsa.authority(patience);
            for hour in 0..2 {
                assert_eq!(look(&own, &store, &authority, now + hour * HOUR).await, Err(said.into()), "{database}");
                assert_eq!(look(&own, &store, &authority, now + hour * HOUR + 600).await, Ok(false));
            }
            assert_eq!((tsa.asked() - before, stamps(&store).await.len()), (2, stored), "{behaviour:?}");
            tsa.set(Behaviour::Stamps);
            assert_eq!(look(&own, &store, &tsa.authority(LONG), now + 2 * HOUR).await, Ok(true));
            stored += 1;
        }
        let sound = found_by(&store, trusting(&[])).await.unwrap().unwrap();
        assert_eq!(sound.timestamps, stored);
    }
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let [file, _] = databases(&folder);
    let (own, store) = written(&file).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let authority = Authority::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    for hour in 0..2 {
        let said = look(&own, &store, &authority, BEGIN + hour * HOUR).await.unwrap_err();
        assert!(said.contains("Connection refused"), "{said}");
    }
}

#[tokio::test]
async fn a_head_that_somebody_without_the_key_wrote_is_not_signed_as_a_checkpoint() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        let forge = |tx: &crate::store::Tx<'_>| {
            let mut head = tx.heads()?.remove(0);
            head.last_hash = sha256_hex("another past");
            tx.put_head(&head)
        };
        store.write(forge).await.unwrap();
        let said = look(&own, &store, &tsa.authority(LONG), BEGIN).await.unwrap_err();
        assert!(said.contains("is not signed with this server’s key"), "{said}");
    }
    assert_eq!(tsa.asked(), 0);
}
