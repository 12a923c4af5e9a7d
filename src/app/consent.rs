//! What a visitor can do about cookies: answer, decide, withdraw, delete.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    app::{accounts::sessions, form_context::FormContext, form_result::FormResult},
    domain::{
        consent::{
            decision,
            decision::{
                Answer, AnswerContext, CollectedVia, Decision, EffectiveConsent, Prompt, PromptError, ValidityContext,
                merge_for_user,
            },
        },
        cookies::{
            declaration::{FirstPartyCookie, OptionalCookie},
            purpose::{Optional, PerPurpose, Purpose},
            removal::MAX_NAME_BYTES,
        },
        ledger::{
            outcome::DecisionOutcome,
            record::{NewRecord, RecordRef},
        },
        web::{error::AppError, flash::Flash, origin::Origin, page::Page},
    },
    store::Tx,
};

/// The answers of a form, and their origin.
struct AnswerForm {
    answers: PerPurpose<Option<Answer>>,
    /// The prompt that the form showed, if the form names one.
    prompt: Option<Prompt>,
    collected_via: CollectedVia,
    /// The origin of the partner service's page that collected the answers.
    origin: Option<Origin>,
}

/// The effect of a form's answers.
struct AnswerOutcome {
    /// The names of the cookies that the decision removed.
    deleted: Vec<Vec<u8>>,
    /// The record of the decision, if the server accepted any answer.
    record_ref: Option<RecordRef>,
    /// The record, if no cookie holds its id.
    receipt: Option<Uuid>,
    /// Why the server rejected a yes.
    rejected: Option<PromptError>,
}

impl AnswerOutcome {
    /// The result with this flash message, or with the reason why the server rejected a yes.
    fn done(self, notice: Flash) -> FormResult {
        let notice = match self.rejected {
            None => notice,
            Some(PromptError::Changed) => Flash::QuestionChanged,
            Some(PromptError::Overtaken) => Flash::AnsweredElsewhere,
        };
        FormResult { notice, gone: self.deleted, receipt: self.receipt }
    }
}

/// Gives one answer to every question of the banner. Other answers and their age do not change.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn answer(form: &FormContext, answer: Answer, prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    // A no to a banner that does not name its questions answers every question.
    let everything = PerPurpose::all(true);
    let asked = prompt.map_or(everything, |prompt| prompt.about());
    let notice = if asked == everything { all_answered(answer) } else { Flash::Answered };
    let answers = asked.map(|is_asked| is_asked.then_some(answer));
    Ok(record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Banner, origin: None })
        .await?
        .done(notice))
}

/// Gives these answers on the preferences page. A question without an answer stays as it is.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn decide(
    form: &FormContext,
    answers: PerPurpose<Option<Answer>>,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    if answers == PerPurpose::all(None) {
        return Ok(Flash::NothingChosen.into());
    }
    let form_answers = AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None };
    Ok(record_answers(form, form_answers).await?.done(Flash::Saved))
}

/// Gives one answer to every question, with a button of the preferences page.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn decide_all(
    form: &FormContext,
    answer: Answer,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    let answers = PerPurpose::all(Some(answer));
    let form_answers = AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None };
    Ok(record_answers(form, form_answers).await?.done(all_answered(answer)))
}

/// The message after one answer to every question.
const fn all_answered(answer: Answer) -> Flash {
    match answer {
        Answer::Yes => Flash::Accepted,
        Answer::No => Flash::Rejected,
    }
}

/// Gives these answers on a page of a partner service. Other answers and their age do not change.
///
/// # Errors
/// - [`AppError::NotTaken`] if the server rejects a yes. It accepts each no among the answers
///   anyway.
/// - [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn answer_for_partner(
    form: &FormContext,
    answers: PerPurpose<Option<Answer>>,
    prompt: Option<Prompt>,
    origin: Origin,
) -> Result<RecordRef, AppError> {
    let form_answers = AnswerForm { answers, prompt, collected_via: CollectedVia::Api, origin: Some(origin) };
    let outcome = record_answers(form, form_answers).await?;
    outcome.record_ref.filter(|_| outcome.rejected.is_none()).ok_or(AppError::NotTaken)
}

/// Rejects one purpose. Other answers and their age do not change, so that a withdrawal does not
/// prolong another grant.
///
/// Without a valid decision nothing is granted. The withdrawal is then a rejection of everything.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn withdraw(
    form: &FormContext,
    purpose: Optional,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    Ok(answer_one(form, purpose, Answer::No, prompt).await?.done(Flash::Withdrawn))
}

