//! The page that asks a visitor to save answers that they gave at a partner service on another
//! domain. It answers the form of that service and has no URL of its own.

use std::sync::Arc;

use leptos::prelude::*;

use super::{inventory, strings};
use crate::{
    domain::{
        consent::decision::{Answers, Prompt},
        partners::connect::CodeRequest,
        web::path::{CONNECT, CONNECT_SAVE},
    },
    pages::{
        components::{
            folded_text,
            form_fields::KeyField,
            radio_group::{Question, yes_and_no},
        },
        layout::document::Document,
        signal::Received,
    },
};

/// The answers to confirm.
pub(crate) struct ServiceAnswers {
    /// The code that the service asks for.
    pub asked: CodeRequest,
    pub answers: Answers,
    /// The questions as they are asked now.
    pub prompt: Prompt,
    /// The name of the service.
    pub service: String,
}

/// The page: each question with the answer given, which the visitor can still change.
pub(super) fn page(given: ServiceAnswers) -> AnyView {
    let ServiceAnswers { asked, answers, prompt, service } = given;
    let strings = strings();
    let texts = Arc::clone(&strings.connect);
    let inventory = inventory();
    let questions = inventory.purposes().iter().filter_map(|about| {
        let purpose = about.purpose.optional()?;
        let answer = *answers.get(&purpose)?;
        let (hint, _) = folded_text::split(&about.description);
        let (title, hint) = (about.question.clone(), hint.to_owned());
        let offers = yes_and_no(&strings, purpose.as_str(), Some(answer));
        let (id, name) = (format!("choice-{purpose}"), prompt.question_name(purpose));
        Some(view! { <Question id name title hint offers /> }.into_any())
    });
    let questions: Vec<_> = questions.collect();
    let back = format!("{CONNECT}?{}", asked.query());
    let CodeRequest { service: id, state, challenge } = asked;
    view! {
        <Document title=texts.title() description=texts.description()>
            <h1>{texts.title()}</h1>
            <p class="lead">{texts.lead(&service)}</p>
            <section aria-labelledby="choices-title">
                <h2 id="choices-title" class="visually-hidden">
                    {strings.preferences.choices()}
                </h2>
                <form id="service-answers" class="card" method="post" action=CONNECT_SAVE autocomplete="off">
                    <input type="hidden" name=CodeRequest::SERVICE value=id />
                    <input type="hidden" name=CodeRequest::STATE value=state.as_str().to_owned() />
                    <input type="hidden" name=CodeRequest::CHALLENGE value=challenge.as_str().to_owned() />
                    <KeyField />
                    <Received />
                    {questions}
                    <div class="card__actions">
                        <div class="button-group">
                            <button class="button">{texts.save()}</button>
                            <a id="back" class="button button--secondary" href=back>
                                {texts.back(&service)}
                            </a>
                        </div>
                    </div>
                </form>
            </section>
        </Document>
    }
    .into_any()
}
