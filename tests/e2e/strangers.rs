//! What strangers may cost the server: its memory while they guess passwords.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::server::Server;

/// Resident memory in MiB: now, or the highest since [`forget_peak`].
fn memory(pid: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let value = status.lines().find_map(|known| known.strip_prefix(line)).expect("a line");
    value.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_024
}

fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the kernel lets us");
}

/// One after the other as fast as they go, of one source each; every second one does not wait for its answer.
fn sign_ins(server: &Server, count: usize) {
    let ask = |n: usize| {
        let body = format!(r#"{{"user":"nobody{n}","password":"wrong"}}"#);
        let mut stream = TcpStream::connect(server.http()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
        let request = format!(
            "POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("it takes the request");
        stream
    };
    let held: Vec<_> = (0..count).map(ask).enumerate().filter(|(n, _)| n % 2 == 0).map(|(_, stream)| stream).collect();
    for mut stream in held {
        let mut answer = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "401" | "429" | "503"), "{answer}");
        assert!(status == "401" || answer.contains("retry-after: "), "{answer}");
    }
}

#[test]
fn many_sign_ins_at_once_cost_little_memory_and_give_it_back() {
    let server = Server::demo();
    let pid = server.pid();
    let (calm, _) = (memory(pid, "VmRSS"), forget_peak(pid));
    for _ in 0..3 {
        sign_ins(&server, 60);
    }
    let peak = memory(pid, "VmHWM");
    assert!(peak <= calm + 64, "{calm} MiB before, {peak} MiB meanwhile");
    let until = Instant::now() + Duration::from_secs(20);
    while memory(pid, "VmRSS") > calm + 12 {
        assert!(Instant::now() < until, "{calm} MiB before, {} MiB for good", memory(pid, "VmRSS"));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Everything below a folder, and itself.
fn all_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let inside = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let below = inside.flat_map(|path| if path.is_dir() { all_below(&path) } else { vec![path] });
    std::iter::once(folder.to_owned()).chain(below).collect()
}

#[test]
fn nobody_else_reads_the_data_also_what_was_open_before() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |found| found.permissions().mode()) & 0o777;
    let open_to_others =
        |data: &std::path::Path| all_below(data).into_iter().filter(|path| mode(path) & 0o077 != 0).collect::<Vec<_>>();
    let mut server = Server::demo();
    let data = server.data.clone();
    assert_eq!(open_to_others(&data), Vec::<std::path::PathBuf>::new());
    server.kill();
    std::fs::create_dir_all(data.join("recordings/2020")).expect("a folder");
    std::fs::write(data.join("recordings/2020/old.wav"), b"RIFF").expect("a file");
    for path in all_below(&data) {
        let rights = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(rights)).expect("ours");
    }
    let _again = Server::start(&data);
    assert_eq!(open_to_others(&data), Vec::<std::path::PathBuf>::new());
}
