//! Copies of a database with a ledger in it: whole ones are put back, torn ones refused.

use std::{fs, path::Path};

use super::{BEGIN, Kept, all, draft, found, ledger, tampering::rewrite, trusting};
use crate::server::{
    chance::Chance,
    ledger::verify::{Sound, verify},
    store::{BackupError, Database, Store, StoreError, Tables, back_up, restore},
};

/// Judges what is in a copy by its ledger.
fn is_sound(file: &Path) -> Result<(), String> {
    let connection = rusqlite::Connection::open(file).map_err(|error| error.to_string())?;
    let found = verify(&Tables::of_sqlite(&connection), &trusting(&[]), None).map_err(|error| error.to_string())?;
    found.map(drop).map_err(|unsound| unsound.to_string())
}

#[tokio::test]
async fn a_copy_that_is_made_while_decisions_pour_in_is_whole_and_is_put_back() {
    let kept = Kept::new().await;
    kept.store.append(draft(BEGIN)).await.unwrap();
    let pouring: Vec<_> = (0..400)
        .map(|at| {
            let store = kept.store.clone();
            tokio::spawn(async move { store.append(draft(BEGIN + at)).await })
        })
        .collect();
    let (file, copy) = (kept.file(), kept.folder.path().join("copy"));
    let copying = {
        let (file, copy) = (file.clone(), copy.clone());
        tokio::task::spawn_blocking(move || back_up(&file, &copy, is_sound))
    };
    copying.await.unwrap().unwrap();
    for each in pouring {
        each.await.unwrap().unwrap();
    }
    assert!(matches!(back_up(&file, &copy, is_sound), Err(BackupError::Exists(_))));
    let sound = found(&copy).await.unwrap().unwrap();
    assert!((1..=401).contains(&sound.records), "{sound:?}");

    assert!(matches!(restore(&copy, &file, is_sound), Err(BackupError::InUse(_))), "a server has it open");
    assert_eq!(kept.verify().await.unwrap().records, 401);
    let Kept { store, folder, .. } = kept;
    drop(store);
    let before = restore(&copy, &file, is_sound).unwrap().unwrap();
    assert_eq!(found(&file).await.unwrap().unwrap(), sound);
    assert_eq!(found(&before).await.unwrap().unwrap().records, 401, "what was there is kept");
    let moved = folder.path().join("elsewhere.sqlite");
    assert_eq!(restore(&copy, &moved, is_sound).unwrap(), None);
    let store = ledger(1).open(&Database::File(moved.clone()), Chance::system()).unwrap();
    store.append(draft(BEGIN)).await.unwrap();
    drop(store);
    assert_eq!(found(&moved).await.unwrap(), Ok(Sound { records: sound.records + 1, ..sound }));
}

#[tokio::test]
async fn what_is_missing_torn_or_altered_is_not_put_back_and_nothing_is_left_of_it() {
    let kept = Kept::new().await;
    all((0..50).map(|at| {
        let store = kept.store.clone();
        async move { store.append(draft(BEGIN + at)).await }
    }))
    .await;
    let (file, folder) = (kept.file(), kept.folder);
    drop(kept.store);
    let (bad, target) = (folder.path().join("bad"), folder.path().join("target.sqlite"));
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Missing(_))));
    let whole = fs::read(&file).unwrap();
    fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Store { error: StoreError::Torn(_), .. })));
    fs::write(&bad, &whole).unwrap();
    let rows = rusqlite::Connection::open(&bad).unwrap();
    let first: String = rows.query_row("SELECT MIN(first_id) FROM pages", [], |found| found.get(0)).unwrap();
    rewrite(&rows, &first, |records| records.replace("banner", "Banner")).unwrap();
    drop(rows);
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Unsound { .. })));
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.contains("target")), "nothing half done");
}

#[tokio::test]
async fn a_file_of_two_moments_is_refused_at_the_start_with_a_sentence_or_is_one_of_the_two() {
    const PAGE: usize = 4_096;
    let kept = Kept::new().await;
    let mut states = Vec::new();
    for moment in 0..2 {
        for at in 0..40 {
            kept.store.append(draft(BEGIN + moment * 40 + at)).await.unwrap();
        }
        kept.store.empty_log().await.unwrap();
        states.push(fs::read(kept.file()).unwrap());
    }
    let [earlier, later] = [&states[0], &states[1]];
    let file = kept.folder.path().join("mixed.sqlite");
    let (mut refused, mut whole) = (0, 0);
    for cut in 1..later.len() / PAGE {
        let at = cut * PAGE;
        for mixed in [
            [earlier.get(..at).unwrap_or(earlier), &later[at.min(earlier.len())..]].concat(),
            [&later[..at], earlier.get(at..).unwrap_or_default()].concat(),
        ] {
            fs::write(&file, &mixed).unwrap();
            let started = async {
                let store = ledger(1).open(&Database::File(file.clone()), Chance::system())?;
                ledger(1).begin(&store).await
            };
            match started.await {
                Ok(()) => {
                    whole += 1;
                    assert!(found(&file).await.unwrap().is_ok(), "cut at page {cut}");
                }
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().contains("the database is not whole"), "{error}");
                }
            }
            for part in ["mixed.sqlite-wal", "mixed.sqlite-shm"] {
                let _ = fs::remove_file(kept.folder.path().join(part));
            }
        }
    }
    assert!(refused > 10, "{refused} refused, {whole} whole");
    assert!(Store::open(&kept.file()).is_ok());
}
