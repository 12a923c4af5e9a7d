//! All text of every page comes from the message files or from the content, and none from the code.
//!
//! These sites use the shipped English messages, each in brackets. Text outside of brackets must be
//! the publisher's, a name, a date or a number.

mod refusals;

use std::{collections::BTreeSet, fs};

use axum::http::StatusCode;
use scraper::{ElementRef, Node};

use super::{
    accounts::users::{ANNA, BERT, OTHER_PASSWORD, PASSWORD, sign_in, sign_out, sign_up, try_sign_in},
    browser::Browser,
    editions::DECLARED,
    page::Page,
    receipts::download,
    site::{DAY, Site, site_with_content, site_with_edition_and_services, site_with_english},
    transparency::{publish, report_with_all_findings, report_without_violations},
    urls::{ACCOUNT_PAGES, PAGES},
};
use crate::{
    app::{accounts::admin::AccountAdmin, comparison},
    content::{Content, i18n::Messages},
    domain::{comparison::PlainText, i18n::locale::Locale},
    http::tests::partner_api::SERVICES,
    pages::components::{folded_text, format},
};

/// Returns the shipped English messages in brackets.
fn in_brackets() -> String {
    let english = include_str!("../../../content/strings/en.toml");
    let wrapped = english.lines().map(|line| match line.split_once(" = \"") {
        Some((key, rest)) if !line.starts_with('#') => {
            format!("{key} = \"⟦{}⟧\"", rest.strip_suffix('"').unwrap())
        }
        _ => line.to_owned(),
    });
    wrapped.collect::<Vec<_>>().join("\n")
}

fn site() -> Site {
    site_with_english(&in_brackets())
}

/// Attributes that a browser shows or a screen reader reads.
const SAID: [&str; 12] = [
    "title",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "alt",
    "placeholder",
    "label",
    "data-label",
    "data-unsaved",
    "data-unreachable",
    "data-unreadable",
    "data-not-done",
];

/// Names that are the same in every language.
const NAMES: [&str; 7] = ["Harmony", "Chrome", "Edge", "Firefox", "Safari", "Global Privacy Control", "Do Not Track"];

/// Whether the text is a date as pages format it.
fn is_date(words: &str) -> bool {
    let months = "January February March April May June July August September October November December";
    let is_month = |word: &str| word.len() > 2 && months.split(' ').any(|month| month == word || month[..3] == *word);
    let is_number = |word: &str| word.chars().all(|character| character.is_ascii_digit() || character == ':');
    words.split_whitespace().all(|word| is_month(word) || is_number(word) || ["at", "UTC"].contains(&word))
}

/// Whether an element contains the publisher's text, a title of a work, or an identifier.
fn is_content(element: ElementRef<'_>) -> bool {
    let within = |name: &str, class: &str| {
        element.ancestors().filter_map(ElementRef::wrap).chain([element]).any(|around| {
            around.value().name() == name && (class.is_empty() || around.value().classes().any(|found| found == class))
        })
    };
    let is_edition = within("article", "policy") && !within("section", "callout");
    // The words of a description that stayed stand between those that changed.
    let is_diff =
        element.children().filter_map(ElementRef::wrap).any(|child| matches!(child.value().name(), "ins" | "del"));
    let is_changed = within("ins", "") || within("del", "");
    is_edition
        || is_diff
        || is_changed
        || ["cite", "code", "textarea", "script"].into_iter().any(|name| within(name, ""))
}

/// Returns the publisher's texts about editions, in the pieces that pages show.
fn of_editions(content: &Content) -> Vec<String> {
    let mut found: Vec<String> = content.editions.iter().flat_map(|edition| edition.summary.clone()).collect();
    for (at, newer) in content.editions.iter().enumerate() {
        found.extend(PlainText::from(newer).sections.into_iter().map(|section| section.heading));
        for older in &content.editions[..at] {
            let compared = comparison::compare(older, newer);
            let headings = compared.sections.iter().map(|section| &section.heading);
            let passages = compared.sections.iter().flat_map(|section| &section.blocks).chain(&compared.introduction);
            let rows = headings.chain(passages.map(|passage| &passage.spans)).chain([&compared.title]);
            found.extend(rows.flatten().map(|run| run.text.trim().to_owned()));
        }
    }
    // Names of cookies are elements of their own.
    let is_of_name = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    let around = |text: &String| -> Vec<String> {
        let pieces = text.split("__Host-").enumerate();
        pieces
            .map(|(at, piece)| if at == 0 { piece } else { piece.trim_start_matches(is_of_name) }.trim().into())
            .collect()
    };
    let pieces: Vec<_> = found.iter().flat_map(around).collect();
    found.extend(pieces);
    found
}

