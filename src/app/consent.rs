//! What a visitor can do about cookies: answer, decide, withdraw, delete.

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
            purpose::{Optional, PerPurpose, Purpose},
            removal::MAX_NAME_BYTES,
        },
        ledger::{
            outcome::DecisionOutcome,
            record::{DecisionKind, NewRecord, RecordRef},
        },
        web::{error::AppError, flash::Flash, origin::Origin, page::Page},
    },
    store::Tx,
};

/// Answers, and where they come from.
struct AnswerForm {
    answers: PerPurpose<Option<Answer>>,
    /// What the form showed, if it says so.
    prompt: Option<Prompt>,
    collected_via: CollectedVia,
    /// The origin of the sibling's page in which they were given.
    origin: Option<Origin>,
}

/// What became of answers.
struct Put {
    /// The names of the cookies that went with them.
    gone: Vec<Vec<u8>>,
    /// Where the decision is filed, if anything was taken.
    filed: Option<RecordRef>,
    /// The record, if no cookie leads to it.
    receipt: Option<Uuid>,
    /// Why a yes was not taken, if one was not.
    not_taken: Option<PromptError>,
}

impl Put {
    /// What to say: that, or why a yes was not taken.
    fn done(self, notice: Flash) -> FormResult {
        let notice = match self.not_taken {
            None => notice,
            Some(PromptError::Changed) => Flash::QuestionChanged,
            Some(PromptError::Overtaken) => Flash::AnsweredElsewhere,
        };
        FormResult { notice, gone: self.gone, receipt: self.receipt }
    }
}

/// Gives one answer to every question that the banner showed, and leaves the other answers as they are and as old as they are.
///
/// # Errors
/// [`AppError::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn answer(form: &FormContext, answer: Answer, prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    // A no to a banner that does not say what it asked is one to everything.
    let everything = PerPurpose::all(true);
    let asked = prompt.map_or(everything, |prompt| prompt.about());
    let notice = match answer {
        _ if asked != everything => Flash::Answered,
        Answer::Yes => Flash::Accepted,
        Answer::No => Flash::Rejected,
    };
    let answers = asked.map(|is_asked| is_asked.then_some(answer));
    Ok(put_in_force(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Banner, origin: None })
        .await?
        .done(notice))
}

/// Gives an answer to each question, on the preferences page.
///
/// # Errors
/// [`AppError::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn decide(
    form: &FormContext,
    choices: Answers,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    let given =
        AnswerForm { answers: choices.map(Some), prompt, collected_via: CollectedVia::Preferences, origin: None };
    Ok(put_in_force(form, given).await?.done(Flash::Saved))
}

/// Gives these answers in a page of a sibling service, and leaves the other answers as they are and as old as they are.
///
/// # Errors
/// [`AppError::NotTaken`] if a yes does not count; each no among the answers does all the same. [`AppError::Unavailable`] if the
/// decision cannot be recorded; no cookie is set then.
pub(crate) async fn answer_elsewhere(
    form: &FormContext,
    answers: PerPurpose<Option<Answer>>,
    prompt: Option<Prompt>,
    origin: Origin,
) -> Result<RecordRef, AppError> {
    let given = AnswerForm { answers, prompt, collected_via: CollectedVia::Api, origin: Some(origin) };
    let put = put_in_force(form, given).await?;
    put.filed.filter(|_| put.not_taken.is_none()).ok_or(AppError::NotTaken)
}

/// Refuses one purpose and leaves the other answers as they are. Those keep their age too: a withdrawal does not prolong
/// any other permission.
///
/// Without a decision in force there is nothing granted; what is asked for is then a refusal of everything.
///
/// # Errors
/// [`AppError::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn withdraw(
    form: &FormContext,
    purpose: Optional,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    Ok(answer_one(form, purpose, Answer::No, prompt).await?.done(Flash::Withdrawn))
}

/// Refuses every purpose, with the button that every page has at its foot while one is granted.
///
/// # Errors
/// [`AppError::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn withdraw_all(form: &FormContext, prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    let answers = PerPurpose::all(Some(Answer::No));
    Ok(put_in_force(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Footer, origin: None })
        .await?
        .done(Flash::Withdrawn))
}

