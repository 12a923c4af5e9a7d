//! Unsuitable servers, and servers that share a database.

use super::{account, cluster, cluster::Cluster};
use crate::store::{Address, Database, LedgerBatch, Store, StoreError, Tx};

fn address(database: Database) -> Address {
    match database {
        Database::Server(address) => address,
        Database::File(file) => panic!("{}", file.display()),
    }
}

fn refusal(database: Database) -> String {
    Store::connect(&address(database), None).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_server_that_may_lose_acknowledged_commits_is_rejected() {
    let shared = cluster::shared();
    let database = shared.database();
    let name = database.to_string().rsplit('/').next().unwrap().to_owned();
    shared.run(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    assert_eq!(
        refusal(database.clone()),
        "synchronous_commit is off, so what PostgreSQL acknowledges can be lost: turn it on"
    );
    shared.run(&format!("ALTER DATABASE {name} SET synchronous_commit = local"));
    assert_eq!(refusal(database), "");
    let careless = Cluster::start(&["fsync=off"]);
    let said = refusal(careless.database());
    assert_eq!(said, "fsync is off on the PostgreSQL server, so what it acknowledges can be lost: turn it on");
}

#[test]
fn a_database_without_utf_8_is_rejected() {
    let database = cluster::shared().database_with("ENCODING 'LATIN1' TEMPLATE template0");
    assert_eq!(refusal(database), "the database's encoding is LATIN1: create it with ENCODING 'UTF8'");
}

#[tokio::test]
async fn ids_sort_by_bytes_with_any_collation() {
    let shared = cluster::shared();
    // Since version 15, a database can use an ICU collation on any system.
    let speaks = if shared.version() >= 15 { "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'" } else { "" };
    let store = Store::open(&shared.database_with(speaks)).unwrap();
    let add = |tx: &Tx<'_>| {
        for id in ["a", "B", "c", "_"] {
            let page = LedgerBatch {
                chain: "c".into(),
                first_id: id.into(),
                last_id: id.into(),
                records: String::new(),
                written_before: None,
            };
            tx.insert_batch(&page)?;
        }
        tx.batches_after("c", "A", 9)
    };
    let found: Vec<_> = store.write(add).await.unwrap().into_iter().map(|page| page.first_id).collect();
    assert_eq!(found, ["B", "_", "a", "c"]);
}

#[test]
fn the_error_about_a_missing_database_has_no_password() {
    let host = cluster::shared().host();
    let database = Database::parse(&format!("postgres://harmony:geheim@{host}/nowhere")).unwrap();
    let said = refusal(database);
    assert_eq!(said, "the database cannot be reached: database \"nowhere\" does not exist (3D000)");
    let nobody = Database::parse("postgres://harmony:geheim@%2Fnowhere/x").unwrap();
    let said = refusal(nobody);
    assert!(said.starts_with("the database cannot be reached") && !said.contains("geheim"), "{said}");
}

#[test]
fn a_database_of_a_newer_harmony_is_rejected() {
    let database = cluster::shared().database();
    let name = database.to_string().rsplit('/').next().unwrap().to_owned();
    drop(Store::open(&database).unwrap());
    drop(Store::open(&database).unwrap());
    cluster::shared().run_in(&name, "INSERT INTO schema_migrations VALUES (99, '0099_later', '')");
    let refused = Store::connect(&address(database), None);
    assert!(matches!(refused, Err(StoreError::Newer { found: 99, .. })), "{refused:?}");
}

#[test]
fn a_database_with_another_migration_hash_is_rejected() {
    let database = cluster::shared().database();
    let name = database.to_string().rsplit('/').next().unwrap().to_owned();
    drop(Store::open(&database).unwrap());
    drop(Store::open(&database).unwrap());
    cluster::shared().run_in(&name, "UPDATE schema_migrations SET checksum = 'another' WHERE version = 1");
    for refused in [Store::open(&database).map(drop), Store::open_read_only(&database).map(drop)] {
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with("migration 1 of the schema has another checksum"), "{said}");
    }
}

#[test]
fn a_database_opened_by_many_servers_at_once_is_migrated_once() {
    for _ in 0..3 {
        let database = cluster::shared().database();
        let opened = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(&database).map(drop))).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        for outcome in opened {
            assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn two_servers_on_one_database_see_each_others_writes() {
    let database = cluster::shared().database();
    let (one, two) =
        (Store::open(&database).unwrap().with_test_timeout(), Store::open(&database).unwrap().with_test_timeout());
    one.write(|tx| tx.add_account(&account("a"))).await.unwrap();
    assert!(two.read(|tx| tx.account("a")).await.unwrap().is_some());
    let writers: Vec<_> = (0..200)
        .map(|number| {
            let store = if number % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move {
                // Each job appends to the value of the previous one, on any server.
                let add = |tx: &Tx<'_>| {
                    let password = tx.account("a")?.unwrap().password_hash.unwrap();
                    tx.set_password_hash("a", Some(&format!("{password}.")))
                };
                store.write(add).await
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    let found = one.read(|tx| tx.account("a")).await.unwrap().unwrap();
    assert_eq!(found.password_hash.unwrap().matches('.').count(), 200);
}
