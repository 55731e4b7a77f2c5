//! A caller made of SIPp: dials, speaks a tone, presses keys, and hangs up or waits for the other side.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::pcap;

pub struct Caller<'a> {
    pub from: &'a str,
    pub number: &'a str,
    pub hertz: f64,
    /// After the answer.
    pub keys: &'a [(Duration, char)],
    pub ends: Ends,
}

/// A caller whose audio is elsewhere: see [`crate::ear::Ear`].
pub struct Signalling<'a> {
    pub from: &'a str,
    pub number: &'a str,
    pub media: u16,
    pub ends: Ends,
}

#[derive(Clone, Copy)]
pub enum Ends {
    /// The caller hangs up so long after the answer.
    After(Duration),
    /// The other side hangs up.
    ByPeer,
    /// The other side offers new media once, which is agreed to, and hangs up.
    AfterOffer,
}

/// A call in progress; killed when dropped.
pub struct Call {
    process: Child,
    _folder: TempDir,
}

impl Signalling<'_> {
    pub fn dial(&self, server: SocketAddr) -> Call {
        let caller = Caller { from: self.from, number: self.number, hertz: 0.0, keys: &[], ends: self.ends };
        let text = caller.scenario(Path::new("")).replace("[auto_media_port]", &self.media.to_string());
        let text = text.replace("<nop><action><exec play_pcap_audio=\"\"/></action></nop>", "");
        run(&text, &[&server.to_string(), "-s", self.number])
    }
}

/// The phones of customers outside, at the end of a trunk: answer the first call that comes to `number` from
/// `from`, and wait for its end.
pub fn customer_answers(port: u16, number: &str, from: &str) -> Call {
    let text = CUSTOMER.replace("@ANSWERS@", ANSWERS).replace("@NUMBER@", number).replace("@FROM@", from);
    run(&text, &["-p", &port.to_string()])
}

/// The same, with the audio elsewhere: see [`crate::ear::Ear`].
pub fn customer_answers_with(media: u16, port: u16, number: &str, from: &str) -> Call {
    let text = CUSTOMER.replace("@ANSWERS@", ANSWERS).replace("@NUMBER@", number).replace("@FROM@", from);
    run(&text.replace("[auto_media_port]", &media.to_string()), &["-p", &port.to_string()])
}

/// The far end of a trunk that answers nobody before the digest is right: SIPp checks it. It talks until the
/// other side hangs up.
pub fn carrier_asks(port: u16, user: &str, password: &str, realm: &str) -> Call {
    let text = CARRIER
        .replace("@ANSWERS@", ANSWERS)
        .replace("@USER@", user)
        .replace("@PASSWORD@", password)
        .replace("@REALM@", realm);
    run(&text, &["-p", &port.to_string()])
}

/// A caller who requires `100rel`, wants a session timer and refreshes it by UPDATE, and hangs up.
pub fn requires_and_refreshes(server: SocketAddr, number: &str, from: &str) -> Call {
    run(
        &REQUIRES.replace("@BYE@", BYE).replace("2 BYE", "4 BYE").replace("@FROM@", from),
        &[&server.to_string(), "-s", number],
    )
}

/// A phone that wants the lamp of this box, and sees it off, on after a message, and off when that was heard.
pub fn watches(server: SocketAddr, (user, password): (&str, &str), mailbox: &str) -> Call {
    let text = WATCHES.replace("@TAKEN@", TAKEN).replace("@USER@", user).replace("@PASSWORD@", password);
    run(&text, &[&server.to_string(), "-s", mailbox, "-auth_uri", &format!("{mailbox}@{server}")])
}

/// A trunk that sends every call to this URI instead.
pub fn sends_on(port: u16, contact: &str) -> Call {
    run(&SENDS_ON.replace("@CONTACT@", contact), &["-p", &port.to_string()])
}

/// The far end of a trunk that answers the offer in a reliable 183, and says no more of it in its 200.
pub fn speaks_early(port: u16) -> Call {
    run(SPEAKS_EARLY, &["-p", &port.to_string()])
}

fn run(scenario: &str, arguments: &[&str]) -> Call {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenario.xml");
    std::fs::write(&file, scenario).expect("the scenario");
    let process = Command::new("sipp")
        .args(arguments)
        .args(["-sf".as_ref(), file.as_os_str()])
        .args(["-m", "1", "-i", "127.0.0.1", "-timeout", "120", "-nostdin", "-trace_err"])
        .args(["-mp", &free_port_range().to_string()])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp is installed (package sip-tester)");
    Call { process, _folder: folder }
}

