//! The reason for re-consent: what changed since the visitor's answer, before and after.

use leptos::prelude::*;

use crate::{
    app::comparison::word_diff,
    content::i18n::Messages,
    domain::{
        consent::{
            change::{BeforeAfter, EntryChange, PurposeChange, changes},
            decision::{Answer, ReconsentReason},
            snapshot::{PromptCookie, PromptEntry},
        },
        cookies::{declaration::EssentialCookie, purpose::Optional, service_entry::Party},
    },
    pages::{
        components::{diff_spans, format, identifiers, identifiers::marked, service_entries},
        site, strings,
    },
};

/// The reason why one purpose is asked about again, and what the visitor answered before.
pub(crate) fn why(id: String, purpose: Optional, reopened: ReconsentReason, previous: Option<Answer>) -> AnyView {
    let site = site();
    let strings = strings();
    let texts = &strings.questions;
    let in_force = site.current_version();
    let sentence = |id, sentence: String| {
        view! {
            <p id=id class="reconsent">
                {sentence}
            </p>
        }
        .into_any()
    };
    let before = match reopened {
        ReconsentReason::New => return sentence(id, texts.is_new()),
        ReconsentReason::Expired => {
            let lifetime = in_force.inventory().essential(EssentialCookie::Consent).lifetime.duration();
            return sentence(id, texts.over(format::duration(strings.locale(), lifetime)));
        }
        ReconsentReason::Changed(on) => {
            on.and_then(|on| in_force.content.prompt_purpose(purpose, on, strings.locale()))
        }
    };
    let now = in_force
        .content
        .prompt_snapshot(in_force.version, strings.locale())
        .and_then(|shown| shown.shown.purposes.get(&purpose));
    // A translation can lack the change of the original; then the original is shown.
    let changed = before.zip(now).map(|(before, now)| changes(before, now)).filter(|changed| !changed.is_empty());
    let Some(changed) = changed else { return sentence(id, texts.changed()) };
    let answered = match previous {
        Some(Answer::Yes) => texts.allowed(),
        _ => texts.rejected(),
    };
    view! {
        <details id=id class="reconsent">
            <summary>{answered}</summary>
            {list(&strings, &changed)}
        </details>
    }
    .into_any()
}

/// The changes of a purpose: words that changed are marked, other changes are a sentence each.
pub(crate) fn list(strings: &Messages, changes: &[PurposeChange]) -> AnyView {
    let items = changes.iter().map(|change| {
        let inner = match change {
            PurposeChange::Question(text) | PurposeChange::Description(text) => {
                diff_spans::runs(strings, &word_diff(&text.before, &text.after))
            }
            PurposeChange::Text(cookie) => {
                let words = word_diff(&cookie.before.description, &cookie.after.description);
                view! { <code>{cookie.after.name.clone()}</code> ": " {diff_spans::runs(strings, &words)} }.into_any()
            }
            PurposeChange::Added(cookie) => identifiers::text(&sentence_about(strings, cookie)),
            PurposeChange::Removed(cookie) => identifiers::text(&strings.questions.removed(marked(&cookie.name))),
            PurposeChange::Renamed(BeforeAfter { before, after }) => {
                identifiers::text(&strings.questions.renamed(marked(&before.name), marked(&after.name)))
            }
            PurposeChange::Lifetime(cookie) => identifiers::text(&lifetimes(strings, cookie)),
            PurposeChange::SetBy(BeforeAfter { before, after }) => {
                identifiers::text(&strings.questions.set_by(marked(&after.name), &before.set_by, &after.set_by))
            }
            PurposeChange::Attributes(BeforeAfter { before, after }) => {
                let [was, is] = [before, after].map(|cookie| marked(&attributes(cookie)));
                identifiers::text(&strings.questions.attributes(marked(&after.name), was, is))
            }
            PurposeChange::OfService(change) => of_service(strings, change),
        };
        view! { <li>{inner}</li> }
    });
    view! { <ul>{items.collect_view()}</ul> }.into_any()
}

