//! Decisions about the optional purposes.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::model::{decision::Answer, page::Page, purpose::Optional, refusal::Refusal};

/// Gives one answer to every open question: the banner's two buttons. Where it asks `about` one purpose alone, to that.
///
/// # Errors
/// [`Refusal::Form`] if a field is missing or not one that the form offers.
#[server(name = AnswerAll, prefix = "/api", endpoint = "consent/answer", input = PostUrl)]
pub async fn answer(
    answer: Answer,
    return_to: Page,
    #[server(default)] about: Option<Optional>,
) -> Result<(), Refusal> {
    use crate::server::{consent, http::forms};
    let sender = forms::sender()?;
    forms::see_other(return_to, &consent::answer(&sender, answer, about).await?)
}

/// Saves an answer for each optional purpose.
///
/// # Errors
/// [`Refusal::Form`] if an answer is missing or not one that the form offers.
#[server(name = Decide, prefix = "/api", endpoint = "consent/decide", input = PostUrl)]
pub async fn decide(preferences: Answer, analytics: Answer) -> Result<(), Refusal> {
    use crate::{
        model::decision::Choices,
        server::{consent, http::forms},
    };
    let sender = forms::sender()?;
    let choices = Choices { preferences, analytics };
    forms::see_other(Page::Preferences, &consent::decide(&sender, choices).await?)
}

/// Withdraws one purpose; its cookies go with the answer.
///
/// # Errors
/// [`Refusal::Form`] if the purpose is missing or not optional.
#[server(name = Withdraw, prefix = "/api", endpoint = "consent/withdraw", input = PostUrl)]
pub async fn withdraw(purpose: Optional) -> Result<(), Refusal> {
    use crate::server::{consent, http::forms};
    let sender = forms::sender()?;
    forms::see_other(Page::Preferences, &consent::withdraw(&sender, purpose).await?)
}

/// Withdraws every purpose, from the page on which it is asked for; the cookies go with the answer.
///
/// # Errors
/// [`Refusal::Form`] if the page to go back to is missing or none of this site.
#[server(name = WithdrawAll, prefix = "/api", endpoint = "consent/withdraw_all", input = PostUrl)]
pub async fn withdraw_all(return_to: Page) -> Result<(), Refusal> {
    use crate::server::{consent, http::forms};
    let sender = forms::sender()?;
    forms::see_other(return_to, &consent::withdraw_all(&sender).await?)
}
