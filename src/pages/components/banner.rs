//! The consent banner, with the questions that are open.
//!
//! It comes first in the page and covers nothing. One component renders both yes and no, so their
//! size, weight and look cannot differ, and no setting changes that.

use leptos::prelude::*;

use super::{
    changes,
    form_fields::{KeyField, PromptField},
};
use crate::{
    content::i18n::Messages,
    domain::{consent::decision::Answer, cookies::inventory::PurposeText, web::page::Page},
    pages::{action, address, components::folded_text, inventory, request, strings},
};

/// The most questions in the sentence of the banner. More of them are a list to unfold, so that
/// both buttons stay on the first screen.
const MAX_NAMED: usize = 5;

/// The texts of the banner, which the API for partner services uses too.
pub(crate) struct BannerText {
    pub title: String,
    pub text: String,
    pub accept: String,
    pub reject: String,
}

impl BannerText {
    /// Returns the texts for these purposes.
    pub fn about(strings: &Messages, asked: &[&PurposeText]) -> Self {
        let texts = &strings.banner;
        if let [purpose] = *asked {
            Self {
                title: purpose.question.clone(),
                text: texts.explains_alone(&purpose.description),
                accept: texts.accept_one(&purpose.label),
                reject: texts.reject_one(&purpose.label),
            }
        } else {
            let questions: Vec<_> = asked.iter().map(|purpose| purpose.question.as_str()).collect();
            Self {
                title: texts.title(),
                text: texts.explains(questions.join(" · ")),
                accept: texts.accept_all(),
                reject: texts.reject_all(),
            }
        }
    }
}

/// Asks about all optional cookies, or about the one purpose that needs re-consent, with the
/// reason. Links to the preferences page, which asks about each purpose separately.
#[component]
pub(crate) fn Banner(
    /// The page that the form returns to.
    return_to: Page,
) -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.banner;
    let inventory = inventory();
    let prompts = &request.consent.prompts;
    let is_asked = |text: &&PurposeText| text.purpose.optional().is_some_and(|purpose| prompts.contains(&purpose));
    let asked: Vec<_> = inventory.purposes().iter().filter(is_asked).collect();
    let alone = match asked[..] {
        [only] => Some(only),
        _ => None,
    };
    let BannerText { title, text, accept, reject } = BannerText::about(&strings, &asked);
    let text = match alone {
        Some(purpose) => folded_text::folded(&texts.explains_alone(&purpose.description)),
        None if asked.len() > MAX_NAMED => {
            let questions = asked.iter().map(|purpose| view! { <li>{purpose.question.clone()}</li> });
            view! {
                <p>{texts.explains(texts.several(asked.len() as u64))}</p>
                <details>
                    <summary>{strings.cookies.more()}</summary>
                    <ul>{questions.collect_view()}</ul>
                </details>
            }
            .into_any()
        }
        None => view! { <p>{text}</p> }.into_any(),
    };
    let again = asked.iter().filter_map(|text| {
        let purpose = text.purpose.optional()?;
        let reopened = request.consent.reconsent.get(&purpose)?;
        let previous = request.consent.previous.get(&purpose).copied();
        let why = changes::why(format!("banner-again-{purpose}"), purpose, *reopened, previous);
        let title = alone.is_none().then(|| view! { <h3>{text.question.clone()}</h3> });
        Some(view! { {title} {why} })
    });
    view! {
        <section id="banner" class="banner" aria-labelledby="banner-title">
            <div class="container">
                <div>
                    <h2 id="banner-title">{title}</h2>
                    {text}
                    {again.collect_view()}
                </div>
                <form method="post" action=action("/api/consent/answer")>
                    <input type="hidden" name="return_to" value=return_to.to_string() />
                    <PromptField about=request.consent.prompts.clone() />
                    <KeyField />
                    <AnswerButton answer=Answer::Yes>{accept}</AnswerButton>
                    <AnswerButton answer=Answer::No>{reject}</AnswerButton>
                    <a href=address(Page::Preferences)>{texts.choose()}</a>
                </form>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn AnswerButton(answer: Answer, children: Children) -> impl IntoView {
    let value = answer.into_str();
    view! {
        <button class="button" name="answer" value=value>
            {children()}
        </button>
    }
    .into_any()
}