/// Gives the permission to remember settings, in the form that saves them. Returns why it was not taken, if it was not.
///
/// # Errors
/// [`AppError::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn permit_settings(
    form: &FormContext,
    prompt: Option<Prompt>,
) -> Result<Option<FormResult>, AppError> {
    let put = answer_one(form, OptionalCookie::Appearance.purpose(), Answer::Yes, prompt).await?;
    Ok(put.not_taken.is_some().then(|| put.done(Flash::Saved)))
}

/// Deletes one cookie, by its name as it came. With one that recognises a member, the member is signed out: without its
/// session the other would only bring it back. One whose purpose is granted would be set again, so its purpose is refused.
///
/// # Errors
/// [`AppError::CookieName`] if no cookie can bear the name, [`AppError::Unavailable`] if the member's session cannot be ended or
/// the decision not be recorded.
pub(crate) async fn delete(form: &FormContext, name: &[u8], prompt: Option<Prompt>) -> Result<FormResult, AppError> {
    let is_control = |octet: &u8| octet.is_ascii_control() && *octet != b'\t' || matches!(octet, b';' | b'=');
    if name.len() > MAX_NAME_BYTES || name.iter().any(is_control) {
        return Err(AppError::CookieName);
    }
    let jar = &form.jar;
    let Some(declaration) = jar.declared(name) else {
        jar.forget_foreign(name, &form.request.path_of(Page::Preferences));
        return Ok(FormResult { gone: vec![name.to_vec()], ..Flash::Deleted.into() });
    };
    if let Purpose::Optional(purpose) = declaration.purpose
        && jar.made().is_some_and(|made| made.granted().get(purpose))
    {
        return withdraw(form, purpose, prompt).await;
    }
    let name = declaration.name.as_str();
    let mut gone = Vec::new();
    if FirstPartyCookie::AUTH_COOKIES.into_iter().any(|own| own.into_str() == name) {
        sessions::sign_out(form).await?;
        let others = FirstPartyCookie::AUTH_COOKIES.into_iter().map(|own| own.into_str());
        gone.extend(others.filter(|other| *other != name && jar.carries(other)).map(str::to_owned));
    }
    gone.extend(jar.forget(name));
    // A form's own request need not carry a cookie of another path; the page after it looks.
    if !gone.iter().any(|other| other == name) {
        gone.push(name.to_owned());
    }
    Ok(FormResult { gone: gone.into_iter().map(String::into_bytes).collect(), ..Flash::Deleted.into() })
}

/// Deletes every cookie, and so signs a member out.
///
/// # Errors
/// [`AppError::Unavailable`] if the member's session cannot be ended.
pub(crate) async fn delete_all(form: &FormContext) -> Result<FormResult, AppError> {
    sessions::sign_out(form).await?;
    form.jar.forget_all(&form.request.path_of(Page::Preferences));
    // What is left, if anything, the next request shows by itself.
    Ok(Flash::AllDeleted.into())
}

/// Answers one question on the preferences page and leaves the other answers as they are and as old as they are.
async fn answer_one(
    form: &FormContext,
    purpose: Optional,
    answer: Answer,
    prompt: Option<Prompt>,
) -> Result<Put, AppError> {
    let answers = PerPurpose::all(None).with(purpose, Some(answer));
    put_in_force(form, AnswerForm { answers, prompt, collected_via: CollectedVia::Preferences, origin: None }).await
}

/// The decision that answers make of the one before it, as far as they are taken.
struct Answering {
    answers: PerPurpose<Option<Answer>>,
    prompt: Option<Prompt>,
    act: AnswerContext,
    terms: ValidityContext,
}

impl Answering {
    /// The decision, if anything was taken, and why the rest was not.
    fn decide(&self, before: Option<Decision>) -> (Option<Decision>, Option<PromptError>) {
        let (answers, not_taken) =
            decision::accept_answers(self.answers, self.prompt.as_ref(), before.as_ref(), &self.terms);
        let answered = |purpose: &Optional| answers.get(*purpose).is_some();
        if !Optional::ALL.iter().any(answered) {
            return (None, not_taken);
        }
        let shown = |purpose| self.prompt.is_some_and(|prompt| prompt.questions.get(purpose).is_some());
        let without_prompt = Optional::ALL.into_iter().filter(answered).filter(|purpose| !shown(*purpose));
        let decision = Decision::answering(before.as_ref(), answers, self.act);
        (Some(without_prompt.fold(decision, Decision::without_prompt)), not_taken)
    }
}

