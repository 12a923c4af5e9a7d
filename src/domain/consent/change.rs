//! Changes of a purpose between two prompts.

use std::{collections::HashMap, mem};

use crate::domain::{
    consent::snapshot::{PromptCookie, PromptEntry, PromptPurpose},
    cookies::declaration::FirstPartyCookie,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurposeChange {
    Question(BeforeAfter<String>),
    /// What a yes means.
    Description(BeforeAfter<String>),
    /// A new cookie.
    Added(PromptCookie),
    /// A removed cookie.
    Removed(PromptCookie),
    /// A first-party cookie with a new name.
    Renamed(BeforeAfter<PromptCookie>),
    Lifetime(BeforeAfter<PromptCookie>),
    /// A cookie's description.
    Text(BeforeAfter<PromptCookie>),
    SetBy(BeforeAfter<PromptCookie>),
    /// A cookie's attributes.
    Attributes(BeforeAfter<PromptCookie>),
    /// A change of what a partner service declares.
    OfService(EntryChange),
}

/// A change of what a partner service declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryChange {
    Added(PromptEntry),
    Removed(PromptEntry),
    Kept(BeforeAfter<PromptEntry>),
    Text(BeforeAfter<PromptEntry>),
    /// Who sets it, as a party or by name.
    SetBy(BeforeAfter<PromptEntry>),
    Attributes(BeforeAfter<PromptEntry>),
}

impl PurposeChange {
    /// Whether both changes are of the same kind.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OfService(one), Self::OfService(other)) => mem::discriminant(one) == mem::discriminant(other),
            _ => mem::discriminant(self) == mem::discriminant(other),
        }
    }
}

/// A value before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeAfter<T> {
    pub before: T,
    pub after: T,
}

impl<T: Clone + PartialEq> BeforeAfter<T> {
    fn if_changed(before: &T, after: &T) -> Option<Self> {
        (before != after).then(|| Self { before: before.clone(), after: after.clone() })
    }
}

/// All changes: texts first, then new, removed and changed cookies, and then those of services. The
/// list is empty exactly if both are equal but for the name.
pub fn changes(before: &PromptPurpose, after: &PromptPurpose) -> Vec<PurposeChange> {
    let find = |shown: &PromptPurpose, name: &str| {
        let own = FirstPartyCookie::from_name(name);
        let is_it = |other: &str| other == name || own.is_some() && FirstPartyCookie::from_name(other) == own;
        shown.cookies.iter().find(|cookie| is_it(&cookie.name)).cloned()
    };
    let words = [
        BeforeAfter::if_changed(&before.question, &after.question).map(PurposeChange::Question),
        BeforeAfter::if_changed(&before.description, &after.description).map(PurposeChange::Description),
    ];
    let added =
        after.cookies.iter().filter(|cookie| find(before, &cookie.name).is_none()).cloned().map(PurposeChange::Added);
    let removed =
        before.cookies.iter().filter(|cookie| find(after, &cookie.name).is_none()).cloned().map(PurposeChange::Removed);
    let kept = before.cookies.iter().filter_map(|cookie| BeforeAfter::if_changed(cookie, &find(after, &cookie.name)?));
    words
        .into_iter()
        .flatten()
        .chain(added)
        .chain(removed)
        .chain(kept.flat_map(of_cookie))
        .chain(of_services(before, after))
        .collect()
}

/// The changes of what services declare, in the order of [`changes`].
fn of_services<'p>(before: &'p PromptPurpose, after: &'p PromptPurpose) -> Vec<PurposeChange> {
    let by_key = |shown: &'p PromptPurpose| -> HashMap<_, &PromptEntry> {
        shown.services.iter().map(|entry| (entry.key(), entry)).collect()
    };
    let (old, new) = (by_key(before), by_key(after));
    let added = after.services.iter().filter(|entry| !old.contains_key(&entry.key())).cloned().map(EntryChange::Added);
    let removed =
        before.services.iter().filter(|entry| !new.contains_key(&entry.key())).cloned().map(EntryChange::Removed);
    let kept = before.services.iter().filter_map(|entry| BeforeAfter::if_changed(entry, new.get(&entry.key())?));
    added.chain(removed).chain(kept.flat_map(of_entry)).map(PurposeChange::OfService).collect()
}

/// The changes of an entry in both prompts.
fn of_entry(entry: BeforeAfter<PromptEntry>) -> Vec<EntryChange> {
    let BeforeAfter { before, after } = &entry;
    let said =
        |differs: bool, change: fn(BeforeAfter<PromptEntry>) -> EntryChange| differs.then(|| change(entry.clone()));
    let changes = [
        said(before.kept != after.kept, EntryChange::Kept),
        said(before.description != after.description, EntryChange::Text),
        said((before.party, &before.set_by) != (after.party, &after.set_by), EntryChange::SetBy),
        said(before.attributes != after.attributes, EntryChange::Attributes),
    ];
    changes.into_iter().flatten().collect()
}

