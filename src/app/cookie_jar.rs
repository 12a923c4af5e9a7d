//! The cookies of one request, and the cookies that its response sets and removes.

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
                ValidityContext, merge_for_member,
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

/// The limit of `Set-Cookie` bytes that remove foreign cookies in one response. Together with the
/// other headers they fit into the 32 kB that the shipped proxy configurations allow for headers.
const MAX_REMOVAL_BYTES: usize = 20_480;

/// The `Set-Cookie` lines that remove foreign cookies, and their bytes.
#[derive(Debug, Default)]
struct ForeignRemovals {
    lines: Vec<HeaderValue>,
    bytes: usize,
}

/// The cookies of one request and its response.
///
/// The jar sets and removes each cookie with the attributes of its declaration. No method takes
/// other attributes.
#[derive(Clone)]
pub struct Jar {
    carried: Arc<RequestCookies>,
    /// The host in the request.
    host: Arc<str>,
    /// The decision of this browser alone.
    own: Arc<Mutex<Option<DecisionStatus>>>,
    /// The record of that decision.
    filed: Arc<Mutex<Option<RecordRef>>>,
    /// The decision that applies: the browser's own, merged with the account's for a signed-in
    /// user.
    made: Arc<Mutex<Option<DecisionStatus>>>,
    signal: Option<Signal>,
    version: Version,
    terms: ValidityContext,
    out: Cookies,
    foreign_removals: Arc<Mutex<ForeignRemovals>>,
    content: Arc<Content>,
    /// The inventory of the effective edition.
    inventory: Arc<Inventory>,
    seal: Arc<CookieSigner>,
}

