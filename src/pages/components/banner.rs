//! The banner: the questions that are open.
//!
//! It stands first in the page and never over it. Yes and no are the same component, so they cannot come to differ in
//! size, weight or look, and there is no setting for it.

use leptos::prelude::*;

use super::{
    changes,
    form_fields::{KeyField, PromptField},
};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::Answer,
        cookies::{
            inventory::Inventory,
            purpose::{Optional, Purpose},
        },
        web::page::Page,
    },
    pages::{action, address, components::format, inventory, strings, visitor},
};

/// What is asked and what can be answered, here and in the pages of sibling services.
pub(crate) struct BannerText {
    /// The question in short.
    pub title: String,
    /// What it is about.
    pub text: String,
    /// The button for yes.
    pub accept: String,
    /// The button for no.
    pub reject: String,
}

impl BannerText {
    /// The words about these purposes.
    pub fn about(strings: &Messages, asked: &[Optional], inventory: &Inventory) -> Self {
        let said = &strings.banner;
        let about = |purpose| inventory.purpose_text(Purpose::Optional(purpose));
        if let [purpose] = *asked {
            let name = format::purpose(strings, Purpose::Optional(purpose));
            Self {
                title: about(purpose).question.clone(),
                text: said.explains_alone(&about(purpose).description),
                accept: said.accept_one(&name),
                reject: said.reject_one(&name),
            }
        } else {
            let questions: Vec<_> = asked.iter().map(|purpose| about(*purpose).question.as_str()).collect();
            Self {
                title: said.title(),
                text: said.explains(questions.join(" ")),
                accept: said.accept_all(),
                reject: said.reject_all(),
            }
        }
    }
}

/// Asks about all optional cookies at once, or about the one purpose whose question alone is open again; says why it asks
/// again; and leads to where each purpose is asked for by itself.
#[component]
pub(crate) fn Banner(
    /// The page to come back to.
    return_to: Page,
) -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let said = &strings.banner;
    let inventory = inventory();
    let asked: Vec<_> = Optional::ALL.into_iter().filter(|purpose| visitor.asked.get(*purpose)).collect();
    let alone = match asked[..] {
        [only] => Some(only),
        _ => None,
    };
    let about = |purpose| inventory.purpose_text(Purpose::Optional(purpose));
    let BannerText { title, text, accept, reject } = BannerText::about(&strings, &asked, &inventory);
    let again = asked.iter().filter_map(|purpose| {
        let reopened = visitor.reopened.get(*purpose)?;
        let why = changes::why(format!("banner-again-{}", purpose.into_str()), *purpose, reopened);
        let title = alone.is_none().then(|| view! { <h3>{about(*purpose).question.clone()}</h3> });
        Some(view! { {title} {why} })
    });
    view! {
        <section id="banner" class="banner" aria-labelledby="banner-title">
            <div class="frame">
                <div>
                    <h2 id="banner-title">{title}</h2>
                    <p>{text}</p>
                    {again.collect_view()}
                </div>
                <form method="post" action=action("/api/consent/answer")>
                    <input type="hidden" name="return_to" value=return_to.to_string() />
                    <PromptField about=visitor.asked />
                    <KeyField />
                    <AnswerButton answer=Answer::Yes>{accept}</AnswerButton>
                    <AnswerButton answer=Answer::No>{reject}</AnswerButton>
                    <a href=address(Page::Preferences)>{said.choose()}</a>
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
    let value = crate::pages::components::radio_group::value(answer);
    view! {
        <button class="button" name="answer" value=value>
            {children()}
        </button>
    }
    .into_any()
}
