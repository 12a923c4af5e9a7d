//! Accounts and what belongs to them.

use time::macros::date;

use super::{NOON, account, act, on_both, session};
use crate::{
    domain::{
        Timestamp,
        account::{
            credentials::Email,
            security_event::{KEPT_AT_MOST, NEWEST, SecurityEvent, SecurityEventKind},
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
    async fn an_account_is_found_as_it_was_added_and_changed(kept) {
        let kept = kept(None);
        let look = Appearance { theme: Theme::Dark, text_size: TextSize::Larger };
        let mut whole = account("müller");
        whole.decision = Some(decision());
        whole.appearance = Some(look);
        whole.disabled_at = Some(Timestamp(i64::MIN));
        whole.created_at = Timestamp(i64::MAX);
        whole.password = String::new();
        let (added, other) = (whole.clone(), account("other"));
        let work = move |tables: &Tx<'_>| {
            assert!(tables.add_account(&added)? && tables.add_account(&other)?);
            tables.set_password("other", "日本語 🍪 \u{202e}")?;
            tables.set_disabled("other", Some(NOON))?;
            tables.set_decision("other", &decision())?;
            tables.set_appearance("other", Some(look))
        };
        kept.store.write(work).await.unwrap();
        let email = whole.email.clone();
        let read = move |tables: &Tx<'_>| Ok((tables.account("müller")?, tables.account_by_email(&email)?));
        assert_eq!(kept.store.read(read).await.unwrap(), (Some(whole.clone()), Some(whole)));
        let other = kept.store.read(|tables| tables.account("other")).await.unwrap().unwrap();
        assert_eq!((other.password.as_str(), other.disabled_at), ("日本語 🍪 \u{202e}", Some(NOON)));
        assert_eq!((other.decision, other.appearance), (Some(decision()), Some(look)));
        let work = |tables: &Tx<'_>| {
            tables.set_disabled("other", None)?;
            tables.set_appearance("other", None)?;
            tables.account("other")
        };
        let other = kept.store.write(work).await.unwrap().unwrap();
        assert_eq!((other.disabled_at, other.appearance), (None, None));
    }

    async fn a_look_up_of_nothing_finds_nothing(kept) {
        let email = Email::parse("nobody@example.org").unwrap();
        let look = move |tables: &Tx<'_>| {
            assert_eq!(tables.account("")?, None);
            assert_eq!(tables.account_by_email(&email)?, None);
            assert_eq!(tables.account_by_reset_token("", NOON)?, None);
            assert_eq!(tables.session_by_token("")?, None);
            assert!(tables.remembered("")?.is_none());
            assert_eq!(tables.reset_token_expiry("", Timestamp(0))?, None);
            assert!(!tables.knows_device("", "", NOON)?);
            assert_eq!(tables.accounts(NOON)?, []);
            assert_eq!(tables.sessions_of("", NOON)?, []);
            assert_eq!(tables.activity_of("", NOON)?, []);
            assert_eq!(tables.devices_of("", Timestamp(0))?, []);
            assert_eq!(tables.records_of("", 9)?, [""; 0]);
            assert_eq!(tables.heads()?, []);
            assert_eq!(tables.page_with("", "")?, None);
            assert_eq!(tables.pages_behind("", "", 9)?, []);
            assert_eq!(tables.headless_chains()?, [""; 0]);
            assert_eq!(tables.shown()?, []);
            assert_eq!(tables.views_since(date!(1970 - 01 - 01))?, []);
            Ok(())
        };
        let kept = kept(None);
        kept.store.read(look.clone()).await.unwrap();
        kept.store.write(look).await.unwrap();
        let change = |tables: &Tx<'_>| {
            tables.set_password("", "")?;
            tables.erase_account("")?;
            tables.note_use("", NOON, NOON)?;
            tables.rotate(&session("", ""))?;
            assert!(!tables.end_session("", "")? && !tables.use_reset_token("")? && !tables.remove_page("", "")?);
            assert_eq!(tables.end_sessions("", None)?, 0);
            assert_eq!(tables.lock_head("")?, None);
            Ok(())
        };
        kept.store.write(change).await.unwrap();
    }

    async fn what_is_taken_is_refused(kept) {
        let kept = kept(None);
        let fill = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.add_account(&account("b"))?;
            tables.add_session(&session("s", "a"))
        };
        kept.store.write(fill).await.unwrap();
        let mut same_email = account("c");
        same_email.email = account("a").email;
        assert!(!kept.store.write(move |tables| tables.add_account(&same_email)).await.unwrap());
        let mut same_id = account("a");
        same_id.email = account("c").email;
        let refused = |error: StoreError| assert!(!error.is_transient() && !error.to_string().contains("example"), "{error}");
        refused(kept.store.write(move |tables| tables.add_account(&same_id)).await.unwrap_err());
        refused(kept.store.write(|tables| tables.add_session(&session("s", "b"))).await.unwrap_err());
        let mut same_token = session("t", "b");
        same_token.token = session("s", "a").token;
        refused(kept.store.write(move |tables| tables.add_session(&same_token)).await.unwrap_err());
        refused(kept.store.write(|tables| tables.add_session(&session("u", "nobody"))).await.unwrap_err());
    }

    async fn a_session_is_found_renewed_and_ended(kept) {
        let kept = kept(None);
        let work = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            for id in ["1", "2", "3"] {
                tables.add_session(&session(id, "a"))?;
            }
            let found = tables.session_by_token("token of 1")?.unwrap();
            assert_eq!((found.session, found.account), (session("1", "a").session, account("a")));
            let mut next = session("1", "a");
            (next.token, next.remember) = ("next".into(), Some("next remember".into()));
            next.session.token_at = LATER;
            tables.rotate(&next)?;
            assert_eq!(tables.session_by_token("token of 1")?, None);
            let remembered = tables.remembered("1")?.unwrap();
            assert_eq!((remembered.current.as_str(), remembered.before.as_deref()), ("next remember", Some("remember of 1")));
            assert_eq!((remembered.member.session.token_at, remembered.member.session.used_at), (LATER, LATER));
            tables.note_use("3", Timestamp(LATER.0 + 1), NOON.plus_seconds(90))?;
            let order = |tables: &Tx<'_>, now| {
                Ok::<_, StoreError>(tables.sessions_of("a", now)?.into_iter().map(|s| s.id).collect::<Vec<_>>())
            };
            assert_eq!(order(tables, NOON)?, ["3", "1", "2"]);
            assert_eq!(tables.accounts(NOON)?, [(account("a"), 3)]);
            tables.forget_ended_sessions(NOON.plus_seconds(60))?;
            assert_eq!(order(tables, NOON)?, ["3"]);
            tables.add_session(&session("4", "a"))?;
            assert_eq!(tables.end_sessions("a", Some("3"))?, 1);
            assert!(!tables.end_session("b", "3")? && tables.end_session("a", "3")?);
            assert_eq!(order(tables, NOON)?, [""; 0]);
            let mut forgetful = session("5", "a");
            (forgetful.remember, forgetful.session.is_remembered) = (None, false);
            tables.add_session(&forgetful)?;
            assert_eq!(tables.session_by_token("token of 5")?.unwrap().session, forgetful.session);
            assert!(tables.remembered("5")?.is_none());
            Ok(())
        };
        kept.store.write(work).await.unwrap();
    }

    async fn devices_and_links_are_noted_renamed_and_forgotten(kept) {
        let kept = kept(None);
        let work = |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.add_account(&account("b"))?;
            tables.note_device("a", "one", NOON)?;
            tables.note_device("a", "one", LATER)?;
            tables.note_device("a", "two", NOON)?;
            tables.note_device("b", "one", NOON)?;
            assert_eq!(tables.devices_of("a", Timestamp(0))?, [LATER, NOON]);
            assert!(tables.knows_device("a", "one", NOON)? && !tables.knows_device("a", "two", NOON)?);
            tables.rename_device("one", "three")?;
            assert!(tables.knows_device("a", "three", NOON)? && tables.knows_device("b", "three", Timestamp(0))?);
            tables.forget_devices("a", Some("three"))?;
            assert_eq!(tables.devices_of("a", Timestamp(0))?, [LATER]);
            tables.forget_old_devices(NOON)?;
            assert_eq!(tables.devices_of("b", Timestamp(0))?, []);
            tables.forget_devices("a", None)?;
            assert_eq!(tables.devices_of("a", Timestamp(0))?, []);

            tables.put_reset_token("a", "first", LATER)?;
            tables.put_reset_token("a", "second", LATER)?;
            tables.put_reset_token("b", "third", NOON)?;
            assert_eq!(tables.account_by_reset_token("first", NOON)?, None);
            assert_eq!(tables.account_by_reset_token("second", NOON)?, Some(account("a")));
            assert_eq!(tables.account_by_reset_token("second", LATER)?, None);
            assert_eq!(tables.reset_token_expiry("a", Timestamp(0))?, Some(LATER));
            tables.delete_expired_reset_tokens(NOON)?;
            assert_eq!(tables.reset_token_expiry("b", Timestamp(0))?, None);
            assert!(tables.use_reset_token("second")? && !tables.use_reset_token("second")?);
            tables.put_reset_token("a", "fourth", LATER)?;
            tables.delete_reset_token("a")?;
            assert_eq!(tables.reset_token_expiry("a", Timestamp(0))?, None);
            Ok(())
        };
        kept.store.write(work).await.unwrap();
    }

    async fn activity_is_kept_in_order_for_a_time_and_up_to_a_number(kept) {
        let kept = kept(None);
        let happened = |event, at, device| SecurityEvent { event, at: Timestamp(at), device, times: 1 };
        let work = move |tables: &Tx<'_>| {
            tables.add_account(&account("a"))?;
            tables.note_activity("a", &happened(SecurityEventKind::SignedUp, NOON.0, None))?;
            for second in 1..=3 {
                tables.note_activity("a", &happened(SecurityEventKind::Failed, NOON.0 + second, Some(Device::Tablet)))?;
            }
            let failed = SecurityEvent { times: 3, ..happened(SecurityEventKind::Failed, NOON.0 + 3, Some(Device::Tablet)) };
            assert_eq!(tables.activity_of("a", NOON)?, [failed, happened(SecurityEventKind::SignedUp, NOON.0, None)]);
            for second in 0..i64::from(KEPT_AT_MOST) {
                tables.note_activity("a", &happened(SecurityEventKind::SignedIn, NOON.0 + 10 + second, Some(Device::Phone)))?;
            }
            let all = tables.activity_of("a", NOON)?;
            assert_eq!(all.len(), usize::try_from(KEPT_AT_MOST).unwrap());
            let [routine @ .., wrong, made] = &all[..] else { panic!("{all:?}") };
            assert!(routine.iter().all(|one| one.event == SecurityEventKind::SignedIn));
            assert_eq!((wrong.event, made.event), (SecurityEventKind::Failed, SecurityEventKind::SignedUp), "what is routine makes room first");
            tables.forget_old_activity(Timestamp(i64::MAX))?;
            assert_eq!(tables.activity_of("a", NOON)?, []);
            Ok(())
        };
        kept.store.clone().patient().write(work).await.unwrap();
    }

    async fn signing_in_and_out_again_and_again_hides_nothing(kept) {
        let kept = kept(None);
        let work = |tables: &Tx<'_>| {
            let mut at = NOON.0;
            let mut note = |event| {
                at += 1;
                tables.note_activity("a", &SecurityEvent { event, at: Timestamp(at), device: None, times: 1 })
            };
            tables.add_account(&account("a"))?;
            for event in [SecurityEventKind::SignedInFromNew, SecurityEventKind::PasswordChanged, SecurityEventKind::Replayed] {
                note(event)?;
            }
            for _ in 0..KEPT_AT_MOST {
                note(SecurityEventKind::SignedIn)?;
                note(SecurityEventKind::SignedOut)?;
            }
            let events = || -> Result<Vec<_>, StoreError> {
                Ok(tables.activity_of("a", NOON)?.iter().map(|one| one.event).collect())
            };
            let all = events()?;
            assert_eq!(all[all.len() - 3..], [SecurityEventKind::Replayed, SecurityEventKind::PasswordChanged, SecurityEventKind::SignedInFromNew]);
            assert_eq!(all[..2], [SecurityEventKind::SignedOut, SecurityEventKind::SignedIn]);
            assert_eq!(u32::try_from(all.len()).unwrap(), KEPT_AT_MOST);
            // Where nothing is routine, the oldest goes; and what is newest is told whatever it is.
            for _ in 0..KEPT_AT_MOST {
                note(SecurityEventKind::ResetLinkCreated)?;
            }
            note(SecurityEventKind::SignedIn)?;
            let all = events()?;
            assert_eq!((all[0], all[1]), (SecurityEventKind::SignedIn, SecurityEventKind::ResetLinkCreated));
            let routine = all.iter().filter(|event| SecurityEventKind::ROUTINE.contains(event)).count();
            assert!(routine <= usize::try_from(NEWEST).unwrap() && all.len() == usize::try_from(KEPT_AT_MOST).unwrap());
            Ok(())
        };
        kept.store.clone().patient().write(work).await.unwrap();
    }

    async fn what_lies_ahead_is_dated_anew_and_the_rest_is_left(kept) {
        let kept = kept(None);
        let work = |tables: &Tx<'_>| {
            assert_eq!((tables.seen_at()?, tables.newest_activity()?), (None, None));
            tables.put_seen_at(NOON)?;
            tables.put_seen_at(LATER)?;
            assert_eq!(tables.seen_at()?, Some(LATER));
            let ahead = NOON.plus_seconds(1 << 30);
            tables.add_account(&Account { created_at: ahead, disabled_at: Some(ahead), ..account("a") })?;
            tables.add_account(&account("b"))?;
            let mut of_then = session("1", "a");
            (of_then.session.created_at, of_then.session.token_at, of_then.session.used_at) = (ahead, ahead, ahead);
            of_then.ends_at = ahead;
            tables.add_session(&of_then)?;
            tables.add_session(&session("2", "b"))?;
            for (id, at) in [("a", ahead), ("b", NOON)] {
                tables.note_device(id, "device", at)?;
                tables.note_activity(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at, device: None, times: 1 })?;
                tables.put_reset_token(id, id, at.plus_seconds(86_400))?;
            }
            assert_eq!(tables.newest_activity()?, Some(ahead));
            let lifetime = std::time::Duration::from_secs(100);
            tables.date_accounts(NOON, lifetime)?;
            let dated = tables.account("a")?.unwrap();
            assert_eq!((dated.created_at, dated.disabled_at), (NOON, Some(NOON)));
            let session_of = |token| Ok::<_, StoreError>(tables.session_by_token(token)?.unwrap().session);
            let dated = session_of("token of 1")?;
            assert_eq!((dated.created_at, dated.token_at, dated.used_at), (NOON.minus_seconds(1), NOON, NOON));
            assert_eq!(tables.sessions_of("a", dated.ends_at(lifetime))?, []);
            assert_eq!(session_of("token of 2")?, session("2", "b").session);
            assert_eq!((tables.devices_of("a", Timestamp(0))?, tables.reset_token_expiry("a", Timestamp(0))?), (vec![NOON], Some(NOON)));
            assert_eq!(tables.reset_token_expiry("b", NOON)?, Some(NOON.plus_seconds(86_400)));
            assert_eq!(tables.newest_activity()?, Some(NOON));
            Ok(())
        };
        kept.store.write(work).await.unwrap();
    }

    async fn an_account_that_is_erased_takes_everything_of_it_along_and_nothing_else(kept) {
        let kept = kept(None);
        let work = |tables: &Tx<'_>| {
            for id in ["a", "b"] {
                tables.add_account(&account(id))?;
                tables.add_session(&session(id, id))?;
                tables.note_device(id, "device", NOON)?;
                tables.note_activity(id, &SecurityEvent { event: SecurityEventKind::SignedUp, at: NOON, device: None, times: 1 })?;
                tables.put_reset_token(id, id, LATER)?;
                tables.link_record(id, "record")?;
            }
            tables.erase_account("a")
        };
        kept.store.write(work).await.unwrap();
        let left = |tables: &Tx<'_>, id: &str| {
            Ok::<_, StoreError>([
                usize::from(tables.account(id)?.is_some()),
                tables.sessions_of(id, NOON)?.len(),
                tables.devices_of(id, Timestamp(0))?.len(),
                tables.activity_of(id, NOON)?.len(),
                usize::from(tables.reset_token_expiry(id, Timestamp(0))?.is_some()),
                tables.records_of(id, 9)?.len(),
            ])
        };
        let left = kept.store.read(move |tables| Ok((left(tables, "a")?, left(tables, "b")?))).await.unwrap();
        assert_eq!(left, ([0; 6], [1; 6]));
        kept.store.checkpoint_wal().await.unwrap();
    }

    async fn views_are_counted_by_kind_and_told_in_order(kept) {
        let kept = kept(None);
        let view = PageView { day: date!(2026 - 11 - 22), page: Page::Policy, device: Device::Phone, visit: Visit::Returning };
        for _ in 0..300 {
            kept.store.count(view);
            kept.store.count(PageView { visit: Visit::First, ..view });
        }
        kept.store.count(PageView { day: date!(2026 - 11 - 21), ..view });
        kept.store.flush().await.unwrap();
        let counts = |day| kept.store.read(move |tables| tables.views_since(day));
        let counted = |views: Vec<crate::store::PageViewCount>| {
            views.into_iter().map(|count| (count.day, count.visit, count.views)).collect::<Vec<_>>()
        };
        let today = [("2026-11-22".into(), "first".into(), 300), ("2026-11-22".into(), "returning".into(), 300)];
        assert_eq!(counted(counts(date!(2026 - 11 - 22)).await.unwrap()), today);
        assert_eq!(counts(date!(2026 - 11 - 20)).await.unwrap().len(), 3);
        assert_eq!(counts(date!(2026 - 11 - 23)).await.unwrap(), []);
    }
}