impl Jar {
    /// Creates the jar of a request from its cookies and its signal.
    ///
    /// The decision comes from the consent cookie, if its signature is right, its edition is known,
    /// and it has not expired at `now`.
    pub(crate) fn open(
        carried: RequestCookies,
        host: &str,
        signal: Option<Signal>,
        content: Arc<Content>,
        seal: Arc<CookieSigner>,
        (now, latest): (Timestamp, Timestamp),
    ) -> Self {
        let name = FirstPartyCookie::Consent.name();
        let version = content.in_force(now.day());
        let inventory = Arc::clone(content.inventory(version));
        // A decision is valid as long as the declared lifetime of the consent cookie.
        let lifetime = inventory.own(FirstPartyCookie::Consent).lifetime.duration();
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

    /// The inventory of the effective edition.
    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The cookies in the request.
    pub fn carried(&self) -> &Arc<RequestCookies> {
        &self.carried
    }

    /// Whether the request contains a cookie of that name.
    pub fn carries(&self, name: &str) -> bool {
        self.carried.contains(name.as_bytes())
    }

    /// The value of a first-party cookie, if the request contains exactly one of that name.
    pub fn value(&self, cookie: FirstPartyCookie) -> Option<&str> {
        self.carried.single(cookie.name())
    }

    /// The signal in the request.
    pub const fn signal(&self) -> Option<Signal> {
        self.signal
    }

    /// The valid decision of the request or of this response, without what the signal overrides.
    pub fn in_force(&self) -> Option<EffectiveConsent> {
        self.made().and_then(|made| made.under(self.signal))
    }

    /// The valid decision, before the signal overrides any of it.
    pub fn made(&self) -> Option<EffectiveConsent> {
        self.standing().and_then(|standing| standing.in_force)
    }

    /// The status of the decision: its stored answers, which of them are valid, and why the site
    /// asks the others again.
    pub fn standing(&self) -> Option<DecisionStatus> {
        *lock(&self.made)
    }

    /// Why the site asks answered questions again. The reason is known if some edition asked the
    /// question as the visitor answered it.
    pub fn reopened(&self) -> PerPurpose<Option<ReconsentReason>> {
        let Some(standing) = self.standing() else { return PerPurpose::default() };
        PerPurpose::from_fn(|purpose| {
            let is_known = |on| self.content.shown_as(purpose, on, Locale::default()).is_some();
            standing.reopened.get(purpose).map(|reopened| reopened.as_known(is_known))
        })
    }

    /// The time, the lifetime and the prompt against which the jar checks a decision.
    pub const fn terms(&self) -> &ValidityContext {
        &self.terms
    }

    /// The version of the effective edition.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The prompt that a form in this language shows now.
    pub fn prompt(&self, locale: Locale) -> Prompt {
        Prompt::new(self.version, locale, self.terms.shown, self.made().as_ref())
    }

    /// The text of a prompt, if the site shows it now or showed it with an earlier edition.
    pub fn snapshot(&self, prompt: &Prompt) -> Option<Arc<RecordText>> {
        let in_force = self.content.edition(self.version)?.effective;
        self.content.edition(prompt.version).filter(|edition| edition.effective <= in_force)?;
        let shown = self.content.shown(prompt.version, prompt.locale)?;
        let is_so = |purpose| {
            prompt.questions.get(purpose).is_none_or(|question| question.fingerprint == shown.fingerprints.get(purpose))
        };
        Optional::ALL.into_iter().all(is_so).then(|| Arc::clone(&shown.text))
    }

    /// The granted purposes that the signal overrides.
    pub fn set_aside(&self) -> Vec<Optional> {
        self.made().into_iter().flat_map(|made| made.decision().set_aside(self.signal)).collect()
    }

    /// The decision of this browser alone, if it has not expired.
    pub fn own_decision(&self) -> Option<Decision> {
        lock(&self.own).map(|own| own.decision)
    }

    /// The record of this browser's last decision, even if the decision has expired.
    pub fn filed(&self) -> Option<RecordRef> {
        *lock(&self.filed)
    }

    /// When the last answer of a decision expires.
    pub fn ends_at(&self, decision: Decision) -> Timestamp {
        let ends_at = decision.in_force(&self.terms).map(|in_force| in_force.ends_at());
        let ends = ends_at.into_iter().flat_map(|each| Optional::ALL.map(|purpose| each.get(purpose)));
        ends.flatten().max().unwrap_or(decision.made_at)
    }

    /// The status of a decision, if its edition is known and the decision has not expired.
    pub fn holds(&self, decision: Decision) -> Option<DecisionStatus> {
        let is_known = self.content.edition(decision.version).is_some();
        decision.standing(&self.terms).filter(|_| is_known)
    }

    /// Merges the decision of the user's account with this browser's own, for this request.
    ///
    /// The response sets no cookie for it: the browser's own decision does not change.
    pub fn follow(&self, account: Option<Decision>) {
        let account = account.filter(|decision| self.holds(*decision).is_some());
        *lock(&self.made) = merge_for_member(self.own_decision(), account).and_then(|decision| self.holds(decision));
    }

    /// Applies this browser's own decision alone, as after a sign-out.
    pub fn part(&self) {
        let own = *lock(&self.own);
        *lock(&self.made) = own;
        self.forget_ungranted();
    }

    /// Removes every optional cookie in the request that the effective decision does not grant, and
    /// every first-party cookie that is no longer declared.
    ///
    /// Such a cookie remains after a withdrawal in another browser, an expired decision, or a
    /// sign-out.
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
        self.add(build(self.inventory.own(cookie.into()), value));
    }

    /// Sets an optional cookie. Only an effective decision can give the grant.
    ///
    /// # Errors
    /// [`BlockReason::NotGranted`] if the grant is for another purpose.
    pub fn set_optional(&self, cookie: OptionalCookie, value: String, grant: &Grant<'_>) -> Result<(), BlockReason> {
        if grant.purpose() != cookie.purpose() {
            return Err(BlockReason::NotGranted(cookie.purpose()));
        }
        self.add(build(self.inventory.own(cookie.into()), value));
        Ok(())
    }

