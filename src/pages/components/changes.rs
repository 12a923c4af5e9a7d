//! The reason for re-consent: what changed since the visitor's answer, before and after.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        consent::{
            change::{PurposeChange, changes},
            decision::ReconsentReason,
            snapshot::PromptCookie,
        },
        cookies::{declaration::FirstPartyCookie, purpose::Optional},
    },
    pages::{components::format, site, strings},
};

/// The reason why one purpose is asked about again.
pub(crate) fn why(id: String, purpose: Optional, reopened: ReconsentReason) -> AnyView {
    let site = site();
    let strings = strings();
    let texts = &strings.questions;
    let in_force = site.current_version();
    let before = match reopened {
        ReconsentReason::Expired => {
            let lifetime = in_force.inventory().first_party(FirstPartyCookie::Consent).lifetime.duration();
            let sentence = texts.over(format::duration(strings.locale(), lifetime));
            return view! {
                <p id=id class="reconsent">
                    {sentence}
                </p>
            }
            .into_any();
        }
        ReconsentReason::Changed(on) => {
            on.and_then(|on| in_force.content.prompt_purpose(purpose, on, strings.locale()))
        }
    };
    let now = in_force
        .content
        .prompt_snapshot(in_force.version, strings.locale())
        .map(|shown| shown.shown.purposes.as_ref().get(purpose));
    // A translation can lack the change of the original; then the original is shown.
    let changed = before.zip(now).map(|(before, now)| changes(before, now)).filter(|changed| !changed.is_empty());
    let Some(changed) = changed else {
        return view! {
            <p id=id class="reconsent">
                {texts.changed()}
            </p>
        }
        .into_any();
    };
    let sentences = changed.iter().map(|change| view! { <li>{sentence(&strings, change)}</li> }).collect_view();
    view! {
        <div id=id class="reconsent">
            <p>{texts.changes()}</p>
            <ul>{sentences}</ul>
        </div>
    }
    .into_any()
}

/// Returns one change as a sentence.
pub(crate) fn sentence(strings: &Messages, change: &PurposeChange) -> String {
    let texts = &strings.questions;
    let lifetime = |cookie: &PromptCookie| format::lifetime(strings, cookie.lifetime());
    match change {
        PurposeChange::Question(text) => texts.question(&text.before, &text.after),
        PurposeChange::Description(text) => texts.description(&text.before, &text.after),
        PurposeChange::Added(cookie) => texts.added(&cookie.name, lifetime(cookie), &cookie.description),
        PurposeChange::Removed(cookie) => texts.removed(&cookie.name),
        PurposeChange::Lifetime(cookie) => {
            texts.lifetime(&cookie.after.name, lifetime(&cookie.before), lifetime(&cookie.after))
        }
        PurposeChange::Text(cookie) => {
            texts.text(&cookie.after.name, &cookie.before.description, &cookie.after.description)
        }
        PurposeChange::SetBy(cookie) => texts.set_by(&cookie.after.name, &cookie.before.set_by, &cookie.after.set_by),
        PurposeChange::Attributes(cookie) => {
            texts.attributes(&cookie.after.name, attributes(&cookie.before), attributes(&cookie.after))
        }
    }
}

/// Returns the attributes as they appear in a `Set-Cookie` header.
fn attributes(cookie: &PromptCookie) -> String {
    let PromptCookie { http_only, secure, same_site, path, .. } = cookie;
    let flags = [http_only.then_some("HttpOnly; "), secure.then_some("Secure; ")];
    let flags: String = flags.into_iter().flatten().collect();
    format!("{flags}SameSite={}; Path={path}", same_site.into_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{consent::change::BeforeAfter, cookies::declaration::SameSite, i18n::locale::Locale};

    fn cookie() -> PromptCookie {
        PromptCookie {
            name: "mark".to_owned(),
            max_age: Some(86_400),
            http_only: true,
            secure: true,
            same_site: SameSite::Lax,
            path: "/".to_owned(),
            set_by: "Us".to_owned(),
            description: "Counts.".to_owned(),
        }
    }

    #[test]
    fn each_change_is_one_sentence_that_says_what_was_and_what_is() {
        let turned = |after| BeforeAfter { before: cookie(), after };
        let texts = BeforeAfter { before: "May we?".to_owned(), after: "Shall we?".to_owned() };
        for (change, expected) in [
            (PurposeChange::Question(texts.clone()), "The question was “May we?” It is now “Shall we?”"),
            (PurposeChange::Description(texts), "It said: “May we?” It says now: “Shall we?”"),
            (PurposeChange::Added(cookie()), "The cookie mark is new. Persistent: 1 day. Counts."),
            (PurposeChange::Removed(cookie()), "The cookie mark is gone."),
            (
                PurposeChange::Lifetime(turned(PromptCookie { max_age: None, ..cookie() })),
                "The lifetime of the cookie mark was “Persistent: 1 day” and is now “Session: until the visit ends”.",
            ),
            (
                PurposeChange::Text(turned(PromptCookie { description: "Adds.".to_owned(), ..cookie() })),
                "Of the cookie mark it said: “Counts.” It says now: “Adds.”",
            ),
            (
                PurposeChange::SetBy(turned(PromptCookie { set_by: "Them".to_owned(), ..cookie() })),
                "The cookie mark was set by Us and is now set by Them.",
            ),
            (
                PurposeChange::Attributes(turned(PromptCookie { http_only: false, path: "/a".to_owned(), ..cookie() })),
                "The cookie mark was set with HttpOnly; Secure; SameSite=Lax; Path=/ and is now set with Secure; \
                 SameSite=Lax; Path=/a.",
            ),
        ] {
            assert_eq!(sentence(&Messages::shipped(Locale::English), &change), expected);
        }
    }
}
