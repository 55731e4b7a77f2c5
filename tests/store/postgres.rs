//! A PostgreSQL of our own for the length of the test run: Debian's binaries, a temporary folder, a
//! Unix socket, nobody else's data. A small shell holds it: when this process ends, in whatever way,
//! the shell reads the end of its input, stops the server and removes the folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

struct Server {
    bin: PathBuf,
    dir: PathBuf,
    user: Vec<String>,
    _holder: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The url of a new, empty database.
pub fn new_database() -> String {
    let server = SERVER.get_or_init(start);
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    sql(&format!("CREATE DATABASE {name} TEMPLATE template0"));
    format!("postgres://postgres@localhost/{name}?host={}", server.dir.display())
}

/// Runs a statement as the owner of the server, outside of any database under test.
pub fn sql(statement: &str) {
    let server = SERVER.get_or_init(start);
    let mut command = server.command("psql");
    command.args(["-h", &server.dir.to_string_lossy(), "-U", "postgres", "-d", "postgres", "-qAt", "-c", statement]);
    let output = command.output().expect("psql starts");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The name of the database in a url of [`new_database`].
pub fn database_name(url: &str) -> &str {
    url.rsplit_once('/').and_then(|_| url.split("localhost/").nth(1)).and_then(|rest| rest.split('?').next()).unwrap()
}

impl Server {
    fn command(&self, program: &str) -> Command {
        as_user(&self.user, &self.bin.join(program))
    }
}

fn as_user(user: &[String], program: &Path) -> Command {
    match user.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program).current_dir("/");
            command
        }
        None => Command::new(program),
    }
}

fn start() -> Server {
    let bin = find_bin();
    let dir = tempfile::Builder::new().prefix("cpg").tempdir_in("/tmp").expect("a temporary folder").keep();
    let user = unprivileged_user(&dir);
    let data = dir.join("data");
    let mut init = as_user(&user, &bin.join("initdb"));
    init.args(["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D"]).arg(&data);
    let output = init.output().expect("initdb starts");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));

    let run: Vec<String> = user.iter().cloned().chain([bin.join("postgres").display().to_string()]).collect();
    let script = format!(
        "{run} -D {data} -k {dir} -c listen_addresses= -c fsync=off -c max_connections=200 >{dir}/log 2>&1 & \
         read _; kill -INT $!; wait $!; rm -rf {dir}",
        run = run.join(" "),
        data = data.display(),
        dir = dir.display()
    );
    let holder = Command::new("sh")
        .args(["-c", &script])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let server = Server { bin, dir, user, _holder: holder };
    let begin = Instant::now();
    loop {
        let mut ready = server.command("pg_isready");
        ready.args(["-q", "-h", &server.dir.to_string_lossy()]);
        if ready.status().is_ok_and(|status| status.success()) {
            return server;
        }
        let log = server.dir.join("log");
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "PostgreSQL does not start: {}",
            std::fs::read_to_string(log).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn find_bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).collect();
    found.sort();
    found.pop().expect("PostgreSQL is not installed; on Debian: apt-get install postgresql")
}

/// PostgreSQL refuses to run as root: then it runs as somebody else, who gets the folder.
fn unprivileged_user(dir: &Path) -> Vec<String> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        return Vec::new();
    }
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let done = Command::new("chown").arg("nobody").arg(dir).status().is_ok_and(|status| status.success());
    assert!(done, "cannot give {} to nobody", dir.display());
    ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"].map(str::to_owned).to_vec()
}