/// Records what the answers make of the decision before them, and puts it in force in this browser and, if a member is signed
/// in, in their account.
///
/// The record is committed before anything is answered, so no cookie stands for a decision that could be lost.
async fn put_in_force(form: &FormContext, given: AnswerForm) -> Result<Put, AppError> {
    let FormContext { site, jar, request } = form;
    let AnswerForm { answers, prompt, collected_via, origin } = given;
    let terms = *jar.terms();
    // What was shown can be recorded only if it is known what that was.
    let snapshot = prompt.as_ref().and_then(|prompt| jar.snapshot(prompt));
    let prompt = prompt.filter(|_| snapshot.is_some());
    let (version, locale) = prompt.map_or((jar.version(), request.locale), |prompt| (prompt.version, prompt.locale));
    let question = |purpose| prompt.and_then(|prompt| prompt.questions.get(purpose));
    let shown = PerPurpose::from_fn(|purpose| {
        question(purpose).map_or(terms.shown.get(purpose), |question| question.fingerprint)
    });
    let act = AnswerContext { version, shown, decided_at: terms.now, collected_via, signal: jar.signal() };
    let answering = Answering { answers, prompt, act, terms };

    let own = jar.filed();
    let subject =
        own.map_or_else(|| uuid::Builder::from_random_bytes(site.chance.bytes()).into_uuid(), |own| own.subject);
    let (signal, file) = (jar.signal(), jar.clone());
    let draft = move |before: Option<EffectiveConsent>, decision: Decision| NewRecord {
        subject,
        decision,
        expires_at: file.expires_at(decision),
        signal,
        kind: DecisionKind::of(before.map(|before| before.decision().answers), decision.answers),
        replaces: own.map(|own| own.record),
        origin,
        locale: locale.tag(),
        shown: snapshot,
    };
    let (made, not_taken) = if let Some(member) = request.identity.user.clone() {
        let (own_decision, holds) = (jar.own_decision(), jar.clone());
        let job = move |tables: &Tx<'_>| {
            let account = &member.account.id;
            // As it is now: another browser may have decided since this request came in.
            let Some(followed) = tables.account(account)?.map(|account| account.decision) else { return Ok(None) };
            let before = merge_for_user(own_decision, followed.filter(|decision| holds.holds(*decision).is_some()));
            let stood = before.and_then(|before| holds.holds(before)).and_then(|standing| standing.effective);
            let (decision, not_taken) = answering.decide(before);
            let Some(decision) = decision else { return Ok(Some((None, not_taken))) };
            let draft = draft(stood, decision);
            let kind = draft.kind;
            let record = tables.append(draft)?;
            tables.attach_record(account, &record.to_string())?;
            tables.set_decision(account, &decision)?;
            if decision.answers.get(OptionalCookie::Appearance.purpose()) == Answer::No {
                tables.set_appearance(account, None)?;
            }
            Ok(Some((Some((decision, record, kind)), not_taken)))
        };
        // Another browser may have deleted the account meanwhile.
        site.store.write(job).await?.ok_or(AppError::SignedOut)?
    } else {
        let (decision, not_taken) = answering.decide(jar.standing().map(|standing| standing.decision));
        let made = match decision {
            Some(decision) => {
                let draft = draft(jar.made(), decision);
                let kind = draft.kind;
                Some(site.store.append(draft).await.map(|record| (decision, record, kind))?)
            }
            None => None,
        };
        (made, not_taken)
    };
    let Some((decision, record, kind)) = made else {
        return Ok(Put { gone: Vec::new(), filed: None, receipt: None, not_taken });
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
    let filed = RecordRef { record, subject };
    let gone = jar.decide(decision, filed).into_iter().map(String::into_bytes).collect();
    // A member finds it in the history of the account.
    let receipt = (jar.filed().is_none() && request.identity.user.is_none()).then_some(record);
    Ok(Put { gone, filed: Some(filed), receipt, not_taken })
}
