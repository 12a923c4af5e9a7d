//! Decisions about the optional purposes.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    consent::decision::Answer,
    cookies::purpose::Optional,
    web::{error::AppError, page::Page},
};

/// Gives one answer to every question that the banner showed: its two buttons. `prompt` says which those are.
///
/// # Errors
/// [`AppError::Form`] if a field is missing or not one that the form offers.
#[server(name = AnswerAll, prefix = "/api", endpoint = "consent/answer", input = PostUrl)]
pub async fn answer(answer: Answer, return_to: Page, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(return_to, &consent::answer(&form, answer, Prompt::decode(&prompt)).await?)
}

/// Saves an answer for each optional purpose.
///
/// # Errors
/// [`AppError::Form`] if an answer is missing or not one that the form offers.
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

/// Withdraws one purpose; its cookies go with the answer.
///
/// # Errors
/// [`AppError::Form`] if the purpose is missing or not optional.
#[server(name = Withdraw, prefix = "/api", endpoint = "consent/withdraw", input = PostUrl)]
pub async fn withdraw(purpose: Optional, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(Page::Preferences, &consent::withdraw(&form, purpose, Prompt::decode(&prompt)).await?)
}

/// Withdraws every purpose, from the page on which it is asked for; the cookies go with the answer.
///
/// # Errors
/// [`AppError::Form`] if the page to go back to is missing or none of this site.
#[server(name = WithdrawAll, prefix = "/api", endpoint = "consent/withdraw_all", input = PostUrl)]
pub async fn withdraw_all(return_to: Page, #[server(default)] prompt: String) -> Result<(), AppError> {
    use crate::{app::consent, domain::consent::decision::Prompt, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::see_other(return_to, &consent::withdraw_all(&form, Prompt::decode(&prompt)).await?)
}
