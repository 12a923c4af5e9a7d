//! Connecting: to the first of several servers that takes writes, with settings that hold for the whole session.

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
    error::{said, unreached},
    server_address::{Address, Server},
};

/// How long one address of one server may take to look up, to connect to and to get ready.
const LONGEST_CONNECT: Duration = Duration::from_secs(1);

/// The oldest PostgreSQL that is known to do, as it counts itself.
const OLDEST: u32 = 130_000;

/// Why a connection pool in front of the server cannot be used as it is.
const POOLER: &str = "a connection pooler hands each transaction to another session of PostgreSQL: set PgBouncer's pool_mode = session, or connect to PostgreSQL itself";

/// A connection, and the process of the server that answers it.
#[derive(Debug)]
pub(in crate::store) struct Link {
    pub(in crate::store) client: ClientWrapper,
    backend: String,
}

/// What a session is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ConnectionUse {
    /// How long a statement may take.
    pub longest: Duration,
    pub only_reads: bool,
}

/// Connects to the servers of an address.
#[derive(Clone)]
pub(in crate::store) struct Connector(Arc<Inner>);

struct Inner {
    address: Address,
    tls: Option<MakeRustlsConnect>,
    /// Who answered last, to be asked first.
    last: Mutex<Option<ServerAddress>>,
}

/// A server by its number, and the address it was found at. A Unix socket has none.
type ServerAddress = (usize, Option<IpAddr>);

impl Connector {
    /// Reads what is needed for TLS.
    pub(in crate::store) fn of(address: &Address) -> Result<Self, StoreError> {
        let tls = tls::connector(address)?;
        Ok(Self(Arc::new(Inner { address: address.clone(), tls, last: Mutex::default() })))
    }

    /// A session with the first server that takes writes, beginning with the one that did last. Each address has a limit of its
    /// own, so that one that is silent does not hide the others.
    pub(in crate::store) async fn connect(&self, purpose: ConnectionUse) -> Result<Link, StoreError> {
        let servers = &self.0.address.0.servers;
        let last = *self.last();
        let first = last.map_or(0, |(index, _)| index);
        let mut failures = Vec::new();
        let mut may_come = false;
        for index in (0..servers.len()).map(|index| (first + index) % servers.len()) {
            let server = &servers[index];
            let tried = match places(server).await {
                Ok(mut places) => {
                    places.sort_by_key(|ip| last != Some((index, *ip)));
                    self.try_each(index, &places, purpose).await
                }
                Err(sentence) => Err(StoreError::Unreachable(sentence)),
            };
            match tried {
                Err(StoreError::Unreachable(sentence)) if servers.len() > 1 => {
                    failures.push(format!("{server}: {sentence}"));
                    may_come = true;
                }
                Err(StoreError::TurnedAway(sentence)) if servers.len() > 1 => {
                    failures.push(format!("{server}: {sentence}"));
                }
                tried => return tried,
            }
        }
        let failures = failures.join("; ");
        Err(if may_come { StoreError::Unreachable(failures) } else { StoreError::TurnedAway(failures) })
    }

    /// A session with one server at the first of its addresses that does.
    async fn try_each(
        &self,
        index: usize,
        places: &[Option<IpAddr>],
        purpose: ConnectionUse,
    ) -> Result<Link, StoreError> {
        let mut failure = StoreError::Unreachable("its name has no address".to_owned());
        for ip in places {
            let attempt = timeout(LONGEST_CONNECT, self.attempt(&self.0.address.0.servers[index], *ip, purpose)).await;
            match attempt.unwrap_or_else(|_| Err(StoreError::Unreachable("it does not answer".into()))) {
                Ok(link) => {
                    *self.last() = Some((index, *ip));
                    return Ok(link);
                }
                Err(error @ (StoreError::Unreachable(_) | StoreError::TurnedAway(_))) => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    async fn attempt(&self, server: &Server, ip: Option<IpAddr>, purpose: ConnectionUse) -> Result<Link, StoreError> {
        let mut config = self.0.address.0.config.clone();
        let config = match (&server.host, ip) {
            #[cfg(unix)]
            (Host::Unix(folder), _) => config.host_path(folder).ssl_mode(SslMode::Disable),
            (Host::Tcp(name), Some(ip)) => config.host(name).hostaddr(ip),
            (Host::Tcp(name), None) => config.host(name),
        };
        config.port(server.port);
        let client = match &self.0.tls {
            Some(tls) if config.get_ssl_mode() != SslMode::Disable => join(config.connect(tls.clone()).await),
            _ => join(config.connect(NoTls).await),
        };
        prepare(client.map_err(|error| unreached(&error))?, purpose).await
    }

    /// Fails if what is set for a session does not hold in its next transaction, or that meets another session: a pooler
    /// stands between.
    pub(in crate::store) async fn check_for_pooler(
        &self,
        link: &Link,
        purpose: ConnectionUse,
    ) -> Result<(), StoreError> {
        let asked = "SELECT pg_backend_pid(), setting FROM pg_settings WHERE name = 'statement_timeout'";
        let row = ask(&link.client, asked).await?;
        if text(&row, 0) != link.backend || text(&row, 1) != purpose.longest.as_millis().to_string() {
            return Err(StoreError::Unfit(POOLER.into()));
        }
        // Two sessions cannot have one process, and one cannot have two. Where there is no room for a second one,
        // every transaction that writes still looks after its process.
        if let Ok(second) = self.connect(purpose).await {
            let again = ask(&second.client, "SELECT pg_backend_pid()").await?;
            if second.backend == link.backend || text(&again, 0) != second.backend {
                return Err(StoreError::Unfit(POOLER.into()));
            }
            drop(second);
            // It is hung up before anybody else waits for a place.
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

impl Link {
    /// Fails if that is not the process that this session began with.
    pub(in crate::store) fn check_backend(
        &self,
        answer: &[SimpleQueryMessage],
        column: usize,
    ) -> Result<(), StoreError> {
        let found = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(column),
            _ => None,
        });
        if found == Some(&self.backend) { Ok(()) } else { Err(StoreError::Unfit(POOLER.into())) }
    }
}

/// The addresses of a server.
async fn places(server: &Server) -> Result<Vec<Option<IpAddr>>, String> {
    let name = match (&server.host, server.ip) {
        (_, Some(ip)) => return Ok(vec![Some(ip)]),
        #[cfg(unix)]
        (Host::Unix(_), None) => return Ok(vec![None]),
        (Host::Tcp(name), None) => name,
    };
    let found = timeout(LONGEST_CONNECT, lookup_host((name.as_str(), server.port))).await;
    let found = found.map_err(|_| "its name is not looked up in time".to_owned())?;
    let mut places: Vec<_> = found.map_err(|error| error.to_string())?.map(|address| Some(address.ip())).collect();
    places.dedup();
    Ok(places)
}

/// Lets a task carry the words of the connection.
fn join<T>(
    connected: Result<(Client, Connection<Socket, T>), tokio_postgres::Error>,
) -> Result<ClientWrapper, tokio_postgres::Error>
where
    T: TlsStream + Unpin + Send + 'static,
{
    let (client, connection) = connected?;
    let line = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = said(&error), "database connection lost");
        }
    });
    Ok(ClientWrapper::new(client, line))
}

