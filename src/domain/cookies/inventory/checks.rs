//! Validation of declarations: what may be declared, and what must be.

use strum::VariantArray as _;

use super::super::{
    declaration::{Declaration, FirstPartyCookie, Lifetime, SameSite},
    inventory::PurposeText,
    purpose::{Essential, Purpose},
};

/// The longest lifetime of an optional cookie: 400 days (RFC 6265bis, 5.5, caps every cookie
/// there).
pub const MAX_OPTIONAL_SECONDS: u64 = 400 * 24 * 60 * 60;

/// The longest lifetime of a consent cookie: six months, as 183 days.
pub const MAX_CONSENT_SECONDS: u64 = 183 * 24 * 60 * 60;

/// The field of an entry that a violation is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieField {
    Name,
    Purpose,
    Lifetime,
    Secure,
    HttpOnly,
    SameSite,
    Path,
    SetBy,
    Description,
    Since,
    Until,
    /// The question of a purpose.
    Question,
    /// The name of a purpose within a sentence.
    Label,
    /// What a purpose collects.
    Collects,
    /// The storage types that a purpose grants.
    ConsentMode,
}

/// A violation of the inventory's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryViolation {
    /// The entry (from 0) and its field; `None` for the whole list.
    pub at: Option<(usize, CookieField)>,
    /// A sentence without a full stop.
    pub what: String,
}

/// Checks the declarations one by one and as a whole.
pub fn violations(declarations: &[Declaration], purposes: &[PurposeText]) -> Vec<InventoryViolation> {
    let mut found = cookie_violations(declarations);
    let purposes = purposes.iter().map(|text| text.purpose);
    found.extend(undeclared_cookies(declarations.iter().map(|declaration| &declaration.name), purposes));
    found
}

/// Checks the declarations one by one.
pub fn cookie_violations(declarations: &[Declaration]) -> Vec<InventoryViolation> {
    let mut found = Vec::new();
    for (index, declaration) in declarations.iter().enumerate() {
        let mut wrong = |field, what: String| found.push(InventoryViolation { at: Some((index, field)), what });
        let name = &declaration.name;
        if !is_token(name) {
            wrong(CookieField::Name, format!("{name:?} is no cookie name: use letters, digits and !#$%&'*+-.^_`|~"));
        }
        if declarations.iter().take(index).any(|other| other.name == *name && other.since == declaration.since) {
            wrong(CookieField::Name, format!("{name} is declared twice since edition {}", declaration.since));
        }
        check_until(declaration, declarations, &mut wrong);
        check_prefix(declaration, &mut wrong);
        check_lifetime(declaration, &mut wrong);
        if let Some(own) = FirstPartyCookie::from_name(name)
            && own.purpose() != declaration.purpose
        {
            let (needs, says) = (own.purpose(), declaration.purpose);
            let (needs, says) = (needs.as_str(), says.as_str());
            wrong(CookieField::Purpose, format!("the server sets {name} for {needs}, but it is declared for {says}"));
        }
        for (field, text, word) in [
            (CookieField::Description, &declaration.description, "description"),
            (CookieField::SetBy, &declaration.set_by, "set_by"),
        ] {
            if text.trim().is_empty() {
                wrong(field, format!("{name} has an empty {word}"));
            }
        }
    }
    found
}

/// A violation for each first-party cookie without a declaration. An optional one needs none where
/// its purpose is not declared, and none that only some sites set.
pub fn undeclared_cookies<N: AsRef<str>>(
    declared: impl IntoIterator<Item = N>,
    purposes: impl IntoIterator<Item = Purpose>,
) -> Vec<InventoryViolation> {
    let purposes: Vec<_> = purposes.into_iter().collect();
    let is_needed = |own: &FirstPartyCookie| {
        own.is_required() || own.purpose().optional().is_some_and(|_| purposes.contains(&own.purpose()))
    };
    let mut missing: Vec<_> = FirstPartyCookie::VARIANTS.iter().copied().filter(is_needed).collect();
    for name in declared {
        missing.retain(|own| FirstPartyCookie::from_name(name.as_ref()) != Some(*own));
    }
    let what = |own: FirstPartyCookie| format!("the server sets {}, but it is not declared", own.into_str());
    missing.into_iter().map(|own| InventoryViolation { at: None, what: what(own) }).collect()
}

