//! TLS to a PostgreSQL server, and the verification of its certificate.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

use super::cluster::Cluster;
use crate::store::{Database, Store};

/// The extensions of the certificates.
const EXTENSIONS: &str = "[req]\ndistinguished_name=name\n[name]\n[ca]\nbasicConstraints=critical,CA:TRUE\n\
    [server]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:db.example\n";

/// `pg_hba.conf`: TCP needs TLS and a password.
const ACCESS: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

fn openssl(cluster: &Cluster, words: &str) {
    let mut openssl = cluster.command(Path::new("openssl"));
    let made = openssl.args(words.split(' ')).output();
    let made = made.unwrap_or_else(|error| panic!("openssl is missing, which these tests run on: {error}"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Creates a certificate authority, another one that signed nothing, and the certificate of the
/// server.
fn certify(cluster: &Cluster) {
    fs::write(cluster.path().join("openssl.cnf"), EXTENSIONS).unwrap();
    let new = "req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(cluster, &format!("{new} -extensions ca -subj /CN=ours -keyout ca.key -out ca.crt"));
    openssl(cluster, &format!("{new} -extensions ca -subj /CN=other -keyout other.key -out other.crt"));
    let signed = "-extensions server -subj /CN=db.example -CA ca.crt -CAkey ca.key";
    openssl(cluster, &format!("{new} {signed} -keyout data/server.key -out data/server.crt"));
    fs::write(cluster.data().join("pg_hba.conf"), ACCESS).unwrap();
}

/// The reason why a store does not open, or the TLS version of its session.
async fn tls(url: &str) -> String {
    let store = match Store::open(&Database::parse(url).unwrap()) {
        Ok(store) => store,
        Err(error) => return error.to_string(),
    };
    let asked = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    let found = store.read(|tx| tx.find(asked, &[], |row| row.get::<String>(0))).await;
    found.unwrap().unwrap_or_else(|| "none".into())
}

#[tokio::test]
async fn each_sslmode_verifies_what_its_name_says() {
    let cluster = Cluster::start_with_port(&["ssl=on"], certify);
    cluster.run("ALTER USER harmony PASSWORD 'geheim'");
    let port = cluster.port();
    let own = format!("postgres://harmony:geheim@127.0.0.1:{port}/postgres?");
    let named = format!("postgres://harmony:geheim@db.example:{port}/postgres?hostaddr=127.0.0.1&");
    let roots = |file: &str| format!("&sslrootcert={}%2F{file}", cluster.host());
    for (url, more, roots, found) in [
        (&own, "sslmode=disable", String::new(), "no encryption"),
        (&own, "", String::new(), "TLSv1.3"),
        (&own, "sslmode=prefer", String::new(), "TLSv1.3"),
        (&own, "sslmode=require", String::new(), "TLSv1.3"),
        (&own, "sslmode=require", roots("ca.crt"), "TLSv1.3"),
        (&own, "sslmode=require", roots("other.crt"), "invalid peer certificate: UnknownIssuer"),
        (&own, "sslmode=verify-ca", roots("ca.crt"), "TLSv1.3"),
        (&named, "sslmode=verify-ca", roots("other.crt"), "invalid peer certificate: UnknownIssuer"),
        (&own, "sslmode=verify-full", roots("ca.crt"), "certificate not valid for name \"127.0.0.1\""),
        (&named, "sslmode=verify-full", roots("ca.crt"), "TLSv1.3"),
        (&named, "sslmode=verify-full&channel_binding=require", roots("ca.crt"), "TLSv1.3"),
        (&named, "sslmode=verify-full", roots("other.crt"), "invalid peer certificate: UnknownIssuer"),
        (&named, "sslmode=verify-full", roots("data%2Fserver.crt"), "TLSv1.3"),
        (&own, "sslmode=verify-full", roots("data%2Fserver.crt"), "certificate not valid for name \"127.0.0.1\""),
        (&own, "sslmode=verify-ca", roots("nowhere.crt"), "sslrootcert: the file cannot be read"),
        (&own, "sslmode=verify-ca", roots("ca.key"), "sslrootcert: the file holds no certificate"),
    ] {
        let said = tls(&format!("{url}{more}{roots}")).await;
        assert!(said.contains(found) && !said.contains("geheim"), "{more}{roots}: {said}");
    }
    // The operating system trusts other authorities, or none.
    let said = tls(&format!("{named}sslmode=verify-full")).await;
    assert!(said.contains("UnknownIssuer") || said.contains("trusts no certificate authority"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_rejected_where_tls_is_required() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let refusing = std::thread::spawn(move || {
        let (mut line, _) = server.accept().unwrap();
        line.read_exact(&mut [0; 8]).unwrap();
        line.write_all(b"N").unwrap();
        // Harmony sends nothing more, in particular no password.
        assert_eq!(line.read(&mut [0; 8]).unwrap(), 0);
    });
    let said = tls(&format!("postgres://harmony:geheim@127.0.0.1:{port}/x?sslmode=require")).await;
    assert!(said.ends_with("error performing TLS handshake: server does not support TLS"), "{said}");
    refusing.join().unwrap();
}
