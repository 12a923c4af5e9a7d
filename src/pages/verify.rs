//! `/verify`: whether a text is a receipt of this site, and what it says.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, record::RecordFacts, strings};
use crate::{
    content::i18n::Messages,
    domain::{
        ledger::{receipt::Verdict, record::Record},
        web::page::Page,
    },
    pages::{
        components::{format, rich_text},
        layout::document::Document,
    },
};

/// The submitted text and its verdict.
pub(crate) struct Judged {
    pub text: String,
    pub verdict: Verdict,
    /// The record of a receipt, if the text is one.
    pub record: Option<Record>,
}

/// The page before a text is submitted.
#[component]
pub(super) fn Verify() -> impl IntoView {
    page(None)
}

/// The page, with the verdict if there is one.
pub(super) fn page(judged: Option<Judged>) -> AnyView {
    let strings = strings();
    let texts = Arc::clone(&strings.verify);
    let title = match &judged {
        None => texts.title(),
        Some(Judged { verdict, .. }) if verdict.is_genuine() => texts.genuine_title(texts.title()),
        Some(_) => texts.false_title(texts.title()),
    };
    let is_judged = judged.is_some();
    let text = escaped(judged.as_ref().map_or("", |judged| judged.text.as_str()));
    view! {
        <Document title description=texts.description()>
            <div class="verify">
                {judged.as_ref().map(|judged| verdict_message(&strings, judged.verdict))}
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead()}</p>
                {judged.and_then(|judged| judged.record).map(|record| receipt_content(&strings, record))}
                <form id="verify-file" method="post" action=address(Page::Verify) enctype="multipart/form-data">
                    <div class="field">
                        <label for="file">{texts.file()}</label>
                        <p class="hint" id="file-hint">
                            {texts.file_hint(rich_text::plain, rich_text::link(address(Page::History)))}
                        </p>
                        <input
                            type="file"
                            id="file"
                            name="file"
                            accept=".json,application/json"
                            required=true
                            aria-describedby="file-hint"
                        />
                    </div>
                    <button class="button">{texts.button()}</button>
                </form>
                <details open=is_judged>
                <summary>{texts.paste()}</summary>
                <form id="verify" method="post" action=address(Page::Verify)>
                    <div class="field">
                        <label for="receipt">{texts.label()}</label>
                        <p class="hint" id="receipt-hint">
                            {texts.hint()}
                        </p>
                        <textarea
                            id="receipt"
                            name="receipt"
                            rows="12"
                            dir="ltr"
                            required=true
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-describedby="receipt-hint"
                            inner_html=text
                        ></textarea>
                    </div>
                    <button class="button">{texts.button()}</button>
                </form>
                </details>
            </div>
        </Document>
    }
    .into_any()
}

/// The verdict, which takes the focus when the page opens.
fn verdict_message(strings: &Messages, verdict: Verdict) -> AnyView {
    let texts = &strings.verify;
    let sentence = match verdict {
        Verdict::Genuine => texts.genuine(),
        Verdict::Expired => texts.expired(),
        Verdict::Missing => texts.missing(),
        Verdict::Altered => texts.altered(),
        Verdict::Foreign => texts.foreign(),
        Verdict::Unreadable => texts.unreadable(),
    };
    let class = if verdict == Verdict::Genuine { "notice" } else { "warning" };
    view! {
        <div id="verdict" class=class role="status" tabindex="-1" autofocus=true data-verdict=verdict.into_str()>
            <p>
                <strong>{sentence}</strong>
            </p>
        </div>
    }
    .into_any()
}

/// What a genuine receipt says.
fn receipt_content(strings: &Messages, record: Record) -> AnyView {
    let title = strings.verify.says(format::moment(strings.locale(), record.event.decided_at));
    view! {
        <section id="says" aria-labelledby="says-title">
            <h2 id="says-title">{title}</h2>
            <RecordFacts record />
        </section>
    }
    .into_any()
}

/// Escapes text as the content of a `<textarea>` (HTML, 13.1.2.2). It adds a line break at the
/// start, because browsers drop the first one.
fn escaped(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
}