/// `until` must follow `since`. A declaration of an essential first-party cookie ends only with the
/// edition that declares the cookie's newer name, and that of any first-party cookie ends with it.
fn check_until(declaration: &Declaration, all: &[Declaration], wrong: &mut impl FnMut(CookieField, String)) {
    let Declaration { name, since, until, .. } = declaration;
    if let Some(until) = until.filter(|until| until <= since) {
        wrong(CookieField::Until, format!("{name} ends with edition {until}, which is not after {since}"));
    }
    let Some(own) = FirstPartyCookie::from_name(name) else { return };
    let newer = (own.former_name() == Some(name))
        .then(|| all.iter().filter(|one| one.name == own.into_str()).map(|one| one.since).min())
        .flatten();
    // Only the last declaration of a name can end.
    let is_last = !all.iter().any(|other| other.name == *name && other.since > *since);
    match (newer, until) {
        (Some(newer), until) if is_last && *until != Some(newer) => {
            let what = format!("{} replaces {name} in edition {newer}: add until = \"{newer}\"", own.into_str());
            wrong(CookieField::Until, what);
        }
        (None, Some(_)) if own.purpose().is_essential() => {
            wrong(CookieField::Until, format!("the server sets {name}, so its declaration cannot end"));
        }
        _ => {}
    }
}

/// `__Host-` binds a cookie to this host, to https and to the whole site (RFC 6265bis, 4.1.3.2),
/// and `__Host-Http-` hides it from scripts too.
fn check_prefix(declaration: &Declaration, wrong: &mut impl FnMut(CookieField, String)) {
    let name = &declaration.name;
    let attributes = &declaration.attributes;
    if name.starts_with("__Host-") {
        if !attributes.secure {
            wrong(CookieField::Secure, format!("{name} must be secure: browsers refuse a __Host- cookie that is not"));
        }
        if attributes.path != "/" {
            wrong(
                CookieField::Path,
                format!("{name} must have the path \"/\": browsers refuse a __Host- cookie with another"),
            );
        }
        if name.starts_with("__Host-Http-") && !attributes.http_only {
            let what = format!("{name} must be http_only: browsers refuse a __Host-Http- cookie that is not");
            wrong(CookieField::HttpOnly, what);
        }
        return;
    }
    if declaration.no_host_prefix_because.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        wrong(
            CookieField::Name,
            format!("{name} does without __Host- and gives no reason: add no_host_prefix_because"),
        );
    }
    if name.starts_with("__Secure-") && !attributes.secure {
        wrong(CookieField::Secure, format!("{name} must be secure: browsers refuse a __Secure- cookie that is not"));
    }
    if !attributes.path.starts_with('/') || !attributes.path.bytes().all(|b| b.is_ascii_graphic() && b != b';') {
        wrong(CookieField::Path, format!("{name} needs a path that starts with \"/\""));
    }
    if attributes.same_site == SameSite::None && !attributes.secure {
        wrong(CookieField::SameSite, format!("{name} is SameSite=None and so must be secure"));
    }
}

fn check_lifetime(declaration: &Declaration, wrong: &mut impl FnMut(CookieField, String)) {
    if let Some(what) = lifetime_violation(&declaration.name, declaration.purpose, declaration.lifetime) {
        wrong(CookieField::Lifetime, what);
    }
}

