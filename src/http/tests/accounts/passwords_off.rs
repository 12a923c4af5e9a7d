//! A site that takes no passwords: what becomes of each form that takes one elsewhere, what
//! confirms an action, and that the passwords come back. Two sites share a database, of which one
//! takes passwords.

use std::collections::{BTreeMap, BTreeSet};

use leptos::server_fn::axum::server_fn_paths;

use super::{
    mail::{confirmed_user, link, mail_of, mails, take_all, with_mail},
    passkeys::{add, problem, use_passkey},
    users::{ANNA, BERT, OTHER_PASSWORD, PASSWORD, SESSION, is_signed_in, operator, security, try_sign_in},
};
use crate::{
    app::accounts::providers::IdentityProviders,
    domain::{
        account::{credentials::Email, mail::MailKind, session::RECENT},
        web::page::Page,
    },
    http::{
        router,
        tests::{
            authenticator::Authenticator,
            browser::Browser,
            identity_provider::TestProvider,
            page::{Page as Opened, encode},
            site::{Site, site_on_with_newest_edition},
        },
    },
    store::{Account, tests::cluster},
};

/// Each page with a field for a password, and whether a recent sign-in confirms its form where the
/// site takes none. The other forms are refused then.
const FORMS: [(&str, bool); 9] = [
    ("/account/delete", true),
    ("/account/passkey", true),
    ("/account/passkey/remove", true),
    ("/account/password", false),
    ("/account/password/remove", false),
    ("/confirm", false),
    ("/sign-in", false),
    ("/sign-in/reset", false),
    ("/sign-up", false),
];

/// The pages that are gone where the site takes none.
const GONE: [&str; 5] =
    ["/account/password", "/account/password/remove", "/sign-in/forgotten", "/sign-in/reset", "/sign-up"];

/// A site that takes passwords and one that does not, on one database.
struct Sites {
    company: TestProvider,
    with: Site,
    without: Site,
}

impl Sites {
    async fn start() -> Self {
        let company = TestProvider::start("company").await;
        let database = cluster::shared().database();
        let [with, without] = [(1, true), (2, false)].map(|(number, takes_passwords)| {
            let providers = IdentityProviders::new(vec![company.settings()]);
            site_on_with_newest_edition(&database, number, |parts| {
                with_mail(parts);
                parts.app.identity_providers = providers;
                parts.app.passwords = parts.app.passwords.take().filter(|_| takes_passwords);
            })
        });
        Self { company, with, without }
    }

    /// A browser of Anna, whose account has a password and a company account. It is at the site
    /// that takes passwords.
    async fn anna(&self) -> Browser {
        let mut browser = confirmed_user(&self.with, ANNA).await;
        let page = self.company.sign_in(&mut browser, "?link=1").await;
        assert_eq!(page.text("#notice"), "Your company account is linked. You can sign in with it now.");
        browser
    }

    /// The pages of a link to sign up and of a link to set a new password, with their tokens.
    async fn links(&self) -> [String; 2] {
        let mut browser = self.with.browser();
        let page = browser.get("/sign-up").await;
        browser.submit(&page, "#sign-up", &[("email", BERT), ("new_password", PASSWORD)]).await;
        let sign_up = link(&mail_of(&self.with, MailKind::ConfirmEmail, BERT).await);
        let reset = operator(&self.with).create_reset_link(ANNA).await.unwrap();
        [sign_up.replace("/en/", "/"), reset]
    }
}

async fn stored(site: &Site, email: &'static str) -> Option<Account> {
    site.state.store.read(move |tx| tx.account_by_email(&Email::parse(email).unwrap())).await.unwrap()
}

/// Opens every page of the site, and the links.
async fn open_all(browser: &mut Browser, links: &[String]) -> Vec<Opened> {
    let pages = router::table().templates().filter(|path| path.parse::<Page>().is_ok()).map(str::to_owned);
    let mut opened = Vec::new();
    for path in pages.chain(links.iter().cloned()) {
        opened.push(browser.get(&path).await);
    }
    opened
}

fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Every field of a form that takes a password, with good values.
fn filled(link: &str) -> String {
    let token = link.split_once("token=").map_or("", |(_, token)| token);
    encode(&[("email", ANNA), ("password", PASSWORD), ("new_password", OTHER_PASSWORD), ("token", token)])
}

#[tokio::test]
async fn the_list_has_every_page_with_a_field_for_a_password() {
    let sites = Sites::start().await;
    let mut anna = sites.anna().await;
    add(&mut anna, &mut Authenticator::new(1), "Phone").await;
    let links = sites.links().await;
    let mut found = BTreeSet::new();
    for browser in [&mut anna, &mut sites.with.browser()] {
        for page in open_all(browser, &links).await {
            if page.has("input[type=password]") {
                found.insert(path(&page.address).to_owned());
            }
        }
    }
    assert_eq!(found, FORMS.map(|(path, _)| path.to_owned()).into());
}

#[tokio::test]
async fn no_page_asks_for_a_password_or_leads_to_one_that_does() {
    let sites = Sites::start().await;
    let mut anna = sites.anna().await;
    let links = sites.links().await;
    // A sign-in from a new browser needs her attention.
    sites.company.sign_in(&mut sites.without.browser(), "").await;
    anna.site = sites.without.clone();
    let mut guest = sites.without.browser();
    for is_recent in [true, false] {
        for browser in [&mut anna, &mut guest] {
            for page in open_all(browser, &links).await {
                let here = path(&page.address);
                let is_gone = GONE.contains(&here) || links.contains(&page.address);
                assert_eq!(page.status == 404, is_gone, "{}", page.address);
                assert!(!page.has("input[type=password]"), "{here}");
                let targets = page.attributes("a[href]", "href").into_iter().chain(page.attributes("form", "action"));
                for target in targets.map(path) {
                    assert!(!GONE.contains(&target) && target != "/.well-known/change-password", "{here}: {target}");
                }
                if is_gone {
                    assert!(page.has("main a[href='/']") && page.has("header a[href]"), "{here}: a way back");
                }
            }
        }
        sites.without.advance_clock(if is_recent { RECENT.as_secs().try_into().unwrap() } else { 0 });
    }
    let page = guest.get("/sign-in").await;
    assert!(page.has("a[href='/sign-in/with/company']") && page.has("#sign-in #passkey"));
    assert!(!page.has("input[type=email]") && page.text("main").contains("This site uses no passwords."));
    assert!(page.has("div[hidden] #remember"), "the script shows it with the button");
    let page = security(&mut anna).await;
    assert!(page.text("#sign-in-methods").contains("This site uses no passwords."));
    assert!(page.has("#attention a[href='/account']"));
    assert_eq!(guest.get("/.well-known/change-password").await.status, 404);
    let sitemap = String::from_utf8(guest.get("/sitemap.xml").await.bytes.to_vec()).unwrap();
    assert!(sitemap.contains("/sign-in<") && !sitemap.contains("/sign-up"));
}

