//! What a visitor can do about cookies: answer, decide, withdraw, delete.

use crate::{
    model::{
        decision::{self, Answer, Choices, Decision, InForce, Standing, Way, merge},
        declaration::{OptionalCookie, OwnCookie},
        inventory,
        notice::Notice,
        origin::Origin,
        outcome::Outcome,
        purpose::{Optional, PerPurpose},
        record::{Draft, Filed, Kind},
        refusal::Refusal,
    },
    server::{accounts::sessions, http::forms::Sender, store::Tables},
};

/// What was done, for the page after it to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// What to say.
    pub notice: Notice,
    /// The cookies that went with it, as far as the request carried them, and the one that was asked for by name.
    pub gone: Vec<String>,
}

impl From<Notice> for Done {
    fn from(notice: Notice) -> Self {
        Self { notice, gone: Vec::new() }
    }
}

/// Gives one answer to every open question, with the banner, and leaves the other answers as they are and as old as they
/// are. Where no question is open any more (it was answered elsewhere since the page came), the answer is to all of them.
///
/// A banner that asked `about` one purpose alone is an answer to nothing else.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn answer(sender: &Sender, answer: Answer, about: Option<Optional>) -> Result<Done, Refusal> {
    let open = Standing::asks(sender.jar.standing().as_ref());
    let asked = decision::answered_by_banner(open, about);
    let notice = match answer {
        _ if asked != PerPurpose::all(true) => Notice::Answered,
        Answer::Yes => Notice::Accepted,
        Answer::No => Notice::Rejected,
    };
    let answers = asked.map(|is_asked| is_asked.then_some(answer));
    Ok(Done { notice, gone: answer_some(sender, answers, Way::Banner).await? })
}

/// Gives an answer to each question, on the preferences page.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn decide(sender: &Sender, choices: Choices) -> Result<Done, Refusal> {
    Ok(Done { notice: Notice::Saved, gone: answer_some(sender, choices.map(Some), Way::Preferences).await? })
}

/// Gives these answers in a page of a sibling service, and leaves the other answers as they are and as old as they are.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn answer_elsewhere(
    sender: &Sender,
    answers: PerPurpose<Option<Answer>>,
    origin: Origin,
) -> Result<Filed, Refusal> {
    let act = sender.jar.act(Way::Api);
    let decide = move |before: Option<Decision>| Decision::answering(before.as_ref(), answers, act);
    let (_, filed) = put_in_force(sender, Some(origin), decide).await?;
    Ok(filed)
}

/// Refuses one purpose and leaves the other answers as they are. Those keep their age too: a withdrawal does not prolong
/// any other permission.
///
/// Without a decision in force there is nothing granted; what is asked for is then a refusal of everything.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn withdraw(sender: &Sender, purpose: Optional) -> Result<Done, Refusal> {
    Ok(Done { notice: Notice::Withdrawn, gone: answer_one(sender, purpose, Answer::No).await? })
}

/// Refuses every purpose, with the button that every page has at its foot while one is granted.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn withdraw_all(sender: &Sender) -> Result<Done, Refusal> {
    let answers = PerPurpose::all(Some(Answer::No));
    Ok(Done { notice: Notice::Withdrawn, gone: answer_some(sender, answers, Way::Footer).await? })
}

/// Deletes one cookie. With one that recognises a member, the member is signed out: without its session the other would
/// only bring it back.
///
/// # Errors
/// [`Refusal::CookieName`] if the name is none, [`Refusal::Inner`] if the member's session cannot be ended.
pub(crate) async fn delete(sender: &Sender, name: &str) -> Result<Done, Refusal> {
    if !inventory::is_token(name) {
        return Err(Refusal::CookieName);
    }
    let jar = &sender.jar;
    let mut gone = Vec::new();
    if OwnCookie::OF_A_MEMBER.into_iter().any(|own| own.name() == name) {
        sessions::sign_out(sender).await?;
        let others = OwnCookie::OF_A_MEMBER.into_iter().map(OwnCookie::name);
        gone.extend(others.filter(|other| *other != name && jar.carries(other)).map(str::to_owned));
    }
    gone.extend(jar.forget(name));
    // A form's own request need not carry a cookie of another path; the page after it looks.
    if !gone.iter().any(|other| other == name) {
        gone.push(name.to_owned());
    }
    Ok(Done { notice: Notice::Deleted, gone })
}