/// What is wrong with the lifetime of a cookie of this purpose.
pub(super) fn lifetime_violation(name: &str, purpose: Purpose, lifetime: Lifetime) -> Option<String> {
    let longest = match purpose {
        Purpose::Optional(_) => Some((MAX_OPTIONAL_SECONDS, "an optional cookie lives at most 400 days")),
        Purpose::Essential(Essential::Consent) => {
            Some((MAX_CONSENT_SECONDS, "a consent cookie lives at most 183 days"))
        }
        Purpose::Essential(_) => None,
    };
    match (lifetime, longest) {
        (Lifetime::Persistent(duration), _) if duration.as_secs() == 0 => {
            Some(format!("{name} has a lifetime of nothing, which removes it"))
        }
        (Lifetime::Persistent(duration), Some((longest, rule))) if duration.as_secs() > longest => {
            Some(format!("{name} lives too long: {rule}"))
        }
        _ => None,
    }
}

/// Whether the text is a `token` (RFC 9110, 5.6.2), which cookie names are.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        cookies::{
            declaration::Attributes,
            inventory::purpose_text::tests::{known, text},
            purpose::Optional,
        },
        policy::version::Version,
    };

    const FIRST: Version = Version { major: 1, minor: 0 };
    const SECOND: Version = Version { major: 1, minor: 1 };

    fn declaration(name: &str, purpose: Purpose) -> Declaration {
        Declaration {
            name: name.to_owned(),
            purpose,
            lifetime: Lifetime::Session,
            attributes: Attributes { http_only: true, secure: true, same_site: SameSite::Lax, path: "/".to_owned() },
            set_by: "Us".to_owned(),
            description: "For you.".to_owned(),
            since: FIRST,
            until: None,
            no_host_prefix_because: None,
        }
    }

    fn own() -> Vec<Declaration> {
        FirstPartyCookie::VARIANTS.iter().map(|own| declaration(own.into_str(), own.purpose())).collect()
    }

    fn described() -> Vec<PurposeText> {
        known().into_iter().map(|purpose| text(purpose, "For you.", 0)).collect()
    }

    const SECURITY: Purpose = Purpose::Essential(Essential::Security);
    const CONSENT: Purpose = Purpose::Essential(Essential::Consent);
    const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);

    /// The violations if a declaration with this change is added to the server's own ones.
    fn wrong(name: &str, purpose: Purpose, change: impl FnOnce(&mut Declaration)) -> Vec<(CookieField, String)> {
        let mut added = declaration(name, purpose);
        change(&mut added);
        let mut all = own();
        all.push(added);
        violations(&all, &described())
            .into_iter()
            .filter_map(|mistake| {
                Some((mistake.at.filter(|at| at.0 == FirstPartyCookie::VARIANTS.len())?.1, mistake.what))
            })
            .collect()
    }

    fn nothing() -> Vec<(CookieField, String)> {
        Vec::new()
    }

    fn one(field: CookieField, what: &str) -> Vec<(CookieField, String)> {
        vec![(field, what.to_owned())]
    }

    fn lives(days: u64, and_seconds: u64) -> impl FnOnce(&mut Declaration) {
        move |it| it.lifetime = Lifetime::Persistent(Duration::from_secs(days * 86_400 + and_seconds))
    }

    #[test]
    fn an_inventory_declares_every_cookie_of_the_server() {
        assert_eq!(violations(&own(), &described()), []);
        for (index, cookie) in FirstPartyCookie::VARIANTS.iter().copied().enumerate() {
            let mut declarations = own();
            declarations.remove(index);
            let what = format!("the server sets {}, but it is not declared", cookie.into_str());
            let missing = InventoryViolation { at: None, what };
            // Only some sites set these.
            let is_optional = matches!(cookie, FirstPartyCookie::SignIn | FirstPartyCookie::Bound);
            let expected = if is_optional { vec![] } else { vec![missing] };
            assert_eq!(violations(&declarations, &described()), expected);
        }
        assert_eq!(violations(&[], &described()).len(), FirstPartyCookie::VARIANTS.len() - 2);
    }

    #[test]
    fn a_newer_name_replaces_the_former_one_in_the_edition_that_declares_it() {
        let visit = FirstPartyCookie::Visit;
        let former = |until| Declaration { until, ..declaration(visit.label(), SECURITY) };
        let newer = || Declaration { since: SECOND, ..declaration(visit.into_str(), SECURITY) };
        let others = || own().into_iter().filter(|one| one.name != visit.into_str());
        let third = Version { major: 1, minor: 2 };
        let replaced = "__Host-Http-visit replaces __Host-visit in edition 1.1: add until = \"1.1\"";
        let cannot_end = "the server sets __Host-visit, so its declaration cannot end";
        for (declared, expected) in [
            (vec![former(None)], vec![]),
            (vec![former(Some(SECOND)), newer()], vec![]),
            (vec![former(None), newer()], vec![replaced]),
            (vec![former(Some(third)), newer()], vec![replaced]),
            (vec![former(Some(SECOND))], vec![cannot_end]),
            (vec![], vec!["the server sets __Host-Http-visit, but it is not declared"]),
        ] {
            let all: Vec<_> = others().chain(declared).collect();
            let found = violations(&all, &described());
            assert_eq!(found.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_name_is_declared_once_for_an_edition() {
        let what = "__Host-Http-visit is declared twice since edition 1.0";
        assert_eq!(wrong("__Host-Http-visit", SECURITY, |_| ()), one(CookieField::Name, what));
        assert_eq!(wrong("__Host-Visit", SECURITY, |_| ()), nothing(), "names differ by case");
        assert_eq!(wrong("__Host-Http-visit", SECURITY, |it| it.since = SECOND), nothing(), "it changed with the next");
    }

    #[test]
    fn a_declaration_ends_after_it_began_unless_the_server_sets_the_cookie() {
        let ends = |since, until| {
            move |it: &mut Declaration| {
                it.since = since;
                it.until = Some(until);
            }
        };
        assert_eq!(wrong("__Host-x", ANALYTICS, ends(FIRST, SECOND)), nothing());
        let what = "__Host-x ends with edition 1.1, which is not after 1.1";
        assert_eq!(wrong("__Host-x", ANALYTICS, ends(SECOND, SECOND)), one(CookieField::Until, what));
        let third = Version { major: 1, minor: 2 };
        let what = "the server sets __Host-Http-visit, so its declaration cannot end";
        assert_eq!(wrong("__Host-Http-visit", SECURITY, ends(SECOND, third)), one(CookieField::Until, what));
    }

    #[test]
    fn a_name_is_a_token() {
        for name in ["__Host-a b", "__Host-a=b", "__Host-a;", "__Host-ä", "__Host-a\n", "__Host-(a)"] {
            let what = format!("{name:?} is no cookie name: use letters, digits and !#$%&'*+-.^_`|~");
            assert_eq!(wrong(name, SECURITY, |_| ()), one(CookieField::Name, &what));
        }
        assert!(!is_token(""));
    }

    #[test]
    fn an_optional_cookie_lives_at_most_400_days() {
        assert_eq!(wrong("__Host-x", ANALYTICS, lives(400, 0)), nothing());
        let what = "__Host-x lives too long: an optional cookie lives at most 400 days";
        assert_eq!(wrong("__Host-x", ANALYTICS, lives(400, 1)), one(CookieField::Lifetime, what));
    }

    #[test]
    fn a_consent_cookie_lives_at_most_183_days() {
        assert_eq!(wrong("__Host-x", CONSENT, lives(183, 0)), nothing());
        let what = "__Host-x lives too long: a consent cookie lives at most 183 days";
        assert_eq!(wrong("__Host-x", CONSENT, lives(183, 1)), one(CookieField::Lifetime, what));
    }

    #[test]
    fn a_cookie_lives_at_all() {
        let what = "__Host-x has a lifetime of nothing, which removes it";
        assert_eq!(wrong("__Host-x", SECURITY, lives(0, 0)), one(CookieField::Lifetime, what));
    }

    #[test]
    fn a_name_without_the_host_prefix_gives_its_reason() {
        let what = "x does without __Host- and gives no reason: add no_host_prefix_because";
        let because = |reason: &str| {
            let reason = Some(reason.to_owned());
            move |it: &mut Declaration| it.no_host_prefix_because = reason
        };
        assert_eq!(wrong("x", SECURITY, |_| ()), one(CookieField::Name, what));
        assert_eq!(wrong("x", SECURITY, because(" ")), one(CookieField::Name, what));
        assert_eq!(wrong("x", SECURITY, because("It is shared with the shop.")), nothing());
    }

    #[test]
    fn a_prefix_demands_what_browsers_demand_of_it() {
        let shared = |it: &mut Declaration| it.no_host_prefix_because = Some("It is shared.".to_owned());
        let what = "__Host-x must be secure: browsers refuse a __Host- cookie that is not";
        assert_eq!(wrong("__Host-x", SECURITY, |it| it.attributes.secure = false), one(CookieField::Secure, what));
        let what = "__Host-x must have the path \"/\": browsers refuse a __Host- cookie with another";
        assert_eq!(wrong("__Host-x", SECURITY, |it| it.attributes.path = "/x".into()), one(CookieField::Path, what));
        let insecure = |it: &mut Declaration| {
            shared(it);
            it.attributes.secure = false;
        };
        let what = "__Secure-x must be secure: browsers refuse a __Secure- cookie that is not";
        assert_eq!(wrong("__Secure-x", SECURITY, insecure), one(CookieField::Secure, what));
        assert_eq!(wrong("__Secure-x", SECURITY, shared), nothing());
    }

    #[test]
    fn attributes_are_such_as_browsers_take() {
        let shared = |it: &mut Declaration| it.no_host_prefix_because = Some("It is shared.".to_owned());
        for path in ["", "x", "/a;b", "/a b", "/ä", "/a\r\nSet-Cookie: b"] {
            let change = |it: &mut Declaration| {
                shared(it);
                it.attributes.path = path.to_owned();
            };
            let what = "x needs a path that starts with \"/\"";
            assert_eq!(wrong("x", SECURITY, change), one(CookieField::Path, what), "{path:?}");
        }
        let everywhere = |secure: bool| {
            move |it: &mut Declaration| {
                shared(it);
                it.attributes.same_site = SameSite::None;
                it.attributes.secure = secure;
            }
        };
        let what = "x is SameSite=None and so must be secure";
        assert_eq!(wrong("x", SECURITY, everywhere(false)), one(CookieField::SameSite, what));
        assert_eq!(wrong("x", SECURITY, everywhere(true)), nothing());
    }

    #[test]
    fn a_cookie_is_declared_for_the_purpose_that_the_server_sets_it_for() {
        let mut declarations = own();
        let at =
            declarations.iter().position(|own| own.name == FirstPartyCookie::Analytics.into_str()).unwrap_or_default();
        if let Some(analytics) = declarations.get_mut(at) {
            analytics.purpose = SECURITY;
        }
        let what = "the server sets __Host-Http-analytics for analytics, but it is declared for security".to_owned();
        assert_eq!(
            violations(&declarations, &described()),
            [InventoryViolation { at: Some((at, CookieField::Purpose)), what }]
        );
    }

    #[test]
    fn a_reader_is_told_what_a_cookie_is_for_and_who_sets_it() {
        let what = "__Host-x has an empty description";
        assert_eq!(
            wrong("__Host-x", SECURITY, |it| it.description = "\t ".into()),
            one(CookieField::Description, what)
        );
        let what = "__Host-x has an empty set_by";
        assert_eq!(wrong("__Host-x", SECURITY, |it| it.set_by = String::new()), one(CookieField::SetBy, what));
    }
}