impl Caller<'_> {
    pub fn dial(&self, server: SocketAddr) -> Call {
        let folder = tempfile::tempdir().expect("a folder");
        let sound = folder.path().join("voice.pcap");
        pcap::write(&sound, self.hertz, Duration::from_secs(60), self.keys);
        let scenario = folder.path().join("caller.xml");
        std::fs::write(&scenario, self.scenario(&sound)).expect("the scenario");
        let process = Command::new("sipp")
            .arg(server.to_string())
            .args(["-sf".as_ref(), scenario.as_os_str()])
            .args(["-s", self.number, "-m", "1", "-i", "127.0.0.1", "-timeout", "120", "-nostdin", "-trace_err"])
            .args(["-mp", &free_port_range().to_string()])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is installed (package sip-tester)");
        Call { process, _folder: folder }
    }

    fn scenario(&self, sound: &Path) -> String {
        let end = match self.ends {
            Ends::After(span) => format!("<pause milliseconds=\"{}\"/>{BYE}", span.as_millis()),
            Ends::AfterOffer => format!("<recv request=\"INVITE\"/>{AGREED}<recv request=\"ACK\"/><recv request=\"BYE\"/>"),
            Ends::ByPeer => "<recv request=\"BYE\"/><send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>".to_owned(),
        };
        let scenario = TEMPLATE.replace("@END@", &end);
        scenario.replace("@FROM@", self.from).replace("@SOUND@", &sound.to_string_lossy())
    }
}

