//! Accounts and what belongs to them.

use time::macros::date;

use super::{NOON, account, act, on_both, session};
use crate::{
    domain::{
        Timestamp,
        account::{
            credentials::Email,
            security_event::{MAX_STORED, NEWEST, SecurityEvent, SecurityEventKind},
        },
        analytics::{Device, PageView, Visit},
        consent::decision::{Answer, Answers, Decision},
        web::{
            appearance::{Appearance, TextSize, Theme},
            page::Page,
        },
    },
    store::{Account, StoreError, Tx},
};

const LATER: Timestamp = Timestamp(NOON.0 + 10);

fn decision() -> Decision {
    Decision::new(Answers::all(Answer::Yes), act())
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
        whole.password_hash = String::new();
        let (added, other) = (whole.clone(), account("other"));
        let work = move |tables: &Tx<'_>| {
            assert!(tables.add_account(&added)? && tables.add_account(&other)?);
            tables.set_password_hash("other", "日本語 🍪 \u{202e}")?;
            tables.set_disabled("other", Some(NOON))?;
            tables.set_decision("other", &decision())?;
            tables.set_appearance("other", Some(look))
        };
        opened.store.write(work).await.unwrap();
        let email = whole.email.clone();
        let read = move |tables: &Tx<'_>| Ok((tables.account("müller")?, tables.account_by_email(&email)?));
        assert_eq!(opened.store.read(read).await.unwrap(), (Some(whole.clone()), Some(whole)));
        let other = opened.store.read(|tables| tables.account("other")).await.unwrap().unwrap();
        assert_eq!((other.password_hash.as_str(), other.disabled_at), ("日本語 🍪 \u{202e}", Some(NOON)));
        assert_eq!((other.decision, other.appearance), (Some(decision()), Some(look)));
        let work = |tables: &Tx<'_>| {
            tables.set_disabled("other", None)?;
            tables.set_appearance("other", None)?;
            tables.account("other")
        };
        let other = opened.store.write(work).await.unwrap().unwrap();
        assert_eq!((other.disabled_at, other.appearance), (None, None));
    }

    async fn a_look_up_of_an_unknown_key_finds_nothing(open) {
        let email = Email::parse("nobody@example.org").unwrap();
        let look = move |tables: &Tx<'_>| {
            assert_eq!(tables.account("")?, None);
            assert_eq!(tables.account_by_email(&email)?, None);
            assert_eq!(tables.account_by_password_reset_token("", NOON)?, None);
            assert_eq!(tables.session_by_token("")?, None);
            assert!(tables.remembered_session("")?.is_none());
            assert_eq!(tables.password_reset_expiry("", Timestamp(0))?, None);
            assert!(!tables.is_known_device("", "", NOON)?);
            assert_eq!(tables.accounts(NOON)?, []);
            assert_eq!(tables.active_sessions_of("", NOON)?, []);
            assert_eq!(tables.security_events_of("", NOON)?, []);
            assert_eq!(tables.device_times("", Timestamp(0))?, []);
            assert_eq!(tables.record_ids_of("", 9)?, [""; 0]);
            assert_eq!(tables.heads()?, []);
            assert_eq!(tables.batch_containing("", "")?, None);
            assert_eq!(tables.batches_after("", "", 9)?, []);
            assert_eq!(tables.headless_chains()?, [""; 0]);
            assert_eq!(tables.prompt_snapshots()?, []);
            assert_eq!(tables.page_views_since(date!(1970 - 01 - 01))?, []);
            Ok(())
        };
        let opened = open(None);
        opened.store.read(look.clone()).await.unwrap();
        opened.store.write(look).await.unwrap();
        let change = |tables: &Tx<'_>| {
            tables.set_password_hash("", "")?;
            tables.erase_account("")?;
            tables.record_session_use("", NOON, NOON)?;
            tables.rotate_session_tokens(&session("", ""))?;
            assert!(!tables.delete_session("", "")? && !tables.consume_password_reset_token("")? && !tables.delete_batch("", "")?);
            assert_eq!(tables.delete_sessions("", None)?, 0);
            assert_eq!(tables.lock_head("")?, None);
            Ok(())
        };
        opened.store.write(change).await.unwrap();
    }

    async fn a_duplicate_key_is_rejected(open) {
        let opened = open(None);
        let fill = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.add_account(&account("b"))?;
            tables.add_session(&session("s", "a"))
        };
        opened.store.write(fill).await.unwrap();
        let mut same_email = account("c");
        same_email.email = account("a").email;
        assert!(!opened.store.write(move |tables| tables.add_account(&same_email)).await.unwrap());
        let mut same_id = account("a");
        same_id.email = account("c").email;
        let refused = |error: StoreError| assert!(!error.is_transient() && !error.to_string().contains("example"), "{error}");
        refused(opened.store.write(move |tables| tables.add_account(&same_id)).await.unwrap_err());
        refused(opened.store.write(|tables| tables.add_session(&session("s", "b"))).await.unwrap_err());
        let mut same_token = session("t", "b");
        same_token.token_hash = session("s", "a").token_hash;
        refused(opened.store.write(move |tables| tables.add_session(&same_token)).await.unwrap_err());
        refused(opened.store.write(|tables| tables.add_session(&session("u", "nobody"))).await.unwrap_err());
    }

    async fn a_session_is_found_renewed_and_ended(open) {
        let opened = open(None);
        let work = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            for id in ["1", "2", "3"] {
                tables.add_session(&session(id, "a"))?;
            }
            let found = tables.session_by_token("token of 1")?.unwrap();
            assert_eq!((found.session, found.account), (session("1", "a").session, account("a")));
            let mut next = session("1", "a");
            (next.token_hash, next.remember_hash) = ("next".into(), Some("next remember".into()));
            next.session.token_issued_at = LATER;
            tables.rotate_session_tokens(&next)?;
            assert_eq!(tables.session_by_token("token of 1")?, None);
            let remembered = tables.remembered_session("1")?.unwrap();
            assert_eq!((remembered.remember_hash.as_str(), remembered.previous_remember_hash.as_deref()), ("next remember", Some("remember of 1")));
            assert_eq!((remembered.member.session.token_issued_at, remembered.member.session.last_used_at), (LATER, LATER));
            tables.record_session_use("3", Timestamp(LATER.0 + 1), NOON.plus_seconds(90))?;
            let order = |tables: &Tx<'_>, now| {
                Ok::<_, StoreError>(tables.active_sessions_of("a", now)?.into_iter().map(|s| s.id).collect::<Vec<_>>())
            };
            assert_eq!(order(tables, NOON)?, ["3", "1", "2"]);
            assert_eq!(tables.accounts(NOON)?, [(account("a"), 3)]);
            tables.delete_expired_sessions(NOON.plus_seconds(60))?;
            assert_eq!(order(tables, NOON)?, ["3"]);
            tables.add_session(&session("4", "a"))?;
            assert_eq!(tables.delete_sessions("a", Some("3"))?, 1);
            assert!(!tables.delete_session("b", "3")? && tables.delete_session("a", "3")?);
            assert_eq!(order(tables, NOON)?, [""; 0]);
            let mut forgetful = session("5", "a");
            (forgetful.remember_hash, forgetful.session.is_persistent) = (None, false);
            tables.add_session(&forgetful)?;
            assert_eq!(tables.session_by_token("token of 5")?.unwrap().session, forgetful.session);
            assert!(tables.remembered_session("5")?.is_none());
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn devices_and_reset_links_are_stored_renamed_and_deleted(open) {
        let opened = open(None);
        let work = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.add_account(&account("b"))?;
            tables.record_device("a", "one", NOON)?;
            tables.record_device("a", "one", LATER)?;
            tables.record_device("a", "two", NOON)?;
            tables.record_device("b", "one", NOON)?;
            assert_eq!(tables.device_times("a", Timestamp(0))?, [LATER, NOON]);
            assert!(tables.is_known_device("a", "one", NOON)? && !tables.is_known_device("a", "two", NOON)?);
            tables.replace_device_token("one", "three")?;
            assert!(tables.is_known_device("a", "three", NOON)? && tables.is_known_device("b", "three", Timestamp(0))?);
            tables.delete_devices("a", Some("three"))?;
            assert_eq!(tables.device_times("a", Timestamp(0))?, [LATER]);
            tables.delete_old_devices(NOON)?;
            assert_eq!(tables.device_times("b", Timestamp(0))?, []);
            tables.delete_devices("a", None)?;
            assert_eq!(tables.device_times("a", Timestamp(0))?, []);

            tables.set_password_reset_token("a", "first", LATER)?;
            tables.set_password_reset_token("a", "second", LATER)?;
            tables.set_password_reset_token("b", "third", NOON)?;
            assert_eq!(tables.account_by_password_reset_token("first", NOON)?, None);
            assert_eq!(tables.account_by_password_reset_token("second", NOON)?, Some(account("a")));
            assert_eq!(tables.account_by_password_reset_token("second", LATER)?, None);
            assert_eq!(tables.password_reset_expiry("a", Timestamp(0))?, Some(LATER));
            tables.delete_expired_password_reset_tokens(NOON)?;
            assert_eq!(tables.password_reset_expiry("b", Timestamp(0))?, None);
            assert!(tables.consume_password_reset_token("second")? && !tables.consume_password_reset_token("second")?);
            tables.set_password_reset_token("a", "fourth", LATER)?;
            tables.delete_password_reset_token("a")?;
            assert_eq!(tables.password_reset_expiry("a", Timestamp(0))?, None);
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn security_events_are_stored_in_order_up_to_an_age_and_a_number(open) {
        let opened = open(None);
        let happened = |event, at, device| SecurityEvent { event, at: Timestamp(at), device, count: 1 };
        let work = move |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.record_security_event("a", &happened(SecurityEventKind::SignedUp, NOON.0, None))?;
            for second in 1..=3 {
                tables.record_security_event("a", &happened(SecurityEventKind::Failed, NOON.0 + second, Some(Device::Tablet)))?;
            }
            let failed = SecurityEvent { count: 3, ..happened(SecurityEventKind::Failed, NOON.0 + 3, Some(Device::Tablet)) };
            assert_eq!(tables.security_events_of("a", NOON)?, [failed, happened(SecurityEventKind::SignedUp, NOON.0, None)]);
            for second in 0..i64::from(MAX_STORED) {
                tables.record_security_event("a", &happened(SecurityEventKind::SignedIn, NOON.0 + 10 + second, Some(Device::Phone)))?;
            }
            let all = tables.security_events_of("a", NOON)?;
            assert_eq!(all.len(), usize::try_from(MAX_STORED).unwrap());
            let [routine @ .., wrong, made] = &all[..] else { panic!("{all:?}") };
            assert!(routine.iter().all(|one| one.event == SecurityEventKind::SignedIn));
            assert_eq!((wrong.event, made.event), (SecurityEventKind::Failed, SecurityEventKind::SignedUp), "what is routine makes room first");
            tables.delete_old_security_events(Timestamp(i64::MAX))?;
            assert_eq!(tables.security_events_of("a", NOON)?, []);
            Ok(())
        };
        opened.store.clone().with_test_timeout().write(work).await.unwrap();
    }

    async fn repeated_sign_ins_push_out_no_important_event(open) {
        let opened = open(None);
        let work = |tables: &Tx<'_>| {
            let mut at = NOON.0;
            let mut note = |event| {
                at += 1;
                tables.record_security_event("a", &SecurityEvent { event, at: Timestamp(at), device: None, count: 1 })
            };
            tables.add_account(&account("a"))?;
            for event in [SecurityEventKind::SignedInFromNew, SecurityEventKind::PasswordChanged, SecurityEventKind::Replayed] {
                note(event)?;
            }
            for _ in 0..MAX_STORED {
                note(SecurityEventKind::SignedIn)?;
                note(SecurityEventKind::SignedOut)?;
            }
            let events = || -> Result<Vec<_>, StoreError> {
                Ok(tables.security_events_of("a", NOON)?.iter().map(|one| one.event).collect())
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
        let work = |tables: &Tx<'_>| {
            assert_eq!((tables.clock()?, tables.newest_security_event()?), (None, None));
            tables.set_clock(NOON)?;
            tables.set_clock(LATER)?;
            assert_eq!(tables.clock()?, Some(LATER));
            let ahead = NOON.plus_seconds(1 << 30);
            tables.add_account(&Account { created_at: ahead, disabled_at: Some(ahead), ..account("a") })?;
            tables.add_account(&account("b"))?;
            let mut of_then = session("1", "a");
            (of_then.session.created_at, of_then.session.token_issued_at, of_then.session.last_used_at) = (ahead, ahead, ahead);
            of_then.expires_at = ahead;
            tables.add_session(&of_then)?;
            tables.add_session(&session("2", "b"))?;
            for (id, at) in [("a", ahead), ("b", NOON)] {
                tables.record_device(id, "device", at)?;
                tables.record_security_event(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at, device: None, count: 1 })?;
                tables.set_password_reset_token(id, id, at.plus_seconds(86_400))?;
            }
            assert_eq!(tables.newest_security_event()?, Some(ahead));
            let lifetime = std::time::Duration::from_secs(100);
            tables.correct_future_account_times(NOON, lifetime)?;
            let dated = tables.account("a")?.unwrap();
            assert_eq!((dated.created_at, dated.disabled_at), (NOON, Some(NOON)));
            let session_of = |token| Ok::<_, StoreError>(tables.session_by_token(token)?.unwrap().session);
            let dated = session_of("token of 1")?;
            assert_eq!((dated.created_at, dated.token_issued_at, dated.last_used_at), (NOON.minus_seconds(1), NOON, NOON));
            assert_eq!(tables.active_sessions_of("a", dated.expires_at(lifetime))?, []);
            assert_eq!(session_of("token of 2")?, session("2", "b").session);
            assert_eq!((tables.device_times("a", Timestamp(0))?, tables.password_reset_expiry("a", Timestamp(0))?), (vec![NOON], Some(NOON)));
            assert_eq!(tables.password_reset_expiry("b", NOON)?, Some(NOON.plus_seconds(86_400)));
            assert_eq!(tables.newest_security_event()?, Some(NOON));
            Ok(())
        };
        opened.store.write(work).await.unwrap();
    }

    async fn erasing_an_account_deletes_its_rows_and_no_others(open) {
        let opened = open(None);
        let work = |tables: &Tx<'_>| {
            for id in ["a", "b"] {
                tables.add_account(&account(id))?;
                tables.add_session(&session(id, id))?;
                tables.record_device(id, "device", NOON)?;
                tables.record_security_event(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at: NOON, device: None, count: 1 })?;
                tables.set_password_reset_token(id, id, LATER)?;
                tables.attach_record(id, "record")?;
            }
            tables.erase_account("a")
        };
        opened.store.write(work).await.unwrap();
        let left = |tables: &Tx<'_>, id: &str| {
            Ok::<_, StoreError>([
                usize::from(tables.account(id)?.is_some()),
                tables.active_sessions_of(id, NOON)?.len(),
                tables.device_times(id, Timestamp(0))?.len(),
                tables.security_events_of(id, NOON)?.len(),
                usize::from(tables.password_reset_expiry(id, Timestamp(0))?.is_some()),
                tables.record_ids_of(id, 9)?.len(),
            ])
        };
        let left = opened.store.read(move |tables| Ok((left(tables, "a")?, left(tables, "b")?))).await.unwrap();
        assert_eq!(left, ([0; 6], [1; 6]));
        opened.store.checkpoint_wal().await.unwrap();
    }

    async fn page_views_are_counted_by_kind_and_returned_in_order(open) {
        let opened = open(None);
        let view = PageView { day: date!(2026 - 11 - 22), page: Page::Policy, device: Device::Phone, visit: Visit::Returning };
        for _ in 0..300 {
            opened.store.record_page_view(view);
            opened.store.record_page_view(PageView { visit: Visit::First, ..view });
        }
        opened.store.record_page_view(PageView { day: date!(2026 - 11 - 21), ..view });
        opened.store.flush().await.unwrap();
        let counts = |day| opened.store.read(move |tables| tables.page_views_since(day));
        let counted = |views: Vec<crate::store::PageViewCount>| {
            views.into_iter().map(|count| (count.day, count.visit, count.count)).collect::<Vec<_>>()
        };
        let today = [("2026-11-22".into(), "first".into(), 300), ("2026-11-22".into(), "returning".into(), 300)];
        assert_eq!(counted(counts(date!(2026 - 11 - 22)).await.unwrap()), today);
        assert_eq!(counts(date!(2026 - 11 - 20)).await.unwrap().len(), 3);
        assert_eq!(counts(date!(2026 - 11 - 23)).await.unwrap(), []);
    }
}
