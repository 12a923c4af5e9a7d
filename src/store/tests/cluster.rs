//! A real PostgreSQL server for tests, in a temporary folder, on a Unix socket, and on a TCP port
//! only if a test asks for one.
//!
//! A shell starts and stops the server, and reads commands from its standard input. When the tests
//! end for any reason, that input ends, and the shell stops the server.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::super::Database;

/// The message if PostgreSQL is not installed.
const MISSING: &str = "PostgreSQL is missing, which these tests run on: install the package `postgresql` (13 or newer), or put its initdb and postgres on PATH";

/// Starts the server, stops it at the end of the input, and removes the folder.
const KEEPER: &str = r#"
postgres=$1 data=$2 folder=$3
shift 3
"$postgres" -D "$data" "$@" &
server=$!
echo "$server" >"$folder/pid"
read -r word
kill -QUIT "$server"
wait "$server"
[ "$word" = keep ] || rm -rf "$folder"
"#;

/// A server.
pub(crate) struct Cluster {
    programs: PathBuf,
    user: Option<(u32, u32)>,
    settings: Vec<String>,
    port: u16,
    keeper: Mutex<Option<Child>>,
    databases: AtomicU32,
    folder: TempDir,
}

/// The server that is shared by tests that do not stop it.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&[]));
    &SHARED
}

impl Cluster {
    /// Starts a server for one test, with these settings.
    pub fn start(settings: &[&str]) -> Self {
        Self::make(settings, 5432, Self::init)
    }

    /// Starts a server with a port of 127.0.0.1. `prepare` completes its folder before the start.
    pub fn start_with_port(settings: &[&str], finish: impl FnOnce(&Self)) -> Self {
        // The system does not reuse the port for a while.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = [&["listen_addresses=127.0.0.1"], settings].concat();
        Self::make(&settings, port, |cluster| {
            cluster.init();
            finish(cluster);
        })
    }

    /// Starts a standby of another server.
    pub fn standby_of(primary: &Self) -> Self {
        Self::make(&[], primary.port, |cluster| {
            let mut copy = cluster.command(&cluster.programs.join("pg_basebackup"));
            copy.args(["-R", "-c", "fast", "--no-sync", "-U", "harmony", "-h"]).arg(primary.path());
            copy.arg("-p").arg(primary.port.to_string()).arg("-D").arg(cluster.data());
            let copied = copy.output().unwrap();
            assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        })
    }

    fn make(settings: &[&str], port: u16, fill: impl FnOnce(&Self)) -> Self {
        let folder = tempfile::Builder::new().prefix("harmony-pg").tempdir_in("/tmp").unwrap();
        let user = user();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let cluster = Self {
            programs: programs(),
            user,
            settings: settings.iter().map(ToString::to_string).collect(),
            port,
            keeper: Mutex::default(),
            databases: AtomicU32::new(0),
            folder,
        };
        fill(&cluster);
        cluster.start_again();
        cluster
    }

