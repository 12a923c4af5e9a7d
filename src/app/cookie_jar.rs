//! The cookies of one request, and the cookies that its response sets and removes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use strum::VariantArray;
use tower_cookies::{Cookies, cookie::Cookie};

use crate::{
    content::Content,
    domain::{
        Timestamp,
        account::session,
        consent::{
            decision::{
                Decision, DecisionStatus, EffectiveConsent, Grant, Prompt, Question, ReconsentReason, ValidityContext,
                merge_for_user,
            },
            set_cookie::{BlockReason, may_leave},
            signal::Signal,
        },
        cookies::{
            declaration::{
                Declaration, EssentialCookie, FirstPartyCookie, FirstPartyCookies, OptionalCookie, SameSite,
            },
            inventory::Inventory,
            purpose::{Optional, PerPurpose, Purposes},
            removal,
            request_header::RequestCookies,
        },
        i18n::{languages::Languages, locale::Locale},
        ledger::record::{RecordRef, RecordText},
        policy::version::Version,
    },
    system::cookie_signer::CookieSigner,
};

/// The limit of `Set-Cookie` bytes that remove foreign cookies in one response. Together with the
/// other headers they fit into the 32 kB that the shipped proxy configurations allow for headers.
const MAX_REMOVAL_BYTES: usize = 20_480;

/// The `Set-Cookie` lines that remove foreign cookies, and their bytes.
#[derive(Debug, Default)]
struct ForeignRemovals {
    lines: Vec<HeaderValue>,
    bytes: usize,
}

/// The decisions and headers that handlers change. The clones of a jar share them.
#[derive(Default)]
struct JarState {
    /// The decision of this browser alone.
    browser_status: Option<DecisionStatus>,
    /// The record of that decision.
    record_ref: Option<RecordRef>,
    /// The decision that applies: for a user, the browser's own merged with the account's.
    status: Option<DecisionStatus>,
    foreign_removals: ForeignRemovals,
    /// The challenge for the browser whose session the response begins.
    binding_offer: Option<String>,
}

/// The cookies of one request and its response.
///
/// The jar sets and removes each cookie with the attributes of its declaration. No method takes
/// other attributes.
#[derive(Clone)]
pub struct Jar {
    received: Arc<RequestCookies>,
    /// The first-party cookies in the request under their names.
    received_own: FirstPartyCookies,
    /// The first-party cookies in the request under their former names.
    received_former: FirstPartyCookies,
    host: Arc<str>,
    state: Arc<Mutex<JarState>>,
    signal: Option<Signal>,
    version: Version,
    validity: ValidityContext,
    cookies: Cookies,
    content: Arc<Content>,
    inventory: Arc<Inventory>,
    signer: Arc<CookieSigner>,
}

impl Jar {
    /// Creates the jar of a request from its cookies and its signal.
    ///
    /// The decision comes from the consent cookie, if its signature is right, its edition is known,
    /// and the decision has not expired at `now`.
    pub(crate) fn new(
        received: RequestCookies,
        host: &str,
        signal: Option<Signal>,
        content: Arc<Content>,
        signer: Arc<CookieSigner>,
        (now, latest): (Timestamp, Timestamp),
    ) -> Self {
        let version = content.current_version(now.day());
        let inventory = Arc::clone(content.inventory(version));
        // A decision is valid as long as the declared lifetime of the consent cookie.
        let lifetime = inventory.essential(EssentialCookie::Consent).lifetime.duration();
        let (shown, introduced) = (Arc::clone(content.fingerprints(version)), Arc::clone(content.introduced()));
        let validity = ValidityContext { now, latest, lifetime, shown, introduced };
        let named = |as_now: bool| {
            let own = |name: &[u8]| {
                FirstPartyCookie::from_name(name).filter(|own| (own.into_str().as_bytes() == name) == as_now)
            };
            received.iter().filter_map(|cookie| own(cookie.name)).collect()
        };
        let jar = Self {
            received_own: named(true),
            received_former: named(false),
            received: Arc::new(received),
            host: host.into(),
            state: Arc::default(),
            signal,
            version,
            validity,
            cookies: Cookies::default(),
            content,
            inventory,
            signer,
        };
        let found = jar
            .value(FirstPartyCookie::Consent)
            .and_then(|text| jar.signer.verify(FirstPartyCookie::Consent.label(), text))
            .and_then(|value| RecordRef::decode(&value));
        if let Some((decision, record_ref)) = found {
            let status = jar.valid_status(decision);
            *jar.lock() = JarState { browser_status: status.clone(), record_ref, status, ..JarState::default() };
        }
        jar
    }

    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The cookies in the request.
    pub fn received(&self) -> &Arc<RequestCookies> {
        &self.received
    }

