//! A desk phone made of linphone: Opus first, holds and hands calls over by keys of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use carillon::media::tone::share;
use serde_json::json;
use tempfile::TempDir;

use crate::baresip::write_tone;
use crate::ear::Ear;
use crate::journeys::on_duty;
use crate::line::{ended, event};
use crate::peers::{free_port, until};
use crate::server::Server;
use crate::sipp::{Ends, Signalling, customer_answers_with};

const SOON: Duration = Duration::from_secs(20);
const AGENT_HERTZ: f64 = 700.0;
const CALLER_HERTZ: f64 = 620.0;
/// Samples a second of the file in which it keeps what it hears, by what is spoken: its head says so only when it is
/// closed.
const G711: usize = 8_000;
const OPUS: usize = 48_000;
const GUEST_HERTZ: f64 = 1_100.0;

struct Linphone {
    process: Child,
    folder: TempDir,
}

impl Linphone {
    fn register(server: SocketAddr, user: &str, password: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at(".local/share/linphone")).expect("its home");
        let configuration = format!(
            "[sip]\nsip_port=-1\nsip_tcp_port=0\nsip_tls_port=0\n[rtp]\naudio_rtp_port={}\n[net]\nmtu=1300\n\
             [sound]\nechocancellation=0\nagc=0\n",
            free_port()
        );
        std::fs::write(at("rc"), configuration).expect("the configuration");
        write_tone(&at("voice.wav"), AGENT_HERTZ);
        let log = std::fs::File::create(at("log")).expect("the log");
        let process = Command::new("linphonec")
            .arg("-a")
            .arg("-c")
            .arg(at("rc"))
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stderr(log.try_clone().expect("the log"))
            .stdout(log)
            .spawn()
            .expect("linphonec is installed (package linphone-cli)");
        let mut phone = Self { process, folder };
        phone.says("soundcard use files");
        phone.says(&format!("play {}", phone.folder.path().join("voice.wav").display()));
        phone.says(&format!("record {}", phone.folder.path().join("heard.wav").display()));
        phone.says(&format!("register sip:{user}@{server} sip:{server} {password}"));
        phone
    }

    /// A line of its own language.
    fn says(&mut self, line: &str) {
        let stdin = self.process.stdin.as_mut().expect("it reads");
        writeln!(stdin, "{line}").expect("it reads");
    }

    /// How much of the last half second lies at `hertz`, 0 to 1.
    fn hears(&self, hertz: f64, rate: usize) -> f64 {
        let Ok(bytes) = std::fs::read(self.folder.path().join("heard.wav")) else { return 0.0 };
        let sound = bytes.get(44..).unwrap_or_default();
        let samples: Vec<i64> =
            sound.chunks_exact(2).map(|pair| i64::from(i16::from_le_bytes([pair[0], pair[1]]))).collect();
        let last = &samples[samples.len().saturating_sub(rate / 2)..];
        let step = rate / 8_000;
        let narrow: Vec<i16> =
            last.chunks_exact(step).map(|chunk| (chunk.iter().sum::<i64>() / step as i64) as i16).collect();
        share(&narrow, hertz)
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_linphone_talks_holds_and_hands_over_to_a_number_outside() {
    let port = free_port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk)]);
    let account = server.ready.phone.clone();
    let mut phone = Linphone::register(server.sip(), &account.user, &account.password);
    on_duty(&server);
    let (caller, guest) = (Ear::open(), Ear::open());
    caller.speak(CALLER_HERTZ);
    guest.speak(GUEST_HERTZ);
    let (number, ends) = (&server.ready.numbers.queue, Ends::After(Duration::from_secs(25)));
    let mut call = Signalling { from: "13800138001", number, media: caller.port, ends }.dial(server.sip());
    until("the caller hears the agent", || caller.share(AGENT_HERTZ) > 0.8);
    until("the agent hears the caller", || phone.hears(CALLER_HERTZ, G711) > 0.8);
    phone.says("pause 1");
    until("on hold the caller hears the agent no more", || caller.share(AGENT_HERTZ) < 0.1);
    phone.says("resume 1");
    until("each hears the other again", || caller.share(AGENT_HERTZ) > 0.8 && phone.hears(CALLER_HERTZ, G711) > 0.8);
    let mut outside = customer_answers_with(guest.port, port, "\\+8613800138003", "\\+862155500100");
    phone.says(&format!("transfer 1 sip:13800138003@{}", server.sip()));
    until("the caller hears the guest", || caller.share(GUEST_HERTZ) > 0.8);
    until("the guest hears the caller", || guest.share(CALLER_HERTZ) > 0.8);
    assert!(call.ended_well(SOON * 2) && outside.ended_well(SOON), "the caller hangs up, and the guest is let go");
    let row = ended(&server, "+8613800138001");
    assert_eq!((&row["outcome"], &row["ended_by"]), (&json!("handled"), &json!("customer")), "{row}");
    assert!(event(&server, &row, "call.transferred").is_some(), "{row}");
}

#[test]
fn a_linphone_hears_itself_in_opus() {
    let server = Server::demo();
    let account = server.ready.phone.clone();
    let mut phone = Linphone::register(server.sip(), &account.user, &account.password);
    on_duty(&server);
    let echo = "4200";
    phone.says(&format!("call sip:{echo}@{}", server.sip()));
    until("it hears itself", || phone.hears(AGENT_HERTZ, OPUS) > 0.8);
    phone.says("terminate");
    server.wait(SOON, "the call is over", |server| server.interactions().iter().any(|row| row["called"] == echo));
}

#[test]
fn a_linphone_calls_a_customer() {
    let port = free_port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk)]);
    let account = server.ready.phone.clone();
    let mut phone = Linphone::register(server.sip(), &account.user, &account.password);
    on_duty(&server);
    let customer = Ear::open();
    customer.speak(CALLER_HERTZ);
    let mut outside = customer_answers_with(customer.port, port, "\\+8613800138003", "\\+862155500100");
    phone.says(&format!("call sip:13800138003@{}", server.sip()));
    until("the customer hears the agent", || customer.share(AGENT_HERTZ) > 0.8);
    until("the agent hears the customer", || phone.hears(CALLER_HERTZ, OPUS) > 0.8);
    phone.says("terminate");
    assert!(outside.ended_well(SOON), "the customer is let go");
    let row = ended(&server, "+8613800138003");
    assert_eq!((&row["direction"], &row["outcome"]), (&json!("outbound"), &json!("handled")), "{row}");
}
