//! What a visitor can do about cookies: answer, decide, withdraw, delete.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    app::{accounts::sessions, form_context::FormContext, form_result::FormResult},
    domain::{
        consent::{
            decision,
            decision::{
                Answer, AnswerContext, Answers, CollectedVia, Decision, EffectiveConsent, Prompt, PromptError,
                ValidityContext, merge_for_user,
            },
        },
        cookies::{
            declaration::{FirstPartyCookie, OptionalCookie},
            purpose::{Optional, PerPurpose, Purpose, Purposes},
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
    answers: Answers,
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
    let everything = form.jar.validity().purposes();
    let mut asked = prompt.as_ref().map_or_else(|| everything.clone(), Prompt::about);
    // The page may be older than the edition that dropped a purpose.
    asked.retain(|purpose| everything.contains(purpose));
    let notice = if asked == everything { all_answered(answer) } else { Flash::Answered };
    let answers = same_answer(asked, answer);
    Ok(record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Banner, origin: None })
        .await?
        .done(notice))
}

/// Gives these answers on the preferences page. A question without an answer stays as it is.
///
/// # Errors
/// - [`AppError::Form`] if the site does not declare the purpose.
/// - [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn decide(
    form: &FormContext,
    answers: Answers,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    if answers.is_empty() {
        return Ok(Flash::NothingChosen.into());
    }
    check_declared(form, &answers)?;
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
    let answers = same_answer(form.jar.validity().purposes(), answer);
    let form_answers = AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None };
    Ok(record_answers(form, form_answers).await?.done(all_answered(answer)))
}

/// No form offers an answer about a purpose that the site does not declare.
fn check_declared(form: &FormContext, answers: &Answers) -> Result<(), AppError> {
    let is_declared = |purpose: &Optional| form.jar.validity().shown.contains_key(purpose);
    if answers.keys().all(is_declared) { Ok(()) } else { Err(AppError::Form) }
}

fn same_answer(purposes: Purposes, answer: Answer) -> Answers {
    purposes.into_iter().map(|purpose| (purpose, answer)).collect()
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
/// - [`AppError::Choices`] if an answer is about a purpose that the site does not declare.
/// - [`AppError::NotTaken`] if the server rejects a yes. It accepts each no among the answers
///   anyway.
/// - [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
pub(crate) async fn answer_for_partner(
    form: &FormContext,
    answers: Answers,
    prompt: Option<Prompt>,
    origin: Origin,
) -> Result<RecordRef, AppError> {
    check_declared(form, &answers).map_err(|_| AppError::Choices)?;
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
/// - [`AppError::Form`] if the site does not declare the purpose.
/// - [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
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
    let answers = same_answer(form.jar.validity().purposes(), Answer::No);
    Ok(record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Footer, origin: None })
        .await?
        .done(Flash::Withdrawn))
}

/// Grants `preferences` in the form that saves settings. Returns the result to show if the server
/// rejects the yes.
///
/// # Errors
/// - [`AppError::Form`] if the site does not declare the purpose.
/// - [`AppError::Unavailable`] if the server cannot record the decision. No cookie is set then.
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
        && jar.decided().is_some_and(|decided| decided.granted().contains(&purpose))
    {
        return withdraw(form, purpose, prompt).await;
    }
    let name = declaration.name.as_str();
    let mut deleted = Vec::new();
    if FirstPartyCookie::from_name(name).is_some_and(|own| FirstPartyCookie::AUTH_COOKIES.contains(&own)) {
        sessions::sign_out(form).await?;
        deleted.extend(FirstPartyCookie::AUTH_COOKIES.into_iter().flat_map(|own| jar.remove_first_party(own)));
    } else {
        deleted.extend(jar.remove(name));
    }
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
    let answers = Answers::from([(purpose, answer)]);
    check_declared(form, &answers)?;
    record_answers(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None }).await
}

