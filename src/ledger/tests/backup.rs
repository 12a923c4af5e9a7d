//! Backups of a database with a ledger: valid ones are restored, corrupt ones rejected.

use std::{fs, path::Path, time::SystemTime};

use super::{BEGIN, LedgerFixture, all, draft, found, ledger, tampering::rewrite, trusting};
use crate::{
    ledger::verify::{Verified, verify},
    store::{BackupError, Database, Restored, Store, StoreError, Tx, back_up, restore},
    system::rng::Rng,
};

/// Verifies the ledger of a copy.
fn is_sound(file: &Path) -> Result<(), String> {
    let connection = rusqlite::Connection::open(file).map_err(|error| error.to_string())?;
    let found = verify(&Tx::from_sqlite(&connection), &trusting(&[]), None).map_err(|error| error.to_string())?;
    found.map(drop).map_err(|tampered| tampered.to_string())
}

#[tokio::test]
async fn a_copy_that_is_made_while_decisions_pour_in_is_whole_and_is_put_back() {
    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let pouring: Vec<_> = (0..400)
        .map(|at| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.append(draft(BEGIN + at)).await })
        })
        .collect();
    let (file, copy) = (fixture.file(), fixture.folder.path().join("copy"));
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
    assert_eq!(fixture.verify().await.unwrap().records, 401);
    let LedgerFixture { store, folder, .. } = fixture;
    drop(store);
    let before = restore(&copy, &file, is_sound).unwrap().replaced.unwrap();
    assert_eq!(found(&file).await.unwrap().unwrap(), sound);
    assert_eq!(found(&before).await.unwrap().unwrap().records, 401, "what was there is kept");
    let moved = folder.path().join("elsewhere.sqlite");
    assert_eq!(restore(&copy, &moved, is_sound).unwrap(), Restored { replaced: None, erased: 0 });
    let store = ledger(1).open(&Database::File(moved.clone()), Rng::system()).unwrap();
    store.append(draft(BEGIN)).await.unwrap();
    drop(store);
    assert_eq!(found(&moved).await.unwrap(), Ok(Verified { records: sound.records + 1, ..sound }));
}

#[tokio::test]
async fn an_error_names_the_file_that_the_operator_named() {
    let fixture = LedgerFixture::new().await;
    let folder = fixture.folder.path();
    let file = folder.join("file");
    fs::write(&file, "").unwrap();
    for to in [folder.join("missing/copy"), file.join("copy")] {
        let said = back_up(&fixture.file(), &to, is_sound).unwrap_err().to_string();
        assert!(said.starts_with(&format!("{}: ", to.display())), "{said}");
        assert!(!said.contains("unfinished"), "{said}");
    }
    fs::create_dir(folder.join("copy.unfinished")).unwrap();
    let said = back_up(&fixture.file(), &folder.join("copy"), is_sound).unwrap_err().to_string();
    assert!(said.starts_with(&format!("{}: ", folder.join("copy.unfinished").display())), "{said}");
}

#[tokio::test]
async fn what_is_missing_torn_or_altered_is_not_put_back_and_nothing_is_left_of_it() {
    let fixture = LedgerFixture::new().await;
    all((0..50).map(|at| {
        let store = fixture.store.clone();
        async move { store.append(draft(BEGIN + at)).await }
    }))
    .await;
    let (file, folder) = (fixture.file(), fixture.folder);
    drop(fixture.store);
    let (bad, target) = (folder.path().join("bad"), folder.path().join("target.sqlite"));
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Missing(_))));
    let whole = fs::read(&file).unwrap();
    fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Store { error: StoreError::Corrupt(_), .. })));
    fs::write(&bad, &whole).unwrap();
    let rows = rusqlite::Connection::open(&bad).unwrap();
    let first: String = rows.query_row("SELECT MIN(first_id) FROM ledger_batches", [], |found| found.get(0)).unwrap();
    rewrite(&rows, &first, |records| records.replace("banner", "Banner")).unwrap();
    drop(rows);
    assert!(matches!(restore(&bad, &target, is_sound), Err(BackupError::Invalid { .. })));
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.contains("target")), "nothing half done");
}

#[tokio::test]
async fn a_file_of_two_moments_is_refused_at_the_start_with_a_sentence_or_is_one_of_the_two() {
    const PAGE: usize = 4_096;
    let fixture = LedgerFixture::new().await;
    let mut states = Vec::new();
    for moment in 0..2 {
        for at in 0..40 {
            fixture.store.append(draft(BEGIN + moment * 40 + at)).await.unwrap();
        }
        fixture.store.checkpoint_wal().await.unwrap();
        states.push(fs::read(fixture.file()).unwrap());
    }
    let [earlier, later] = [&states[0], &states[1]];
    let file = fixture.folder.path().join("mixed.sqlite");
    let (mut refused, mut whole) = (0, 0);
    for cut in 1..later.len() / PAGE {
        let at = cut * PAGE;
        for mixed in [
            [earlier.get(..at).unwrap_or(earlier), &later[at.min(earlier.len())..]].concat(),
            [&later[..at], earlier.get(at..).unwrap_or_default()].concat(),
        ] {
            fs::write(&file, &mixed).unwrap();
            let started = async {
                let store = ledger(1).open(&Database::File(file.clone()), Rng::system())?;
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
                let _ = fs::remove_file(fixture.folder.path().join(part));
            }
        }
    }
    assert!(refused > 10, "{refused} refused, {whole} whole");
    assert!(Store::open_file(&fixture.file()).is_ok());
}

