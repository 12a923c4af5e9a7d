//! One request's cookies: what it carried, and what its response will set and remove.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use tower_cookies::{Cookies, cookie::Cookie};

use crate::{
    content::Content,
    domain::{
        Timestamp,
        consent::{
            decision::{
                Answer, Answers, Decision, DecisionStatus, EffectiveConsent, Grant, Prompt, ReconsentReason,
                ValidityContext, merge_for_user,
            },
            set_cookie::{BlockReason, may_leave},
            signal::Signal,
        },
        cookies::{
            declaration::{Declaration, EssentialCookie, FirstPartyCookie, OptionalCookie, SameSite},
            inventory::Inventory,
            purpose::{Optional, PerPurpose, Purpose},
            removal,
            request_header::RequestCookies,
        },
        i18n::locale::Locale,
        ledger::record::{RecordRef, RecordText},
        policy::version::Version,
    },
    system::cookie_signer::CookieSigner,
};

/// The most bytes of `Set-Cookie` lines that remove foreign cookies in one answer. With our own lines and the other headers
/// they fit into the 32 kB that the shipped proxy files give to the head of an answer.
const MAX_REMOVAL_BYTES: usize = 20_480;

/// What removes foreign cookies, within that bound.
#[derive(Debug, Default)]
struct ForeignRemovals {
    lines: Vec<HeaderValue>,
    bytes: usize,
}

/// One request's cookies.
///
/// Everything is set and removed with the attributes of its declaration; there is no way to name any others here.
#[derive(Clone)]
pub struct Jar {
    carried: Arc<RequestCookies>,
    /// The host that the request names.
    host: Arc<str>,
    /// The decision of this browser alone.
    own: Arc<Mutex<Option<DecisionStatus>>>,
    /// Where that is filed.
    filed: Arc<Mutex<Option<RecordRef>>>,
    /// The decision that was made: the browser's own, or for a member the one that it makes together with the account's.
    made: Arc<Mutex<Option<DecisionStatus>>>,
    signal: Option<Signal>,
    version: Version,
    terms: ValidityContext,
    out: Cookies,
    foreign_removals: Arc<Mutex<ForeignRemovals>>,
    content: Arc<Content>,
    /// As of the edition in force.
    inventory: Arc<Inventory>,
    seal: Arc<CookieSigner>,
}

impl Jar {
    /// The jar of a request that carried these cookies, with the decision that its consent cookie holds, if that is
    /// authentic, made on an edition that is known, and not over at `now`; and with the signal that it carried.
    pub(crate) fn open(
        carried: RequestCookies,
        host: &str,
        signal: Option<Signal>,
        content: Arc<Content>,
        seal: Arc<CookieSigner>,
        (now, latest): (Timestamp, Timestamp),
    ) -> Self {
        let name = FirstPartyCookie::Consent.into_str();
        let version = content.current_version(now.day());
        let inventory = Arc::clone(content.inventory(version));
        // A decision holds as long as the consent cookie is declared to live.
        let lifetime = inventory.first_party(FirstPartyCookie::Consent).lifetime.duration();
        let terms = ValidityContext { now, latest, lifetime, shown: content.fingerprints(version) };
        let found =
            carried.single(name).and_then(|sealed| seal.open(name, sealed)).and_then(|value| RecordRef::decode(&value));
        let jar = Self {
            carried: Arc::new(carried),
            host: host.into(),
            own: Arc::default(),
            filed: Arc::new(Mutex::new(found.and_then(|(_, filed)| filed))),
            made: Arc::default(),
            signal,
            version,
            terms,
            out: Cookies::default(),
            foreign_removals: Arc::default(),
            content,
            inventory,
            seal,
        };
        let standing = found.and_then(|(decision, _)| jar.holds(decision));
        *lock(&jar.own) = standing;
        *lock(&jar.made) = standing;
        jar
    }

    /// What is declared as of the edition in force.
    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The cookies that the request carried.
    pub fn carried(&self) -> &Arc<RequestCookies> {
        &self.carried
    }

    /// Whether the request carried a cookie of that name.
    pub fn carries(&self, name: &str) -> bool {
        self.carried.contains(name.as_bytes())
    }

    /// The value that the request carried for one of the server's own cookies, if it carried exactly one.
    pub fn value(&self, cookie: FirstPartyCookie) -> Option<&str> {
        self.carried.single(cookie.into_str())
    }

    /// The signal that the request carried.
    pub const fn signal(&self) -> Option<Signal> {
        self.signal
    }

    /// The decision in force: the request's, or the one that this response makes, without what the signal sets aside.
    pub fn in_force(&self) -> Option<EffectiveConsent> {
        self.made().and_then(|made| made.under_signal(self.signal))
    }

    /// The same, whatever the signal sets aside of it.
    pub fn made(&self) -> Option<EffectiveConsent> {
        self.standing().and_then(|standing| standing.effective)
    }

    /// The decision as it was made, with the answers that do not stand any more: what is stored, and what the next one
    /// changes; and which of its questions are open again.
    pub fn standing(&self) -> Option<DecisionStatus> {
        *lock(&self.made)
    }