    /// Whether the request contains a first-party cookie.
    pub fn carries(&self, cookie: FirstPartyCookie) -> bool {
        self.name_in_request(cookie).is_some()
    }

    /// Whether the request contains any first-party cookie.
    pub fn carries_any(&self) -> bool {
        FirstPartyCookie::VARIANTS.iter().any(|own| self.carries(*own))
    }

    /// The first-party cookies that the request contains under their own names, and those under
    /// their former ones.
    pub const fn held(&self) -> (FirstPartyCookies, FirstPartyCookies) {
        (self.received_own, self.received_former)
    }

    /// The value of a first-party cookie, if the request contains exactly one of its name.
    pub fn value(&self, cookie: FirstPartyCookie) -> Option<&str> {
        self.received.single(self.name_in_request(cookie)?)
    }

    /// The name under which the request contains a first-party cookie: the declared one, or the
    /// former one, as long as the server reads it.
    fn name_in_request(&self, cookie: FirstPartyCookie) -> Option<&str> {
        let own = self.received_own.contains(cookie).then(|| cookie.into_str());
        let former = self.received_former.contains(cookie).then(|| cookie.label());
        let current = own.into_iter().chain(former).find_map(|name| self.inventory.find(name));
        let last = || former.and_then(|_| self.inventory.formerly(cookie)).filter(|last| self.is_read(last));
        current.or_else(last).map(|declaration| declaration.name.as_str())
    }

    /// Whether the server still reads a cookie whose declaration has ended: for its lifetime, and
    /// at least as long as a session token may be valid.
    fn is_read(&self, former: &Declaration) -> bool {
        let ended = former.until.and_then(|until| self.content.edition(until)).map(|edition| edition.effective);
        ended.is_some_and(|ended| self.validity.now.day() - ended <= former.lifetime.duration().max(session::LONGEST))
    }

    /// The signal in the request.
    pub const fn signal(&self) -> Option<Signal> {
        self.signal
    }

    /// The valid decision of the request or of this response, without what the signal overrides.
    pub fn in_force(&self) -> Option<EffectiveConsent> {
        self.decided().and_then(|decided| decided.under_signal(self.signal))
    }

    /// The valid decision, before the signal overrides any of it.
    pub fn decided(&self) -> Option<EffectiveConsent> {
        self.status().and_then(|status| status.effective)
    }

    /// The status of the decision: its stored answers, which of them are valid, and why the site
    /// asks the others again.
    pub fn status(&self) -> Option<DecisionStatus> {
        self.lock().status.clone()
    }

    /// Why the site asks answered questions again. The reason is known if some edition asked the
    /// question as the visitor answered it.
    pub fn reconsent(&self) -> PerPurpose<ReconsentReason> {
        let reconsent = self.status().map(|status| status.reconsent).unwrap_or_default();
        let with_known = |(purpose, reason): (Optional, ReconsentReason)| {
            let is_known = |on| self.content.prompt_purpose(purpose, on, Locale::default()).is_some();
            (purpose, reason.as_known(is_known))
        };
        reconsent.into_iter().map(with_known).collect()
    }

    /// The time, the lifetime and the prompt against which the jar checks a decision.
    pub const fn validity(&self) -> &ValidityContext {
        &self.validity
    }

    /// The version of the effective edition.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The languages of the site.
    pub fn languages(&self) -> &Languages {
        &self.content.languages
    }

    /// The prompt that a form in this language shows now.
    pub fn prompt(&self, locale: Locale) -> Prompt {
        Prompt::new(self.version, locale, &self.validity.shown, self.decided().as_ref())
    }

    /// The text of a prompt, if the site shows it now or showed it with an earlier edition.
    pub fn snapshot(&self, prompt: &Prompt) -> Option<Arc<RecordText>> {
        let effective_date = self.content.edition(self.version)?.effective;
        self.content.edition(prompt.version).filter(|edition| edition.effective <= effective_date)?;
        let shown = self.content.prompt_snapshot(prompt.version, prompt.locale)?;
        let is_unchanged = |(purpose, question): (&Optional, &Question)| {
            shown.fingerprints.get(purpose) == Some(&question.fingerprint)
        };
        prompt.questions.iter().all(is_unchanged).then(|| Arc::clone(&shown.text))
    }

    /// The granted purposes that the signal overrides.
    pub fn overridden(&self) -> Purposes {
        self.decided().map(|decided| decided.decision().overridden_by(self.signal)).unwrap_or_default()
    }

    /// The decision of this browser alone, if it has not expired.
    pub fn browser_decision(&self) -> Option<Decision> {
        self.lock().browser_status.as_ref().map(|own| own.decision.clone())
    }

    /// The record of this browser's last decision, even if the decision has expired.
    pub fn record_ref(&self) -> Option<RecordRef> {
        self.lock().record_ref
    }