#[tokio::test]
async fn every_form_that_takes_a_password_is_refused_or_confirmed_by_a_recent_sign_in() {
    let sites = Sites::start().await;
    let mut anna = sites.anna().await;
    let links = sites.links().await;
    let before = stored(&sites.with, ANNA).await.unwrap();
    anna.site = sites.without.clone();
    let forms: BTreeMap<_, _> = FORMS.into();
    for is_signed_in_user in [true, false] {
        let refused = forms.iter().filter(|(_, is_confirmed)| !**is_confirmed).map(|(path, _)| *path);
        for target in refused.chain(GONE) {
            let link = links.iter().find(|link| path(link) == target).map_or(target, String::as_str);
            let mut browser = sites.without.browser();
            if is_signed_in_user {
                browser.cookies = anna.cookies.clone();
            }
            for body in [filled(link), String::new()] {
                let answer = browser.post_fields(link, body.clone()).await;
                // Without its token the form of a link is over, as elsewhere.
                let is_over = target == "/confirm" && body.is_empty();
                assert_eq!(answer.status, if is_over { 400 } else { 404 }, "{target} {body}");
                assert!(!answer.set_and_removed().0.contains(&SESSION), "{target}");
            }
        }
    }
    // No form at all signs a guest in.
    for (target, _) in server_fn_paths() {
        let mut guest = sites.without.browser();
        let answer = guest.post_fields(target, filled("")).await;
        assert!(!answer.set_and_removed().0.contains(&SESSION), "{target}");
    }
    assert!(stored(&sites.with, BERT).await.is_none());

    let confirmed: Vec<_> = FORMS.into_iter().filter(|(_, is_confirmed)| *is_confirmed).map(|(path, _)| path).collect();
    sites.without.advance_clock(RECENT.as_secs().try_into().unwrap());
    for path in &confirmed {
        let stale = anna.post_fields(path, encode(&[("name", ""), ("password", PASSWORD), ("passkey", "a")])).await;
        assert_eq!(
            problem(&stale),
            (422, "You signed in too long ago to confirm this. Sign in again.".into()),
            "{path}"
        );
    }
    sites.company.sign_in(&mut anna, "").await;
    for (path, status) in [("/account/passkey", 422), ("/account/passkey/remove", 303)] {
        let fields = encode(&[("name", ""), ("password", "wrong"), ("passkey", "a")]);
        let answer = anna.post_fields(path, fields).await;
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(stored(&sites.with, ANNA).await.unwrap().password_hash, before.password_hash, "the hash stays");
    let page = anna.get("/account/delete").await;
    assert!(page.text("#delete-account").contains("You signed in a moment ago."));
    anna.submit(&page, "#delete-account", &[]).await;
    assert!(stored(&sites.with, ANNA).await.is_none());
}

#[tokio::test]
async fn a_password_is_no_way_in_and_works_again_once_they_are_on() {
    let sites = Sites::start().await;
    let mut anna = sites.anna().await;
    mail_of(&sites.with, MailKind::IdentityLinked, ANNA).await;
    anna.site = sites.without.clone();
    let page = security(&mut anna).await;
    assert!(!page.has("#identities form"), "the last way to sign in stays");
    assert!(page.text("#identities .hint").starts_with("This company account is the only way to sign in"));

    let mut device = Authenticator::new(1);
    let page = add(&mut anna, &mut device, "Phone").await;
    assert_eq!(page.text("#notice"), "Your passkey is added. You can sign in with it now.");
    let page = security(&mut anna).await;
    let page = anna.submit(&page, "#identities form", &[]).await;
    assert!(page.text("#notice").starts_with("The company account is no longer linked."));
    mail_of(&sites.with, MailKind::IdentityUnlinked, ANNA).await;
    let page = security(&mut anna).await;
    assert!(page.text("#passkeys > .hint").starts_with("This passkey is the only way to sign in"));

    let mut other = sites.without.browser();
    assert_eq!(use_passkey(&mut other, &mut device).await.status, 303);
    assert!(is_signed_in(&mut other).await);
    assert_eq!(try_sign_in(&mut sites.with.browser(), ANNA, PASSWORD, false).await.status, 303);
    let kinds: Vec<_> = mails(&sites.with).await.iter().map(|queued| queued.mail.kind).collect();
    assert!(kinds.contains(&MailKind::PasskeyAdded) && !kinds.contains(&MailKind::PasswordChanged), "{kinds:?}");
}

#[tokio::test]
async fn a_browser_is_signed_out_by_its_link_and_the_page_offers_no_new_password() {
    let sites = Sites::start().await;
    sites.anna().await;
    take_all(&sites.with).await;
    let mut stranger = sites.without.browser();
    sites.company.sign_in(&mut stranger, "").await;
    let address = link(&mail_of(&sites.without, MailKind::NewBrowser, ANNA).await);
    let mut guest = sites.without.browser();
    let page = guest.get(&address).await;
    let page = guest.submit(&page, "#confirm", &[]).await;
    assert!(page.address.starts_with("/en/sign-in?notice=browser-signed-out"), "{}", page.address);
    assert_eq!(page.text("#notice"), "That browser is signed out.");
    assert!(!is_signed_in(&mut stranger).await);
}
