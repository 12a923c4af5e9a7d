//! What the Markdown of an edition becomes on the page, in the comparison and as JSON.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
};

use super::{
    page::Page,
    site::{lock, site_with_content, site_with_edition},
};
use crate::domain::policy::section_id;

const TEXT: &str = "\
# Cookies

See <https://example.org> and call [us](tel:+44-20-7946-0958 \"Weekdays\").[^1]

[^1]: By *day*.

## 1. Which {#which}

Name | Days
-----|----:
`_a` | 400
`_b` | 30 [^2]

### One

#### Two

![A cookie](/card.png)

---

Cookie
: A file.

[^2]: On average.
";

fn head(version: &str) -> String {
    format!("+++\nversion = \"{version}\"\neffective = 2026-11-23\nsummary = [\"a\"]\n+++\n")
}

fn ids(page: &Page) -> Vec<&str> {
    page.attributes("[id]", "id")
}

#[tokio::test]
async fn each_construct_has_its_element_on_the_page() {
    let site = site_with_edition("", |_| ());
    fs::write(site.content().join("policy/en/1.2.md"), format!("{}{TEXT}", head("1.2"))).unwrap();
    let page = site.browser().get("/policy/1.2").await;
    assert_eq!(page.attributes(".introduction a", "href")[..2], ["https://example.org", "tel:+44-20-7946-0958"]);
    assert_eq!(page.attributes(".introduction a[title]", "title"), ["Weekdays"]);
    assert_eq!(page.attributes(".text-table thead th", "data-align"), ["start", "end"]);
    assert_eq!(page.attributes(".text-table td", "data-label"), ["Name", "Days", "Name", "Days"]);
    assert_eq!(page.text("#which h3"), "One");
    assert_eq!(page.text("#which h4"), "Two");
    assert_eq!(
        (page.attributes("#which img", "src"), page.attributes("#which img", "alt")),
        (vec!["/card.png"], vec!["A cookie"])
    );
    assert!(page.has("#which hr"));
    assert_eq!((page.text("#which dt"), page.text("#which dd")), ("Cookie".to_owned(), "A file.".to_owned()));
    // The heading has a number of its own.
    assert_eq!(page.text("#which h2"), "1. Which");
    assert!(page.has(".toc .own-numbers"));
    // Each footnote and its reference lead to each other.
    for (link, expected) in [("[role=doc-noteref]", 2), ("[role=doc-backlink]", 2)] {
        let targets = page.attributes(link, "href");
        assert_eq!(targets.len(), expected);
        for target in targets {
            page.one(&format!("[id='{}']", target.trim_start_matches('#')));
        }
    }
    let all = ids(&page);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
}

#[tokio::test]
async fn a_change_in_a_table_and_in_a_target_is_seen_in_the_comparison() {
    let site = site_with_edition("", |_| ());
    let policy = site.content().join("policy/en");
    fs::write(policy.join("1.2.md"), format!("{}{TEXT}", head("1.2"))).unwrap();
    let changed = TEXT.replace("| 400", "| 365").replace("A file.", "A small file.").replace("Weekdays", "Any day");
    fs::write(policy.join("1.3.md"), format!("{}{changed}", head("1.3"))).unwrap();
    lock(site.content());
    let page = site.browser().get("/policy/compare/1.2/1.3").await;
    let words = |selector: &str| -> Vec<String> {
        page.all(selector).into_iter().map(|element| element.text().collect::<String>()).collect()
    };
    let said = [words("article del"), words("article ins")].concat().join(" ");
    for word in ["400", "365", "small", "Weekdays", "Any day"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(words(".diff-row").iter().any(|row| row.starts_with("Name | Days")), "{:?}", words(".diff-row"));
}

#[tokio::test]
async fn the_json_has_the_rows_the_definitions_and_the_footnotes() {
    let site = site_with_edition("", |_| ());
    fs::write(site.content().join("policy/en/1.2.md"), format!("{}{TEXT}", head("1.2"))).unwrap();
    let data = site.browser().get("/editions/1.2").await;
    let data: serde_json::Value = serde_json::from_slice(&data.bytes).unwrap();
    assert_eq!(data["introduction"], "See https://example.org and call us.[1]\n\n[1] By day.");
    let section = &data["sections"][0];
    assert_eq!(section["text"], "Name | Days\n_a | 400\n_b | 30 [2]");
    let levels: Vec<_> = section["subsections"].as_array().unwrap().iter().map(|part| part["level"].as_u64()).collect();
    assert_eq!(levels, [Some(3), Some(4)]);
    assert_eq!(section["subsections"][1]["text"], "A cookie\n\nCookie\n  A file.\n\n[2] On average.");
}

#[tokio::test]
async fn no_section_can_have_an_id_of_the_page() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    let mut pages = Vec::new();
    for address in ["/policy", "/policy/1.0", "/de/policy"] {
        pages.push(browser.get(address).await);
    }
    browser.answer_banner("no").await;
    pages.push(browser.get("/policy").await);
    // The foot of the page is longer with a publisher to write to.
    let with_contact = site_with_content(|content| {
        fs::write(content.join("site.toml"), "name = \"Acme\"\nhome_url = \"https://acme.example\"\n").unwrap();
    });
    let page = with_contact.browser().get("/policy").await;
    assert!(page.has("#footer-publisher"));
    pages.push(page);
    for page in pages {
        let sections: HashSet<_> =
            page.attributes(".policy-body > section[id]:has(> .heading)", "id").into_iter().collect();
        assert!(sections.len() >= 6);
        let of_section =
            |id: &str| sections.contains(id) || id.strip_suffix("-title").is_some_and(|id| sections.contains(id));
        for id in ids(&page).into_iter().filter(|id| !of_section(id)) {
            assert!(section_id::is_reserved(id) || !section_id::is_valid(id), "{}: {id}", page.address);
        }
        assert!(sections.iter().all(|id| !section_id::is_reserved(id)));
    }
}