    /// The questions that were answered and are open again; what changed is known where an edition had it as it was.
    pub fn reopened(&self) -> PerPurpose<Option<ReconsentReason>> {
        let Some(standing) = self.standing() else { return PerPurpose::default() };
        PerPurpose::from_fn(|purpose| {
            let is_known = |on| self.content.prompt_purpose(purpose, on, Locale::default()).is_some();
            standing.reconsent.get(purpose).map(|reopened| reopened.as_known(is_known))
        })
    }

    /// What decides whether an answer stands in this request.
    pub const fn terms(&self) -> &ValidityContext {
        &self.terms
    }

    /// The edition in force.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What a form shows in this language, as things stand now.
    pub fn prompt(&self, locale: Locale) -> Prompt {
        Prompt::new(self.version, locale, self.terms.shown, self.made().as_ref())
    }

    /// The text that a form shows that bears this prompt, if this site shows it, or showed it with an edition before.
    pub fn snapshot(&self, prompt: &Prompt) -> Option<Arc<RecordText>> {
        let in_force = self.content.edition(self.version)?.effective;
        self.content.edition(prompt.version).filter(|edition| edition.effective <= in_force)?;
        let shown = self.content.prompt_snapshot(prompt.version, prompt.locale)?;
        let is_so = |purpose| {
            prompt.questions.get(purpose).is_none_or(|question| question.fingerprint == shown.fingerprints.get(purpose))
        };
        Optional::ALL.into_iter().all(is_so).then(|| Arc::clone(&shown.text))
    }

    /// The purposes that were granted, and that the signal sets aside.
    pub fn set_aside(&self) -> Vec<Optional> {
        self.made().into_iter().flat_map(|made| made.decision().overridden_by(self.signal)).collect()
    }

    /// The decision of this browser alone as it was made, if it is not over.
    pub fn own_decision(&self) -> Option<Decision> {
        lock(&self.own).map(|own| own.decision)
    }

    /// Where this browser's last decision is filed, whether it is over or not.
    pub fn filed(&self) -> Option<RecordRef> {
        *lock(&self.filed)
    }

    /// Until when the last of a decision's answers holds.
    pub fn expires_at(&self, decision: Decision) -> Timestamp {
        let expires_at = decision.effective(&self.terms).map(|in_force| in_force.expires_at());
        let ends = expires_at.into_iter().flat_map(|each| Optional::ALL.map(|purpose| each.get(purpose)));
        ends.flatten().max().unwrap_or(decision.decided_at)
    }

    /// How the decision stands now, if it was made on an edition that is known and is not over.
    pub fn holds(&self, decision: Decision) -> Option<DecisionStatus> {
        let is_known = self.content.edition(decision.version).is_some();
        decision.status(&self.terms).filter(|_| is_known)
    }

    /// Lets the decision of the member's account count beside this browser's own, for this request.
    ///
    /// Nothing is set: the browser's own choice stays.
    pub fn follow(&self, account: Option<Decision>) {
        let account = account.filter(|decision| self.holds(*decision).is_some());
        *lock(&self.made) = merge_for_user(self.own_decision(), account).and_then(|decision| self.holds(decision));
    }

    /// Goes back to this browser's own decision, as after signing out.
    pub fn part(&self) {
        let own = *lock(&self.own);
        *lock(&self.made) = own;
        self.forget_ungranted();
    }

    /// Removes every optional cookie that the request carried and the decision in force does not grant: it was withdrawn
    /// elsewhere, or is over, or went with the member; and every cookie of ours that is not declared any more.
    pub fn forget_ungranted(&self) {
        let in_force = self.in_force();
        for declaration in self.inventory.declarations().iter().chain(self.inventory.former()) {
            let is_kept = may_leave(&self.inventory, in_force.as_ref(), &declaration.name).is_ok();
            if !is_kept && self.carries(&declaration.name) {
                self.add(removal(declaration));
            }
        }
    }

    /// Sets an essential cookie.
    pub fn set(&self, cookie: EssentialCookie, value: String) {
        self.add(build(self.inventory.first_party(cookie.into()), value));
    }

    /// Sets an optional cookie. Only a decision in force gives the grant that this takes.
    ///
    /// # Errors
    /// [`BlockReason::NotGranted`] if the grant is for another purpose.
    pub fn set_optional(&self, cookie: OptionalCookie, value: String, grant: &Grant<'_>) -> Result<(), BlockReason> {
        if grant.purpose() != cookie.purpose() {
            return Err(BlockReason::NotGranted(cookie.purpose()));
        }
        self.add(build(self.inventory.first_party(cookie.into()), value));
        Ok(())
    }

