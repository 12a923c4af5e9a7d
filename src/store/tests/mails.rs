//! Messages that wait, and the links in them.

use std::collections::BTreeSet;

use super::{NOON, account, on_both, postgres};
use crate::{
    domain::{account::mail::MailKind, i18n::locale::Locale, policy::version::Version, web::device::Device},
    store::{LinkAction, NewMail, Store, StoreError, Subscription},
};

fn mail(id: &str, of: Option<&str>) -> NewMail {
    NewMail {
        id: id.into(),
        account: of.map(str::to_owned),
        recipient: account(of.unwrap_or("nobody")).email,
        kind: MailKind::NewBrowser,
        locale: Locale::GERMAN,
        token: Some("token".into()),
        device: Some(Device::Tablet),
        notice: None,
        created_at: NOON,
    }
}

fn subscription(id: &str) -> Subscription {
    Subscription { id: id.into(), email: account(id).email, locale: Locale::GERMAN, confirmed_at: NOON }
}

on_both! {
    async fn a_message_is_claimed_postponed_and_deleted(open) {
        let opened = open(None);
        let found = opened.store.write(|tx| {
            tx.add_account(&account("a"))?;
            tx.add_mail(&mail("1", Some("a")))?;
            assert!(tx.claim_mail(NOON.minus_seconds(1), NOON)?.is_none(), "not due yet");
            let first = tx.claim_mail(NOON, NOON.plus_seconds(300))?.ok_or(StoreError::NotCommitted)?;
            assert_eq!(first.attempts, 1);
            assert_eq!((first.mail.locale, first.mail.device), (Locale::GERMAN, Some(Device::Tablet)));
            assert_eq!((first.mail.kind, first.mail.token.as_deref()), (MailKind::NewBrowser, Some("token")));
            assert!(tx.claim_mail(NOON.plus_seconds(299), NOON.plus_seconds(900))?.is_none(), "claimed");
            assert_eq!(tx.mails_waiting()?, (1, Some(NOON.plus_seconds(300))));
            // The claim of a server that died expires.
            let second = tx.claim_mail(NOON.plus_seconds(300), NOON.plus_seconds(600))?;
            let second = second.ok_or(StoreError::NotCommitted)?;
            tx.postpone_mail(&first, NOON)?;
            assert!(!tx.delete_mail(&first)?, "an attempt that took too long changes nothing");
            tx.postpone_mail(&second, NOON.plus_seconds(400))?;
            assert_eq!(tx.mails_waiting()?, (1, Some(NOON.plus_seconds(400))));
            assert!(tx.delete_mail(&second)?);
            tx.add_mail(&mail("2", None))?;
            assert_eq!((tx.delete_old_mails(NOON)?, tx.delete_old_mails(NOON.plus_seconds(1))?), (0, 1));
            tx.mails_waiting()
        }).await.unwrap();
        assert_eq!(found, (0, None));
    }

    async fn a_message_about_an_account_goes_before_those_to_subscribers(open) {
        let opened = open(None);
        let order = opened.store.write(|tx| {
            let version = Version { major: 2, minor: 0 };
            tx.add_account(&account("a"))?;
            tx.add_subscription(&subscription("s"))?;
            for id in ["1", "2"] {
                tx.add_mail(&NewMail { notice: Some(("s".into(), version)), ..mail(id, None) })?;
            }
            tx.add_mail(&NewMail { created_at: NOON.plus_seconds(60), ..mail("3", Some("a")) })?;
            let mut order = Vec::new();
            while let Some(queued) = tx.claim_mail(NOON.plus_seconds(60), NOON.plus_seconds(900))? {
                assert_eq!(queued.mail.notice.is_some(), queued.mail.id != "3");
                order.push(queued.mail.id);
            }
            // The end of a subscription takes its messages along.
            tx.delete_subscription("s")?;
            assert_eq!(tx.mails()?.len(), 1);
            Ok(order)
        }).await.unwrap();
        assert_eq!(order, ["3", "1", "2"]);
    }

    async fn each_subscriber_is_taken_once_for_a_version(open) {
        let opened = open(None);
        opened.store.write(|tx| {
            let (version, next) = (Version { major: 2, minor: 0 }, Version { major: 2, minor: 1 });
            for id in ["b", "a", "c", "d"] {
                tx.add_subscription(&subscription(id))?;
            }
            let late = Subscription { confirmed_at: NOON.plus_seconds(1), ..subscription("e") };
            tx.add_subscription(&late)?;
            let ids = |taken: Vec<Subscription>| taken.into_iter().map(|one| one.id).collect::<Vec<_>>();
            assert!(!tx.is_notice_done(version)?);
            assert_eq!(ids(tx.take_subscribers(version, NOON, 3)?), ["a", "b", "c"]);
            tx.delete_subscription("d")?;
            tx.add_subscription(&subscription("f"))?;
            assert!(!tx.is_notice_done(version)?);
            assert_eq!(ids(tx.take_subscribers(version, NOON.plus_seconds(9), 3)?), ["f"], "confirmed by the first time");
            assert!(tx.is_notice_done(version)?);
            assert!(tx.take_subscribers(version, NOON.plus_seconds(9), 3)?.is_empty());
            assert_eq!(ids(tx.take_subscribers(next, NOON.plus_seconds(9), 9)?), ["a", "b", "c", "e", "f"]);
            // A second subscription of an address changes its language alone.
            let again = Subscription { id: "z".into(), locale: Locale::ENGLISH, ..subscription("a") };
            tx.add_subscription(&again)?;
            let found = tx.subscription_of(&again.email)?.ok_or(StoreError::NotCommitted)?;
            assert_eq!((found.id.as_str(), found.locale, tx.count_subscriptions()?), ("a", Locale::ENGLISH, 5));
            Ok(())
        }).await.unwrap();
    }

    async fn a_deleted_account_ends_the_subscription_of_its_confirmed_address_alone(open) {
        let opened = open(None);
        let left = opened.store.write(|tx| {
            for id in ["a", "b", "c"] {
                tx.add_subscription(&subscription(id))?;
            }
            tx.add_account(&account("a"))?;
            tx.add_account(&account("b"))?;
            tx.set_confirmed("b", NOON)?;
            tx.erase_account("a")?;
            tx.erase_account("b")?;
            Ok([tx.subscription("a")?, tx.subscription("b")?, tx.subscription("c")?].map(|found| found.is_some()))
        }).await.unwrap();
        assert_eq!(left, [true, false, true]);
    }

    async fn an_erased_account_takes_its_messages_and_links_with_it(open) {
        let opened = open(None);
        let left = opened.store.write(|tx| {
            tx.add_account(&account("a"))?;
            tx.add_mail(&mail("1", Some("a")))?;
            tx.add_mail(&mail("2", None))?;
            let action = LinkAction::ConfirmEmail { account: "a".into() };
            tx.add_one_time_link("hash", &action, NOON.plus_seconds(60))?;
            assert!(tx.one_time_link("hash", NOON)? == Some(action));
            tx.erase_account("a")?;
            assert!(tx.one_time_link("hash", NOON)?.is_none());
            tx.mails()
        }).await.unwrap();
        assert_eq!(left.iter().map(|queued| queued.mail.id.as_str()).collect::<Vec<_>>(), ["2"]);
    }

    async fn a_link_does_one_thing_once_until_it_expires(open) {
        let opened = open(None);
        opened.store.write(|tx| {
            tx.add_account(&account("a"))?;
            let (email, password_hash) = (account("b").email, "$argon2id$".to_owned());
            for (hash, action) in [
                ("1", LinkAction::SignUp { email, password_hash }),
                ("2", LinkAction::ConfirmEmail { account: "a".into() }),
                ("4", LinkAction::Subscribe { email: account("b").email }),
                ("3", LinkAction::SignOutBrowser { account: "a".into(), device_id: "d".into() }),
            ] {
                tx.add_one_time_link(hash, &action, NOON.plus_seconds(60))?;
                assert!(tx.one_time_link(hash, NOON.plus_seconds(59))? == Some(action));
                assert!(tx.one_time_link(hash, NOON.plus_seconds(60))?.is_none());
            }
            assert!(tx.consume_one_time_link("1")?);
            assert!(!tx.consume_one_time_link("1")?);
            assert_eq!(tx.delete_expired_one_time_links(NOON.plus_seconds(59))?, 0);
            assert_eq!(tx.delete_expired_one_time_links(NOON.plus_seconds(60))?, 3);
            Ok(())
        }).await.unwrap();
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
#[tokio::test]
async fn two_servers_on_one_database_claim_each_message_once() {
    const MAILS: usize = 60;
    let first = postgres(None);
    let second = Store::open(&first.database).unwrap();
    let add = |tx: &crate::store::Tx<'_>| (0..MAILS).try_for_each(|id| tx.add_mail(&mail(&format!("{id:02}"), None)));
    first.store.write(add).await.unwrap();
    let claim_all = |store: Store| async move {
        let mut claimed = Vec::new();
        loop {
            let found = store.write(|tx| tx.claim_mail(NOON, NOON.plus_seconds(300))).await.unwrap();
            match found {
                Some(found) => claimed.push(found.mail.id),
                // The other server may have taken the same one first.
                None if store.read(|tx| tx.mails_waiting()).await.unwrap().1 == Some(NOON) => {}
                None => return claimed,
            }
        }
    };
    let (one, other) = tokio::join!(claim_all(first.store.clone()), claim_all(second));
    assert!(!one.is_empty() && !other.is_empty(), "both take part: {} and {}", one.len(), other.len());
    assert_eq!(one.len() + other.len(), MAILS);
    assert_eq!(one.into_iter().chain(other).collect::<BTreeSet<_>>().len(), MAILS);
}
