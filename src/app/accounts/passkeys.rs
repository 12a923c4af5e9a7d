//! Passkeys (W3C Web Authentication Level 3): adding one, removing one, and signing in with one.
//!
//! A page has a challenge, signed with the server's key, and its form sends it back with the answer
//! of the authenticator. So each server that has the key can take the answer, and a page that is
//! only opened writes nothing. An answered challenge is stored until it expires, so it works once.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::{
    service,
    sessions::{page_after_sign_in, start_session},
};
use crate::{
    app::{AppState, form_context::FormContext, form_result::FormResult},
    domain::{
        Timestamp,
        account::{
            browser_name::BrowserName,
            credentials::Password,
            form_error::{FieldError, FormError, FormErrors, FormInput},
            mail::MailKind,
            passkey::{CHALLENGE_LIFETIME_SECONDS, MAX_PASSKEYS, PasskeyAnswer, PasskeyChallenge},
            security_event::{SecurityEvent, SecurityEventKind},
        },
        web::{error::AppError, flash::Flash, page::Page},
    },
    store::{Account, StoreError, StoredPasskey, Tx},
    system::digest::{sha256, sha256_hex},
};

/// The relying party of this origin. `None` if its host is an IP address, for which browsers have
/// no passkeys.
pub(crate) fn relying_party(origin: &str, name: &str) -> Option<Webauthn> {
    let url: Url = origin.parse().ok()?;
    let host = url.domain()?;
    WebauthnBuilder::new(host, &url).ok()?.rp_name(name).build().ok()
}

/// A challenge to sign in, unless the site has no passkeys. It names no account, so the browser
/// offers the passkeys that it has for this site.
pub(crate) fn challenge_to_sign_in(site: &AppState) -> Option<PasskeyChallenge> {
    let (response, state) = site.passkeys.as_ref()?.start_discoverable_authentication().ok()?;
    sign(site, "", &response.public_key, &state)
}

/// A challenge to add a passkey to an account, which has `known` already.
pub(crate) fn challenge_to_add(
    site: &AppState,
    account: &Account,
    known: &[StoredPasskey],
) -> Option<PasskeyChallenge> {
    let known = known.iter().filter_map(|passkey| URL_SAFE_NO_PAD.decode(&passkey.id).ok());
    let known: Vec<CredentialID> = known.collect();
    let email = account.email.as_str();
    let relying_party = site.passkeys.as_ref()?;
    let (response, state) =
        relying_party.start_passkey_registration(user_handle(&account.id), email, email, Some(known)).ok()?;
    let mut options = serde_json::to_value(&response.public_key).ok()?;
    // Signing in asks for no address first, so the authenticator must find the passkey by itself.
    let selection = options.get_mut("authenticatorSelection")?.as_object_mut()?;
    selection.insert("residentKey".into(), "required".into());
    selection.insert("requireResidentKey".into(), true.into());
    sign(site, &account.id, &options, &state)
}

/// The context of the HMAC of challenges.
const CONTEXT: &str = "passkey";

fn sign(site: &AppState, account: &str, options: &impl Serialize, state: &impl Serialize) -> Option<PasskeyChallenge> {
    let state = serde_json::to_string(state).ok()?;
    Some(PasskeyChallenge {
        options: serde_json::to_string(options).ok()?,
        signed: site.cookie_signer.sign(CONTEXT, format!("{}.{account}.{state}", site.now().0)),
    })
}

/// A challenge that a form sent back.
struct Answered<S> {
    state: S,
    hash: String,
    expires_at: Timestamp,
}

impl<S: DeserializeOwned> Answered<S> {
    /// Checks that this site issued the challenge, for this account, and that it has not expired.
    fn verify(site: &AppState, account: &str, signed: &str) -> Option<Self> {
        let value = site.cookie_signer.verify(CONTEXT, signed)?;
        let mut parts = value.splitn(3, '.');
        let (issued_at, of, state) = (parts.next()?.parse().ok().map(Timestamp)?, parts.next()?, parts.next()?);
        let (now, expires_at) = (site.now(), issued_at.plus_seconds(CHALLENGE_LIFETIME_SECONDS));
        let is_valid = of == account && issued_at <= now && now < expires_at;
        let state = serde_json::from_str(state).ok().filter(|_| is_valid)?;
        Some(Self { state, hash: sha256_hex(&value), expires_at })
    }
}

/// The user handle of an account: it tells an authenticator nothing, and the same account has the
/// same one.
fn user_handle(account: &str) -> Uuid {
    let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(format!("{CONTEXT}={account}"));
    Uuid::from_bytes(bytes)
}