    /// Applies a decision from this response on, unless it has expired at the time of the request.
    ///
    /// The response removes every cookie of the rejected purposes. The consent cookie holds the
    /// record's id only if the decision grants a purpose.
    ///
    /// Returns the names of the removed cookies that the request contained.
    pub fn decide(&self, decision: Decision, filed: RecordRef) -> Vec<String> {
        let name = FirstPartyCookie::Consent.name();
        let standing = decision.standing(&self.terms);
        let grants = decision.choices != Answers::all(Answer::No);
        let filed = Some(filed).filter(|_| grants);
        *lock(&self.own) = standing;
        *lock(&self.made) = standing;
        *lock(&self.filed) = filed;
        self.set(EssentialCookie::Consent, self.seal.close(name, RecordRef::encode(filed, &decision)));
        let granted = self.made().map(|made| made.granted()).unwrap_or_default();
        self.forget_purposes(Optional::ALL.into_iter().filter(|purpose| !granted.get(*purpose)).map(Purpose::Optional))
    }

    /// Removes one declared cookie. With the consent cookie, the jar removes the decision and every
    /// optional cookie.
    ///
    /// Returns the names of the removed cookies that the request contained.
    pub fn forget(&self, name: &str) -> Vec<String> {
        let mut gone = Vec::new();
        if name == FirstPartyCookie::Consent.name() {
            *lock(&self.own) = None;
            *lock(&self.made) = None;
            *lock(&self.filed) = None;
            gone = self.forget_purposes(Purpose::ALL.into_iter().filter(|purpose| !purpose.is_essential()));
        }
        if let Some(declaration) = self.inventory.find_ever(name) {
            self.add(removal(declaration));
        }
        gone.extend(self.carries(name).then(|| name.to_owned()));
        gone
    }

    /// Removes a foreign cookie, named by the bytes that the browser sent.
    ///
    /// A request does not tell the path and the domain of a cookie. The removals therefore cover
    /// each path and domain with which a browser sends a cookie to `page`. The next page shows
    /// whether the browser removed it.
    ///
    /// Returns whether all removals fit into `MAX_REMOVAL_BYTES`. The next response sends the
    /// others.
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

    /// Removes every declared cookie, and every cookie in the request.
    pub fn forget_all(&self, page: &str) {
        for declaration in self.inventory.declarations() {
            self.forget(&declaration.name);
        }
        for declaration in self.inventory.former().iter().filter(|former| self.carries(&former.name)) {
            self.forget(&declaration.name);
        }
        let foreign = self.carried.names().into_iter().filter(|name| self.declared(name).is_none());
        // The next page lists the cookies that the response could not remove.
        let _ = foreign.into_iter().all(|name| self.forget_foreign(name, page));
    }

    /// The declaration of a current or former first-party cookie of this name.
    pub fn declared(&self, name: &[u8]) -> Option<&Declaration> {
        self.inventory.find_ever(name)
    }

    /// The `Set-Cookie` headers of the first-party cookies that the response sets and removes.
    pub(crate) fn out(&self) -> Vec<HeaderValue> {
        self.out.list().into_iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()).collect()
    }

    /// Takes the headers that remove foreign cookies. They set nothing, and the visitor asked for
    /// them.
    pub(crate) fn foreign_removals(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut lock(&self.foreign_removals).lines)
    }

    fn forget_purposes(&self, purposes: impl Iterator<Item = Purpose>) -> Vec<String> {
        purposes
            .flat_map(|purpose| self.inventory.of(purpose))
            .flat_map(|declaration| self.forget(&declaration.name))
            .collect()
    }

    #[expect(clippy::disallowed_methods, reason = "only the gate sets cookies")]
    fn add(&self, cookie: Cookie<'static>) {
        self.out.add(cookie);
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
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
    // An attribute is left unset rather than set to false, so that a cookie equals the one parsed
    // from its header.
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