    fn init(&self) {
        let mut initdb = self.command(&self.programs.join("initdb"));
        initdb.args(["--locale=C", "--encoding=UTF8", "-A", "trust", "-U", "harmony", "--no-sync", "-D"]);
        let made = initdb.arg(self.data()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Starts the server again and waits until it accepts connections.
    pub fn start_again(&self) {
        let mut keeper = self.command(Path::new("/bin/sh"));
        keeper.args(["-c", KEEPER, "keeper"]).arg(self.programs.join("postgres")).arg(self.data()).arg(self.path());
        keeper.args(["-c", "listen_addresses=", "-c", "max_connections=300", "-k"]).arg(self.path());
        keeper.arg("-p").arg(self.port.to_string());
        keeper.args(self.settings.iter().flat_map(|setting| ["-c", setting.as_str()]));
        let log = fs::File::options().create(true).append(true).open(self.path().join("log")).unwrap();
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut keeper = keeper.spawn().unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        while !self.accepts() {
            let log = || fs::read_to_string(self.path().join("log")).unwrap_or_default();
            assert!(keeper.try_wait().unwrap().is_none() && Instant::now() < until, "no server: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        *self.keeper.lock().unwrap() = Some(keeper);
    }

    /// Stops the server immediately, as a crash would.
    pub fn stop(&self) {
        let keeper = self.keeper.lock().unwrap().take();
        if let Some(mut keeper) = keeper {
            writeln!(keeper.stdin.take().unwrap(), "keep").unwrap();
            keeper.wait().unwrap();
        }
    }

    /// Suspends all processes, so that the server accepts connections and never responds.
    pub fn hold(&self) {
        self.signal("-STOP", &[self.pid()]);
        self.signal("-STOP", &self.children());
    }

    /// Resumes the processes.
    pub fn go_on(&self) {
        self.signal("-CONT", &self.children());
        self.signal("-CONT", &[self.pid()]);
    }

    /// Creates a database.
    pub fn database(&self) -> Database {
        self.database_with("")
    }

    /// Creates a database with these options.
    pub fn database_with(&self, how: &str) -> Database {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE DATABASE {name} {how}"));
        self.named(&name)
    }

    pub fn named(&self, name: &str) -> Database {
        Database::parse(&format!("postgres:///{name}?user=harmony&port={}&host={}", self.port, self.host())).unwrap()
    }

    /// The folder of the socket, percent-encoded as the host of a URL.
    pub fn host(&self) -> String {
        self.path().display().to_string().replace('/', "%2F")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs a statement as the superuser.
    pub fn run(&self, sql: &str) {
        self.run_in("postgres", sql);
    }

    /// Runs a statement in a database.
    pub fn run_in(&self, database: &str, sql: &str) {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-U", "harmony", "-d", database, "-c", sql, "-h"]).arg(self.path());
        psql.arg("-p").arg(self.port.to_string());
        let said = psql.output().unwrap();
        assert!(said.status.success(), "{sql}: {}", String::from_utf8_lossy(&said.stderr));
    }

    pub fn version(&self) -> u32 {
        let said = Command::new(self.programs.join("postgres")).arg("--version").output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let number = said.split(|letter: char| !letter.is_ascii_digit()).find(|part| !part.is_empty());
        number.unwrap().parse().unwrap()
    }

    fn accepts(&self) -> bool {
        let mut asking = Command::new(self.programs.join("pg_isready"));
        asking.args(["-q", "-d", "postgres", "-U", "harmony", "-h"]).arg(self.path());
        asking.arg("-p").arg(self.port.to_string());
        asking.status().unwrap().success()
    }

    fn signal(&self, signal: &str, processes: &[u32]) {
        let mut kill = self.command(Path::new("/bin/sh"));
        kill.args(["-c", "kill \"$@\"", "kill", signal]).args(processes.iter().map(ToString::to_string));
        assert!(processes.is_empty() || kill.status().unwrap().success());
    }

    fn pid(&self) -> u32 {
        fs::read_to_string(self.path().join("pid")).unwrap().trim().parse().unwrap()
    }

    fn children(&self) -> Vec<u32> {
        let server = self.pid();
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        let is_child = |process: &u32| {
            let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            // State and parent follow the name, which may contain any character.
            status.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok()) == Some(server)
        };
        all.filter(is_child).collect()
    }

    /// Starts a program as the user of the server, in its folder.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).env("LC_ALL", "C");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of the programs of the newest PostgreSQL.
fn programs() -> PathBuf {
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let newest = debian.filter(|folder| folder.join("bin/initdb").is_file()).max_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    newest.map(|folder| folder.join("bin")).or_else(on_path).unwrap_or_else(|| panic!("{MISSING}"))
}

/// The user to run as, since PostgreSQL refuses to run as root.
fn user() -> Option<(u32, u32)> {
    // Files belong to the user of the process that creates them.
    if tempfile::tempfile().unwrap().metadata().unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let user = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[0] == name)?;
        Some((user[2].parse().ok()?, user[3].parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}