/// Rejects every purpose, with the button in the footer of each page while a purpose is granted.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn withdraw_all(form: &FormContext, prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    let answers = PerPurpose::all(Some(Answer::No));
    Ok(record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Footer, origin: None })
        .await?
        .done(Flash::Withdrawn))
}

/// Grants `preferences` in the form that saves settings. Returns the result to show if the server
/// rejects the yes.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn grant_settings(form: &FormContext, prompt: Option<Prompt>) -> Result<Option<FormResult>, AppError> {
    let outcome = answer_one(form, OptionalCookie::Appearance.purpose(), Answer::Yes, prompt).await?;
    Ok(outcome.rejected.is_some().then(|| outcome.done(Flash::Saved)))
}

/// Deletes one cookie, named by the bytes that the browser sent.
///
/// - With a cookie that authenticates a user, the function signs the user out. Without a sign-out,
///   the remember cookie would restore the session cookie.
/// - With a cookie of a granted purpose, the function rejects the purpose. Otherwise the server
///   would set the cookie again.
///
/// # Errors
/// - [`AppError::CookieName`] if the name is not a valid cookie name.
/// - [`AppError::Unavailable`] if the server cannot end the session or record the decision.
pub(crate) async fn delete(form: &FormContext, name: &[u8], prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    let is_control = |octet: &u8| octet.is_ascii_control() && *octet != b'\t' || matches!(octet, b';' | b'=');
    if name.len() > MAX_NAME_BYTES || name.iter().any(is_control) {
        return Err(AppError::CookieName);
    }
    let jar = &form.jar;
    let Some(declaration) = jar.declaration(name) else {
        jar.remove_foreign(name, &form.request.path_of(Page::Preferences));
        return Ok(FormResult { gone: vec![name.to_vec()], ..Flash::Deleted.into() });
    };
    if let Purpose::Optional(purpose) = declaration.purpose
        && jar.decided().is_some_and(|decided| decided.granted().get(purpose))
    {
        return withdraw(form, purpose, prompt).await;
    }
    let name = declaration.name.as_str();
    let mut deleted = Vec::new();
    if FirstPartyCookie::AUTH_COOKIES.into_iter().any(|own| own.into_str() == name) {
        sessions::sign_out(form).await?;
        let others = FirstPartyCookie::AUTH_COOKIES.into_iter().map(|own| own.into_str());
        deleted.extend(others.filter(|other| *other != name && jar.carries(other)).map(str::to_owned));
    }
    deleted.extend(jar.remove(name));
    // A browser does not send a cookie of another path with the form; the page after it checks.
    if !deleted.iter().any(|other| other == name) {
        deleted.push(name.to_owned());
    }
    Ok(FormResult { gone: deleted.into_iter().map(String::into_bytes).collect(), ..Flash::Deleted.into() })
}

/// Deletes every cookie, and so signs a user out.
///
/// # Errors
/// [`AppError::Unavailable`] if the server cannot end the user's session.
pub(crate) async fn delete_all(form: &FormContext) -> Result<FormResult, AppError> {
    sessions::sign_out(form).await?;
    form.jar.remove_all(&form.request.path_of(Page::Preferences));
    // The next request shows which of them the browser still has.
    let gone = form.jar.received().names().into_iter().map(<[u8]>::to_vec).collect();
    Ok(FormResult { gone, ..Flash::AllDeleted.into() })
}

/// Answers one question on the preferences page. Other answers and their age do not change.
async fn answer_one(
    form: &FormContext,
    purpose: Optional,
    answer: Answer,
    prompt: Option<Prompt>,
) -> Result<AnswerOutcome, AppError> {
    let answers = PerPurpose::all(None).with(purpose, Some(answer));
    record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None }).await
}

/// Derives a decision from answers and the previous decision.
struct DecisionBuilder {
    answers: PerPurpose<Option<Answer>>,
    prompt: Option<Prompt>,
    context: AnswerContext,
    validity: ValidityContext,
}

impl DecisionBuilder {
    /// The decision, if the server accepts any answer, and why the server rejects the others.
    fn decide(&self, before: Option<Decision>) -> (Option<Decision>, Option<PromptError>) {
        let (answers, rejected) =
            decision::accept_answers(self.answers, self.prompt.as_ref(), before.as_ref(), &self.validity);
        let answered = |purpose: &Optional| answers.get(*purpose).is_some();
        if !Optional::ALL.iter().any(answered) {
            return (None, rejected);
        }
        let shown = |purpose| self.prompt.is_some_and(|prompt| prompt.questions.get(purpose).is_some());
        let without_prompt = Optional::ALL.into_iter().filter(answered).filter(|purpose| !shown(*purpose));
        let decision = Decision::answering(before.as_ref(), answers, self.context);
        (Some(without_prompt.fold(decision, Decision::without_prompt)), rejected)
    }
}