/// Gives the session its settings, and fails if the server does not keep safely what it acknowledges, takes no writes, or is
/// not one that the statements are written for. The settings are no startup parameters: poolers take none.
async fn prepare(client: ClientWrapper, purpose: ConnectionUse) -> Result<Link, StoreError> {
    let longest = purpose.longest.as_millis();
    let reads = if purpose.only_reads { "SET default_transaction_read_only = on" } else { "" };
    let asked = format!(
        "SELECT pg_backend_pid(), current_setting('server_version_num'), pg_is_in_recovery(),
                current_setting('transaction_read_only'), current_setting('server_encoding'),
                current_setting('fsync'), current_setting('synchronous_commit');
         SET statement_timeout = {longest};
         SET idle_in_transaction_session_timeout = {};
         {reads}",
        longest * 2
    );
    let row = ask(&client, &asked).await.map_err(|error| match error {
        StoreError::Server(error) => unreached(&error),
        error => error,
    })?;
    check(&row)?;
    let backend = text(&row, 0).to_owned();
    Ok(Link { client, backend })
}

/// The one row that a statement finds.
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
    let unfit = |sentence: String| Err(StoreError::Unfit(sentence));
    let version = text(row, 1).parse().unwrap_or(0);
    if version < OLDEST {
        return unfit(format!(
            "PostgreSQL {} is too old: version 13 is the oldest that Harmony runs on",
            version / 10_000
        ));
    }
    // Another of the servers may take writes.
    if text(row, 2) == "t" {
        return Err(StoreError::Unreachable("it is a standby, which takes no writes".into()));
    }
    if text(row, 3) == "on" {
        return Err(StoreError::TurnedAway("it takes no writes: default_transaction_read_only is on".into()));
    }
    let (encoding, fsync, commit) = (text(row, 4), text(row, 5), text(row, 6));
    if encoding != "UTF8" {
        return unfit(format!("the database's encoding is {encoding}: create it with ENCODING 'UTF8'"));
    }
    if fsync != "on" {
        return unfit("fsync is off on the PostgreSQL server, so what it acknowledges can be lost: turn it on".into());
    }
    if commit == "off" {
        return unfit("synchronous_commit is off, so what PostgreSQL acknowledges can be lost: turn it on".into());
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
            Database::Server(address) => Connector::of(&address).unwrap(),
            Database::File(_) => unreachable!(),
        }
    }

    const WRITING: ConnectionUse = ConnectionUse { longest: Duration::from_secs(1), only_reads: false };

    #[tokio::test]
    async fn an_address_that_is_silent_hides_neither_another_one_of_its_name_nor_another_server() {
        let cluster = Cluster::start_with_port(&[], |_| ());
        let port = cluster.port();
        // They accept connections and say nothing.
        let silent = [2, 3].map(|last| TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), port)).unwrap());
        let place = |last| Some(IpAddr::from([127, 0, 0, last]));
        let connector = connector(&format!("postgres://harmony@127.0.0.3:{port},localhost:{port}/postgres"));
        let began = Instant::now();
        let link = connector.try_each(1, &[place(2), place(1)], WRITING).await.unwrap();
        let took = began.elapsed();
        assert!(took >= LONGEST_CONNECT && took < LONGEST_CONNECT * 2, "{took:?}");
        drop(link);
        let began = Instant::now();
        connector.connect(WRITING).await.unwrap();
        assert!(began.elapsed() < LONGEST_CONNECT, "it begins with the server that answered last");
        *connector.last() = None;
        // A request that does not wait for so long leaves, and a later one has the connection.
        let readers = PgReaders::of(&connector).unwrap();
        let mut left = 0;
        while timeout(LONGEST_CONNECT * 3 / 4, readers.take()).await.is_err() {
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