/// A change of what a service declares.
fn of_service(strings: &Messages, change: &EntryChange) -> AnyView {
    let texts = &strings.questions;
    let kept = |entry: &PromptEntry| format::retention(strings, entry.kind, entry.kept);
    let stated = |entry: &PromptEntry| service_entries::attributes(&entry.attributes).collect::<Vec<_>>().join("; ");
    let sentence = match change {
        EntryChange::Added(entry) => texts.added(label(strings, entry), kept(entry), &entry.description),
        EntryChange::Removed(entry) => texts.removed(label(strings, entry)),
        EntryChange::Kept(BeforeAfter { before, after }) => {
            texts.lifetime(label(strings, after), kept(before), kept(after))
        }
        EntryChange::Text(BeforeAfter { before, after }) => {
            let words = word_diff(&before.description, &after.description);
            let label = identifiers::text(&label(strings, after));
            return view! { {label} ": " {diff_spans::runs(strings, &words)} }.into_any();
        }
        EntryChange::SetBy(BeforeAfter { before, after }) => {
            texts.set_by(label(strings, after), setter(strings, before), setter(strings, after))
        }
        EntryChange::Attributes(BeforeAfter { before, after }) => {
            let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { marked(&text) };
            texts.attributes(label(strings, after), or_none(stated(before)), or_none(stated(after)))
        }
    };
    identifiers::text(&sentence)
}

/// What an entry is called within a sentence, with its name marked as an identifier.
fn label(strings: &Messages, entry: &PromptEntry) -> String {
    format::entry(strings, &marked(&entry.name), entry.kind, site().content().service_name(&entry.service))
}

/// Who sets an entry, and whether that is a third party.
fn setter(strings: &Messages, entry: &PromptEntry) -> String {
    let content = site().content();
    let whom = entry.set_by.as_deref().unwrap_or_else(|| content.service_name(&entry.service));
    match entry.party {
        Some(Party::Third) => format!("{whom} ({})", strings.cookies.third_party()),
        _ => whom.to_owned(),
    }
}

fn sentence_about(strings: &Messages, cookie: &PromptCookie) -> String {
    let lifetime = format::lifetime(strings, cookie.lifetime());
    strings.questions.added(marked(&cookie.name), lifetime, &cookie.description)
}

fn lifetimes(strings: &Messages, cookie: &BeforeAfter<PromptCookie>) -> String {
    let lifetime = |cookie: &PromptCookie| format::lifetime(strings, cookie.lifetime());
    strings.questions.lifetime(marked(&cookie.after.name), lifetime(&cookie.before), lifetime(&cookie.after))
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
    use crate::domain::{cookies::declaration::SameSite, i18n::locale::Locale};

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
    fn each_change_says_what_was_and_what_is() {
        let turned = |after| BeforeAfter { before: cookie(), after };
        let texts = BeforeAfter { before: "Count visits".to_owned(), after: "Count views".to_owned() };
        for (change, expected) in [
            (PurposeChange::Question(texts.clone()), "Count [removed: visits] [added: views] "),
            (PurposeChange::Description(texts), "Count [removed: visits] [added: views] "),
            (PurposeChange::Added(cookie()), "mark is new. Kept for: 1 day. Counts."),
            (PurposeChange::Removed(cookie()), "mark is no longer used."),
            (
                PurposeChange::Renamed(turned(PromptCookie { name: "sign".to_owned(), ..cookie() })),
                "mark is now named sign.",
            ),
            (
                PurposeChange::Lifetime(turned(PromptCookie { max_age: None, ..cookie() })),
                "How long mark is kept: “Until you close the browser”, before “1 day”.",
            ),
            (
                PurposeChange::Text(turned(PromptCookie { description: "Adds.".to_owned(), ..cookie() })),
                "mark: [removed: Counts] [added: Adds] .",
            ),
            (
                PurposeChange::SetBy(turned(PromptCookie { set_by: "Them".to_owned(), ..cookie() })),
                "mark is now set by Them, before by Us.",
            ),
            (
                PurposeChange::Attributes(turned(PromptCookie { http_only: false, path: "/a".to_owned(), ..cookie() })),
                "Technical settings of mark: Secure; SameSite=Lax; Path=/a, before HttpOnly; Secure; SameSite=Lax; \
                 Path=/.",
            ),
        ] {
            let html = Owner::new().with(|| list(&Messages::shipped(Locale::ENGLISH), &[change]).to_html());
            assert_eq!(text_of(&html), expected);
        }
    }

    /// The text of HTML that holds no `<` or `>` in it.
    fn text_of(html: &str) -> String {
        html.split('<').map(|part| part.rsplit_once('>').map_or(part, |(_, text)| text)).collect()
    }
}
