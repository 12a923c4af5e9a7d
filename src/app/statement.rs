//! What a receipt states beside its record, from the publisher's content and the site's origin.

use crate::{
    content::Content,
    domain::{
        consent::snapshot::{PromptCookie, PromptPurpose},
        cookies::purpose::Purpose,
        ledger::{
            record::{Record, RecordedAnswer},
            statement::{Controller, PurposeStatement, Right, Statement, StoredItem},
        },
        publisher::{Contact, Publisher, Territory},
        web::page::Page,
    },
};

/// States what holds now about a record.
pub fn statement(content: &Content, origin: &str, record: &Record) -> Statement {
    let publisher = &*content.publisher;
    let url = |page: Page| format!("{origin}{page}");
    let right = |right: &str, page| Right { right: right.to_owned(), exercised_at: url(page) };
    let codes = |territories: &[Territory]| territories.iter().map(ToString::to_string).collect();
    let is_controller = record.parties.controller == *publisher.legal_name;
    Statement {
        site: origin.to_owned(),
        notice: url(Page::Edition(record.processing.policy_version)),
        withdrawal: url(Page::Preferences),
        rights: vec![
            right("Right to withdraw consent", Page::Preferences),
            right("Right to receive the records of one's choices", Page::History),
        ],
        controller: is_controller.then(|| controller(publisher)),
        jurisdiction: codes(&publisher.jurisdiction),
        storage_location: codes(&publisher.storage_location),
        purposes: record.processing.purposes.iter().filter_map(|answer| purpose(content, record, answer)).collect(),
    }
}

fn controller(publisher: &Publisher) -> Controller {
    Controller {
        contact: publisher.contact.as_ref().map(Contact::href),
        address: publisher.address.clone(),
        url: publisher.home_url.clone(),
        privacy_policy: publisher.privacy_url.clone(),
    }
}

/// The purpose as it was when it was answered, or else as the edition of the record has it.
fn purpose(content: &Content, record: &Record, answer: &RecordedAnswer) -> Option<PurposeStatement> {
    let (version, original) = (record.processing.policy_version, content.publisher.language);
    let answered = answer.prompt_fingerprint.and_then(|shown| content.prompt_purpose(answer.purpose, shown, original));
    let of_edition = || content.prompt_snapshot(version, original)?.shown.purposes.get(&answer.purpose);
    let PromptPurpose { name, description, cookies, .. } = answered.or_else(of_edition)?;
    let text = content.edition(version).map(|_| content.inventory(version));
    let text = text.and_then(|inventory| inventory.purpose(Purpose::Optional(answer.purpose)));
    let stored = |cookie: &PromptCookie| StoredItem { name: cookie.name.clone(), max_age: cookie.max_age };
    Some(PurposeStatement {
        purpose: name.clone(),
        description: description.clone(),
        personal_data: text.iter().flat_map(|text| &text.data).map(ToString::to_string).collect(),
        stored: cookies.iter().map(stored).collect(),
        recipients: recipients(&content.publisher, cookies),
    })
}

/// Those that set a cookie, and those that the publisher names.
fn recipients(publisher: &Publisher, cookies: &[PromptCookie]) -> Vec<String> {
    let mut recipients: Vec<String> = Vec::new();
    let is_other = |name: &&String| **name != publisher.name && ***name != *publisher.legal_name;
    for name in cookies.iter().map(|cookie| &cookie.set_by).chain(&publisher.recipients).filter(is_other) {
        if !recipients.contains(name) {
            recipients.push(name.clone());
        }
    }
    recipients
}
