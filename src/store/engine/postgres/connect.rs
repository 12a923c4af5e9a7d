//! Connects to the first of several servers that takes writes, and configures the session.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use tokio::{net::lookup_host, time::timeout};
use tokio_postgres::{
    Client, Connection, NoTls, SimpleQueryMessage, SimpleQueryRow, Socket,
    config::{Host, SslMode},
    tls::TlsStream,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::store::{
    StoreError,
    error::{map_connect_error, message},
    server_address::{Address, Server},
};

/// The timeout for resolving a name, and for connecting to one of its addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The oldest supported version, as `server_version_num`.
const MIN_SERVER_VERSION: u32 = 130_000;

/// The message for an unsupported mode of a connection pooler.
const POOLER: &str = "a connection pooler hands each transaction to another session of PostgreSQL: set PgBouncer's pool_mode = session, or connect to PostgreSQL itself";

/// A connection, and the process id of its backend.
#[derive(Debug)]
pub(in crate::store) struct PgClient {
    pub(in crate::store) client: ClientWrapper,
    backend: String,
}

/// The settings of a session.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ConnectionUse {
    pub timeout: Duration,
    pub read_only: bool,
}

/// Connects to the servers of an address.
#[derive(Clone)]
pub(in crate::store) struct Connector(Arc<Inner>);

struct Inner {
    address: Address,
    tls: Option<MakeRustlsConnect>,
    /// The server that answered last, which is tried first.
    last: Mutex<Option<ServerAddress>>,
}

/// The index of a server, and the IP address it was reached at; `None` for a Unix socket.
type ServerAddress = (usize, Option<IpAddr>);

impl Connector {
    /// Loads the certificates for TLS.
    pub(in crate::store) fn new(address: &Address) -> Result<Self, StoreError> {
        let tls = tls::connector(address)?;
        Ok(Self(Arc::new(Inner { address: address.clone(), tls, last: Mutex::default() })))
    }

    /// Opens a session with the first server that takes writes, starting with the one that last
    /// did. Each IP address has its own timeout, so that one that does not answer does not hide the
    /// others.
    pub(in crate::store) async fn connect(&self, purpose: ConnectionUse) -> Result<PgClient, StoreError> {
        let servers = &self.0.address.0.servers;
        let last = *self.last();
        let first = last.map_or(0, |(index, _)| index);
        let mut failures = Vec::new();
        let mut is_any_unreachable = false;
        for index in (0..servers.len()).map(|index| (first + index) % servers.len()) {
            let server = &servers[index];
            let tried = match resolve(server).await {
                Ok(mut ips) => {
                    ips.sort_by_key(|ip| last != Some((index, *ip)));
                    self.try_each(index, &ips, purpose).await
                }
                Err(sentence) => Err(StoreError::Unreachable(sentence)),
            };
            match tried {
                Err(StoreError::Unreachable(sentence)) if servers.len() > 1 => {
                    failures.push(format!("{server}: {sentence}"));
                    is_any_unreachable = true;
                }
                Err(StoreError::Rejected(sentence)) if servers.len() > 1 => {
                    failures.push(format!("{server}: {sentence}"));
                }
                tried => return tried,
            }
        }
        let failures = failures.join("; ");
        Err(if is_any_unreachable { StoreError::Unreachable(failures) } else { StoreError::Rejected(failures) })
    }

