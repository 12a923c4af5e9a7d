//! Server functions for decisions about optional purposes.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    consent::decision::Answer,
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

/// Saves an answer for each optional purpose.
///
/// # Errors
/// [`AppError::Form`] if an answer is missing or has a value that the form does not offer.
#[server(name = Decide, prefix = "/api", endpoint = "consent/decide", input = PostUrl)]
pub async fn decide(preferences: Answer, analytics: Answer, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{
        app::consent,
        domain::consent::decision::{Answers, Prompt},
        leptos_context,
    };
    let form = leptos_context::form()?;
    let choices = Answers { preferences, analytics };
    leptos_context::see_other(Page::Preferences, &consent::decide(&form, choices, Prompt::decode(&prompt)).await?)
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
