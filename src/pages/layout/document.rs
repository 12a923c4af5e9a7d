//! The layout of every page: head, banner, header, main content, footer.

use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{head, inline_scripts};
use crate::{
    app::{measurement, request_context::RequestContext},
    content::{
        i18n::{Messages, cldr},
        scripts,
    },
    domain::{
        cookies::consent_mode,
        web::{csp, page::Page, path},
    },
    pages::{
        components::{
            banner::Banner,
            flash,
            flash::Notices,
            form_fields::{KeyField, PromptField},
            language_switch,
            language_switch::LanguageMenu,
            rich_text,
        },
        inventory, publisher, request, site, strings,
    },
};

/// A whole page.
#[component]
pub(crate) fn Document(
    /// The title, without the name of the site.
    #[prop(into)]
    title: String,
    /// The meta description, one sentence.
    #[prop(into)]
    description: String,
    /// Whether the page has an island and therefore loads the scripts.
    #[prop(optional)]
    island: bool,
    /// Whether the page has a form for a passkey and therefore loads its script.
    #[prop(optional)]
    passkey: bool,
    /// The main content.
    children: Children,
) -> impl IntoView {
    let site = site();
    let request = request();
    let strings = strings();
    let appearance = request.appearance;
    let style = site.assets.style();
    // Screen readers read the title first.
    let tab = match flash::first(&strings, &request) {
        Some(said) => strings.frame.told(said, strings.frame.tab(&title)),
        None => strings.frame.tab(&title),
    };
    let publisher = publisher();
    let icon = if publisher.logo.is_some() { path::LOGO } else { "/favicon.svg" };
    let loader = island.then(|| inline_scripts::loader(&site.leptos));
    let reload = site.assets.are_watched().then(|| inline_scripts::reload(&site.leptos));
    let response = use_context::<ResponseOptions>();
    // An error page is rendered outside of Leptos's routes, and has no script.
    let is_measured = response.is_some() && measurement::is_measured(&site, &request);
    let policy = if loader.is_some() || reload.is_some() {
        let socket =
            reload.as_ref().map(|_| format!("ws://{}:{}", site.leptos.site_addr.ip(), site.leptos.reload_port));
        let hashes = loader.iter().chain(&reload).map(|script| &*script.hash);
        Some(csp::with_scripts(hashes, socket.as_deref()))
    } else {
        (is_measured || passkey).then(|| csp::WITH_SCRIPT_FILES.to_owned())
    };
    if let (Some(response), Some(Ok(policy))) = (response, policy.map(TryInto::try_into)) {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
    let scheme = match appearance.theme {
        crate::domain::web::appearance::Theme::System => "light dark",
        theme => theme.into_str(),
    };
    view! {
        <!DOCTYPE html>
        <html
            lang=request.locale.to_string()
            dir=request.locale.direction()
            data-theme=appearance.theme.into_str()
            data-text-size=appearance.text_size.into_str()
            data-formats=island.then(|| cldr::tag(request.locale))
            data-consent-mode=consent_mode::state(inventory().storage_types(&request.consent.granted))
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=scheme />
                <title>{tab}</title>
                {head::links(&request, &title, &description)}
                <meta name="description" content=description />
                <link rel="stylesheet" href=style id="leptos" />
                {language_switch::alternates(&request)}
                {publisher.accent.is_some().then(|| view! { <link rel="stylesheet" href=path::ACCENT_SHEET /> })}
                <link rel="icon" href=icon type="image/svg+xml" />
                {reload.map(|script| view! { <script inner_html=script.text.as_str()></script> })}
                {is_measured
                    .then(|| view! { <script defer src=scripts::MEASURE.path></script> })}
                {passkey.then(|| view! { <script defer src=scripts::PASSKEY.path></script> })}
                {loader.map(|script| view! { <script type="module" inner_html=script.text.as_str()></script> })}
            </head>
            <body>
                {request.consent.needs_prompt().then(|| view! { <Banner return_to=request.page.unwrap_or(Page::Home) /> })}
                {header(&request, &strings)}
                <main id="main" class="container" tabindex="-1">
                    {(request.page != Some(Page::Preferences)).then(|| view! { <Notices /> })}
                    {children()}
                </main>
                {footer(&request, &strings)}
            </body>
        </html>
    }
    .into_any()
}

/// The header, with the site's name and its navigation, the same on every page.
fn header(request: &RequestContext, strings: &Messages) -> AnyView {
    let here = request.page;
    let frame = &strings.frame;
    let (account, page) =
        if request.identity.signed_in { (frame.account(), Page::Account) } else { (frame.sign_in(), Page::SignIn) };
    let account = vec![account.into_any()];
    let address = match here {
        // Returns to the page that the visitor came from.
        Some(here) if page == Page::SignIn && !here.takes_passwords() => {
            format!("{}?return_to={here}", request.path_of(page))
        }
        _ => request.path_of(page),
    };
    let publisher = publisher();
    // The name stands beside the logo, so the picture says nothing more.
    let logo = publisher.logo.is_some().then(|| {
        let image = |path, class| view! { <img src=path class=class alt="" width="40" height="40" /> };
        (image(path::LOGO, "logo logo--light"), image(path::LOGO_DARK, "logo logo--dark"))
    });
    // Narrow screens hide these words.
    let long = |text| view! { <span class="long">{text}</span> }.into_any();
    let everybodys = [
        (frame.menu_preferences(rich_text::plain, long), Page::Preferences),
        (frame.menu_policy(rich_text::plain, long), Page::Policy),
    ];
    let links = everybodys
        .map(|(name, page)| (name, page, request.path_of(page)))
        .into_iter()
        .chain(std::iter::once((account, page, address)));
    view! {
        <header class="site-header">
            <a class="skip-link" href="#main">
                {frame.skip()}
            </a>
            <div class="container">
                <a class="brand" href=request.path_of(Page::Home) aria-current=current(here, Page::Home)>
                    {logo} <span>{publisher.name.clone()}</span>
                </a>
                <nav aria-label=frame.navigation()>
                    <ul>
                        {links
                            .map(|(name, page, address)| {
                                let is_account = matches!(page, Page::Account | Page::SignIn);
                                view! {
                                    <li class=is_account.then_some("account")>
                                        <a href=address aria-current=current(here, page)>
                                            {name}
                                        </a>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </nav>
                <LanguageMenu />
            </div>
        </header>
    }
    .into_any()
}

/// The footer, with a link to the preferences, the same on every page.
fn footer(request: &RequestContext, strings: &Messages) -> AnyView {
    let frame = &strings.frame;
    let page = |name, page| (name, request.path_of(page));
    let has_services = !site().content().services.is_empty();
    let policy = [page(frame.preferences(), Page::Preferences), page(frame.policy(), Page::Policy)]
        .into_iter()
        .chain([page(strings.editions.history(), Page::Editions)])
        .chain(has_services.then(|| page(frame.services(), Page::Services)));
    let proof = [
        page(frame.transparency(), Page::Transparency),
        page(frame.verify(), Page::Verify),
        page(frame.statistics(), Page::Statistics),
        (frame.json(), "/cookies.json".to_owned()),
    ];
    let publisher = publisher();
    let contact = publisher.contact.as_ref().map(|contact| (frame.contact(), contact.href()));
    let privacy = publisher.privacy_url.clone().map(|url| (frame.privacy(), url));
    let home = publisher.home_url.clone().map(|url| (frame.home(&publisher.name), url));
    let about: Vec<_> = contact.into_iter().chain(privacy).chain(home).collect();
    view! {
        <footer class="site-footer">
            <div class="container">
                {footer_group("footer-cookies", frame.cookies(), policy.collect())}
                {footer_group("footer-proof", frame.proof(), proof.into())}
                {(!about.is_empty()).then(|| footer_group("footer-publisher", publisher.legal_name.to_string(), about))}
                <div class="site-footer__end">
                    <div id="withdrawal" class="withdrawal">{withdrawal(request, strings)}</div>
                    <p>{frame.promise()}</p>
                </div>
            </div>
        </footer>
    }
    .into_any()
}

/// A group of links, with its heading.
fn footer_group(id: &'static str, title: String, links: Vec<(String, String)>) -> AnyView {
    let links = links.into_iter().map(|(name, to)| {
        view! {
            <li>
                <a href=to>{name}</a>
            </li>
        }
    });
    view! {
        <nav aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <ul>{links.collect_view()}</ul>
        </nav>
    }
    .into_any()
}

/// The form that withdraws every grant with one click, on every page, so that withdrawing is as
/// easy as accepting in the banner.
fn withdrawal(request: &RequestContext, strings: &Messages) -> Option<AnyView> {
    let is_granted = !request.consent.granted.is_empty();
    let form = || {
        let return_to = request.page.unwrap_or(Page::Home).to_string();
        view! {
            <form id="withdraw-all" method="post" action=request.action("/api/consent/withdraw_all")>
                <input type="hidden" name="return_to" value=return_to />
                <PromptField />
                <KeyField />
                <button class="button button--secondary">{strings.frame.withdraw()}</button>
            </form>
        }
        .into_any()
    };
    is_granted.then(form)
}

/// Returns `page` for `aria-current`, if the link leads to the current page.
fn current(here: Option<Page>, link: Page) -> Option<&'static str> {
    let below = matches!(
        (here, link),
        (
            Some(Page::Edition(_) | Page::Editions | Page::Compare | Page::Comparison(..) | Page::Subscribe),
            Page::Policy,
        ) | (Some(Page::History | Page::DeleteCookies), Page::Preferences)
            | (
                Some(
                    Page::Security
                        | Page::AccountData
                        | Page::Password
                        | Page::RemovePassword
                        | Page::AddPasskey
                        | Page::RemovePasskey
                        | Page::DeleteAccount,
                ),
                Page::Account,
            )
            | (Some(Page::SignUp | Page::PasswordReset | Page::ForgottenPassword | Page::Confirm), Page::SignIn)
    );
    if here == Some(link) { Some("page") } else { below.then_some("true") }
}