    /// Opens a session with one server at the first of its addresses that works.
    async fn try_each(
        &self,
        index: usize,
        ips: &[Option<IpAddr>],
        purpose: ConnectionUse,
    ) -> Result<PgClient, StoreError> {
        let mut failure = StoreError::Unreachable("its name has no address".to_owned());
        for ip in ips {
            let attempt = timeout(CONNECT_TIMEOUT, self.attempt(&self.0.address.0.servers[index], *ip, purpose)).await;
            match attempt.unwrap_or_else(|_| Err(StoreError::Unreachable("it does not answer".into()))) {
                Ok(link) => {
                    *self.last() = Some((index, *ip));
                    return Ok(link);
                }
                Err(error @ (StoreError::Unreachable(_) | StoreError::Rejected(_))) => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    async fn attempt(
        &self,
        server: &Server,
        ip: Option<IpAddr>,
        purpose: ConnectionUse,
    ) -> Result<PgClient, StoreError> {
        let mut config = self.0.address.0.config.clone();
        let config = match (&server.host, ip) {
            #[cfg(unix)]
            (Host::Unix(folder), _) => config.host_path(folder).ssl_mode(SslMode::Disable),
            (Host::Tcp(name), Some(ip)) => config.host(name).hostaddr(ip),
            (Host::Tcp(name), None) => config.host(name),
        };
        config.port(server.port);
        let client = match &self.0.tls {
            Some(tls) if config.get_ssl_mode() != SslMode::Disable => {
                spawn_connection(config.connect(tls.clone()).await)
            }
            _ => spawn_connection(config.connect(NoTls).await),
        };
        configure(client.map_err(|error| map_connect_error(&error))?, purpose).await
    }

    /// Fails if a setting does not hold in the next transaction, or another backend runs that
    /// transaction: then a connection pooler is in between.
    pub(in crate::store) async fn check_for_pooler(
        &self,
        link: &PgClient,
        purpose: ConnectionUse,
    ) -> Result<(), StoreError> {
        let asked = "SELECT pg_backend_pid(), setting FROM pg_settings WHERE name = 'statement_timeout'";
        let row = ask(&link.client, asked).await?;
        if text(&row, 0) != link.backend || text(&row, 1) != purpose.timeout.as_millis().to_string() {
            return Err(StoreError::Unsuitable(POOLER.into()));
        }
        // Without a pooler, two sessions never share a backend. If the server has no room for a
        // second one, each writing transaction still checks its backend.
        if let Ok(second) = self.connect(purpose).await {
            let again = ask(&second.client, "SELECT pg_backend_pid()").await?;
            if second.backend == link.backend || text(&again, 0) != second.backend {
                return Err(StoreError::Unsuitable(POOLER.into()));
            }
            drop(second);
            // Disconnects before another caller waits for a free connection.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn last(&self) -> impl std::ops::DerefMut<Target = Option<ServerAddress>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.address.fmt(f)
    }
}

impl PgClient {
    /// Fails if another backend answered than the one that the session began with.
    pub(in crate::store) fn check_backend(
        &self,
        answer: &[SimpleQueryMessage],
        column: usize,
    ) -> Result<(), StoreError> {
        let found = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(column),
            _ => None,
        });
        if found == Some(&self.backend) { Ok(()) } else { Err(StoreError::Unsuitable(POOLER.into())) }
    }
}

/// Resolves the addresses of a server.
async fn resolve(server: &Server) -> Result<Vec<Option<IpAddr>>, String> {
    let name = match (&server.host, server.ip) {
        (_, Some(ip)) => return Ok(vec![Some(ip)]),
        #[cfg(unix)]
        (Host::Unix(_), None) => return Ok(vec![None]),
        (Host::Tcp(name), None) => name,
    };
    let found = timeout(CONNECT_TIMEOUT, lookup_host((name.as_str(), server.port))).await;
    let found = found.map_err(|_| "its name is not looked up in time".to_owned())?;
    let mut ips: Vec<_> = found.map_err(|error| error.to_string())?.map(|address| Some(address.ip())).collect();
    ips.dedup();
    Ok(ips)
}

/// Spawns the task that drives the connection.
fn spawn_connection<T>(
    connected: Result<(Client, Connection<Socket, T>), tokio_postgres::Error>,
) -> Result<ClientWrapper, tokio_postgres::Error>
where
    T: TlsStream + Unpin + Send + 'static,
{
    let (client, connection) = connected?;
    let line = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = message(&error), "database connection lost");
        }
    });
    Ok(ClientWrapper::new(client, line))
}

/// Configures the session. Fails if the server does not store safely what it acknowledges, takes no
/// writes, or is not supported. Startup parameters would not do: poolers reject them.
async fn configure(client: ClientWrapper, purpose: ConnectionUse) -> Result<PgClient, StoreError> {
    let timeout = purpose.timeout.as_millis();
    let reads = if purpose.read_only { "SET default_transaction_read_only = on" } else { "" };
    let asked = format!(
        "SELECT pg_backend_pid(), current_setting('server_version_num'), pg_is_in_recovery(),
                current_setting('transaction_read_only'), current_setting('server_encoding'),
                current_setting('fsync'), current_setting('synchronous_commit');
         SET statement_timeout = {timeout};
         SET idle_in_transaction_session_timeout = {};
         {reads}",
        timeout * 2
    );
    let row = ask(&client, &asked).await.map_err(|error| match error {
        StoreError::Server(error) => map_connect_error(&error),
        error => error,
    })?;
    check(&row)?;
    let backend = text(&row, 0).to_owned();
    Ok(PgClient { client, backend })
}