/// Returns all text of the page that is neither in brackets nor content.
fn untranslated_text(site: &Site, page: &Page) -> Vec<String> {
    let content = site.state.content();
    let editions = of_editions(&content);
    let inventories: Vec<_> = content.editions.iter().map(|edition| content.inventory(edition.version)).collect();
    let declarations = inventories.iter().flat_map(|inventory| inventory.declarations());
    let declared = declarations.flat_map(|it| [&it.name, &it.description, &it.set_by]);
    let purposes = inventories.iter().flat_map(|inventory| inventory.purposes());
    let titles: Vec<_> = purposes.clone().map(|about| format::capitalised(&about.label)).collect();
    let mut known: BTreeSet<&str> = declared.map(String::as_str).chain(NAMES).chain([ANNA, BERT]).collect();
    let own_names = Locale::SHIPPED.map(|locale| Messages::shipped(locale).languages.own_name());
    known.extend(own_names.iter().map(String::as_str));
    known.extend(titles.iter().map(String::as_str));
    known.extend(editions.iter().map(String::as_str));
    known.extend(content.services.iter().map(|service| service.name.as_str()));
    known
        .extend(purposes.flat_map(|about| [about.label.as_str(), about.question.as_str(), about.description.as_str()]));
    // A long description is shown in two parts.
    let parts: Vec<_> = known.iter().flat_map(|text| <[&str; 2]>::from(folded_text::split(text))).collect();
    known.extend(parts);
    let is_free = |words: &str| {
        let is_word = words.chars().any(char::is_alphabetic);
        !is_word || known.contains(words) || is_date(words) || words.starts_with('/')
    };
    let (mut depth, mut found) = (0_usize, Vec::new());
    for node in page.document.root_element().descendants() {
        match node.value() {
            Node::Text(text) => {
                let element = node.parent().and_then(ElementRef::wrap).unwrap();
                let mut outside = String::new();
                for character in text.chars() {
                    match character {
                        '⟦' => depth += 1,
                        '⟧' => depth -= 1,
                        _ if depth == 0 => outside.push(character),
                        _ => {}
                    }
                }
                if !is_free(outside.trim()) && !is_content(element) {
                    found.push(outside);
                }
            }
            Node::Element(element) => {
                let is_meta = element.name() == "meta" && element.attr("name") == Some("description");
                let said = SAID.into_iter().filter_map(|name| element.attr(name));
                for words in said.chain(element.attr("content").filter(|_| is_meta)) {
                    let is_wrapped = words.starts_with('⟦') && words.ends_with('⟧');
                    if !is_wrapped && !is_free(words) {
                        found.push(words.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{}", page.address);
    found
}

/// Checks a page and returns it.
#[track_caller]
fn checked(browser: &Browser, page: Page) -> Page {
    let found = untranslated_text(&browser.site, &page);
    assert!(page.has("h1"), "{} is no page: {}", page.address, page.status);
    assert!(found.is_empty(), "{} ({}) says {found:#?}", page.address, page.status);
    page
}

async fn check_all(browser: &mut Browser, addresses: &[&str]) {
    for address in addresses {
        let page = browser.get(address).await;
        checked(browser, page);
    }
}

#[tokio::test]
async fn every_page_for_visitors_is_translated() {
    let mut browser = site().browser();
    check_all(&mut browser, &PAGES).await;
    browser.cookies.plant("elsewhere", "1", "/");
    check_all(&mut browser, &PAGES).await;
    for (preferences, analytics) in [("yes", "no"), ("no", "yes"), ("no", "no")] {
        let page = browser.decide(preferences, analytics).await;
        assert!(checked(&browser, page).has("#notice"));
        browser.site.advance_clock(DAY);
        check_all(&mut browser, &PAGES).await;
    }
    let page = browser.delete_all().await;
    checked(&browser, page);
}

#[tokio::test]
async fn every_page_about_announced_editions_and_services_is_translated() {
    let site = site_with_edition_and_services(DECLARED, SERVICES, |_| ());
    let file = site.inventory().with_file_name("strings").join("en.toml");
    fs::write(file, in_brackets()).unwrap();
    let mut browser = site.browser();
    let addresses = [
        "/policy",
        "/policy/history",
        "/policy/compare",
        "/policy/compare/1.0/1.1",
        "/policy/compare/1.1/1.2",
        "/services",
    ];
    check_all(&mut browser, &addresses).await;
    assert!(browser.get("/services").await.text("h1").starts_with('⟦'));
    site.advance_clock(DAY);
    check_all(&mut browser, &addresses).await;
}

#[tokio::test]
async fn every_flash_message_is_translated() {
    let mut browser = site().browser();
    for answer in ["yes", "no"] {
        let page = browser.answer_banner(answer).await;
        assert!(checked(&browser, page).has("#notice"));
        browser.cookies.clear();
    }
    browser.decide("yes", "yes").await;
    for name in ["preferences", "analytics"] {
        let page = browser.withdraw(name).await;
        assert!(checked(&browser, page).has("#notice"));
    }
    let appearance = [("theme", "dark"), ("text_size", "large"), ("preferences", "no")];
    for answers in [appearance, [appearance[0], appearance[1], ("preferences", "yes")]] {
        let page = browser.get("/preferences").await;
        let page = browser.submit(&page, "#appearance-form", &answers).await;
        assert!(checked(&browser, page).has("#notice"));
    }
    let mut blocking = browser.site.browser();
    blocking.keeps_cookies = false;
    let page = blocking.answer_banner("no").await;
    assert!(checked(&blocking, page).has("#blocked"));
}

#[tokio::test]
async fn texts_about_signals_and_reconsent_are_translated() {
    for signal in [("sec-gpc", "1"), ("dnt", "1")] {
        let mut browser = site().browser();
        browser.decide("yes", "yes").await;
        browser.sends.push(signal);
        check_all(&mut browser, &["/", "/preferences", "/preferences/history"]).await;
        browser.decide("no", "no").await;
        check_all(&mut browser, &["/", "/preferences", "/preferences/history"]).await;
        browser.decide("yes", "no").await;
        check_all(&mut browser, &["/", "/preferences", "/preferences/history"]).await;
    }
    let mut browser = site().browser();
    browser.decide("yes", "yes").await;
    browser.site.advance_clock(90 * DAY);
    browser.withdraw("analytics").await;
    browser.site.advance_clock(100 * DAY);
    check_all(&mut browser, &["/", "/policy", "/preferences", "/preferences/history"]).await;
    browser.site.advance_clock(100 * DAY);
    check_all(&mut browser, &["/", "/policy", "/preferences", "/preferences/history"]).await;
}

#[tokio::test]
async fn every_page_for_users_is_translated() {
    let mut browser = site().browser();
    let page = sign_up(&mut browser, ANNA, true).await;
    assert!(checked(&browser, page).has("#notice"));
    browser.site.advance_clock(60);
    let mut other = browser.site.browser();
    other.user_agent = "Mozilla/5.0 (Linux; Android 10; K) Mobile";
    for _ in 0..2 {
        let page = try_sign_in(&mut other, ANNA, OTHER_PASSWORD, false).await;
        assert!(checked(&other, page).has("#problems"));
    }
    let page = sign_in(&mut other, ANNA, false).await;
    checked(&other, page);
    browser.decide("yes", "no").await;
    check_all(&mut other, &["/", "/preferences", "/preferences/history", "/policy"]).await;
    check_all(&mut browser, &ACCOUNT_PAGES).await;
    check_all(&mut other, &ACCOUNT_PAGES).await;
    let page = browser.get("/account/password").await;
    for (old, new) in [("", ""), (OTHER_PASSWORD, OTHER_PASSWORD), (PASSWORD, "short"), (PASSWORD, "passwordpassword")]
    {
        let answer = browser.send_form(&page, "#change-password", &[("password", old), ("new_password", new)]).await;
        assert!(checked(&browser, answer).has("#problems"), "{old} {new}");
        // After an hour the rate limit has recovered.
        browser.site.advance_clock(3600);
    }
    let page = browser.get("/account").await;
    let page = browser.submit(&page, "#end-others", &[]).await;
    assert!(checked(&browser, page).has("#notice"));
    let answer = sign_out(&mut browser).await;
    let home = browser.get("/").await;
    let page = browser.follow(&home, &answer).await;
    assert!(checked(&browser, page).has("#notice"));
    let operator = AccountAdmin {
        store: &browser.site.state.store,
        clock: browser.site.state.clock.clone(),
        rng: browser.site.state.rng.clone(),
    };
    let link = operator.create_reset_link(ANNA).await.unwrap();
    let page = browser.get(&link).await;
    let page = checked(&browser, page);
    let answer = browser.send_form(&page, "#reset-password", &[("new_password", "short")]).await;
    assert!(checked(&browser, answer).has("#problems"));
    let answer = browser.send_form(&page, "#reset-password", &[("new_password", OTHER_PASSWORD)]).await;
    let home = browser.get("/").await;
    browser.follow(&home, &answer).await;
    check_all(&mut browser, &ACCOUNT_PAGES).await;
    check_all(&mut browser, &[&link]).await;
}

#[tokio::test]
async fn every_compliance_report_is_translated() {
    for report in [None, Some(report_without_violations()), Some(report_with_all_findings())] {
        let site = site_with_content(|content| {
            fs::write(content.join("strings/en.toml"), in_brackets()).unwrap();
            publish(content, report.as_ref());
        });
        check_all(&mut site.browser(), &["/transparency"]).await;
    }
}

#[tokio::test]
async fn every_verdict_and_analytics_page_is_translated() {
    let mut browser = site().browser();
    browser.decide("yes", "yes").await;
    let genuine = download(&mut browser).await;
    for text in [&genuine, &genuine.replace("true", "false"), "nothing"] {
        let page = browser.get("/verify").await;
        let answer = browser.send_form(&page, "#verify", &[("receipt", text)]).await;
        assert!(checked(&browser, answer).has("#verdict"));
    }
    for user_agent in [browser.user_agent, "Mozilla/5.0 (iPad)"] {
        browser.user_agent = user_agent;
        for _ in 0..12 {
            browser.get("/policy").await;
        }
    }
    browser.get("/").await;
    browser.site.state.store.flush().await.unwrap();
    let page = browser.get("/statistics").await;
    assert!(checked(&browser, page).has("p.empty-state"));
    browser.site.advance_clock(DAY);
    for weeks in [4, 13] {
        let page = browser.get(&format!("/statistics?weeks={weeks}")).await;
        assert!(checked(&browser, page).has("table.table--numeric"), "{weeks}");
    }
}

#[tokio::test]
async fn a_saved_message_file_is_used_at_once_and_an_error_in_it_shown() {
    let mut browser = site().browser();
    let file = browser.site.inventory().with_file_name("strings").join("en.toml");
    assert_eq!(browser.get("/").await.text("h1"), "⟦Cookies on Harmony⟧");
    fs::write(&file, in_brackets().replace("Cookies on {name}", "Fresh")).unwrap();
    assert_eq!(browser.get("/").await.text("h1"), "⟦Fresh⟧");
    fs::write(&file, in_brackets().replace("heading = ", "heading = 7 # ")).unwrap();
    let page = browser.get("/").await;
    assert_eq!((page.status, page.text("h1")), (StatusCode::SERVICE_UNAVAILABLE, "Errors in the content".to_owned()));
    assert!(page.text("li code").contains("strings/en.toml:"), "{}", page.text("li"));
    fs::write(&file, in_brackets()).unwrap();
    assert_eq!(browser.get("/").await.text("h1"), "⟦Cookies on Harmony⟧");
}