/// The sorted names of a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_is_put_back_from_a_folder_that_cannot_be_written_to() {
    use std::os::unix::fs::PermissionsExt;

    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let folder = fixture.folder.path().join("Sicherung 1?immutable=0");
    fs::create_dir(&folder).unwrap();
    back_up(&fixture.file(), &folder.join("copy"), is_sound).unwrap();
    let header = fs::read(folder.join("copy")).unwrap();
    assert_eq!(header[18..20], [1, 1], "it needs no log to be read");
    // A copy in WAL mode.
    fs::copy(folder.join("copy"), folder.join("earlier")).unwrap();
    let earlier = rusqlite::Connection::open(folder.join("earlier")).unwrap();
    earlier.pragma_update(None, "journal_mode", "WAL").unwrap();
    drop(earlier);
    assert_eq!(fs::read(folder.join("earlier")).unwrap()[18..20], [2, 2]);

    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for name in ["copy", "earlier"] {
        mode(&folder.join(name), 0o444);
    }
    // Permissions do not stop root. The modification time of the folder shows that no file was
    // created or deleted.
    fs::File::open(&folder).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    mode(&folder, 0o555);
    let target = fixture.folder.path().join("target.sqlite");
    let restored = ["copy", "earlier"].map(|name| restore(&folder.join(name), &target, is_sound).map(drop));
    mode(&folder, 0o755);
    for each in restored {
        each.unwrap();
    }
    assert_eq!(fs::metadata(&folder).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
    assert_eq!(names(&folder), ["copy", "earlier"]);
    assert_eq!(found(&target).await.unwrap().unwrap().records, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_put_back_belongs_to_whom_the_database_belonged() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    const SERVICE: u32 = 65_532;
    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let folder = fixture.folder.path().join("data");
    fs::create_dir(&folder).unwrap();
    let (copy, database) = (fixture.folder.path().join("copy"), folder.join("harmony.sqlite"));
    back_up(&fixture.file(), &copy, is_sound).unwrap();
    if fs::metadata(&copy).unwrap().uid() != 0 {
        // This process cannot create another user's file, but a folder of root exists.
        let refused = restore(&copy, Path::new("/harmony.sqlite"), is_sound).unwrap_err();
        assert!(refused.to_string().contains("belongs to user 0"), "{refused}");
        return;
    }
    let seen = |name: &str| {
        let found = fs::metadata(folder.join(name)).unwrap();
        (found.uid(), found.gid(), found.mode() & 0o777)
    };
    chown(&folder, Some(SERVICE), Some(SERVICE + 1)).unwrap();
    restore(&copy, &database, is_sound).unwrap();
    assert_eq!(seen("harmony.sqlite"), (SERVICE, SERVICE + 1, 0o600), "as the folder");

    chown(&database, Some(SERVICE), Some(SERVICE)).unwrap();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    restore(&copy, &database, is_sound).unwrap();
    for name in ["harmony.sqlite", "harmony.sqlite.replaced-1"] {
        assert_eq!(seen(name), (SERVICE, SERVICE, 0o640), "{name}: as the file before");
    }
    assert_eq!(names(&folder), ["harmony.sqlite", "harmony.sqlite.replaced-1"]);
    let store = Store::open_file(&database).unwrap();
    for name in ["harmony.sqlite-wal", "harmony.sqlite-shm"] {
        assert_eq!(seen(name).0, SERVICE, "{name}: the service can go on with what root began");
    }
    drop(store);
}

#[tokio::test]
async fn the_log_of_a_database_that_is_gone_is_not_read_into_what_is_put_back() {
    let fixture = LedgerFixture::new().await;
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let (copy, target) = (fixture.folder.path().join("copy"), fixture.folder.path().join("target.sqlite"));
    back_up(&fixture.file(), &copy, is_sound).unwrap();
    fixture.store.append(draft(BEGIN + 1)).await.unwrap();
    let log = fixture.folder.path().join("harmony.db-wal");
    fs::copy(&log, fixture.folder.path().join("target.sqlite-wal")).unwrap();
    assert_eq!(restore(&copy, &target, is_sound).unwrap().replaced, None);
    assert_eq!(found(&target).await.unwrap().unwrap().records, 1);
    assert!(fixture.folder.path().join("target.sqlite.replaced-1-wal").is_file());
}