/// Adds a passkey to the account of the user, who enters the password again.
///
/// # Errors
/// - [`FormError::Correct`] with a new challenge, if the password is wrong, the answer is not
///   valid, or the account has [`MAX_PASSKEYS`].
/// - [`FormError::Wait`] after too many attempts.
/// - [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn add(
    form: &FormContext,
    password: Password,
    name: BrowserName,
    answer: PasskeyAnswer,
) -> Result<FormResult, FormError> {
    let typed = name.get().unwrap_or_default().to_owned();
    let mut result = try_to_add(form, password, name, answer).await;
    if let Err(FormError::Correct(errors)) = &mut result {
        let user = form.user()?;
        let account = user.account.id.clone();
        let known = form.site.store.read(move |tx| tx.passkeys_of(&account)).await?;
        errors.input.passkey_name = typed;
        errors.input.passkey_challenge = challenge_to_add(&form.site, &user.account, &known);
    }
    result
}

async fn try_to_add(
    form: &FormContext,
    password: Password,
    name: BrowserName,
    answer: PasskeyAnswer,
) -> Result<FormResult, FormError> {
    let site = &form.site;
    let user = form.user()?;
    let correct = |problem| FormErrors::new(Page::AddPasskey, problem, FormInput::default());
    let relying_party = site.passkeys.as_ref().ok_or(AppError::NotFound)?;
    service::confirm(form, &user, &password, correct).await?;
    if !answer.is_given() {
        return Err(correct(FieldError::NoPasskey).into());
    }
    let answered = Answered::<PasskeyRegistration>::verify(site, &user.account.id, &answer.challenge)
        .ok_or_else(|| correct(FieldError::PasskeyExpired))?;
    let new = created(relying_party, &answer.credential, &answered.state)
        .ok_or_else(|| correct(FieldError::PasskeyRejected))?;
    let new = StoredPasskey {
        id: URL_SAFE_NO_PAD.encode(new.cred_id()),
        account: user.account.id.clone(),
        name: name.get().map(str::to_owned),
        credential: serde_json::to_string(&new).map_err(|_| AppError::Inner)?,
        created_at: site.now(),
        last_used_at: None,
    };
    let (added, notice) = (form.activity(SecurityEventKind::PasskeyAdded), form.mail(MailKind::PasskeyAdded));
    let job = move |tx: &Tx<'_>| {
        let account = &user.account;
        if !service::is_still_confirmed(tx, &user, added.at)? {
            return Ok(Err(None));
        }
        if !tx.consume_token(&answered.hash, answered.expires_at)? {
            return Ok(Err(Some(FieldError::PasskeyExpired)));
        }
        if tx.passkeys_of(&account.id)?.len() >= MAX_PASSKEYS {
            return Ok(Err(Some(FieldError::TooManyPasskeys)));
        }
        if !tx.add_passkey(&new)? {
            return Ok(Err(Some(FieldError::PasskeyRejected)));
        }
        tx.record_security_event(&account.id, &added)?;
        service::notify(tx, notice, account)?;
        Ok(Ok(()))
    };
    site.store.write(job).await?.map_err(|problem| match problem {
        Some(problem) => FormError::from(correct(problem)),
        None => AppError::SignedOut.into(),
    })?;
    site.mail.wake();
    Ok(Flash::PasskeyAdded.into())
}

/// The passkey that an authenticator created, if the answer is valid and the authenticator can find
/// the passkey by itself.
fn created(relying_party: &Webauthn, answer: &str, state: &PasskeyRegistration) -> Option<Passkey> {
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
    let is_found = answer.extensions.cred_props.as_ref().is_none_or(|properties| properties.rk != Some(false));
    relying_party.finish_passkey_registration(&answer, state).ok().filter(|_| is_found)
}

/// Names a passkey of the user, or removes its name.
///
/// # Errors
/// [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn name(form: &FormContext, id: String, name: BrowserName) -> Result<FormResult, AppError> {
    let user = form.user()?;
    form.site.store.write(move |tx| tx.set_passkey_name(&user.account.id, &id, name.get())).await?;
    Ok(Flash::NameSaved.into())
}

