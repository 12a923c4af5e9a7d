//! What a restored backup brings back, and what it does not: ended sessions and erased users.

use std::path::Path;

use super::{
    super::site::site_on,
    users::{ANNA, BERT, OTHER_PASSWORD, PASSWORD, REMEMBER, SESSION, is_signed_in, operator, sign_up, try_sign_in},
};
use crate::{
    domain::Timestamp,
    ledger::admin::LedgerAdmin as Auditor,
    store::{Database, Restored, Tx, back_up, restore},
};

/// Ledger verification of a backup, which another test covers.
type Judge = fn(&Path) -> Result<(), String>;

const SOUND: Judge = |_| Ok(());

#[tokio::test]
async fn a_restored_backup_revives_no_session_and_no_erased_user() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("harmony.sqlite"), folder.path().join("copy"));
    let database = Database::File(file.clone());
    let site = site_on(&database, 1);
    let (mut browser, mut bert) = (site.browser(), site.browser());
    sign_up(&mut browser, ANNA, true).await;
    browser.decide("yes", "yes").await;
    sign_up(&mut bert, BERT, true).await;
    bert.decide("yes", "no").await;
    let link = operator(&site).create_reset_link(ANNA).await.unwrap();
    let stolen = browser.cookies.clone();
    assert!([SESSION, REMEMBER].iter().all(|name| browser.holds().contains(name)));
    back_up(&file, &copy, SOUND).unwrap();

    let page = browser.get("/account/password").await;
    browser.submit(&page, "#change-password", &[("password", PASSWORD), ("new_password", OTHER_PASSWORD)]).await;
    let page = bert.get("/account/delete").await;
    bert.submit(&page, "#delete-account", &[("password", PASSWORD)]).await;
    drop((site, browser, bert));

    // Twice, because replacing the database must keep the list of erased users.
    for number in 1..=2 {
        let replaced = Some(folder.path().join(format!("harmony.sqlite.replaced-{number}")));
        assert_eq!(restore(&copy, &file, SOUND).unwrap(), Restored { replaced, erased: 1 });
    }
    let bytes = std::fs::read(&file).unwrap();
    assert!(!super::users::holds(&bytes, BERT), "nor is a byte of it in the file");
    // The list alone is enough if the database is lost.
    std::fs::remove_file(&file).unwrap();
    assert_eq!(restore(&copy, &file, SOUND).unwrap(), Restored { replaced: None, erased: 1 });

    let site = site_on(&database, 2);
    let mut thief = site.browser();
    thief.cookies = stolen;
    assert!(!is_signed_in(&mut thief).await, "everybody signs in again");
    assert_eq!(site.browser().get(&link).await.status, 410);
    assert_eq!(try_sign_in(&mut site.browser(), BERT, PASSWORD, false).await.status, 422);
    let listed = operator(&site).list().await.unwrap();
    assert_eq!(
        listed.iter().map(|account| (account.email.as_str(), account.sessions)).collect::<Vec<_>>(),
        [(ANNA, 0)]
    );
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, PASSWORD, false).await.status, 303, "as it was at the backup");
    let auditor = Auditor { store: &site.state.store, trusted: site.state.ledger.trusted_keys() };
    assert_eq!(auditor.verify(None).await.unwrap().unwrap().records, 2, "records are kept, and whose they were is not");
}

#[tokio::test]
async fn a_user_whose_erasure_was_not_committed_remains() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("harmony.sqlite"), folder.path().join("copy"));
    let site = site_on(&Database::File(file.clone()), 1);
    sign_up(&mut site.browser(), ANNA, false).await;
    back_up(&file, &copy, SOUND).unwrap();
    let first = |tx: &Tx<'_>| Ok(tx.accounts(Timestamp(0))?.pop().map(|(account, _)| (account.id, ())));
    site.state.store.erase(first).await.unwrap();
    drop(site);
    let list = folder.path().join("harmony.sqlite.erased");
    let noted = std::fs::read_to_string(&list).unwrap();
    assert_eq!(noted.len(), 65, "a hash and no more: {noted}");

    // A database in which both the list and the account exist, as if the commit had failed on a
    // full disk.
    let elsewhere = folder.path().join("elsewhere.sqlite");
    restore(&copy, &elsewhere, SOUND).unwrap();
    std::fs::copy(&list, folder.path().join("elsewhere.sqlite.erased")).unwrap();
    assert_eq!(restore(&copy, &elsewhere, SOUND).unwrap().erased, 0);
    assert_eq!(restore(&copy, &file, SOUND).unwrap().erased, 1, "where it was committed it stays so");
}

#[tokio::test]
async fn no_user_is_erased_if_the_list_of_erased_users_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("harmony.sqlite");
    let site = site_on(&Database::File(file), 1);
    let mut browser = site.browser();
    sign_up(&mut browser, ANNA, false).await;
    let list = folder.path().join("harmony.sqlite.erased");
    std::fs::create_dir(&list).unwrap();
    let page = browser.get("/account/delete").await;
    let answer = browser.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, 503);
    assert!(is_signed_in(&mut browser).await);
    std::fs::remove_dir(&list).unwrap();
    let answer = browser.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(std::fs::read_to_string(&list).unwrap().lines().count(), 1);
}
