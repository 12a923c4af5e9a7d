//! Time stamps of the head by a real authority, on both engines.

mod failures;
mod forged;
pub(crate) mod tsa;

use std::{fs, io::Write, path::Path, time::Duration};

use self::tsa::{Behaviour, Tsa, openssl};
use super::{BEGIN, LedgerFixture, draft, found_by, key, ledger, trusting};
use crate::{
    domain::Timestamp,
    ledger::{Ledger, admin::LedgerAdmin, checkpoint::Checkpoint, timestamps::Authority},
    store::{Database, StampedHead, Store, back_up, restore, tests::cluster},
    system::rng::Rng,
};

const HOUR: i64 = 3_600;

const DAY: i64 = 24 * HOUR;

/// A timeout that no response exceeds.
const LONG: Duration = Duration::from_mins(1);

/// A file and a PostgreSQL database for one test.
fn databases(folder: &tempfile::TempDir) -> [Database; 2] {
    [Database::File(folder.path().join("harmony.sqlite")), cluster::shared().database()]
}

/// Writes the first server's ledger with one record to a database.
async fn written(database: &Database) -> (Ledger, Store) {
    let own = ledger(1);
    let store = own.open(database, Rng::system()).unwrap().with_test_timeout();
    own.begin(&store).await.unwrap();
    store.append(draft(BEGIN)).await.unwrap();
    (own, store)
}

/// Runs the hourly check. Returns whether there is a new time stamp, or why not.
async fn look(own: &Ledger, store: &Store, authority: &Authority, now: i64) -> Result<bool, String> {
    let looked = own.time_stamp(store, authority, &Rng::system(), Timestamp(now)).await;
    looked.map_err(|error| error.to_string())
}

async fn stamps(store: &Store) -> Vec<StampedHead> {
    store.read(|tx| tx.stamped_heads_after("", "", 1_000)).await.unwrap()
}

/// Writes the files for an auditor. Returns their names.
async fn write_out(store: &Store, others: &[u8], folder: &Path) -> Vec<String> {
    let to = folder.to_owned();
    let trusted = trusting(others);
    let operator = LedgerAdmin { store, trusted: &trusted };
    let written = operator.timestamps(move |pair| {
        fs::write(to.join(format!("{}.checkpoint", pair.name)), pair.checkpoint)?;
        fs::write(to.join(format!("{}.tsr", pair.name)), pair.reply)
    });
    let written = written.await.unwrap();
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), usize::try_from(written).unwrap() * 2);
    names
}

/// Verifies the files with OpenSSL only, as an auditor can.
fn accepts(tsa: &Tsa, folder: &Path, name: &str) -> bool {
    let authority = tsa.path().join("ca.crt");
    let said =
        openssl(folder, &format!("ts -verify -data {name}.checkpoint -in {name}.tsr -CAfile {}", authority.display()));
    let out = String::from_utf8(said.stdout).unwrap();
    assert_eq!(out.contains("Verification: OK"), said.status.success(), "{out}");
    said.status.success()
}

#[tokio::test]
async fn a_new_head_is_stamped_once_a_day_and_openssl_accepts_it() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    let authority = tsa.authority(LONG);
    for database in databases(&folder) {
        let (own, store) = written(&database).await;
        let before = tsa.asked();
        assert_eq!(look(&own, &store, &authority, BEGIN).await, Ok(true), "{database}");
        let first = LedgerAdmin { store: &store, trusted: own.trusted_keys() }.checkpoint(&own).await.unwrap().unwrap();
        for hour in 1..12 {
            store.append(draft(BEGIN + hour)).await.unwrap();
            assert_eq!(look(&own, &store, &authority, BEGIN + hour * HOUR).await, Ok(false));
        }
        assert_eq!(look(&own, &store, &authority, BEGIN + DAY).await, Ok(true));
        for days in 2..5 {
            assert_eq!(look(&own, &store, &authority, BEGIN + days * DAY).await, Ok(false), "it is the same head");
        }
        assert_eq!(tsa.asked() - before, 2);

        let out = tempfile::tempdir().unwrap();
        let names = ["2026-11-22.checkpoint", "2026-11-22.tsr", "2026-11-23.checkpoint", "2026-11-23.tsr"];
        assert_eq!(write_out(&store, &[], out.path()).await, names);
        assert_eq!(fs::read_to_string(out.path().join(names[0])).unwrap(), first, "as the command prints it");
        for name in ["2026-11-22", "2026-11-23"] {
            assert!(accepts(&tsa, out.path(), name), "{name}");
            let file = out.path().join(format!("{name}.checkpoint"));
            let checkpoint = Checkpoint::parse(&fs::read_to_string(&file).unwrap(), own.trusted_keys()).unwrap();
            let operator = LedgerAdmin { store: &store, trusted: own.trusted_keys() };
            assert!(operator.verify(Some(checkpoint)).await.unwrap().is_ok());
            fs::File::options().append(true).open(&file).unwrap().write_all(b" ").unwrap();
            assert!(!accepts(&tsa, out.path(), name), "it is of that checkpoint alone");
        }
        let sound = found_by(&store, trusting(&[])).await.unwrap().unwrap();
        assert_eq!((sound.records, sound.timestamps), (12, 2));
        assert_eq!(sound.to_string(), "12 records in 1 chain, as they were written; 2 time stamps of earlier heads");
    }
}