/// Records the decision that the answers make, and applies it to this browser and the user's
/// account.
///
/// The store commits the record before the server responds, so that no cookie holds a decision that
/// could be lost.
async fn record_answers(form: &FormContext, form_answers: AnswerForm) -> Result<AnswerOutcome, AppError> {
    let FormContext { site, jar, request } = form;
    let AnswerForm { answers, prompt, collected_via, origin } = form_answers;
    let validity = *jar.validity();
    // The record can hold the prompt only if this server showed it.
    let snapshot = prompt.as_ref().and_then(|prompt| jar.snapshot(prompt));
    let prompt = prompt.filter(|_| snapshot.is_some());
    let (version, locale) = prompt.map_or((jar.version(), request.locale), |prompt| (prompt.version, prompt.locale));
    let question = |purpose| prompt.and_then(|prompt| prompt.questions.get(purpose));
    let shown = PerPurpose::from_fn(|purpose| {
        question(purpose).map_or(validity.shown.get(purpose), |question| question.fingerprint)
    });
    let context = AnswerContext { version, shown, decided_at: validity.now, collected_via, signal: jar.signal() };
    let builder = DecisionBuilder { answers, prompt, context, validity };

    let own = jar.record_ref();
    let subject = own.map_or_else(|| uuid::Builder::from_random_bytes(site.rng.bytes()).into_uuid(), |own| own.subject);
    let (signal, draft_jar) = (jar.signal(), jar.clone());
    let controller = Arc::clone(&site.content().publisher.legal_name);
    let draft = move |before: Option<EffectiveConsent>, decision: Decision| NewRecord {
        controller,
        subject,
        decision,
        expires_at: draft_jar.expires_at(decision),
        signal,
        before: before.map(|before| before.decision().answers),
        replaces: own.map(|own| own.record),
        origin,
        locale: locale.tag(),
        shown: snapshot,
    };
    let (appended, rejected) = if let Some(user) = request.identity.user.clone() {
        let (browser_decision, job_jar) = (jar.browser_decision(), jar.clone());
        let job = move |tx: &Tx<'_>| {
            let account = &user.account.id;
            // Another browser may have changed the decision since this request arrived.
            let Some(account_decision) = tx.account(account)?.map(|account| account.decision) else {
                return Ok(None);
            };
            let before = merge_for_user(
                browser_decision,
                account_decision.filter(|decision| job_jar.valid_status(*decision).is_some()),
            );
            let previous = before.and_then(|before| job_jar.valid_status(before)).and_then(|status| status.effective);
            let (decision, rejected) = builder.decide(before);
            let Some(decision) = decision else { return Ok(Some((None, rejected))) };
            let draft = draft(previous, decision);
            let kind = draft.kind();
            let record = tx.append(draft)?;
            tx.attach_record(account, &record.to_string())?;
            tx.set_decision(account, &decision)?;
            if decision.answers.get(OptionalCookie::Appearance.purpose()) == Answer::No {
                tx.set_appearance(account, None)?;
            }
            Ok(Some((Some((decision, record, kind)), rejected)))
        };
        // Another browser may have deleted the account meanwhile.
        site.store.write(job).await?.ok_or(AppError::SignedOut)?
    } else {
        let (decision, rejected) = builder.decide(jar.status().map(|status| status.decision));
        let appended = match decision {
            Some(decision) => {
                let draft = draft(jar.decided(), decision);
                let kind = draft.kind();
                Some(site.store.append(draft).await.map(|record| (decision, record, kind))?)
            }
            None => None,
        };
        (appended, rejected)
    };
    let Some((decision, record, kind)) = appended else {
        return Ok(AnswerOutcome { deleted: Vec::new(), record_ref: None, receipt: None, rejected });
    };
    site.observers.count_decision(DecisionOutcome::of(kind, decision.answers), decision.collected_via);
    tracing::info!(
        collected_via = ?decision.collected_via,
        preferences = ?decision.answers.preferences,
        analytics = ?decision.answers.analytics,
        version = %decision.version,
        signal = ?jar.signal(),
        "decision recorded"
    );
    let record_ref = RecordRef { record, subject };
    let deleted = jar.decide(decision, record_ref).into_iter().map(String::into_bytes).collect();
    // A user finds the receipt in the history of the account.
    let receipt = (jar.record_ref().is_none() && request.identity.user.is_none()).then_some(record);
    Ok(AnswerOutcome { deleted, record_ref: Some(record_ref), receipt, rejected })
}