    /// When the last answer of a decision expires.
    pub fn expires_at(&self, decision: &Decision) -> Timestamp {
        let expires_at = decision.clone().effective(&self.validity).map(|effective| effective.expires_at());
        expires_at.unwrap_or_default().into_values().max().unwrap_or(decision.decided_at)
    }

    /// The status of a decision, if its edition is known and the decision has not expired.
    pub fn valid_status(&self, decision: Decision) -> Option<DecisionStatus> {
        let is_known = self.content.edition(decision.version).is_some();
        decision.status(&self.validity).filter(|_| is_known)
    }

    /// Merges the decision of the user's account with this browser's own, for this request.
    ///
    /// The response sets no cookie for it: the browser's own decision does not change.
    pub fn merge_account_decision(&self, account: Option<Decision>) {
        let account = account.filter(|decision| self.valid_status(decision.clone()).is_some());
        let merged = merge_for_user(self.browser_decision(), account);
        let status = merged.and_then(|decision| self.valid_status(decision));
        self.lock().status = status;
    }

    /// Applies this browser's own decision alone, as after a sign-out.
    pub fn drop_account_decision(&self) {
        let own = self.lock().browser_status.clone();
        self.lock().status = own;
        self.remove_ungranted();
    }

    /// Removes every optional cookie in the request that the effective decision does not grant, and
    /// every first-party cookie that is no longer declared, unless the server reads it under its
    /// former name.
    ///
    /// Such a cookie remains after a withdrawal elsewhere, an expired decision, or a sign-out.
    pub fn remove_ungranted(&self) {
        let effective = self.in_force();
        for received in self.received.iter() {
            let Some(declaration) = self.inventory.find_or_former(received.name) else { continue };
            let name = FirstPartyCookie::from_name(received.name)
                .filter(|own| self.name_in_request(*own) == Some(&declaration.name))
                .and_then(|own| self.inventory.first_party(own))
                .map_or(&declaration.name, |current| &current.name);
            if may_leave(&self.inventory, effective.as_ref(), name).is_err() {
                self.add(removal(declaration));
            }
        }
    }

    /// Sets an essential cookie.
    pub fn set(&self, cookie: EssentialCookie, value: String) {
        self.add_in_place_of_former(cookie.into(), self.inventory.essential(cookie), value);
    }

    /// Sets an optional cookie. Only an effective decision can give the grant.
    ///
    /// # Errors
    /// [`BlockReason`] if the grant is for another purpose, or the cookie is not declared.
    pub fn set_optional(&self, cookie: OptionalCookie, value: String, grant: &Grant<'_>) -> Result<(), BlockReason> {
        if grant.purpose() != cookie.purpose() {
            return Err(BlockReason::NotGranted(cookie.purpose()));
        }
        let declaration = self.inventory.first_party(cookie.into()).ok_or(BlockReason::Undeclared)?;
        self.add_in_place_of_former(cookie.into(), declaration, value);
        Ok(())
    }

    /// Sets an essential cookie that not every site declares. Returns whether it is declared.
    pub fn set_declared(&self, cookie: FirstPartyCookie, value: String) -> bool {
        let declaration = self.inventory.first_party(cookie).filter(|it| it.purpose.is_essential());
        if let Some(declaration) = declaration {
            self.add_in_place_of_former(cookie, declaration, value);
        }
        declaration.is_some()
    }

    /// Offers the browser to bind the session of the cookies that the response sets.
    pub fn offer_binding(&self, challenge: String) {
        self.lock().binding_offer = Some(challenge);
    }

    /// Takes the challenge of that offer, for the header of the response.
    pub(crate) fn take_binding_offer(&self) -> Option<String> {
        self.lock().binding_offer.take()
    }

    /// Sets a first-party cookie, and removes one of its former name.
    fn add_in_place_of_former(&self, cookie: FirstPartyCookie, declaration: &Declaration, value: String) {
        self.add(build(declaration, value));
        let has = |former: &&Declaration| self.received.contains(former.name.as_bytes());
        if let Some(former) = self.inventory.formerly(cookie).filter(has) {
            self.add(removal(former));
        }
    }

    /// Applies a decision from this response on, unless it has expired at the time of the request.
    ///
    /// The response removes every cookie of the rejected purposes. The consent cookie holds the
    /// record's id only if the decision grants a purpose.
    ///
    /// Returns the names of the removed cookies that the request contained.
    pub fn decide(&self, decision: Decision, record_ref: RecordRef) -> Vec<String> {
        let label = FirstPartyCookie::Consent.label();
        let status = decision.clone().status(&self.validity);
        let record_ref = Some(record_ref).filter(|_| !decision.allowed().is_empty());
        let mut state = self.lock();
        (state.browser_status, state.status, state.record_ref) = (status.clone(), status, record_ref);
        drop(state);
        self.set(EssentialCookie::Consent, self.signer.sign(label, RecordRef::encode(record_ref, &decision)));
        let granted = self.decided().map(|decided| decided.granted()).unwrap_or_default();
        self.remove_purposes(|purpose| !granted.contains(&purpose))
    }

