//! Accounts and what belongs to them.

use time::macros::date;

use super::{NOON, account, act, on_both, session};
use crate::{
    domain::{
        Timestamp,
        account::{
            credentials::Email,
            device_key::Binding,
            security_event::{MAX_STORED, NEWEST, SecurityEvent, SecurityEventKind},
        },
        analytics::{Country, Device, PageView, ViewedPage, Visit},
        consent::decision::{Answer, Decision, tests::both},
        web::{
            appearance::{Appearance, TextSize, Theme},
            page::Page,
        },
    },
    store::{Account, KnownDevice, StoreError, Tx},
};

const LATER: Timestamp = Timestamp(NOON.0 + 10);

fn decision() -> Decision {
    Decision::answering(None, &both(Answer::Yes), &act())
}

on_both! {
    async fn an_account_is_found_as_it_was_added_and_changed(open) {
        let opened = open(None);
        let look = Appearance { theme: Theme::Dark, text_size: TextSize::Larger };
        let mut whole = account("müller");
        whole.decision = Some(decision());
        whole.appearance = Some(look);
        whole.disabled_at = Some(Timestamp(i64::MIN));
        whole.created_at = Timestamp(i64::MAX);
        whole.password_hash = None;
        let (added, other) = (whole.clone(), account("other"));
        let work = move |tx: &Tx<'_>| {
            assert!(tx.add_account(&added)? && tx.add_account(&other)?);
            tx.set_password_hash("other", Some("日本語 🍪 \u{202e}"))?;
            tx.set_disabled("other", Some(NOON))?;
            tx.set_decision("other", &decision())?;
            tx.set_appearance("other", Some(look))
        };
        opened.store.write(work).await.unwrap();
        let email = whole.email.clone();
        let read = move |tx: &Tx<'_>| Ok((tx.account("müller")?, tx.account_by_email(&email)?));
        assert_eq!(opened.store.read(read).await.unwrap(), (Some(whole.clone()), Some(whole)));
        let other = opened.store.read(|tx| tx.account("other")).await.unwrap().unwrap();
        assert_eq!((other.password_hash.as_deref(), other.disabled_at), (Some("日本語 🍪 \u{202e}"), Some(NOON)));
        assert_eq!((other.decision, other.appearance), (Some(decision()), Some(look)));
        let work = |tx: &Tx<'_>| {
            tx.set_disabled("other", None)?;
            tx.set_password_hash("other", None)?;
            tx.set_appearance("other", None)?;
            tx.account("other")
        };
        let other = opened.store.write(work).await.unwrap().unwrap();
        assert_eq!((other.disabled_at, other.appearance, other.password_hash), (None, None, None));
    }

    async fn a_look_up_of_an_unknown_key_finds_nothing(open) {
        let email = Email::parse("nobody@example.org").unwrap();
        let look = move |tx: &Tx<'_>| {
            assert_eq!(tx.account("")?, None);
            assert_eq!(tx.account_by_email(&email)?, None);
            assert_eq!(tx.account_by_password_reset_token("", NOON)?, None);
            assert_eq!(tx.session_by_token("")?, None);
            assert!(tx.remembered_session("")?.is_none());
            assert_eq!(tx.password_reset_expiry("", Timestamp(0))?, None);
            assert!(!tx.is_known_device("", "", NOON)?);
            assert_eq!(tx.accounts(NOON)?, []);
            assert_eq!(tx.active_sessions_of("", NOON)?, []);
            assert_eq!(tx.security_events_of("", NOON)?, []);
            assert_eq!(tx.devices_of("", Timestamp(0))?, []);
            assert_eq!(tx.record_ids_of("", 9)?, [""; 0]);
            assert_eq!(tx.heads()?, []);
            assert_eq!(tx.batch_containing("", "")?, None);
            assert_eq!(tx.batches_after("", "", 9)?, []);
            assert_eq!(tx.headless_chains()?, [""; 0]);
            assert_eq!(tx.prompt_snapshots()?, []);
            assert_eq!(tx.page_views_since(date!(1970 - 01 - 01))?, []);
            Ok(())
        };
        let opened = open(None);
        opened.store.read(look.clone()).await.unwrap();
        opened.store.write(look).await.unwrap();
        let change = |tx: &Tx<'_>| {
            tx.set_password_hash("", None)?;
            tx.erase_account("")?;
            tx.record_session_use("", NOON, NOON)?;
            tx.rotate_session_tokens(&session("", ""))?;
            assert!(!tx.delete_session("", "")? && !tx.consume_password_reset_token("")? && !tx.delete_batch("", "")?);
            assert_eq!(tx.delete_sessions("", None)?, 0);
            assert_eq!(tx.lock_head("")?, None);
            Ok(())
        };
        opened.store.write(change).await.unwrap();
    }

    async fn a_duplicate_key_is_rejected(open) {
        let opened = open(None);
        let fill = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.add_account(&account("b"))?;
            tx.add_session(&session("s", "a"))
        };
        opened.store.write(fill).await.unwrap();
        let mut same_email = account("c");
        same_email.email = account("a").email;
        assert!(!opened.store.write(move |tx| tx.add_account(&same_email)).await.unwrap());
        let mut same_id = account("a");
        same_id.email = account("c").email;
        let refused = |error: StoreError| assert!(!error.is_transient() && !error.to_string().contains("example"), "{error}");
        refused(opened.store.write(move |tx| tx.add_account(&same_id)).await.unwrap_err());
        refused(opened.store.write(|tx| tx.add_session(&session("s", "b"))).await.unwrap_err());
        let mut same_token = session("t", "b");
        same_token.token_hash = session("s", "a").token_hash;
        refused(opened.store.write(move |tx| tx.add_session(&same_token)).await.unwrap_err());
        refused(opened.store.write(|tx| tx.add_session(&session("u", "nobody"))).await.unwrap_err());
    }

    async fn a_session_is_found_renewed_and_ended(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            for id in ["1", "2", "3"] {
                tx.add_session(&session(id, "a"))?;
            }
            let found = tx.session_by_token("token of 1")?.unwrap();
            assert_eq!((found.session, found.account), (session("1", "a").session, account("a")));
            let mut next = session("1", "a");
            (next.token_hash, next.remember_hash) = ("next".into(), Some("next remember".into()));
            next.session.token_issued_at = LATER;
            tx.rotate_session_tokens(&next)?;
            assert_eq!(tx.session_by_token("token of 1")?, None);
            let remembered = tx.remembered_session("1")?.unwrap();
            assert_eq!((remembered.remember_hash.as_str(), remembered.previous_remember_hash.as_deref()), ("next remember", Some("remember of 1")));
            assert_eq!((remembered.user.session.token_issued_at, remembered.user.session.last_used_at), (LATER, LATER));
            tx.record_session_use("3", Timestamp(LATER.0 + 1), NOON.plus_seconds(90))?;
            let order = |tx: &Tx<'_>, now| {
                Ok::<_, StoreError>(tx.active_sessions_of("a", now)?.into_iter().map(|s| s.id).collect::<Vec<_>>())
            };
            assert_eq!(order(tx, NOON)?, ["3", "1", "2"]);
            assert_eq!(tx.accounts(NOON)?, [(account("a"), 3)]);
            tx.delete_expired_sessions(NOON.plus_seconds(60))?;
            assert_eq!(order(tx, NOON)?, ["3"]);
            tx.add_session(&session("4", "a"))?;
            assert_eq!(tx.delete_sessions("a", Some("3"))?, 1);
            assert!(!tx.delete_session("b", "3")? && tx.delete_session("a", "3")?);
            assert_eq!(order(tx, NOON)?, [""; 0]);
            let mut forgetful = session("5", "a");
            (forgetful.remember_hash, forgetful.session.is_persistent) = (None, false);
            tx.add_session(&forgetful)?;
            assert_eq!(tx.session_by_token("token of 5")?.unwrap().session, forgetful.session);
            assert!(tx.remembered_session("5")?.is_none());
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn the_first_key_binds_a_session_until_it_ends(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            for id in ["1", "2"] {
                tx.add_session(&session(id, "a"))?;
            }
            let binding = |key: &str| Binding { key: key.into(), bound_at: LATER };
            assert!(tx.bind_session("1", &binding("x"))?);
            for (id, key) in [("1", "x"), ("1", "y"), ("2", "x"), ("3", "y")] {
                assert!(!tx.bind_session(id, &binding(key))?, "{id} {key}");
            }
            let expired = Binding { key: "y".into(), bound_at: NOON.plus_seconds(60) };
            assert!(!tx.bind_session("2", &expired)?);
            assert_eq!(tx.session_by_token("token of 1")?.unwrap().session.binding, Some(binding("x")));
            assert_eq!(tx.session_by_token("token of 2")?.unwrap().session.binding, None);
            let remembered = tx.remembered_session("1")?.unwrap();
            assert_eq!((remembered.user.session.binding, remembered.previous_remember_hash), (Some(binding("x")), None));
            assert_eq!(tx.binding_by_key("x", NOON.plus_seconds(59))?, Some(binding("x")));
            assert_eq!(tx.binding_by_key("x", NOON.plus_seconds(60))?, None);
            assert_eq!(tx.binding_by_key("y", NOON)?, None);
            // A new password gives the session another id.
            tx.delete_sessions("a", None)?;
            let mut renewed = session("4", "a");
            renewed.session.binding = Some(binding("x"));
            tx.add_session(&renewed)?;
            assert_eq!(tx.active_sessions_of("a", NOON)?, [renewed.session]);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn devices_and_reset_links_are_stored_renamed_and_deleted(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.add_account(&account("b"))?;
            let device = |id: &str, name: Option<&str>, last_seen_at| KnownDevice {
                id: id.into(),
                name: name.map(str::to_owned),
                last_seen_at,
            };
            assert_eq!(tx.record_device("a", "one", "1", NOON)?, "1");
            assert_eq!(tx.record_device("a", "one", "ignored", LATER)?, "1");
            assert_eq!(tx.record_device("a", "two", "2", NOON)?, "2");
            assert_eq!(tx.record_device("b", "one", "3", NOON)?, "3");
            assert_eq!(tx.devices_of("a", Timestamp(0))?, [device("1", None, LATER), device("2", None, NOON)]);
            tx.set_device_name("a", "1", Some("Laptop"))?;
            tx.set_device_name("a", "3", Some("of another account"))?;
            assert_eq!(tx.devices_of("b", Timestamp(0))?, [device("3", None, NOON)]);
            assert!(tx.is_known_device("a", "one", NOON)? && !tx.is_known_device("a", "two", NOON)?);
            tx.replace_device_token("one", "three")?;
            assert!(tx.is_known_device("a", "three", NOON)? && tx.is_known_device("b", "three", Timestamp(0))?);
            tx.delete_devices("a", Some("three"))?;
            assert_eq!(tx.devices_of("a", Timestamp(0))?, [device("1", Some("Laptop"), LATER)]);
            tx.set_device_name("a", "1", None)?;
            assert_eq!(tx.devices_of("a", Timestamp(0))?, [device("1", None, LATER)]);
            tx.delete_old_devices(NOON)?;
            assert_eq!(tx.devices_of("b", Timestamp(0))?, []);
            tx.delete_devices("a", None)?;
            assert_eq!(tx.devices_of("a", Timestamp(0))?, []);

            tx.set_password_reset_token("a", "first", LATER)?;
            tx.set_password_reset_token("a", "second", LATER)?;
            tx.set_password_reset_token("b", "third", NOON)?;
            assert_eq!(tx.account_by_password_reset_token("first", NOON)?, None);
            assert_eq!(tx.account_by_password_reset_token("second", NOON)?, Some(account("a")));
            assert_eq!(tx.account_by_password_reset_token("second", LATER)?, None);
            assert_eq!(tx.password_reset_expiry("a", Timestamp(0))?, Some(LATER));
            tx.delete_expired_password_reset_tokens(NOON)?;
            assert_eq!(tx.password_reset_expiry("b", Timestamp(0))?, None);
            assert!(tx.consume_password_reset_token("second")? && !tx.consume_password_reset_token("second")?);
            tx.set_password_reset_token("a", "fourth", LATER)?;
            tx.delete_password_reset_token("a")?;
            assert_eq!(tx.password_reset_expiry("a", Timestamp(0))?, None);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn security_events_are_stored_in_order_up_to_an_age_and_a_number(open) {
        let opened = open(None);
        let happened = |event, at, device: Option<Device>| {
            let device_id = device.map(|_| "one".to_owned());
            SecurityEvent { event, at: Timestamp(at), device, device_id, count: 1 }
        };
        let work = move |tx: &Tx<'_>| {
            tx.add_account(&account("a"))?;
            tx.record_security_event("a", &happened(SecurityEventKind::SignedUp, NOON.0, None))?;
            for second in 1..=3 {
                tx.record_security_event("a", &happened(SecurityEventKind::Failed, NOON.0 + second, Some(Device::Tablet)))?;
            }
            let failed = SecurityEvent { count: 3, ..happened(SecurityEventKind::Failed, NOON.0 + 3, Some(Device::Tablet)) };
            assert_eq!(tx.security_events_of("a", NOON)?, [failed, happened(SecurityEventKind::SignedUp, NOON.0, None)]);
            for second in 0..i64::from(MAX_STORED) {
                tx.record_security_event("a", &happened(SecurityEventKind::SignedIn, NOON.0 + 10 + second, Some(Device::Phone)))?;
            }
            let all = tx.security_events_of("a", NOON)?;
            assert_eq!(all.len(), usize::try_from(MAX_STORED).unwrap());
            let [routine @ .., wrong, made] = &all[..] else { panic!("{all:?}") };
            assert!(routine.iter().all(|one| one.event == SecurityEventKind::SignedIn));
            assert_eq!((wrong.event, made.event), (SecurityEventKind::Failed, SecurityEventKind::SignedUp), "what is routine makes room first");
            while tx.delete_old_security_events(Timestamp(i64::MAX))? > 0 {}
            assert_eq!(tx.security_events_of("a", NOON)?, []);
            Ok(())
        };
        opened.store.clone().with_test_timeout().write(work).await.unwrap();
    }

    async fn a_flood_of_wrong_passwords_pushes_out_no_important_event(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            let note = |event, at| {
                tx.record_security_event("a", &SecurityEvent { event, at: Timestamp(at), device: None, device_id: None, count: 1 })
            };
            let important = [SecurityEventKind::PasskeyAdded, SecurityEventKind::PasswordRemoved, SecurityEventKind::PasswordChanged];
            tx.add_account(&account("a"))?;
            for event in important {
                note(event, NOON.0)?;
            }
            for second in 0..1_000 {
                note(SecurityEventKind::Failed, NOON.0 + second)?;
            }
            assert_eq!(tx.security_events_of("a", NOON)?.len(), 4, "one row a day");
            // Months of guesses, until they and what else happened fill the log.
            let (days, others) = (170, 40);
            for day in 1..=days {
                note(SecurityEventKind::Failed, NOON.0 + day * 86_400)?;
                note(SecurityEventKind::ResetRequested, NOON.0 + day * 86_400)?;
            }
            for second in 1..=others {
                note(SecurityEventKind::SignedInFromNew, NOON.0 + days * 86_400 + second)?;
            }
            let all: Vec<_> = tx.security_events_of("a", NOON)?.into_iter().map(|one| one.event).collect();
            assert_eq!(all.len(), usize::try_from(MAX_STORED).unwrap());
            let count = |event| all.iter().filter(|one| **one == event).count();
            assert!(important.into_iter().all(|event| count(event) == 1), "{all:?}");
            assert_eq!(count(SecurityEventKind::SignedInFromNew), 40);
            assert!(count(SecurityEventKind::Failed) > 100, "the newest stay");
            Ok(())
        };
        opened.store.clone().with_test_timeout().write(work).await.unwrap();
    }

    async fn repeated_sign_ins_push_out_no_important_event(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            let mut at = NOON.0;
            let mut note = |event| {
                at += 1;
                tx.record_security_event("a", &SecurityEvent { event, at: Timestamp(at), device: None, device_id: None, count: 1 })
            };
            tx.add_account(&account("a"))?;
            for event in [SecurityEventKind::SignedInFromNew, SecurityEventKind::PasswordChanged, SecurityEventKind::Replayed] {
                note(event)?;
            }
            for _ in 0..MAX_STORED {
                note(SecurityEventKind::SignedIn)?;
                note(SecurityEventKind::SignedOut)?;
            }
            let events = || -> Result<Vec<_>, StoreError> {
                Ok(tx.security_events_of("a", NOON)?.iter().map(|one| one.event).collect())
            };
            let all = events()?;
            assert_eq!(all[all.len() - 3..], [SecurityEventKind::Replayed, SecurityEventKind::PasswordChanged, SecurityEventKind::SignedInFromNew]);
            assert_eq!(all[..2], [SecurityEventKind::SignedOut, SecurityEventKind::SignedIn]);
            assert_eq!(u32::try_from(all.len()).unwrap(), MAX_STORED);
            // Without a routine event, the oldest goes. The newest events stay in any case.
            for _ in 0..MAX_STORED {
                note(SecurityEventKind::ResetLinkCreated)?;
            }
            note(SecurityEventKind::SignedIn)?;
            let all = events()?;
            assert_eq!((all[0], all[1]), (SecurityEventKind::SignedIn, SecurityEventKind::ResetLinkCreated));
            let routine = all.iter().filter(|event| SecurityEventKind::ROUTINE.contains(event)).count();
            assert!(routine <= usize::try_from(NEWEST).unwrap() && all.len() == usize::try_from(MAX_STORED).unwrap());
            Ok(())
        };
        opened.store.clone().with_test_timeout().write(work).await.unwrap();
    }

    async fn dates_in_the_future_are_corrected_and_others_are_not(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            assert_eq!((tx.clock()?, tx.newest_security_event()?), (None, None));
            tx.set_clock(NOON)?;
            tx.set_clock(LATER)?;
            assert_eq!(tx.clock()?, Some(LATER));
            let ahead = NOON.plus_seconds(1 << 30);
            tx.add_account(&Account { created_at: ahead, disabled_at: Some(ahead), ..account("a") })?;
            tx.add_account(&account("b"))?;
            let mut of_then = session("1", "a");
            (of_then.session.created_at, of_then.session.token_issued_at, of_then.session.last_used_at) = (ahead, ahead, ahead);
            of_then.expires_at = ahead;
            tx.add_session(&of_then)?;
            tx.add_session(&session("2", "b"))?;
            for (id, at) in [("a", ahead), ("b", NOON)] {
                tx.record_device(id, "device", "1", at)?;
                tx.record_security_event(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at, device: None, device_id: None, count: 1 })?;
                tx.set_password_reset_token(id, id, at.plus_seconds(86_400))?;
            }
            assert_eq!(tx.newest_security_event()?, Some(ahead));
            let lifetime = std::time::Duration::from_secs(100);
            let rows = tx.future_rows(NOON)?;
            tx.correct_future_rows(&rows, NOON, lifetime)?;
            assert!(!rows.is_empty() && tx.future_rows(NOON)?.is_empty());
            // As another server does that found the same rows.
            tx.correct_future_rows(&rows, LATER, lifetime)?;
            let dated = tx.account("a")?.unwrap();
            assert_eq!((dated.created_at, dated.disabled_at), (NOON, Some(NOON)));
            let session_of = |token| Ok::<_, StoreError>(tx.session_by_token(token)?.unwrap().session);
            let dated = session_of("token of 1")?;
            assert_eq!((dated.created_at, dated.token_issued_at, dated.last_used_at), (NOON.minus_seconds(1), NOON, NOON));
            assert_eq!(tx.active_sessions_of("a", dated.expires_at(lifetime))?, []);
            assert_eq!(session_of("token of 2")?, session("2", "b").session);
            assert_eq!((tx.devices_of("a", Timestamp(0))?[0].last_seen_at, tx.password_reset_expiry("a", Timestamp(0))?), (NOON, Some(NOON)));
            assert_eq!(tx.password_reset_expiry("b", NOON)?, Some(NOON.plus_seconds(86_400)));
            assert_eq!(tx.newest_security_event()?, Some(NOON));
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn erasing_an_account_deletes_its_rows_and_no_others(open) {
        let opened = open(None);
        let work = |tx: &Tx<'_>| {
            for id in ["a", "b"] {
                tx.add_account(&account(id))?;
                tx.add_session(&session(id, id))?;
                tx.record_device(id, "device", "1", NOON)?;
                tx.record_security_event(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at: NOON, device: None, device_id: None, count: 1 })?;
                tx.set_password_reset_token(id, id, LATER)?;
                tx.attach_record(id, "record")?;
            }
            tx.erase_account("a")
        };
        opened.store.write(work).await.unwrap();
        let left = |tx: &Tx<'_>, id: &str| {
            Ok::<_, StoreError>([
                usize::from(tx.account(id)?.is_some()),
                tx.active_sessions_of(id, NOON)?.len(),
                tx.devices_of(id, Timestamp(0))?.len(),
                tx.security_events_of(id, NOON)?.len(),
                usize::from(tx.password_reset_expiry(id, Timestamp(0))?.is_some()),
                tx.record_ids_of(id, 9)?.len(),
            ])
        };
        let left = opened.store.read(move |tx| Ok((left(tx, "a")?, left(tx, "b")?))).await.unwrap();
        assert_eq!(left, ([0; 6], [1; 6]));
        opened.store.checkpoint_wal().await.unwrap();
    }

    async fn page_views_are_counted_by_kind_and_returned_in_order(open) {
        let opened = open(None);
        let view = PageView { day: date!(2026 - 11 - 22), page: ViewedPage::Own(Page::Policy), device: Device::Phone, country: Country::UNKNOWN, visit: Visit::Returning };
        for _ in 0..300 {
            opened.store.record_page_view(view.clone());
            opened.store.record_page_view(PageView { visit: Visit::First, ..view.clone() });
        }
        opened.store.record_page_view(PageView { day: date!(2026 - 11 - 21), ..view });
        opened.store.flush().await.unwrap();
        let counts = |day| opened.store.read(move |tx| tx.page_views_since(day));
        let counted = |views: Vec<crate::store::PageViewCount>| {
            views.into_iter().map(|count| (count.day, count.visit, count.count)).collect::<Vec<_>>()
        };
        let today = [("2026-11-22".into(), "first".into(), 300), ("2026-11-22".into(), "returning".into(), 300)];
        assert_eq!(counted(counts(date!(2026 - 11 - 22)).await.unwrap()), today);
        assert_eq!(counts(date!(2026 - 11 - 20)).await.unwrap().len(), 3);
        assert_eq!(counts(date!(2026 - 11 - 23)).await.unwrap(), []);
    }
}
