//! Who asks: everything that pages need to know of one request, found out once.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Query, Request},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{gate::Jar, health, languages};
use crate::{
    model::{
        address,
        appearance::Appearance,
        cookie_header::Carried,
        correction::Correction,
        decision::{InForce, Reopened, Standing},
        declaration::{EssentialCookie, OptionalCookie, OwnCookie},
        insight::{Device, View, Visit},
        locale::Locale,
        notice::{self, Notice},
        page::Page,
        purpose::{Optional, PerPurpose},
        record::Filed,
        refusal::Refusal,
        signal::Signal,
        version::Version,
        view,
    },
    server::{State as Site, accounts::guessing::Place, ledger::Asker, store::Member},
};

/// Whoever made this request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
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
    pub reopened: PerPurpose<Option<Reopened>>,
    /// The purposes that are granted.
    pub granted: PerPurpose<bool>,
    /// The decision in force, without what the signal sets aside.
    pub in_force: Option<InForce>,
    /// Where this browser's last decision is filed, whether it is over or not.
    pub filed: Option<Filed>,
    /// The decision that was made here or, by a member, elsewhere, with all that the signal sets aside.
    pub made: Option<InForce>,
    /// The record of that decision, if this browser made it alone.
    pub record: Option<Uuid>,
    /// The signal that the request carried.
    pub signal: Option<Signal>,
    /// The purposes that were granted, and that the signal sets aside.
    pub set_aside: Vec<Optional>,
    /// How the pages look.
    pub appearance: Appearance,
    /// What else the address holds that the page is not the same without, to be kept in another language.
    pub keeps: Option<String>,
    /// What was just done.
    pub notice: Option<Notice>,
    /// The cookies that were just removed, as far as they can be named.
    pub gone: Vec<String>,
    /// Whether the browser keeps no cookie of ours.
    pub blocked: bool,
    /// The cookies that the request carried.
    pub carried: Option<Arc<[Carried]>>,
    /// The cookies that this answer sets because the page is viewed.
    pub setting: Vec<OwnCookie>,
    /// What is counted of this view of a page, if it is.
    pub counted: Option<View>,
    /// The kind of device that a form is sent from.
    pub device: Device,
    /// Where a form is sent from, as coarse as guessing is slowed by; never stored.
    pub place: Option<Place>,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// Whoever is signed in.
    pub member: Option<Arc<Member>>,
    /// What is said to a member who could not be looked up, if this may be one. To pages they are a guest.
    pub unrecognised: Option<Refusal>,
    /// What a form is shown again for.
    pub correction: Option<Arc<Correction>>,
}

impl Visitor {
    /// The address of a page for whoever reads this one: in the same language, where the address says it.
    pub fn address(&self, page: Page) -> String {
        if !self.says_locale {
            return page.to_string();
        }
        address::join(self.locale, &page.to_string())
    }

    /// Where a form of this page is sent to: in the same language, where the address says it.
    pub fn action(&self, path: &str) -> String {
        if self.says_locale { address::join(self.locale, path) } else { path.to_owned() }
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
    pub fn carried(&self) -> &[Carried] {
        self.carried.as_deref().unwrap_or_default()
    }

    /// Who this is to the ledger.
    pub fn asker(&self) -> Asker {
        Asker { filed: self.filed, account: self.member.as_ref().map(|member| member.account.id.clone()) }
    }

    /// Whether the request carried a cookie of that name.
    pub fn carries(&self, name: &str) -> bool {
        self.carried().iter().any(|cookie| cookie.name == name)
    }
}

/// What a form's answer hands to the page after it.
#[derive(Default, Deserialize)]
struct After {
    notice: Option<String>,
    gone: Option<String>,
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
        Page::SignInLink => token.filter(is_token).map(|token| format!("token={token}")),
        _ => None,
    }
}