    /// Removes a first-party cookie, under each of its names.
    ///
    /// Returns the names of the removed cookies that the request contained.
    pub fn remove_first_party(&self, cookie: FirstPartyCookie) -> Vec<String> {
        self.inventory.first_party(cookie).map(|declaration| self.remove(&declaration.name)).unwrap_or_default()
    }

    /// Removes one declared cookie, a first-party cookie under each of its names. With the consent
    /// cookie, the jar removes the decision and every optional cookie.
    ///
    /// Returns the names of the removed cookies that the request contained.
    pub fn remove(&self, name: &str) -> Vec<String> {
        let mut removed = Vec::new();
        let own = FirstPartyCookie::from_name(name);
        if own == Some(FirstPartyCookie::Consent) {
            let mut state = self.lock();
            (state.browser_status, state.status, state.record_ref) = (None, None, None);
            drop(state);
            removed = self.remove_purposes(|_| true);
        }
        let other_names =
            own.into_iter().flat_map(|own| [self.inventory.first_party(own), self.inventory.formerly(own)]);
        let other_names = other_names.flatten().filter(|other| other.name != name);
        let has = |declaration: &Declaration| self.received.contains(declaration.name.as_bytes());
        let named = self.inventory.find_or_former(name).into_iter().chain(other_names.filter(|other| has(other)));
        for declaration in named {
            self.add(removal(declaration));
            removed.extend(has(declaration).then(|| declaration.name.clone()));
        }
        removed
    }

    /// Removes a foreign cookie, named by the bytes that the browser sent.
    ///
    /// A request does not tell the path and the domain of a cookie. The removals therefore cover
    /// each path and domain with which a browser sends a cookie to `page`. The next page shows
    /// whether the browser removed it.
    ///
    /// Returns whether all removals fit into `MAX_REMOVAL_BYTES`. The next response sends the
    /// others.
    pub fn remove_foreign(&self, name: &[u8], page: &str) -> bool {
        let domains = removal::domains(&self.host);
        let mut state = self.lock();
        let removals = &mut state.foreign_removals;
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

    /// Removes every declared cookie, and every cookie in the request.
    pub fn remove_all(&self, page: &str) {
        for declaration in self.inventory.declarations() {
            self.remove(&declaration.name);
        }
        let has = |former: &&Declaration| self.received.contains(former.name.as_bytes());
        for declaration in self.inventory.former().iter().filter(has) {
            self.remove(&declaration.name);
        }
        let foreign = self.received.names().into_iter().filter(|name| self.declaration(name).is_none());
        // The next page lists the cookies that the response could not remove.
        let _ = foreign.into_iter().all(|name| self.remove_foreign(name, page));
    }

    /// The declaration of a current or former first-party cookie of this name.
    pub fn declaration(&self, name: &[u8]) -> Option<&Declaration> {
        self.inventory.find_or_former(name)
    }

    /// The `Set-Cookie` headers of the first-party cookies that the response sets and removes.
    pub(crate) fn set_cookie_headers(&self) -> Vec<HeaderValue> {
        self.cookies.list().into_iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()).collect()
    }

    /// Takes the headers that remove foreign cookies, which the visitor asked for.
    pub(crate) fn foreign_removals(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut self.lock().foreign_removals.lines)
    }

    /// Removes the cookies of some optional purposes.
    fn remove_purposes(&self, is_removed: impl Fn(Optional) -> bool) -> Vec<String> {
        let is_removed = |declaration: &&Declaration| declaration.purpose.optional().is_some_and(&is_removed);
        let declarations = self.inventory.declarations().iter().filter(is_removed);
        declarations.flat_map(|declaration| self.remove(&declaration.name)).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "only the gate writes the cookies of the jar")]
    fn add(&self, cookie: Cookie<'static>) {
        self.cookies.add(cookie);
    }

    fn lock(&self) -> MutexGuard<'_, JarState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Builds a cookie with the attributes of its declaration.
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
    // Unset rather than false, so that a cookie equals the one parsed from its header.
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

/// Builds the removal of a declared cookie: an empty, expired cookie with the declared attributes.
pub(crate) fn removal(declaration: &Declaration) -> Cookie<'static> {
    let mut cookie = build(declaration, String::new());
    cookie.set_max_age(time::Duration::ZERO);
    cookie
}
