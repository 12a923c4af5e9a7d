//! Who asks: everything that pages need to know of one request, found out once.

mod client_network;
mod redirect_target;

use std::sync::Arc;

use axum::{
    extract::{Query, Request},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use uuid::Uuid;

pub(super) use self::{client_network::place, redirect_target::elsewhere};
use crate::{
    app::{AppState, rate_limit::ClientNetwork},
    domain::{
        account::form_error::FormErrors,
        analytics::{Device, PageView, Visit, on_view, on_view::VISIT},
        consent::{
            decision,
            decision::{DecisionStatus, EffectiveConsent, ReconsentReason},
            signal::Signal,
        },
        cookies::{
            declaration::{EssentialCookie, FirstPartyCookie, OptionalCookie},
            purpose::{Optional, PerPurpose},
            request_header::RequestCookies,
        },
        i18n::{locale::Locale, locale_path},
        ledger::record::RecordRef,
        web::{
            appearance::Appearance,
            error::AppError,
            flash,
            flash::{Blocked, Flash},
            form_route,
            page::Page,
        },
    },
    http::{
        middleware::{locale, set_cookie_gate::Jar},
        routes::{health, receipts},
    },
    ledger::RecordOwner,
    store::Member,
};

/// Whoever made this request.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that a page asks for")]
pub(crate) struct RequestContext {
    /// The page that was asked for, if it is one.
    pub page: Option<Page>,
    /// The language in which the answer is.
    pub locale: Locale,
    /// Whether the address that was asked for says the language, so that its links do too.
    pub says_locale: bool,
    /// The purposes that the banner asks about: all while nothing is in force, and else those whose question is open again.
    /// None where a signal answers for the visitor, or the page itself asks.
    pub asked: PerPurpose<bool>,
    /// The questions that were answered and are open again.
    pub reopened: PerPurpose<Option<ReconsentReason>>,
    /// Whether the page is rendered once for everybody whom it looks the same to.
    pub is_shared: bool,
    /// The purposes that are granted.
    pub granted: PerPurpose<bool>,
    /// The decision in force, without what the signal sets aside.
    pub in_force: Option<EffectiveConsent>,
    /// Where this browser's last decision is filed, whether it is over or not.
    pub filed: Option<RecordRef>,
    /// The decision that was made here or, by a member, elsewhere, with all that the signal sets aside.
    pub made: Option<EffectiveConsent>,
    /// The record of that decision, if this browser made it alone.
    pub record: Option<Uuid>,
    /// Whether that decision is this browser's own, and not one that came with the account.
    pub is_own: bool,
    /// The signal that the request carried.
    pub signal: Option<Signal>,
    /// The purposes that were granted, and that the signal sets aside.
    pub set_aside: Vec<Optional>,
    /// The purposes to which this browser's own decision says yes and the member's account no.
    pub overruled: Vec<Optional>,
    /// How the pages look.
    pub appearance: Appearance,
    /// What else the address holds that the page is not the same without, to be kept in another language.
    pub keeps: Option<String>,
    /// What was just done.
    pub notice: Option<Flash>,
    /// The cookies that were just removed, by their names, as far as an address holds them.
    pub gone: Vec<Vec<u8>>,
    /// The record that was just made and to which no cookie leads, with the ticket for its receipt.
    pub receipt: Option<(Uuid, String)>,
    /// Whether the form before was sent with the cookies of a session that is over: the page after it says so.
    pub session_over: bool,
    /// What the browser is told if it keeps no cookie of ours.
    pub blocked: Option<Blocked>,
    /// The cookies that the request carried.
    pub carried: Arc<RequestCookies>,
    /// The cookies that this answer sets because the page is viewed.
    pub setting: Vec<FirstPartyCookie>,
    /// What is counted of this view of a page, if it is.
    pub counted: Option<PageView>,
    /// The kind of device that a form is sent from.
    pub device: Device,
    /// Where a form is sent from, as coarse as the rate limits know it; never stored.
    pub place: Option<ClientNetwork>,
    /// Whether somebody is signed in, also to a disabled account, or seems to be while that cannot be looked up.
    pub signed_in: bool,
    /// Whoever is signed in.
    pub member: Option<Arc<Member>>,
    /// The member who is signed in to a disabled account. To all but what takes their data away or erases it they are a guest.
    pub disabled: Option<Arc<Member>>,
    /// Whether the request carried cookies of a session that is over.
    pub was_signed_out: bool,
    /// What is said to a member who could not be looked up, if this may be one.
    pub unrecognised: Option<AppError>,
    /// What a form is shown again for.
    pub correction: Option<Arc<FormErrors>>,
}

impl RequestContext {
    /// The address of a page for whoever reads this one: in the same language, where the address says it.
    pub fn address(&self, page: Page) -> String {
        if !self.says_locale {
            return page.to_string();
        }
        locale_path::join(self.locale, &page.to_string())
    }

    /// Where a form of this page is sent to: in the same language, where the address says it.
    pub fn action(&self, path: &str) -> String {
        if self.says_locale { locale_path::join(self.locale, path) } else { path.to_owned() }
    }

    /// Whether the banner asks about anything.
    pub fn is_asked(&self) -> bool {
        Optional::ALL.into_iter().any(|purpose| self.asked.get(purpose))
    }

    /// The purposes whose questions were answered and are open again.
    pub fn open_again(&self) -> Vec<Optional> {
        Optional::ALL.into_iter().filter(|purpose| self.reopened.get(*purpose).is_some()).collect()
    }

    /// The cookies that the request carried.
    pub fn carried(&self) -> &RequestCookies {
        &self.carried
    }

    /// Who this is to the ledger.
    pub fn asker(&self) -> RecordOwner {
        let account = self.member.as_ref().map(|member| member.account.id.clone());
        RecordOwner { filed: self.filed, account, record: None }
    }

    /// The member who is signed in, also to a disabled account: what is kept of them is theirs.
    pub fn owner(&self) -> Option<&Arc<Member>> {
        self.member.as_ref().or(self.disabled.as_ref())
    }

    /// Whether this answer sets that cookie.
    pub fn sets(&self, name: &[u8]) -> bool {
        self.setting.iter().any(|own| own.name().as_bytes() == name)
    }
}

/// What a form's answer hands to the page after it.
#[derive(Default, Deserialize)]
struct After {
    notice: Option<String>,
    receipt: Option<String>,
    session: Option<String>,
    return_to: Option<Page>,
    token: Option<String>,
}

/// What of an address or a form a page is not the same without, as a part of its address.
pub(crate) fn keeps(page: Page, return_to: Option<Page>, token: Option<&str>) -> Option<String> {
    let is_token = |token: &&str| {
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match page {
        Page::SignIn | Page::SignUp => return_to.map(|page| format!("return_to={page}")),
        Page::PasswordReset => token.filter(is_token).map(|token| format!("token={token}")),
        _ => None,
    }
}

/// Finds out who asks.
pub(super) fn know(site: &AppState, request: &Request, jar: &Jar, member: Option<Member>) -> RequestContext {
    let mut visitor = recognise(site, request, jar, member);
    if *request.method() == Method::POST {
        visitor.device = Device::from_user_agent(text(request.headers(), &header::USER_AGENT));
        visitor.place = place(site, request);
    }
    if *request.method() == Method::GET && visitor.page.is_some() {
        // What is fetched in case somebody looks at it later is not viewed yet.
        if !is_prefetch(request.headers()) && on_view::counts(visitor.in_force.as_ref(), visitor.notice) {
            let visit = if jar.carries(FirstPartyCookie::Analytics.name()) { Visit::Returning } else { Visit::First };
            let device = Device::from_user_agent(text(request.headers(), &header::USER_AGENT));
            visitor.counted = visitor.page.map(|page| PageView { day: site.now().day(), page, device, visit });
        }
        visitor.setting = on_view::cookies_set_on_view(|own| jar.carries(own.name()), visitor.counted.is_some());
    }
    visitor
}

/// Sets what viewing the page sets, and counts the view, if the page was there to be viewed.
pub(super) fn record_page_view(site: &AppState, jar: &Jar, visitor: &RequestContext, status: StatusCode) {
    if status != StatusCode::OK && status != StatusCode::NOT_MODIFIED {
        return;
    }
    if visitor.page.is_some() {
        jar.forget_ungranted();
    }
    set(jar, &visitor.setting);
    if let Some(view) = visitor.counted {
        site.store.count(view);
    }
}

fn recognise(site: &AppState, request: &Request, jar: &Jar, member: Option<Member>) -> RequestContext {
    let signed_in = member.is_some();
    let (disabled, member) = match member.map(Arc::new) {
        Some(member) if member.account.is_disabled() => (Some(member), None),
        member => (None, member),
    };
    let page = page_of(site, request);
    let spoken = locale::of(request, jar);
    let Query(after) = match request.uri().query() {
        Some(_) => Query::<After>::try_from_uri(request.uri()).unwrap_or_default(),
        None => Query::default(),
    };
    let said = after.notice.as_deref().and_then(Flash::parse);
    let gone = request.uri().query().and_then(gone);
    let receipt =
        after.receipt.and_then(|ticket| Some((receipts::of_ticket(&site.seal, &ticket, site.now())?, ticket)));
    let (in_force, standing) = (jar.in_force(), jar.standing());
    let granted = in_force.map(|in_force| in_force.granted()).unwrap_or_default();
    let is_asked = jar.signal().is_none() && page != Some(Page::Preferences);
    let made = jar.made();
    let is_own = standing.is_some_and(|standing| jar.own_decision() == Some(standing.decision));
    // A member's goes with them; where they have none, this browser's stays.
    let followed = member.as_ref().and_then(|member| member.account.appearance);
    let may_remember = granted.get(OptionalCookie::Appearance.purpose());
    let appearance = followed
        .or_else(|| jar.value(FirstPartyCookie::Appearance).and_then(Appearance::decode))
        .filter(|_| may_remember);
    let referer = came_from(request.headers());
    let is_of_an_account = matches!(said, Some(Flash::SignedIn | Flash::SignedUp));
    let from_own_page = text(request.headers(), &HeaderName::from_static("sec-fetch-site")) == "same-origin"
        && referer.as_deref().is_some_and(|path| {
            // A form that was shown again stands at the address that it is sent to.
            let is_form = is_of_an_account && form_route::page_of(path).is_some();
            is_form || path.parse().is_ok_and(|page| exists(site, page))
        });
    let overruled = {
        let own = jar.own_decision();
        let account = member.as_ref().and_then(|member| member.account.decision);
        let account = account.filter(|decision| jar.holds(*decision).is_some());
        decision::overruled(own.as_ref(), account.as_ref())
    };
    let carries_own = FirstPartyCookie::ALL.into_iter().any(|own| jar.carries(own.name()));
    RequestContext {
        page,
        locale: spoken.locale,
        says_locale: spoken.is_said,
        asked: if is_asked { DecisionStatus::asks(standing.as_ref()) } else { PerPurpose::default() },
        reopened: jar.reopened(),
        is_shared: false,
        granted,
        in_force,
        filed: jar.filed(),
        made,
        record: jar.filed().filter(|_| is_own).map(|filed| filed.record),
        is_own,
        signal: jar.signal(),
        set_aside: jar.set_aside(),
        overruled: Optional::ALL.into_iter().filter(|purpose| overruled.get(*purpose)).collect(),
        appearance: appearance.unwrap_or_default(),
        keeps: page.and_then(|page| keeps(page, after.return_to, after.token.as_deref())),
        notice: said.filter(|notice| {
            let is_said_here = page.is_some_and(|page| notice.is_said_on(page));
            let names_what_is_gone = *notice != Flash::Deleted || gone.is_some();
            // With a signal, of what was decided and of what is left of it.
            let is_true =
                [in_force, jar.made()].into_iter().all(|decision| notice.is_true_of(decision.as_ref(), signed_in));
            // A refusal of questions that are open again leaves nothing in force, and a receipt.
            let was_refused = receipt.is_some()
                && jar.made().is_none()
                && jar.carries(FirstPartyCookie::Consent.name())
                && notice.is_of_a_choice();
            is_said_here && names_what_is_gone && (is_true || was_refused)
        }),
        gone: gone.unwrap_or_default(),
        receipt: receipt.filter(|_| member.is_none()),
        session_over: after.session.as_deref() == Some("over") && !signed_in,
        blocked: flash::cookies_are_blocked(carries_own, from_own_page, said),
        carried: Arc::clone(jar.carried()),
        setting: Vec::new(),
        counted: None,
        device: Device::default(),
        place: None,
        signed_in,
        member,
        disabled,
        was_signed_out: false,
        unrecognised: None,
        correction: None,
    }
}

/// The names of cookies that the answer to a form says are gone.
fn gone(query: &str) -> Option<Vec<Vec<u8>>> {
    let names = query.split('&').find_map(|field| field.strip_prefix("gone="))?;
    Some(names.split(',').map(|name| percent_decode_str(name).collect()).collect())
}

/// The page that is asked for, if it is one.
fn page_of(site: &AppState, request: &Request) -> Option<Page> {
    let page = request.uri().path().parse().ok().filter(|page| exists(site, *page));
    page.filter(|page| *page != Page::Compare || redirect_target::chosen(request).is_ok())
}

/// Whether a person looks at what comes back, rather than a browser that fetches a part of a page.
pub(super) fn serves_html(site: &AppState, request: &Request) -> bool {
    let path = request.uri().path();
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    page_of(site, request).is_some() || !(is_file || health::stands_at(path))
}

/// The path of the page whose link was followed, without its language.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let address: Uri = text(headers, &header::REFERER).parse().ok()?;
    Some(locale_path::split(address.path()).1.to_owned())
}

/// Whether that page is there: of the editions, only those that were published are, and two different ones can be compared.
pub(super) fn exists(site: &AppState, page: Page) -> bool {
    match page {
        Page::Edition(version) => site.content().edition(version).is_some(),
        Page::Comparison(from, to) => {
            let content = site.content();
            from != to && [from, to].into_iter().all(|version| content.edition(version).is_some())
        }
        _ => true,
    }
}

/// Sets what viewing a page sets.
fn set(jar: &Jar, cookies: &[FirstPartyCookie]) {
    for cookie in cookies {
        match cookie {
            FirstPartyCookie::Visit => jar.set(EssentialCookie::Visit, VISIT.into()),
            FirstPartyCookie::Analytics => {
                let in_force = jar.in_force();
                let grant = in_force.as_ref().and_then(|in_force| in_force.grant(OptionalCookie::Analytics.purpose()));
                // The same for everyone: it tells that this browser was counted before, and not which one it is.
                let seen = grant.map(|grant| jar.set_optional(OptionalCookie::Analytics, "seen".into(), &grant));
                if !matches!(seen, Some(Ok(()))) {
                    tracing::error!("the analytics cookie was wanted without a grant");
                }
            }
            FirstPartyCookie::Consent
            | FirstPartyCookie::Appearance
            | FirstPartyCookie::Language
            | FirstPartyCookie::Session
            | FirstPartyCookie::Remember
            | FirstPartyCookie::Device => {}
        }
    }
}

/// Whether the browser only fetches the page in case somebody looks at it later.
fn is_prefetch(headers: &HeaderMap) -> bool {
    text(headers, &HeaderName::from_static("sec-purpose")).contains("prefetch")
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
