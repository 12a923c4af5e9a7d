//! What use cases and pages need to know about one request.
//!
//! `http::middleware::request_context` builds it once for each request.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    app::rate_limit::ClientNetwork,
    domain::{
        account::form_error::FormErrors,
        analytics::{Country, Device, PageView},
        consent::{
            decision::{Answers, EffectiveConsent, ReconsentReason},
            signal::Signal,
        },
        cookies::{
            declaration::{FirstPartyCookie, FirstPartyCookies},
            inventory::Inventory,
            purpose::{PerPurpose, Purposes},
            request_header::RequestCookies,
        },
        i18n::{locale::Locale, locale_path},
        ledger::record::RecordRef,
        web::{
            appearance::Appearance,
            error::AppError,
            flash::{Blocked, Flash},
            page::Page,
        },
    },
    ledger::RecordOwner,
    store::User,
};

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestContext {
    /// The page that is requested, if the path is a page's.
    pub page: Option<Page>,
    /// The language of the response.
    pub locale: Locale,
    /// Whether the requested path names the language. Links and form targets then name it too.
    pub locale_in_path: bool,
    /// How pages look.
    pub appearance: Appearance,
    /// Who is signed in.
    pub identity: Identity,
    /// What the visitor decided about the purposes.
    pub consent: ConsentState,
    /// The cookies of the request, and those that viewing the page sets.
    pub cookies: CookieState,
    /// What the form before this page did.
    pub outcome: FormOutcome,
    /// Where a form comes from.
    pub client: FormClient,
    /// The page view to count, if this request is one.
    pub page_view: Option<PageView>,
    /// Whether the page is rendered once for every visitor to whom it looks the same.
    pub is_shared: bool,
}

/// The language of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RequestLocale {
    pub locale: Locale,
    /// Whether the requested path names it.
    pub in_path: bool,
}

/// Who is signed in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    /// Whether an account is signed in, a disabled one too. Also true if the session cannot be
    /// looked up.
    pub signed_in: bool,
    /// The signed-in user.
    pub user: Option<Arc<User>>,
    /// The user whose account is disabled. Such a user may export or erase the account, and counts
    /// as a guest otherwise.
    pub disabled_user: Option<Arc<User>>,
    /// Whether the request carried the cookies of a session that is over.
    pub session_ended: bool,
    /// Why the session could not be looked up.
    pub lookup_error: Option<AppError>,
}

/// What the visitor decided about the purposes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConsentState {
    /// The purposes that the banner asks about: all of them while no decision is valid, and else
    /// those that need consent again. None if a signal answers, or if the page itself asks.
    pub prompts: Purposes,
    /// Why a question is asked although the visitor has decided.
    pub reconsent: PerPurpose<ReconsentReason>,
    /// What was answered before to each question that is asked again.
    pub previous: Answers,
    /// The granted purposes.
    pub granted: Purposes,
    /// The valid decision, without what the signal overrides.
    pub effective: Option<EffectiveConsent>,
    /// The valid decision as it was made, before the signal overrides any of it.
    pub decided: Option<EffectiveConsent>,
    /// Where the last decision of this browser is recorded, even if it has expired.
    pub record_ref: Option<RecordRef>,
    /// The record of the valid decision, if this browser alone made it.
    pub record: Option<Uuid>,
    /// Whether the valid decision was made in this browser. Otherwise it comes from the account.
    pub is_own: bool,
    /// The signal in the request, such as GPC.
    pub signal: Option<Signal>,
    /// The granted purposes that the signal overrides.
    pub overridden: Purposes,
    /// The purposes that this browser allows and the account rejects.
    pub rejected_by_account: Purposes,
}

/// The cookies of the request, and those that viewing the page sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct CookieState {
    /// The cookies in the request.
    pub received: Arc<RequestCookies>,
    /// The first-party cookies among them, for a page that says which of its table the browser has.
    pub held: FirstPartyCookies,
    /// Those that came under their former names.
    pub held_formerly: FirstPartyCookies,
    /// The cookies that the response sets because the page is viewed.
    pub to_set: Vec<FirstPartyCookie>,
    /// What the page says if the browser stores none of our cookies.
    pub blocked: Option<Blocked>,
}