/// The changes of a cookie in both prompts.
fn of_cookie(cookie: BeforeAfter<PromptCookie>) -> Vec<PurposeChange> {
    fn attributes(cookie: &PromptCookie) -> impl PartialEq {
        (cookie.http_only, cookie.secure, cookie.same_site, cookie.path.clone())
    }
    let BeforeAfter { before, after } = &cookie;
    let said =
        |differs: bool, change: fn(BeforeAfter<PromptCookie>) -> PurposeChange| differs.then(|| change(cookie.clone()));
    let changes = [
        said(before.name != after.name, PurposeChange::Renamed),
        said(before.max_age != after.max_age, PurposeChange::Lifetime),
        said(before.description != after.description, PurposeChange::Text),
        said(before.set_by != after.set_by, PurposeChange::SetBy),
        said(attributes(before) != attributes(after), PurposeChange::Attributes),
    ];
    changes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::cookies::{
        declaration::SameSite,
        service_entry::{Party, Retention, StatedAttributes, StorageKind},
    };

    fn cookie(name: &str) -> PromptCookie {
        PromptCookie {
            name: name.to_owned(),
            max_age: Some(60),
            http_only: true,
            secure: true,
            same_site: SameSite::Lax,
            path: "/".to_owned(),
            set_by: "Us".to_owned(),
            description: "For you.".to_owned(),
        }
    }

    fn shown(cookies: &[PromptCookie]) -> PromptPurpose {
        PromptPurpose {
            name: "analytics".to_owned(),
            question: "May we?".to_owned(),
            description: "Counts.".to_owned(),
            cookies: cookies.to_vec(),
            services: Vec::new(),
        }
    }

    fn with(change: impl FnOnce(&mut PromptCookie)) -> PromptCookie {
        let mut cookie = cookie("a");
        change(&mut cookie);
        cookie
    }

    #[test]
    fn a_new_name_of_a_first_party_cookie_is_no_other_cookie() {
        let own = FirstPartyCookie::Analytics;
        let (before, after) = (cookie(own.label()), cookie(own.into_str()));
        let longer = PromptCookie { max_age: Some(61), ..after.clone() };
        let turned = |after: &PromptCookie| BeforeAfter { before: before.clone(), after: after.clone() };
        for (after, expected) in [
            (after.clone(), vec![PurposeChange::Renamed(turned(&after))]),
            (longer.clone(), vec![PurposeChange::Renamed(turned(&longer)), PurposeChange::Lifetime(turned(&longer))]),
        ] {
            assert_eq!(changes(&shown(std::slice::from_ref(&before)), &shown(&[after])), expected);
        }
    }

    #[test]
    fn each_difference_is_told_once_and_with_both_sides() {
        let turned = |after: &PromptCookie| BeforeAfter { before: cookie("a"), after: after.clone() };
        let longer = with(|it| it.max_age = Some(61));
        let session = with(|it| it.max_age = None);
        let words = with(|it| it.description = "For us.".to_owned());
        let theirs = with(|it| it.set_by = "Them".to_owned());
        let open = with(|it| it.http_only = false);
        let insecure = with(|it| it.secure = false);
        let strict = with(|it| it.same_site = SameSite::Strict);
        let below = with(|it| it.path = "/a".to_owned());
        let all = PromptCookie { max_age: None, path: "/a".to_owned(), ..words.clone() };
        for (before, after, expected) in [
            (vec![], vec![], vec![]),
            (vec![cookie("a")], vec![cookie("a")], vec![]),
            (vec![], vec![cookie("a")], vec![PurposeChange::Added(cookie("a"))]),
            (vec![cookie("a")], vec![], vec![PurposeChange::Removed(cookie("a"))]),
            (
                vec![cookie("a")],
                vec![cookie("b")],
                vec![PurposeChange::Added(cookie("b")), PurposeChange::Removed(cookie("a"))],
            ),
            (vec![cookie("a")], vec![longer.clone()], vec![PurposeChange::Lifetime(turned(&longer))]),
            (vec![cookie("a")], vec![session.clone()], vec![PurposeChange::Lifetime(turned(&session))]),
            (vec![cookie("a")], vec![words.clone()], vec![PurposeChange::Text(turned(&words))]),
            (vec![cookie("a")], vec![theirs.clone()], vec![PurposeChange::SetBy(turned(&theirs))]),
            (vec![cookie("a")], vec![open.clone()], vec![PurposeChange::Attributes(turned(&open))]),
            (vec![cookie("a")], vec![insecure.clone()], vec![PurposeChange::Attributes(turned(&insecure))]),
            (vec![cookie("a")], vec![strict.clone()], vec![PurposeChange::Attributes(turned(&strict))]),
            (vec![cookie("a")], vec![below.clone()], vec![PurposeChange::Attributes(turned(&below))]),
            (
                vec![cookie("a"), cookie("b")],
                vec![all.clone(), cookie("b"), cookie("c")],
                vec![
                    PurposeChange::Added(cookie("c")),
                    PurposeChange::Lifetime(turned(&all)),
                    PurposeChange::Text(turned(&all)),
                    PurposeChange::Attributes(turned(&all)),
                ],
            ),
        ] {
            assert_eq!(changes(&shown(&before), &shown(&after)), expected);
        }
    }

    fn entry(service: &str, name: &str) -> PromptEntry {
        PromptEntry {
            service: service.to_owned(),
            kind: StorageKind::Cookie,
            name: name.to_owned(),
            kept: Retention::Session,
            attributes: StatedAttributes::default(),
            party: None,
            set_by: None,
            description: "For you.".to_owned(),
        }
    }

    #[test]
    fn each_difference_of_what_a_service_declares_is_told_once() {
        let shown = |services: &[PromptEntry]| PromptPurpose { services: services.to_vec(), ..shown(&[]) };
        let before = entry("shop", "a");
        let turned = |after: &PromptEntry| BeforeAfter { before: before.clone(), after: after.clone() };
        let longer = PromptEntry { kept: Retention::UntilDeleted, ..before.clone() };
        let words = PromptEntry { description: "For us.".to_owned(), ..before.clone() };
        let theirs = PromptEntry { set_by: Some("Them".to_owned()), ..before.clone() };
        let third = PromptEntry { party: Some(Party::Third), ..before.clone() };
        let attributes = StatedAttributes { secure: Some(true), ..StatedAttributes::default() };
        let stated = PromptEntry { attributes, ..before.clone() };
        let stored = PromptEntry { kind: StorageKind::LocalStorage, ..before.clone() };
        let other = entry("club", "a");
        for (after, expected) in [
            (vec![before.clone()], vec![]),
            (vec![], vec![EntryChange::Removed(before.clone())]),
            (vec![longer.clone()], vec![EntryChange::Kept(turned(&longer))]),
            (vec![words.clone()], vec![EntryChange::Text(turned(&words))]),
            (vec![theirs.clone()], vec![EntryChange::SetBy(turned(&theirs))]),
            (vec![third.clone()], vec![EntryChange::SetBy(turned(&third))]),
            (vec![stated.clone()], vec![EntryChange::Attributes(turned(&stated))]),
            (vec![before.clone(), other.clone()], vec![EntryChange::Added(other.clone())]),
            (vec![stored.clone()], vec![EntryChange::Added(stored), EntryChange::Removed(before.clone())]),
        ] {
            let found = changes(&shown(std::slice::from_ref(&before)), &shown(&after));
            assert_eq!(found, expected.into_iter().map(PurposeChange::OfService).collect::<Vec<_>>());
        }
        let (removed, added) = (EntryChange::Removed(before), EntryChange::Added(other));
        let (removed, added) = (PurposeChange::OfService(removed), PurposeChange::OfService(added));
        assert!(removed.is_like(&removed) && !removed.is_like(&added));
    }

    #[test]
    fn changed_words_come_first() {
        let before = shown(&[]);
        let after = PromptPurpose {
            question: "Shall we?".to_owned(),
            description: "Adds.".to_owned(),
            ..shown(&[cookie("a")])
        };
        let turned = |before: &str, after: &str| BeforeAfter { before: before.to_owned(), after: after.to_owned() };
        assert_eq!(
            changes(&before, &after),
            [
                PurposeChange::Question(turned("May we?", "Shall we?")),
                PurposeChange::Description(turned("Counts.", "Adds.")),
                PurposeChange::Added(cookie("a")),
            ]
        );
    }

    /// One of a few ways in which a purpose is shown.
    fn any_shown() -> impl Strategy<Value = PromptPurpose> {
        let same_site = prop::sample::select(vec![SameSite::Strict, SameSite::Lax, SameSite::None]);
        let one = (0..2_u64, any::<(bool, bool)>(), same_site, "[/a]", "[US]", "[xy]").prop_map(
            |(max_age, (http_only, secure), same_site, path, set_by, description)| PromptCookie {
                name: String::new(),
                max_age: Some(max_age).filter(|age| *age > 0),
                http_only,
                secure,
                same_site,
                path,
                set_by,
                description,
            },
        );
        let cookies = prop::collection::btree_map("[ab]", one, 0..3);
        ("[?!]", "[.;]", cookies).prop_map(|(question, description, cookies)| PromptPurpose {
            question,
            description,
            cookies: cookies.into_iter().map(|(name, cookie)| PromptCookie { name, ..cookie }).collect(),
            ..shown(&[])
        })
    }

    proptest! {
        #[test]
        fn nothing_changed_if_and_only_if_both_are_the_same(one in any_shown(), other in any_shown()) {
            prop_assert_eq!(changes(&one, &other).is_empty(), one == other);
            prop_assert!(changes(&one, &one).is_empty());
        }
    }
}