/// Finds out who asks.
pub(super) fn know(site: &Site, request: &Request, jar: &Jar, member: Option<Member>) -> Visitor {
    let mut visitor = recognise(site, request, jar, member.map(Arc::new));
    if *request.method() == Method::POST {
        visitor.device = Device::from_user_agent(text(request.headers(), &header::USER_AGENT));
        visitor.place = place(site, request);
    }
    if *request.method() == Method::GET && visitor.page.is_some() {
        // What is fetched in case somebody looks at it later is not viewed yet.
        if !is_prefetch(request.headers()) && view::counts(visitor.in_force.as_ref(), visitor.notice) {
            let visit = if jar.carries(OwnCookie::Analytics.name()) { Visit::Returning } else { Visit::First };
            let device = Device::from_user_agent(text(request.headers(), &header::USER_AGENT));
            visitor.counted = visitor.page.map(|page| View { day: site.now().day(), page, device, visit });
        }
        visitor.setting = view::set_by_viewing(|own| jar.carries(own.name()), visitor.counted.is_some());
    }
    visitor
}

/// Sets what viewing the page sets, and counts the view, if the page was there to be viewed.
pub(super) fn note_view(site: &Site, jar: &Jar, visitor: &Visitor, status: StatusCode) {
    if status != StatusCode::OK && status != StatusCode::NOT_MODIFIED {
        return;
    }
    if visitor.page.is_some() {
        jar.forget_ungranted();
    }
    set(site, jar, &visitor.setting);
    if let Some(view) = visitor.counted {
        site.store.count(view);
    }
}

