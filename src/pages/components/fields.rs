//! Fields and error messages of the account forms.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        account::{
            credentials::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, PasswordWeakness},
            form_error::{FieldError, FormErrors, FormField, FormInput},
            passkey::MAX_PASSKEYS,
        },
        cookies::declaration::EssentialCookie,
        web::page::Page,
    },
    pages::{
        address_with_return,
        components::{format, rich_text},
        inventory, request, site, strings,
    },
};

/// Returns the errors of the form, if it is shown again.
pub(crate) fn form_errors() -> Option<FormErrors> {
    request().outcome.errors.as_deref().cloned()
}

/// Returns the input to show again, or the defaults of an empty form.
pub(crate) fn form_input() -> FormInput {
    form_errors().map(|correction| correction.input).unwrap_or_default()
}

/// The field for the address that shall be subscribed, with the user's `own` in it.
#[component]
pub(crate) fn SubscriberField(own: String) -> impl IntoView {
    let label = strings().forms.email();
    let value = form_errors().map_or(own, |correction| correction.input.email);
    view! { <Text field=FormField::Email label kind="email" autocomplete="email" value /> }
}

/// Returns the title of the page, with a prefix if the form has errors.
pub(crate) fn title(strings: &Messages, title: String) -> String {
    if request().outcome.errors.is_some() { strings.forms.wrong_title(title) } else { title }
}

/// Returns an error as a sentence.
fn sentence(strings: &Messages, problem: FieldError) -> String {
    let texts = &strings.problems;
    match problem {
        FieldError::NoEmail => texts.no_email(),
        FieldError::EmailTaken => texts.email_taken(),
        FieldError::NoPassword => texts.no_password(),
        FieldError::NotRecognised => texts.not_recognised(),
        FieldError::WrongPassword => texts.wrong_password(),
        FieldError::Weak(PasswordWeakness::Short) => texts.short(MIN_PASSWORD_CHARS as u64),
        FieldError::Weak(PasswordWeakness::Long) => texts.long(MAX_PASSWORD_CHARS as u64),
        FieldError::Weak(PasswordWeakness::Common) => texts.common(),
        FieldError::NoPasskey => texts.no_passkey(),
        FieldError::PasskeyExpired => texts.passkey_expired(),
        FieldError::PasskeyRejected => texts.passkey_rejected(),
        FieldError::ChoosePasskey => texts.choose_passkey(),
        FieldError::LastMethod => texts.last_method(),
        FieldError::SignInAgain => texts.sign_in_again(),
        FieldError::TooManyPasskeys => texts.too_many_passkeys(MAX_PASSKEYS as u64),
    }
}

/// Whether an error is not that of one field: the field to correct first then takes the focus and
/// says what is wrong, without being marked as invalid.
fn leaves_field_open(correction: &FormErrors) -> bool {
    correction.problems.iter().any(|problem| !problem.is_of_one_field())
}

/// The error summary, with a link to each invalid field. It takes the focus when the page opens.
#[component]
pub(crate) fn Problems() -> impl IntoView {
    let strings = strings();
    form_errors().map(|correction| {
        let links = correction.problems.iter().map(|problem| {
            view! {
                <li>
                    <a href=format!("#{}", problem.field().into_str())>{sentence(&strings, *problem)}</a>
                </li>
            }
        });
        view! {
            <div
                id="problems"
                class="warning error-summary"
                role="alert"
                tabindex="-1"
                autofocus=!leaves_field_open(&correction)
            >
                <h2>{strings.forms.problems()}</h2>
                <ul>{links.collect_view()}</ul>
            </div>
        }
        .into_any()
    })
}