    /// Puts a decision in force from this response on, unless it is over by the request's own time, and removes every cookie
    /// of the purposes that it does not grant. The cookie leads to its record only if the decision grants something.
    ///
    /// Returns the names of the removed cookies that the request carried.
    pub fn decide(&self, decision: Decision, filed: RecordRef) -> Vec<String> {
        let name = FirstPartyCookie::Consent.into_str();
        let standing = decision.status(&self.terms);
        let grants = decision.answers != Answers::all(Answer::No);
        let filed = Some(filed).filter(|_| grants);
        *lock(&self.own) = standing;
        *lock(&self.made) = standing;
        *lock(&self.filed) = filed;
        self.set(EssentialCookie::Consent, self.seal.close(name, RecordRef::encode(filed, &decision)));
        let granted = self.made().map(|made| made.granted()).unwrap_or_default();
        self.forget_purposes(Optional::ALL.into_iter().filter(|purpose| !granted.get(*purpose)).map(Purpose::Optional))
    }

    /// Removes one declared cookie. With the consent cookie go the decision and every optional cookie.
    ///
    /// Returns the names of the removed cookies that the request carried.
    pub fn forget(&self, name: &str) -> Vec<String> {
        let mut gone = Vec::new();
        if name == FirstPartyCookie::Consent.into_str() {
            *lock(&self.own) = None;
            *lock(&self.made) = None;
            *lock(&self.filed) = None;
            gone = self.forget_purposes(Purpose::ALL.into_iter().filter(|purpose| !purpose.is_essential()));
        }
        if let Some(declaration) = self.inventory.find_or_former(name) {
            self.add(removal(declaration));
        }
        gone.extend(self.carries(name).then(|| name.to_owned()));
        gone
    }

    /// Removes a cookie that is not ours, by its name as it came, wherever a browser may keep it that sends it to a page at
    /// this path.
    ///
    /// Nobody told us its path or its domain; the next page shows whether the removal held. What is beyond the bound of one
    /// answer is left for the next. Returns whether all of it was within the bound.
    pub fn forget_foreign(&self, name: &[u8], page: &str) -> bool {
        let domains = removal::domains(&self.host);
        let mut removals = lock(&self.foreign_removals);
        for line in removal::removals(name, &domains, &removal::paths(page)) {
            let bytes = removals.bytes + line.len();
            if bytes > MAX_REMOVAL_BYTES {
                return false;
            }
            if let Ok(line) = HeaderValue::from_bytes(&line) {
                removals.bytes = bytes;
                removals.lines.push(line);
            }
        }
        true
    }

    /// Removes every cookie that is declared and every one that the request carried.
    pub fn forget_all(&self, page: &str) {
        for declaration in self.inventory.declarations() {
            self.forget(&declaration.name);
        }
        for declaration in self.inventory.former().iter().filter(|former| self.carries(&former.name)) {
            self.forget(&declaration.name);
        }
        let foreign = self.carried.names().into_iter().filter(|name| self.declared(name).is_none());
        // The rest, if any, is still there on the next page, which says so.
        let _ = foreign.into_iter().all(|name| self.forget_foreign(name, page));
    }

    /// The declaration of a cookie that bears this name, if it is or was ours.
    pub fn declared(&self, name: &[u8]) -> Option<&Declaration> {
        self.inventory.find_or_former(name)
    }

    /// The headers of all that was set and removed of our own.
    pub(crate) fn out(&self) -> Vec<HeaderValue> {
        self.out.list().into_iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()).collect()
    }

    /// What removes cookies that are not ours: it sets nothing, and the visitor asked for it.
    pub(crate) fn foreign_removals(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut lock(&self.foreign_removals).lines)
    }

    fn forget_purposes(&self, purposes: impl Iterator<Item = Purpose>) -> Vec<String> {
        purposes
            .flat_map(|purpose| self.inventory.cookies_for(purpose))
            .flat_map(|declaration| self.forget(&declaration.name))
            .collect()
    }

    #[expect(clippy::disallowed_methods, reason = "the gate is the room that may set cookies")]
    fn add(&self, cookie: Cookie<'static>) {
        self.out.add(cookie);
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cookie as its declaration has it.
pub(crate) fn build(declaration: &Declaration, value: String) -> Cookie<'static> {
    let attributes = &declaration.attributes;
    let mut cookie = Cookie::build((declaration.name.clone(), value))
        .path(attributes.path.clone())
        .same_site(match attributes.same_site {
            SameSite::Strict => tower_cookies::cookie::SameSite::Strict,
            SameSite::Lax => tower_cookies::cookie::SameSite::Lax,
            SameSite::None => tower_cookies::cookie::SameSite::None,
        })
        .build();
    // Left unset rather than set to false, so that a cookie equals the one that is read back from its header.
    if attributes.secure {
        cookie.set_secure(true);
    }
    if attributes.http_only {
        cookie.set_http_only(true);
    }
    if let Some(seconds) = declaration.lifetime.max_age() {
        cookie.set_max_age(time::Duration::seconds(seconds.try_into().unwrap_or(i64::MAX)));
    }
    cookie
}

/// What removes a declared cookie: an empty one that is already over, with the declared path and attributes.
pub(crate) fn removal(declaration: &Declaration) -> Cookie<'static> {
    let mut cookie = build(declaration, String::new());
    cookie.set_max_age(time::Duration::ZERO);
    cookie
}
