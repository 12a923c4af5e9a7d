//! `/verify`: whether a text is a receipt of this site, and what it says.

use leptos::prelude::*;

use super::{document::Document, record::RecordFacts, words};
use crate::model::{page::Page, receipt::Verdict, record::Record};

/// What was given, and what can be said of it.
pub(crate) struct Judged {
    /// The text, as it was given.
    pub text: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What it is the receipt of, if it is one.
    pub record: Option<Record>,
}

/// The page before anything was given.
#[component]
pub(super) fn Verify() -> impl IntoView {
    page(None)
}

/// The page, with the verdict if there is one.
pub(super) fn page(judged: Option<Judged>) -> AnyView {
    let title = "Verify a receipt";
    let title = match &judged {
        None => title.to_owned(),
        Some(Judged { verdict, .. }) if verdict.is_genuine() => format!("Genuine: {title}"),
        Some(_) => format!("Not genuine: {title}"),
    };
    let text = escaped(judged.as_ref().map_or("", |judged| judged.text.as_str()));
    view! {
        <Document title description="Find out whether a receipt of a choice about cookies was handed out by this site.">
            <div class="verify">
                {judged.as_ref().map(|judged| said(judged.verdict))}
                <h1>"Verify a receipt"</h1>
                <p class="lead">
                    "A receipt is the record of one choice about cookies, signed by this site: what was chosen, when and how, and on which edition of the policy. It holds no name, no address and no description of a browser. Here anybody can find out whether a receipt was handed out by this site, and whether the choice still stands in its records."
                </p>
                {judged.and_then(|judged| judged.record).map(says)}
                <form id="verify" method="post" action=Page::Verify.to_string()>
                    <div class="field">
                        <label for="receipt">"The receipt"</label>
                        <p class="hint" id="receipt-hint">
                            "The whole text of the file, from the first brace to the last. The receipts of your own choices are in the "
                            <a href=Page::History.to_string()>"history of your choices"</a> "."
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
                    <button class="button">"Verify"</button>
                </form>
            </div>
        </Document>
    }
    .into_any()
}

/// The verdict, which takes the focus when the page opens.
fn said(verdict: Verdict) -> AnyView {
    let class = if verdict == Verdict::Genuine { "notice" } else { "warning" };
    view! {
        <div id="verdict" class=class role="status" tabindex="-1" autofocus=true data-verdict=verdict.name()>
            <p>
                <strong>{verdict.sentence()}</strong>
            </p>
        </div>
    }
    .into_any()
}

/// What a genuine receipt says.
fn says(record: Record) -> AnyView {
    view! {
        <section id="says" aria-labelledby="says-title">
            <h2 id="says-title">{format!("It says: a choice of {}", words::moment(record.event.at))}</h2>
            <RecordFacts record />
        </section>
    }
    .into_any()
}

/// The text as the content of a `<textarea>` (HTML, 13.1.2.2): nothing in it ends the element, and the line break that
/// browsers leave out after its start is one more than there is.
fn escaped(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
}