/// Runs a query. Returns its only row.
async fn ask(client: &ClientWrapper, sql: &str) -> Result<SimpleQueryRow, StoreError> {
    let answer = client.simple_query(sql).await?;
    let row = answer.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.ok_or_else(|| StoreError::Unreachable("it answers nothing".into()))
}

fn text(row: &SimpleQueryRow, column: usize) -> &str {
    row.get(column).unwrap_or_default()
}

fn check(row: &SimpleQueryRow) -> Result<(), StoreError> {
    let unsuitable = |sentence: String| Err(StoreError::Unsuitable(sentence));
    let version = text(row, 1).parse().unwrap_or(0);
    if version < MIN_SERVER_VERSION {
        return unsuitable(format!(
            "PostgreSQL {} is too old: version 13 is the oldest that Harmony runs on",
            version / 10_000
        ));
    }
    // Another server of the URL may take writes.
    if text(row, 2) == "t" {
        return Err(StoreError::Unreachable("it is a standby, which takes no writes".into()));
    }
    if text(row, 3) == "on" {
        return Err(StoreError::Rejected("it takes no writes: default_transaction_read_only is on".into()));
    }
    let (encoding, fsync, commit) = (text(row, 4), text(row, 5), text(row, 6));
    if encoding != "UTF8" {
        return unsuitable(format!("the database's encoding is {encoding}: create it with ENCODING 'UTF8'"));
    }
    if fsync != "on" {
        return unsuitable(
            "fsync is off on the PostgreSQL server, so what it acknowledges can be lost: turn it on".into(),
        );
    }
    if commit == "off" {
        return unsuitable("synchronous_commit is off, so what PostgreSQL acknowledges can be lost: turn it on".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

    use std::{
        net::{Ipv4Addr, TcpListener},
        time::Instant,
    };

    use super::{super::PgReaders, *};
    use crate::store::{Database, tests::cluster::Cluster};

    fn connector(url: &str) -> Connector {
        match Database::parse(url).unwrap() {
            Database::Server(address) => Connector::new(&address).unwrap(),
            Database::File(_) => unreachable!(),
        }
    }

    const WRITING: ConnectionUse = ConnectionUse { timeout: Duration::from_secs(1), read_only: false };

    #[tokio::test]
    async fn an_address_that_is_silent_hides_neither_another_one_of_its_name_nor_another_server() {
        let cluster = Cluster::start_with_port(&[], |_| ());
        let port = cluster.port();
        // These listeners accept connections and never answer.
        let silent = [2, 3].map(|last| TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), port)).unwrap());
        let place = |last| Some(IpAddr::from([127, 0, 0, last]));
        let connector = connector(&format!("postgres://harmony@127.0.0.3:{port},localhost:{port}/postgres"));
        let began = Instant::now();
        let link = connector.try_each(1, &[place(2), place(1)], WRITING).await.unwrap();
        let took = began.elapsed();
        assert!(took >= CONNECT_TIMEOUT && took < CONNECT_TIMEOUT * 2, "{took:?}");
        drop(link);
        let began = Instant::now();
        connector.connect(WRITING).await.unwrap();
        assert!(began.elapsed() < CONNECT_TIMEOUT, "it begins with the server that answered last");
        *connector.last() = None;
        // A request times out, and a later one gets the connection.
        let readers = PgReaders::new(&connector).unwrap();
        let mut left = 0;
        while timeout(CONNECT_TIMEOUT * 3 / 4, readers.acquire()).await.is_err() {
            left += 1;
        }
        assert!(left > 0 && left < 3, "{left}");
        drop(silent);
    }

    #[tokio::test]
    async fn each_of_several_servers_that_do_not_do_is_named() {
        let said = connector("postgres:///x?user=a&host=%2Fnowhere,localhost&port=1");
        let said = said.connect(WRITING).await.unwrap_err().to_string();
        assert!(said.contains("reached: /nowhere: ") && said.contains("; localhost: "), "{said}");
    }
}