fn recognise(site: &Site, request: &Request, jar: &Jar, member: Option<Arc<Member>>) -> Visitor {
    let page = page_of(site, request);
    let spoken = languages::of(request, jar);
    let Query(after) = match request.uri().query() {
        Some(_) => Query::<After>::try_from_uri(request.uri()).unwrap_or_default(),
        None => Query::default(),
    };
    let said = after.notice.as_deref().and_then(Notice::parse);
    let (in_force, standing) = (jar.in_force(), jar.standing());
    let granted = in_force.map(|in_force| in_force.granted()).unwrap_or_default();
    let is_asked = jar.signal().is_none() && page != Some(Page::Preferences);
    let made = jar.made();
    let is_own = standing.is_some_and(|standing| jar.own_decision() == Some(standing.decision));
    // A member's goes with them; where they have none, this browser's stays.
    let followed = member.as_ref().and_then(|member| member.account.appearance);
    let may_remember = granted.get(OptionalCookie::Appearance.purpose());
    let appearance =
        followed.or_else(|| jar.value(OwnCookie::Appearance).and_then(Appearance::decode)).filter(|_| may_remember);
    let from_own_page = text(request.headers(), &HeaderName::from_static("sec-fetch-site")) == "same-origin"
        && came_from(request.headers()).is_some_and(|page| exists(site, page));
    let carries_own = OwnCookie::ALL.into_iter().any(|own| jar.carries(own.name()));
    Visitor {
        page,
        locale: spoken.locale,
        says_locale: spoken.is_said,
        asked: if is_asked { Standing::asks(standing.as_ref()) } else { PerPurpose::default() },
        reopened: jar.reopened(),
        granted,
        in_force,
        filed: jar.filed(),
        made,
        record: jar.filed().filter(|_| is_own).map(|filed| filed.record),
        signal: jar.signal(),
        set_aside: jar.set_aside(),
        appearance: appearance.unwrap_or_default(),
        keeps: page.and_then(|page| keeps(page, after.return_to, after.token.as_deref())),
        notice: said.filter(|notice| {
            let is_said_here = page.is_some_and(|page| notice.is_said_on(page));
            let names_what_is_gone = *notice != Notice::Deleted || after.gone.is_some();
            // With a signal, of what was decided and of what is left of it.
            let is_true = [in_force, jar.made()]
                .into_iter()
                .all(|decision| notice.is_true_of(decision.as_ref(), member.is_some()));
            is_said_here && names_what_is_gone && is_true
        }),
        gone: after.gone.map(|gone| gone.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        blocked: notice::cookies_are_blocked(carries_own, from_own_page, said),
        carried: Some(Arc::clone(jar.carried())),
        setting: Vec::new(),
        counted: None,
        device: Device::default(),
        place: None,
        signed_in: member.is_some(),
        member,
        unrecognised: None,
        correction: None,
    }
}

/// The page that is asked for, if it is one.
fn page_of(site: &Site, request: &Request) -> Option<Page> {
    let page = request.uri().path().parse().ok().filter(|page| exists(site, *page));
    page.filter(|page| *page != Page::Compare || chosen(request).is_ok())
}

/// Whether a person looks at what comes back, rather than a browser that fetches a part of a page.
pub(super) fn is_for_people(site: &Site, request: &Request) -> bool {
    let path = request.uri().path();
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    page_of(site, request).is_some() || !(is_file || health::stands_at(path))
}

/// Where a page leads that is not for this visitor: a guest's first to the sign-in, a member's to their account. Two editions
/// are compared at one address, whichever is named first.
pub(super) fn elsewhere(request: &Request, visitor: &Visitor) -> Option<String> {
    let page = visitor.page.filter(|_| matches!(*request.method(), Method::GET | Method::HEAD))?;
    match page {
        Page::Comparison(from, to) if from > to => return Some(visitor.address(Page::Comparison(to, from))),
        Page::Compare => return chosen(request).ok().flatten().map(|page| visitor.address(page)),
        _ => {}
    }
    match visitor.member {
        None if page.needs_member() => Some(format!("{}?return_to={page}", visitor.address(Page::SignIn))),
        Some(_) if page.is_for_guests() => Some(visitor.address(Page::Account)),
        _ => None,
    }
}

/// The comparison that is chosen in the form, if one is. Whether both editions are there is seen when it is opened.
///
/// # Errors
/// [`Refusal::NoComparison`] if what is chosen is no version.
fn chosen(request: &Request) -> Result<Option<Page>, Refusal> {
    #[derive(Default, Deserialize)]
    struct Chosen {
        from: Option<String>,
        to: Option<String>,
    }
    let Query(Chosen { from, to }) = Query::try_from_uri(request.uri()).unwrap_or_default();
    let version = |text: Option<String>| text.unwrap_or_default().parse::<Version>().map_err(|_| Refusal::NoComparison);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let (from, to) = (version(from)?, version(to)?);
    Ok(Some(Page::Comparison(from.min(to), from.max(to))))
}

/// Where the request came from: the connection's other end, or what the server in front says, if it is configured.
fn place(site: &Site, request: &Request) -> Option<Place> {
    let forwarded = site.address_header.as_ref().map(|name| {
        // The last one was written by the server next to us; those before it by whoever liked.
        let last = request.headers().get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        let last = last.and_then(|addresses| addresses.rsplit(',').next()).map(str::trim);
        last.and_then(|last| last.parse().ok().or_else(|| last.parse::<SocketAddr>().map(|socket| socket.ip()).ok()))
    });
    let connected = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // What cannot be read limits as if nobody had said it.
    forwarded.flatten().or_else(connected).map(Place::from)
}

/// The page whose link was followed, if it is one of ours that sets cookies; the page of a refusal does not.
fn came_from(headers: &HeaderMap) -> Option<Page> {
    let address: Uri = text(headers, &header::REFERER).parse().ok()?;
    address::split(address.path()).1.parse().ok()
}

/// Whether that page is there: of the editions, only those that were published are, and two different ones can be compared.
fn exists(site: &Site, page: Page) -> bool {
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
fn set(site: &Site, jar: &Jar, cookies: &[OwnCookie]) {
    for cookie in cookies {
        match cookie {
            OwnCookie::Visit => jar.set(EssentialCookie::Visit, site.chance.token()),
            OwnCookie::Analytics => {
                let in_force = jar.in_force();
                let grant = in_force.as_ref().and_then(|in_force| in_force.grant(OptionalCookie::Analytics.purpose()));
                // The same for everyone: it tells that this browser was counted before, and not which one it is.
                let seen = grant.map(|grant| jar.set_optional(OptionalCookie::Analytics, "seen".into(), &grant));
                if !matches!(seen, Some(Ok(()))) {
                    tracing::error!("the analytics cookie was wanted without a grant");
                }
            }
            OwnCookie::Consent
            | OwnCookie::Appearance
            | OwnCookie::Language
            | OwnCookie::Session
            | OwnCookie::Remember
            | OwnCookie::Device => {}
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