#[tokio::test]
async fn nothing_is_stamped_before_there_is_a_record() {
    let (tsa, fixture) = (Tsa::start(), LedgerFixture::new().await);
    assert_eq!(look(&fixture.ledger, &fixture.store, &tsa.authority(LONG), BEGIN).await, Ok(false));
    assert_eq!(tsa.asked(), 0);
}

#[tokio::test]
async fn a_clock_that_jumps_makes_no_flood() {
    let (tsa, fixture) = (Tsa::start(), LedgerFixture::new().await);
    let authority = tsa.authority(LONG);
    // The server runs for hours, while its clock jumps between two days and values outside the
    // calendar.
    let days = [BEGIN, BEGIN + 4_000 * DAY, BEGIN - 4_000 * DAY, i64::MAX, i64::MIN];
    for open_read_only in 0..40 {
        fixture.store.append(draft(BEGIN)).await.unwrap();
        let now = days[open_read_only % days.len()].saturating_add(i64::try_from(open_read_only).unwrap() * 60);
        look(&fixture.ledger, &fixture.store, &authority, now).await.unwrap();
    }
    // All times outside the calendar count as one day.
    assert_eq!((tsa.asked(), stamps(&fixture.store).await.len()), (4, 4));
    assert!(fixture.verify().await.is_ok());
}

#[tokio::test]
async fn a_server_that_starts_again_and_again_asks_once_an_hour() {
    let (tsa, folder) = (Tsa::start(), tempfile::tempdir().unwrap());
    tsa.set(Behaviour::Fails);
    for database in databases(&folder) {
        let (_, store) = written(&database).await;
        drop(store);
        let before = tsa.asked();
        for minute in 0..20 {
            let own = ledger(1);
            let store = own.open(&database, Rng::system()).unwrap().with_test_timeout();
            let looked = look(&own, &store, &tsa.authority(LONG), BEGIN + minute * 60).await;
            assert_eq!(looked.is_err(), minute == 0, "{minute}: {looked:?}");
        }
        assert_eq!(tsa.asked() - before, 1);
    }
}

#[tokio::test]
async fn of_several_servers_with_one_key_one_asks_and_those_with_keys_of_their_own_ask_for_their_own() {
    let (tsa, database) = (Tsa::start(), cluster::shared().database());
    let authority = tsa.authority(LONG);
    let (own, store) = written(&database).await;
    let servers: Vec<_> = (0..4).map(|_| own.open(&database, Rng::system()).unwrap().with_test_timeout()).collect();
    let looking = servers.into_iter().map(|store| {
        let (own, authority) = (own.clone(), authority.clone());
        async move { look(&own, &store, &authority, BEGIN).await.unwrap() }
    });
    assert_eq!(super::all(looking).await.into_iter().filter(|is_new| *is_new).count(), 1);
    assert_eq!(tsa.asked(), 1);

    let other = ledger(2);
    let theirs = other.open(&database, Rng::system()).unwrap().with_test_timeout();
    theirs.append(draft(BEGIN)).await.unwrap();
    assert_eq!(look(&other, &theirs, &authority, BEGIN).await, Ok(true));
    assert_eq!(found_by(&store, trusting(&[2])).await.unwrap().unwrap().timestamps, 2);
    let out = tempfile::tempdir().unwrap();
    let names = write_out(&store, &[2], out.path()).await;
    for server in [1, 2] {
        let name = format!("2026-11-22-{}", key(server).chain());
        assert!(names.contains(&format!("{name}.tsr")) && accepts(&tsa, out.path(), &name), "{names:?}");
    }
}

#[tokio::test]
async fn a_backup_holds_them_and_they_are_put_back() {
    let (tsa, fixture) = (Tsa::start(), LedgerFixture::new().await);
    fixture.store.append(draft(BEGIN)).await.unwrap();
    look(&fixture.ledger, &fixture.store, &tsa.authority(LONG), BEGIN).await.unwrap();
    let before = stamps(&fixture.store).await;
    let (copy, elsewhere) = (fixture.folder.path().join("copy"), fixture.folder.path().join("elsewhere.sqlite"));
    back_up(&fixture.file(), &copy, |_| Ok(())).unwrap();
    restore(&copy, &elsewhere, |_| Ok(())).unwrap();
    let store = Store::open_file(&elsewhere).unwrap();
    assert_eq!((before.len(), stamps(&store).await), (1, before));
    assert_eq!(found_by(&store, trusting(&[])).await.unwrap().unwrap().timestamps, 1);
}

#[tokio::test]
async fn the_way_to_an_authority_is_encrypted_where_its_address_says_so() {
    let (tsa, other, fixture) = (Tsa::start_with_tls(), Tsa::start(), LedgerFixture::new().await);
    fixture.store.append(draft(BEGIN)).await.unwrap();
    let strangers = fs::read(other.path().join("ca.crt")).unwrap();
    let strangers = rustls::pki_types::pem::PemObject::from_pem_slice(&strangers)
        .map(|certificate: rustls::pki_types::CertificateDer<'_>| certificate.to_vec());
    let mistrusting = Authority::parse(&tsa.url()).unwrap().with(LONG, Some(vec![strangers.unwrap()]));
    let said = look(&fixture.ledger, &fixture.store, &mistrusting, BEGIN).await.unwrap_err();
    assert!(said.contains("UnknownIssuer") || said.contains("BadSignature"), "{said}");
    assert_eq!(tsa.asked(), 0);
    assert_eq!(look(&fixture.ledger, &fixture.store, &tsa.authority(LONG), BEGIN + HOUR).await, Ok(true));
    assert_eq!(tsa.asked(), 1);
}
