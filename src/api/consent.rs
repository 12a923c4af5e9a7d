//! Server functions for decisions about optional purposes.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    consent::decision::{Answer, AnswerFields},
    cookies::purpose::Optional,
    web::{error::AppError, page::Page},
};

/// Gives the same answer to all questions in the banner. `prompt` identifies these questions.
///
/// # Errors
/// [`AppError::Form`] if a field is missing or has a value that the form does not offer.
#[server(name = AnswerAll, prefix = "/api", endpoint = "consent/answer", input = PostUrl)]
pub async fn answer(answer: Answer, return_to: Page, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(return_to, &consent::answer(&form, answer, Prompt::decode(&prompt)).await?)
}

/// Saves the answers about optional purposes, each in a field of the purpose's name. A purpose
/// without an answer stays as it is; `all` answers every one.
///
/// # Errors
/// [`AppError::Form`] if an answer has a value that the form does not offer.
#[server(name = Decide, prefix = "/api", endpoint = "consent/decide", input = PostUrl)]
pub async fn decide(
    #[server(default)] all: Option<Answer>,
    #[server(default)] prompt: String,
    #[server(flatten)] answers: AnswerFields,
) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let (form, prompt) = (leptos_context::form()?, Prompt::decode(&prompt));
    let done = match all {
        Some(answer) => consent::decide_all(&form, answer, prompt).await?,
        None => consent::decide(&form, answers.0, prompt).await?,
    };
    leptos_context::see_other(Page::Preferences, &done)
}

/// Withdraws one purpose. The response removes its cookies.
///
/// # Errors
/// [`AppError::Form`] if the purpose is missing or not optional.
#[server(name = Withdraw, prefix = "/api", endpoint = "consent/withdraw", input = PostUrl)]
pub async fn withdraw(purpose: Optional, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(Page::Preferences, &consent::withdraw(&form, purpose, Prompt::decode(&prompt)).await?)
}

/// Withdraws all purposes and returns to the page with the form. The response removes the cookies.
///
/// # Errors
/// [`AppError::Form`] if `return_to` is missing or no page of this site.
#[server(name = WithdrawAll, prefix = "/api", endpoint = "consent/withdraw_all", input = PostUrl)]
pub async fn withdraw_all(return_to: Page, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(return_to, &consent::withdraw_all(&form, Prompt::decode(&prompt)).await?)
}