/// What the form before this page did.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormOutcome {
    /// The flash message.
    pub flash: Option<Flash>,
    /// The names of the deleted cookies, as far as the query holds them.
    pub deleted_cookies: Vec<Vec<u8>>,
    /// A record to which no cookie leads, with the ticket for its receipt.
    pub receipt: Option<(Uuid, String)>,
    /// Whether the form was sent with the cookies of a session that is over.
    pub session_ended: bool,
    /// The page of this site that the visitor sent the form from, or followed a link on.
    pub came_from: Option<Page>,
    /// The errors with which the form is shown again.
    pub errors: Option<Arc<FormErrors>>,
    /// The part of the query that a link to this page in another language keeps.
    pub query_to_preserve: Option<String>,
}

/// Where a form comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FormClient {
    pub device: Device,
    /// The country, of a measurement alone.
    pub country: Country,
    /// The client's network, for the rate limits. It is never stored.
    pub network: Option<ClientNetwork>,
}

impl RequestContext {
    /// A context that holds nothing but a language, such as for an error page.
    pub fn in_locale(locale: RequestLocale) -> Self {
        Self { locale: locale.locale, locale_in_path: locale.in_path, ..Self::default() }
    }

    /// The path of a page, in the same language if the requested path names it.
    pub fn path_of(&self, page: Page) -> String {
        if !self.locale_in_path {
            return page.to_string();
        }
        locale_path::join(self.locale, &page.to_string())
    }

    /// The target of a form, in the same language if the requested path names it.
    pub fn action(&self, path: &str) -> String {
        if self.locale_in_path { locale_path::join(self.locale, path) } else { path.to_owned() }
    }

    /// Whose records the visitor may read.
    pub fn record_owner(&self) -> RecordOwner {
        let account = self.identity.user.as_ref().map(|user| user.account.id.clone());
        RecordOwner { filed: self.consent.record_ref, account, record: None }
    }
}

impl Identity {
    /// Whether an account is signed in that is known not to be disabled.
    pub const fn is_member(&self) -> bool {
        self.signed_in && self.disabled_user.is_none() && self.lookup_error.is_none()
    }

    /// The user, also one whose account is disabled.
    pub fn owner(&self) -> Option<&Arc<User>> {
        self.user.as_ref().or(self.disabled_user.as_ref())
    }
}

impl ConsentState {
    /// Whether the banner is shown.
    pub fn needs_prompt(&self) -> bool {
        !self.prompts.is_empty()
    }

    /// The purposes that are asked about again.
    pub fn to_reconsent(&self) -> Purposes {
        self.reconsent.keys().copied().collect()
    }
}

impl CookieState {
    /// Whether the response sets a cookie of that name because the page is viewed.
    pub fn sets(&self, inventory: &Inventory, name: &[u8]) -> bool {
        inventory.names(&self.to_set).any(|set| set.as_bytes() == name)
    }

    /// Whether the request carries a first-party cookie under that name.
    pub fn holds(&self, cookie: FirstPartyCookie, name: &str) -> bool {
        let held = if cookie.former_name() == Some(name) { self.held_formerly } else { self.held };
        held.contains(cookie)
    }
}

/// The part of a query without which a page is not the same.
pub(crate) fn query_to_preserve(page: Page, return_to: Option<Page>, token: Option<&str>) -> Option<String> {
    let is_token = |token: &&str| {
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match page {
        Page::SignIn | Page::SignUp => return_to.map(|page| format!("return_to={page}")),
        Page::PasswordReset | Page::Confirm | Page::Unsubscribe => {
            token.filter(is_token).map(|token| format!("token={token}"))
        }
        _ => None,
    }
}