/// Derives a decision from answers and the previous decision.
struct DecisionBuilder {
    answers: Answers,
    prompt: Option<Prompt>,
    context: AnswerContext,
    validity: ValidityContext,
}

impl DecisionBuilder {
    /// The decision, if the server accepts any answer, and why the server rejects the others.
    fn decide(&self, before: Option<&Decision>) -> (Option<Decision>, Option<PromptError>) {
        let (answers, rejected) = decision::accept_answers(&self.answers, self.prompt.as_ref(), before, &self.validity);
        if answers.is_empty() {
            return (None, rejected);
        }
        let is_shown =
            |purpose: &Optional| self.prompt.as_ref().is_some_and(|prompt| prompt.questions.contains_key(purpose));
        let without_prompt = answers.keys().copied().filter(|purpose| !is_shown(purpose));
        // What the site no longer declares is not carried on.
        let is_declared = |purpose| self.validity.shown.contains_key(&purpose);
        let decision = Decision::answering(before, &answers, &self.context).only(is_declared);
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
    let validity = jar.validity().clone();
    // The record can hold the prompt only if this server showed it.
    let snapshot = prompt.as_ref().and_then(|prompt| jar.snapshot(prompt));
    let prompt = prompt.filter(|_| snapshot.is_some());
    let (version, locale) =
        prompt.as_ref().map_or((jar.version(), request.locale), |prompt| (prompt.version, prompt.locale));
    let mut shown = PerPurpose::clone(&validity.shown);
    let questions = prompt.iter().flat_map(|prompt| &prompt.questions);
    shown.extend(questions.map(|(purpose, question)| (*purpose, question.fingerprint)));
    let (shown, decided_at) = (Arc::new(shown), validity.now);
    let context = AnswerContext { version, shown, decided_at, collected_via, signal: jar.signal() };
    let builder = DecisionBuilder { answers, prompt, context, validity };

    let own = jar.record_ref();
    let subject = own.map_or_else(|| uuid::Builder::from_random_bytes(site.rng.bytes()).into_uuid(), |own| own.subject);
    let (signal, draft_jar) = (jar.signal(), jar.clone());
    let controller = Arc::clone(&site.content().publisher.legal_name);
    let asked: Arc<[Optional]> = jar.inventory().optional_purposes().collect();
    let declared = Arc::clone(&asked);
    let draft = move |before: Option<EffectiveConsent>, decision: Decision| NewRecord {
        controller,
        subject,
        expires_at: draft_jar.expires_at(&decision),
        decision,
        signal,
        asked,
        granted_before: before.map(|before| before.granted()).unwrap_or_default(),
        replaces: own.map(|own| own.record),
        origin,
        locale: locale.to_string(),
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
                account_decision.filter(|decision| job_jar.valid_status(decision.clone()).is_some()),
            );
            let (decision, rejected) = builder.decide(before.as_ref());
            let previous = before.and_then(|before| job_jar.valid_status(before)).and_then(|status| status.effective);
            let Some(decision) = decision else { return Ok(Some((None, rejected))) };
            let draft = draft(previous, decision.clone());
            let kind = draft.kind();
            let record = tx.append(draft)?;
            tx.attach_record(account, &record.to_string())?;
            tx.set_decision(account, &decision)?;
            if !decision.answer(OptionalCookie::Appearance.purpose()).is_yes() {
                tx.set_appearance(account, None)?;
            }
            Ok(Some((Some((decision, record, kind)), rejected)))
        };
        // Another browser may have deleted the account meanwhile.
        site.store.write(job).await?.ok_or(AppError::SignedOut)?
    } else {
        let (decision, rejected) = builder.decide(jar.status().map(|status| status.decision).as_ref());
        let appended = match decision {
            Some(decision) => {
                let draft = draft(jar.decided(), decision.clone());
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
    let granted = decision.allowed();
    site.observers.count_decision(DecisionOutcome::of(kind, &granted, &declared), decision.collected_via);
    tracing::info!(
        collected_via = ?decision.collected_via,
        granted = ?granted,
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