/// Removes a passkey of the user, who confirms it.
///
/// # Errors
/// - [`FormError::Correct`] if the password is wrong, no passkey is chosen, or it is the only
///   sign-in method.
/// - [`FormError::Wait`] after too many attempts.
/// - [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn remove(form: &FormContext, password: Password, id: String) -> Result<FormResult, FormError> {
    let site = Arc::clone(&form.site);
    let user = form.user()?;
    site.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let input = FormInput { passkey: id.clone(), ..FormInput::default() };
    let correct = |problem| FormErrors::new(Page::RemovePasskey, problem, input.clone());
    if id.is_empty() {
        return Err(correct(FieldError::ChoosePasskey).into());
    }
    service::confirm(form, &user, &password, correct).await?;
    let (removed, notice) = (form.activity(SecurityEventKind::PasskeyRemoved), form.mail(MailKind::PasskeyRemoved));
    let job = move |tx: &Tx<'_>| {
        let account = &user.account;
        if !service::is_still_confirmed(tx, &user, removed.at)? {
            return Ok(Err(None));
        }
        let passkeys = tx.passkeys_of(&account.id)?;
        if passkeys.iter().all(|passkey| passkey.id != id) {
            // It is removed already, and nothing is left to do.
            return Ok(Ok(()));
        }
        if !service::sign_in_methods(&site, account, passkeys.len(), &tx.identities_of(&account.id)?)
            .can_remove_passkey()
        {
            return Ok(Err(Some(FieldError::LastMethod)));
        }
        tx.delete_passkey(&account.id, &id)?;
        tx.record_security_event(&account.id, &removed)?;
        service::notify(tx, notice, account)?;
        Ok(Ok(()))
    };
    form.site.store.write(job).await?.map_err(|problem| match problem {
        Some(problem) => FormError::from(correct(problem)),
        None => AppError::SignedOut.into(),
    })?;
    form.site.mail.wake();
    Ok(Flash::PasskeyRemoved.into())
}

/// Signs in with a passkey. Returns the next page.
///
/// # Errors
/// - [`FormError::Correct`] if the answer is not valid. Why is not said.
/// - [`FormError::Wait`] after too many attempts.
pub(crate) async fn sign_in(form: &FormContext, answer: PasskeyAnswer, input: FormInput) -> Result<Page, FormError> {
    let FormContext { site, request, .. } = form;
    let correct = |problem| FormErrors::new(Page::SignIn, problem, input.clone());
    let relying_party = site.passkeys.as_ref().ok_or(AppError::NotFound)?;
    // Verifying a signature is costly, too.
    site.limiter.attempt_from(request.client.network)?;
    let answered = Answered::<DiscoverableAuthentication>::verify(site, "", &answer.challenge)
        .ok_or_else(|| correct(FieldError::PasskeyExpired))?;
    let rejected = || FormError::from(correct(FieldError::PasskeyRejected));
    let credential: PublicKeyCredential = serde_json::from_str(&answer.credential).map_err(|_| rejected())?;
    let (handle, id) = relying_party.identify_discoverable_authentication(&credential).map_err(|_| rejected())?;
    let (id, hash) = (URL_SAFE_NO_PAD.encode(id), answered.hash.clone());
    let look_up = move |tx: &Tx<'_>| {
        let Some(passkey) = tx.passkey(&id)? else { return Ok(None) };
        let is_replayed = tx.is_token_used(&hash)?;
        Ok(tx.account(&passkey.account)?.map(|account| (passkey, account, is_replayed)))
    };
    let found = site.store.read(look_up).await?.filter(|(_, account, _)| user_handle(&account.id) == handle);
    let (before, account, is_replayed) = found.ok_or_else(rejected)?;
    // A replay has an old counter, too, but is no sign of a copy.
    if is_replayed {
        return Err(correct(FieldError::PasskeyExpired).into());
    }
    let mut passkey: Passkey = serde_json::from_str(&before.credential).map_err(|_| AppError::Inner)?;
    let key = DiscoverableKey::from(&passkey);
    let verified = match relying_party.finish_discoverable_authentication_v2(&credential, answered.state, &key) {
        Ok(verified) => verified,
        Err(WebauthnError::CredentialPossibleCompromise) => {
            // Another user may be signed in here.
            let cloned = SecurityEvent { device_id: None, ..form.activity(SecurityEventKind::PasskeyCloned) };
            let job = move |tx: &Tx<'_>| {
                if tx.consume_token(&answered.hash, answered.expires_at)? {
                    tx.record_security_event(&account.id, &cloned)?;
                }
                Ok(())
            };
            site.store.write(job).await?;
            return Err(rejected());
        }
        Err(_) => return Err(rejected()),
    };
    passkey.update_credential(&verified);
    let credential = serde_json::to_string(&passkey).map_err(|_| AppError::Inner)?;
    let page = page_after_sign_in(Some(&account), input.return_to);
    // The user of a disabled account can only export or erase the data, and is not remembered.
    let remember = input.remember && !account.is_disabled();
    let now = site.now();
    let load_account = move |tx: &Tx<'_>| -> Result<_, StoreError> {
        let is_first = tx.consume_token(&answered.hash, answered.expires_at)?;
        if !is_first || !tx.record_passkey_use(&before, &credential, now)? {
            return Ok(Err(FieldError::PasskeyExpired));
        }
        Ok(tx.account(&before.account)?.ok_or(FieldError::PasskeyRejected))
    };
    start_session(form, remember, None, load_account).await?.map_err(correct)?;
    Ok(page)
}
