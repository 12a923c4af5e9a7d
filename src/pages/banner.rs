//! The banner: the question, while it is unanswered.
//!
//! It stands first in the page and never over it. Yes and no are the same component, so they cannot come to differ in
//! size, weight or look, and there is no setting for it.

use leptos::prelude::*;

use crate::model::{decision::Answer, page::Page};

/// Asks about all optional cookies at once, and leads to where each purpose is asked for by itself.
#[component]
pub(super) fn Banner(
    /// The page to come back to.
    return_to: Page,
) -> impl IntoView {
    view! {
        <section id="banner" class="banner" aria-labelledby="banner-title">
            <div class="frame">
                <div>
                    <h2 id="banner-title">"May Harmony use optional cookies?"</h2>
                    <p>
                        "To remember how you like the pages, and to count visits. Nothing optional is set unless you say yes, and you can change your mind at any time."
                    </p>
                </div>
                <form method="post" action="/api/consent/answer">
                    <input type="hidden" name="return_to" value=return_to.to_string() />
                    <AnswerButton answer=Answer::Yes>"Accept optional cookies"</AnswerButton>
                    <AnswerButton answer=Answer::No>"Reject optional cookies"</AnswerButton>
                    <a href="/preferences">"Choose for each purpose"</a>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// One answer.
#[component]
fn AnswerButton(
    /// Which.
    answer: Answer,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let value = super::questions::value(answer);
    view! {
        <button class="button" name="answer" value=value>
            {children()}
        </button>
    }
    .into_any()
}
