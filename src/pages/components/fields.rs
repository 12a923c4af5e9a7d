//! The parts of a form about an account: what is wrong with it, and its fields.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        account::{
            credentials::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, PasswordWeakness},
            form_error::{FieldError, FormErrors, FormField, FormInput},
        },
        cookies::declaration::FirstPartyCookie,
    },
    pages::{
        components::{format, rich_text},
        site, strings, visitor,
    },
};

/// What the form is shown again for, if it is.
pub(crate) fn correction() -> Option<FormErrors> {
    visitor().correction.as_deref().cloned()
}

/// What was entered before, or what an untouched form holds.
pub(crate) fn kept() -> FormInput {
    correction().map(|correction| correction.kept).unwrap_or_default()
}

/// The title of the page, which says first that something is wrong.
pub(crate) fn title(strings: &Messages, title: String) -> String {
    if visitor().correction.is_some() { strings.forms.wrong_title(title) } else { title }
}

/// What is to be corrected, as a sentence.
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
    }
}

/// Everything that is wrong, each with the way to its field. It takes the focus when the page opens.
#[component]
pub(crate) fn Problems() -> impl IntoView {
    let strings = strings();
    correction().map(|correction| {
        let links = correction.problems.iter().map(|problem| {
            view! {
                <li>
                    <a href=format!("#{}", problem.field().into_str())>{sentence(&strings, *problem)}</a>
                </li>
            }
        });
        view! {
            <div id="problems" class="warning problems" role="alert" tabindex="-1" autofocus=true>
                <h2>{strings.forms.problems()}</h2>
                <ul>{links.collect_view()}</ul>
            </div>
        }
        .into_any()
    })
}

/// A field, with its hint and with what is wrong with it.
#[component]
fn Text(
    /// Which.
    field: FormField,
    /// What it is called.
    label: String,
    /// What is to be entered.
    #[prop(optional)]
    hint: String,
    /// `email` or `password`.
    kind: &'static str,
    /// What the browser may fill in (HTML, 4.10.18.7).
    autocomplete: &'static str,
    /// What is in it.
    #[prop(optional)]
    value: String,
) -> impl IntoView {
    let id = field.into_str();
    let problem = correction().and_then(|correction| correction.about(field));
    let ids = [(!hint.is_empty()).then(|| format!("{id}-hint")), problem.map(|_| format!("{id}-problem"))];
    let described_by = ids.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="field" class:wrong=problem.is_some()>
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
                        <p class="problem" id=format!("{id}-problem")>
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
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=problem.map(|_| "true")
                aria-describedby=(!described_by.is_empty()).then_some(described_by)
            />
        </div>
    }
    .into_any()
}

/// The e-mail address.
#[component]
pub(crate) fn EmailField() -> impl IntoView {
    let label = strings().forms.email();
    view! { <Text field=FormField::Email label kind="email" autocomplete="username" value=kept().email /> }
}

/// The password that the account has.
#[component]
pub(crate) fn PasswordField(
    /// What it is called.
    label: String,
) -> impl IntoView {
    view! { <Text field=FormField::Password label kind="password" autocomplete="current-password" /> }
}

/// The password that the account shall have, with its rules.
#[component]
pub(crate) fn NewPasswordField(
    /// What it is called.
    label: String,
) -> impl IntoView {
    let hint = strings().forms.password_hint(MAX_PASSWORD_CHARS as u64, MIN_PASSWORD_CHARS);
    view! { <Text field=FormField::NewPassword label hint kind="password" autocomplete="new-password" /> }
}

/// Whose password is asked for: unseen, for the browser's own list of passwords.
#[component]
pub(crate) fn Username(
    /// The e-mail address.
    email: String,
) -> impl IntoView {
    let label = strings().forms.email();
    view! { <input type="email" autocomplete="username" value=email hidden=true readonly=true aria-label=label /> }
}

/// Whether to be kept signed in; off until it is asked for.
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
                    checked=kept().remember
                    aria-describedby="remember-hint"
                />
                <span>{texts.remember()}</span>
            </label>
            <p class="hint" id="remember-hint">
                {texts.remember_hint(FirstPartyCookie::Remember.into_str(), lifetime, rich_text::plain, rich_text::code)}
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
        ] {
            assert_eq!(sentence(&Messages::shipped(Locale::English), problem), problem.to_string());
        }
    }
}