impl Call {
    /// Waits for the end; `true` when the whole scenario went as written.
    pub fn ended_well(&mut self, limit: Duration) -> bool {
        let until = std::time::Instant::now() + limit;
        while std::time::Instant::now() < until {
            if let Some(status) = self.process.try_wait().expect("sipp can be waited for") {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Each caller has ports of its own; SIPp itself looks for free ones from there on.
fn free_port_range() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = NEXT.fetch_add(8, Ordering::Relaxed) % 4_000;
    10_000 + (std::process::id() % 7) as u16 * 500 + offset
}

const BYE: &str = "<send retrans=\"500\"><![CDATA[

BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send><recv response=\"200\"/>";

const AGREED: &str = "<send retrans=\"500\"><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 2 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>";

const TEMPLATE: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[

INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20

]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[

ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<nop><action><exec play_pcap_audio="@SOUND@"/></action></nop>
@END@
</scenario>
"#;

/// From 180 to the end of the call.
const ANSWERS: &str = r#"<send><![CDATA[

SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<pause milliseconds="500"/>
<send retrans="500"><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=customer 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15

]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"#;

const CUSTOMER: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="customer">
<recv request="INVITE" rrs="true"><action>
<ereg regexp="INVITE sip:@NUMBER@@" search_in="msg" check_it="true" assign_to="1"/>
<ereg regexp="sip:@FROM@@" search_in="hdr" header="From:" check_it="true" assign_to="2"/>
</action></recv>
@ANSWERS@
<Reference variables="1,2"/>
</scenario>
"#;

const TAKEN: &str = r#"<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"#;

const WATCHES: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="watches">
<send retrans="500"><![CDATA[

SUBSCRIBE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@USER@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 SUBSCRIBE
Contact: <sip:@USER@@[local_ip]:[local_port]>
Max-Forwards: 70
User-Agent: baresip v2.9 (as SIPp, it knows MD5 only)
Event: message-summary
Accept: application/simple-message-summary
Expires: 600
Content-Length: 0

]]></send>
<recv response="401" auth="true"/>
<send retrans="500"><![CDATA[

SUBSCRIBE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@USER@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 2 SUBSCRIBE
Contact: <sip:@USER@@[local_ip]:[local_port]>
[authentication username=@USER@ password=@PASSWORD@]
Max-Forwards: 70
User-Agent: baresip v2.9 (as SIPp, it knows MD5 only)
Event: message-summary
Accept: application/simple-message-summary
Expires: 600
Content-Length: 0

]]></send>
<recv response="200"/>
<recv request="NOTIFY"><action>
<ereg regexp="active;expires=" search_in="hdr" header="Subscription-State:" check_it="true" assign_to="1"/>
<ereg regexp="Messages-Waiting: no" search_in="msg" check_it="true" assign_to="2"/>
</action></recv>
@TAKEN@
<recv request="NOTIFY"><action>
<ereg regexp="Messages-Waiting: yes" search_in="msg" check_it="true" assign_to="3"/>
<ereg regexp="Voice-Message: 1/0" search_in="msg" check_it="true" assign_to="4"/>
</action></recv>
@TAKEN@
<recv request="NOTIFY"><action>
<ereg regexp="Messages-Waiting: no" search_in="msg" check_it="true" assign_to="5"/>
<ereg regexp="Voice-Message: 0/1" search_in="msg" check_it="true" assign_to="6"/>
</action></recv>
@TAKEN@
<Reference variables="1,2,3,4,5,6"/>
</scenario>
"#;

const REQUIRES: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="requires">
<send retrans="500"><![CDATA[

INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK
Require: 100rel
Supported: timer
Session-Expires: 120;refresher=uac
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>
<recv response="100" optional="true"/>
<recv response="180" rrs="true"><action>
<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="1"/>
<ereg regexp="100rel" search_in="hdr" header="Require:" check_it="true" assign_to="2"/>
</action></recv>
<send retrans="500"><![CDATA[

PRACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 PRACK
RAck: [$1] 1 INVITE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
<recv response="200" rrs="true"><action>
<ereg regexp="120;refresher=uac" search_in="hdr" header="Session-Expires:" check_it="true" assign_to="3"/>
</action></recv>
<send><![CDATA[

ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause milliseconds="1000"/>
<send retrans="500"><![CDATA[

UPDATE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@FROM@@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 3 UPDATE
Contact: <sip:caller@[local_ip]:[local_port]>
Supported: timer
Session-Expires: 120;refresher=uac
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"><action>
<ereg regexp="120;refresher=uac" search_in="hdr" header="Session-Expires:" check_it="true" assign_to="4"/>
</action></recv>
@BYE@
<Reference variables="2,3,4"/>
</scenario>
"#;

const SENDS_ON: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="sends on">
<recv request="INVITE"/>
<send retrans="500"><![CDATA[

SIP/2.0 302 Moved Temporarily
[last_Via:]
[last_From:]
[last_To:];tag=[pid]m[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <@CONTACT@>
Content-Length: 0

]]></send>
<recv request="ACK"/>
</scenario>
"#;

const SPEAKS_EARLY: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="speaks early">
<recv request="INVITE" rrs="true"><action>
<ereg regexp="SIP/2.0/UDP.*" search_in="hdr" header="Via:" check_it="true" assign_to="1"/>
<ereg regexp="[0-9]+ INVITE" search_in="hdr" header="CSeq:" check_it="true" assign_to="2"/>
</action></recv>
<send retrans="500"><![CDATA[

SIP/2.0 183 Session Progress
[last_Via:]
[last_From:]
[last_To:];tag=[pid]e[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Require: 100rel
RSeq: 41
Content-Type: application/sdp
Content-Length: [len]

v=0
o=gateway 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>
<recv request="PRACK"><action>
<ereg regexp="41 [0-9]+ INVITE" search_in="hdr" header="RAck:" check_it="true" assign_to="3"/>
</action></recv>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<pause milliseconds="500"/>
<send retrans="500"><![CDATA[

SIP/2.0 200 OK
Via: [$1]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: [$2]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<Reference variables="3"/>
</scenario>
"#;

const CARRIER: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="carrier">
<recv request="INVITE"/>
<send><![CDATA[

SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm="@REALM@", nonce="47ebe028cda119c35d4877b383027d28", algorithm=MD5, qop="auth"
Content-Length: 0

]]></send>
<recv request="ACK"/>
<recv request="INVITE" rrs="true"><action>
<verifyauth assign_to="proven" username="@USER@" password="@PASSWORD@"/>
<ereg regexp="2 INVITE" search_in="hdr" header="CSeq:" check_it="true" assign_to="1"/>
</action></recv>
<nop hide="true" test="proven" next="right"/>
<send><![CDATA[

SIP/2.0 403 Forbidden
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK" next="wrong"/>
<label id="right"/>
@ANSWERS@
<label id="wrong"/>
<Reference variables="1"/>
</scenario>
"#;