/// Deletes every cookie, and so signs a member out.
///
/// # Errors
/// [`Refusal::Inner`] if the member's session cannot be ended.
pub(crate) async fn delete_all(sender: &Sender) -> Result<Done, Refusal> {
    sessions::sign_out(sender).await?;
    sender.jar.forget_all();
    // What is left, if anything, the next request shows by itself.
    Ok(Notice::AllDeleted.into())
}

/// Answers one question on the preferences page and leaves the other answers as they are and as old as they are. Returns
/// the names of the cookies that go with it.
///
/// # Errors
/// [`Refusal::Unavailable`] if the decision cannot be recorded; no cookie is set then.
pub(crate) async fn answer_one(sender: &Sender, purpose: Optional, answer: Answer) -> Result<Vec<String>, Refusal> {
    answer_some(sender, PerPurpose::all(None).with(purpose, Some(answer)), Way::Preferences).await
}

/// Answers these questions and leaves the other answers as they are.
async fn answer_some(sender: &Sender, answers: PerPurpose<Option<Answer>>, way: Way) -> Result<Vec<String>, Refusal> {
    let act = sender.jar.act(way);
    let decide = move |before: Option<Decision>| Decision::answering(before.as_ref(), answers, act);
    put_in_force(sender, None, decide).await.map(|(gone, _)| gone)
}

/// Records a decision that is made from the one before it, and puts it in force in this browser and, if a member is signed
/// in, in their account. Returns the names of the cookies that go with it, and where it is filed.
///
/// `origin` is that of the sibling's page in which it was made. The record is committed before anything is answered, so no cookie stands for a decision that could be lost.
async fn put_in_force(
    sender: &Sender,
    origin: Option<Origin>,
    decide: impl FnOnce(Option<Decision>) -> Decision + Send + 'static,
) -> Result<(Vec<String>, Filed), Refusal> {
    let Sender { site, jar, visitor } = sender;
    let own = jar.filed();
    let subject =
        own.map_or_else(|| uuid::Builder::from_random_bytes(site.chance.bytes()).into_uuid(), |own| own.subject);
    let (signal, shown, file) = (jar.signal(), jar.shown(visitor.locale), jar.clone());
    let locale = visitor.locale;
    let draft = move |before: Option<InForce>, decision: Decision| Draft {
        subject,
        decision,
        ends_at: file.ends_at(decision),
        signal,
        kind: Kind::of(before.map(|before| before.decision().choices), decision.choices),
        replaces: own.map(|own| own.record),
        origin,
        locale: locale.tag(),
        shown,
    };
    let (decision, record, kind) = if let Some(member) = visitor.member.clone() {
        let (own_decision, holds) = (jar.own_decision(), jar.clone());
        let job = move |tables: &Tables<'_>| {
            let account = &member.account.id;
            // As it is now: another browser may have decided since this request came in.
            let Some(followed) = tables.account(account)?.map(|account| account.decision) else { return Ok(None) };
            let before = merge(own_decision, followed.filter(|decision| holds.holds(*decision).is_some()));
            let stood = before.and_then(|before| holds.holds(before)).and_then(|standing| standing.in_force);
            let decision = decide(before);
            let draft = draft(stood, decision);
            let kind = draft.kind;
            let record = tables.append(draft)?;
            tables.link_record(account, &record.to_string())?;
            tables.set_decision(account, &decision)?;
            if decision.choices.get(OptionalCookie::Appearance.purpose()) == Answer::No {
                tables.set_appearance(account, None)?;
            }
            Ok(Some((decision, record, kind)))
        };
        // Another browser may have deleted the account meanwhile.
        site.store.write(job).await?.ok_or(Refusal::SignedOut)?
    } else {
        let decision = decide(jar.standing().map(|standing| standing.decision));
        let draft = draft(jar.made(), decision);
        let kind = draft.kind;
        site.store.append(draft).await.map(|record| (decision, record, kind))?
    };
    site.observers.count_decision(Outcome::of(kind, decision.choices), decision.way);
    tracing::info!(
        %record,
        way = ?decision.way,
        preferences = ?decision.choices.preferences,
        analytics = ?decision.choices.analytics,
        version = %decision.version,
        signal = ?jar.signal(),
        "a visitor decided"
    );
    let filed = Filed { record, subject };
    Ok((jar.decide(decision, filed), filed))
}