/// A text field with its hint and error.
#[component]
fn Text(
    field: FormField,
    label: String,
    #[prop(optional)] hint: String,
    /// `email` or `password`.
    kind: &'static str,
    /// The value of `autocomplete` (HTML, 4.10.18.7).
    autocomplete: &'static str,
    #[prop(optional)] value: String,
) -> impl IntoView {
    let id = field.into_str();
    let errors = form_errors();
    let is_invalid = errors.as_ref().is_some_and(|correction| correction.about(field).is_some());
    let problem = errors.as_ref().and_then(|correction| correction.beside(field));
    let takes_focus = problem.is_some() && errors.as_ref().is_some_and(leaves_field_open);
    let ids = [(!hint.is_empty()).then(|| format!("{id}-hint")), problem.map(|_| format!("{id}-problem"))];
    let described_by = ids.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="field" class:field--error=is_invalid>
            <label for=id>{label}</label>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p class="hint" id=format!("{id}-hint")>
                            {hint}
                        </p>
                    }
                })}
            {problem
                .map(|problem| {
                    view! {
                        <p class="error-message" id=format!("{id}-problem")>
                            {sentence(&strings(), problem)}
                        </p>
                    }
                })}
            <input
                id=id
                name=id
                type=kind
                autocomplete=autocomplete
                value=value
                required=true
                autofocus=takes_focus
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=is_invalid.then_some("true")
                aria-describedby=(!described_by.is_empty()).then_some(described_by)
            />
        </div>
    }
    .into_any()
}

#[component]
pub(crate) fn EmailField(
    /// Whether the browser offers passkeys in the field.
    #[prop(optional)]
    passkey: bool,
) -> impl IntoView {
    let label = strings().forms.email();
    let autocomplete = if passkey { "username webauthn" } else { "username" };
    view! { <Text field=FormField::Email label kind="email" autocomplete value=form_input().email /> }
}

/// The field for the current password.
#[component]
pub(crate) fn PasswordField(label: String) -> impl IntoView {
    view! { <Text field=FormField::Password label kind="password" autocomplete="current-password" /> }
}

/// What confirms a sensitive action, and the rest of its form. Where no password signs in, a recent
/// sign-in does: without one, there is only a link to sign in again and come back.
#[component]
pub(crate) fn Confirmation(
    label: String,
    /// The page of the form.
    page: Page,
    children: Children,
) -> impl IntoView {
    let request = request();
    let texts = &strings().forms;
    let site = site();
    match request.identity.owner() {
        Some(user) if site.password_of(&user.account).is_none() && site.can_confirm(user) => view! {
            <p class="hint">{texts.confirmed()}</p>
            {children()}
        }
        .into_any(),
        Some(user) if !site.can_confirm(user) => view! {
            <p>{texts.sign_in_again_why()}</p>
            <p>
                <a id=FormField::SignIn.into_str() class="button" href=address_with_return(Page::SignIn, Some(page))>
                    {texts.sign_in_again()}
                </a>
            </p>
        }
        .into_any(),
        _ => view! {
            <PasswordField label />
            {children()}
        }
        .into_any(),
    }
}

/// The field for a new password, with its rules.
#[component]
pub(crate) fn NewPasswordField(label: String) -> impl IntoView {
    let hint = strings().forms.password_hint(MAX_PASSWORD_CHARS as u64, MIN_PASSWORD_CHARS);
    view! { <Text field=FormField::NewPassword label hint kind="password" autocomplete="new-password" /> }
}

/// A hidden field with the e-mail address, for password managers.
#[component]
pub(crate) fn Username(email: String) -> impl IntoView {
    let label = strings().forms.email();
    view! { <input type="email" autocomplete="username" value=email hidden=true readonly=true aria-label=label /> }
}

/// The checkbox to stay signed in, off by default.
#[component]
pub(crate) fn Remember() -> impl IntoView {
    let strings = strings();
    let texts = &strings.forms;
    let lifetime = format::duration(strings.locale(), site().remembered_for());
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    id="remember"
                    name="remember"
                    value="true"
                    checked=form_input().remember
                    aria-describedby="remember-hint"
                />
                <span>{texts.remember()}</span>
            </label>
            <p class="hint" id="remember-hint">
                {texts.remember_hint(&inventory().essential(EssentialCookie::Remember).name, lifetime, rich_text::plain, rich_text::code)}
            </p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::i18n::locale::Locale;

    #[test]
    fn a_page_in_english_says_what_a_program_is_told() {
        for problem in [
            FieldError::NoEmail,
            FieldError::EmailTaken,
            FieldError::NoPassword,
            FieldError::NotRecognised,
            FieldError::WrongPassword,
            FieldError::Weak(PasswordWeakness::Short),
            FieldError::Weak(PasswordWeakness::Long),
            FieldError::Weak(PasswordWeakness::Common),
            FieldError::ChoosePasskey,
            FieldError::LastMethod,
            FieldError::SignInAgain,
        ] {
            assert_eq!(sentence(&Messages::shipped(Locale::ENGLISH), problem), problem.to_string());
        }
    }
}
