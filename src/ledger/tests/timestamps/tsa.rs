//! A real time-stamping authority for tests: `openssl ts` behind an HTTP listener, in a temporary
//! folder.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::ledger::timestamps::Authority;

/// The configuration of OpenSSL. One section does not accept SHA-256, so the authority rejects the
/// request.
const SETTINGS: &str = "[req]\ndistinguished_name=name\n[name]\n[ca]\nbasicConstraints=critical,CA:TRUE\n\
    [tsa]\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=critical,timeStamping\n\
    [server]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n\
    [stamps]\nserial=serial\nsigner_cert=tsa.crt\ncerts=ca.crt\nsigner_key=tsa.key\nsigner_digest=sha256\n\
    default_policy=1.2.3.4.1\ndigests=sha256\nclock_precision_digits=3\ntsa_name=yes\nordering=yes\n\
    accuracy=secs:1\ness_cert_id_alg=sha256\n\
    [refuses]\nserial=serial\nsigner_cert=tsa.crt\nsigner_key=tsa.key\nsigner_digest=sha256\n\
    default_policy=1.2.3.4.1\ndigests=sha512\n";

/// The behaviour of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Stamps,
    /// Rejects the request with a `PKIStatusInfo`.
    Refuses,
    /// Rejects the request with an HTTP status.
    Fails,
    /// Reads the request and never responds.
    IsSilent,
    /// Responds with bytes that are not a time stamp.
    Babbles,
    /// Responds with HTML.
    Greets,
    /// Responds with a hundred kilobytes.
    Floods,
    /// Stamps another hash, with the requested nonce.
    StampsAnother,
    /// Repeats the previous response.
    Repeats,
}

/// An authority. Its listener ends with the tests.
pub(crate) struct Tsa {
    folder: Arc<TempDir>,
    address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    asked: watch::Sender<usize>,
    is_https: bool,
}

pub(crate) fn openssl(folder: &Path, words: &str) -> Output {
    let said = Command::new("openssl").args(words.split(' ')).current_dir(folder).env("LC_ALL", "C").output();
    said.unwrap_or_else(|error| panic!("openssl is missing, which these tests run on: {error}"))
}

fn make(folder: &Path, words: &str) {
    let made = openssl(folder, words);
    assert!(made.status.success(), "{words}: {}", String::from_utf8_lossy(&made.stderr));
}

impl Tsa {
    /// Starts an authority.
    pub(crate) fn start() -> Self {
        Self::listen(false)
    }

    /// Starts an authority with TLS.
    pub(crate) fn start_with_tls() -> Self {
        Self::listen(true)
    }

    fn listen(is_https: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("openssl.cnf"), SETTINGS).unwrap();
        fs::write(folder.path().join("serial"), "01\n").unwrap();
        let new = "req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
        make(folder.path(), &format!("{new} -extensions ca -subj /CN=ours -keyout ca.key -out ca.crt"));
        for name in ["tsa", "server"] {
            let signed = format!("-extensions {name} -subj /CN={name} -CA ca.crt -CAkey ca.key");
            make(folder.path(), &format!("{new} {signed} -keyout {name}.key -out {name}.crt"));
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tsa = Self {
            folder: Arc::new(folder),
            address: listener.local_addr().unwrap(),
            behaviour: Arc::new(Mutex::new(Behaviour::Stamps)),
            asked: watch::Sender::new(0),
            is_https,
        };
        let tls = is_https.then(|| tsa.tls());
        let (folder, behaviour, asked) = (Arc::clone(&tsa.folder), Arc::clone(&tsa.behaviour), tsa.asked.clone());
        std::thread::spawn(move || {
            let mut silent: Vec<Box<dyn Send>> = Vec::new();
            for line in listener.incoming().map_while(Result::ok) {
                let behaviour = *behaviour.lock().unwrap();
                match &tls {
                    None => serve(line, &folder, behaviour, &asked, &mut silent),
                    Some(tls) => {
                        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
                        serve(StreamOwned::new(connection, line), &folder, behaviour, &asked, &mut silent);
                    }
                }
            }
        });
        tsa
    }

    fn tls(&self) -> Arc<ServerConfig> {
        let certificate = CertificateDer::from_pem_file(self.path().join("server.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.path().join("server.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
    }

    /// The client, with this timeout for a silent authority, which trusts its certificate.
    pub(crate) fn authority(&self, patience: Duration) -> Authority {
        let root = CertificateDer::from_pem_file(self.path().join("ca.crt")).unwrap();
        Authority::parse(&self.url()).unwrap().with(patience, Some(vec![root.to_vec()]))
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}/tsr", if self.is_https { "https" } else { "http" }, self.address)
    }

    /// Sets the behaviour.
    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// The number of requests.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    /// Waits for that number of requests.
    pub(crate) async fn until_asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Handles one connection. A silent authority leaves it open.
fn serve<L: Read + Write + Send + 'static>(
    mut line: L,
    folder: &TempDir,
    behaviour: Behaviour,
    asked: &watch::Sender<usize>,
    silent: &mut Vec<Box<dyn Send>>,
) {
    let Some(question) = read(&mut line) else { return };
    asked.send_modify(|asked| *asked += 1);
    let folder = folder.path();
    fs::write(folder.join("question"), &question).unwrap();
    let stamp = |section: &str| {
        make(folder, &format!("ts -reply -config openssl.cnf -section {section} -queryfile question -out answer"));
        fs::read(folder.join("answer")).unwrap()
    };
    let kind = "application/timestamp-reply";
    let (status, kind, answer) = match behaviour {
        Behaviour::Stamps => (200, kind, stamp("stamps")),
        Behaviour::Refuses => (200, kind, stamp("refuses")),
        Behaviour::Fails => (503, kind, Vec::new()),
        Behaviour::IsSilent => return silent.push(Box::new(line)),
        Behaviour::Babbles => (200, kind, (0..=255).rev().cycle().take(3_000).collect()),
        Behaviour::Greets => (200, "text/html; charset=utf-8", b"<h1>It works!</h1>".to_vec()),
        Behaviour::Floods => (200, kind, vec![0x30; 100_000]),
        Behaviour::StampsAnother => {
            // The hash follows a header of two bytes.
            let at = question.windows(2).position(|two| two == [0x04, 0x20]).unwrap() + 2;
            let mut other = question.clone();
            other[at] ^= 1;
            fs::write(folder.join("question"), other).unwrap();
            (200, kind, stamp("stamps"))
        }
        Behaviour::Repeats => (200, kind, fs::read(folder.join("answer")).unwrap()),
    };
    let head = format!(
        "HTTP/1.1 {status} It\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    // A client that finds the response too long disconnects.
    let _ = line.write_all(head.as_bytes()).and_then(|()| line.write_all(&answer)).and_then(|()| line.flush());
}

/// The body of a request, if there is one and it is a question.
fn read(line: &mut impl Read) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        line.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /tsr http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/timestamp-query\r\n"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    line.read_exact(&mut body).ok()?;
    Some(body)
}
