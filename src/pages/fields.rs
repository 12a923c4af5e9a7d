//! The parts of a form about an account: what is wrong with it, and its fields.

use leptos::prelude::*;

use super::{site, visitor, words};
use crate::model::{
    account::{LONGEST_PASSWORD, SHORTEST_PASSWORD},
    correction::{Correction, Field, Kept},
    declaration::OwnCookie,
};

/// What the form is shown again for, if it is.
pub(super) fn correction() -> Option<Correction> {
    visitor().correction.map(|correction| (*correction).clone())
}

/// What was entered before, or what an untouched form holds.
pub(super) fn kept() -> Kept {
    correction().map(|correction| correction.kept).unwrap_or_default()
}

/// The title of the page, which says first that something is wrong.
pub(super) fn title(title: &str) -> String {
    if visitor().correction.is_some() { format!("Error: {title}") } else { title.to_owned() }
}

/// Everything that is wrong, each with the way to its field. It takes the focus when the page opens.
#[component]
pub(super) fn Problems() -> impl IntoView {
    correction().map(|correction| {
        let links = correction.problems.iter().map(|problem| {
            view! {
                <li>
                    <a href=format!("#{}", problem.field().name())>{problem.to_string()}</a>
                </li>
            }
        });
        view! {
            <div id="problems" class="warning problems" role="alert" tabindex="-1" autofocus=true>
                <h2>"There is a problem"</h2>
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
    field: Field,
    /// What it is called.
    label: &'static str,
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
    let id = field.name();
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
                            {problem.to_string()}
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
pub(super) fn EmailField() -> impl IntoView {
    view! { <Text field=Field::Email label="E-mail address" kind="email" autocomplete="username" value=kept().email /> }
}

/// The password that the account has.
#[component]
pub(super) fn PasswordField(
    /// What it is called.
    #[prop(default = "Password")]
    label: &'static str,
) -> impl IntoView {
    view! { <Text field=Field::Password label kind="password" autocomplete="current-password" /> }
}

/// The password that the account shall have, with its rules.
#[component]
pub(super) fn NewPasswordField(
    /// What it is called.
    #[prop(default = "New password")]
    label: &'static str,
) -> impl IntoView {
    let hint = format!(
        "{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters of any kind, spaces too. A few unrelated words make a good one; those that are tried first are refused."
    );
    view! { <Text field=Field::NewPassword label hint kind="password" autocomplete="new-password" /> }
}

/// Whose password is asked for: unseen, for the browser's own list of passwords.
#[component]
pub(super) fn Username(
    /// The e-mail address.
    email: String,
) -> impl IntoView {
    view! { <input type="email" autocomplete="username" value=email hidden=true readonly=true aria-label="E-mail address" /> }
}

/// Whether to be kept signed in; off until it is asked for.
#[component]
pub(super) fn Remember() -> impl IntoView {
    let lifetime = words::duration(site().remembered_for());
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
                <span>"Keep me signed in on this browser"</span>
            </label>
            <p class="hint" id="remember-hint">
                "Sets a persistent cookie, "
                <code>{OwnCookie::Remember.name()}</code>
                {format!(", that signs you in again for up to {lifetime}. Without it you are signed out when the browser is closed.")}
            </p>
        </div>
    }
    .into_any()
}
