//! A desk phone made of baresip: registers with digest, answers by itself, speaks a tone, keeps what it hears.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use carillon::media::tone::Tone;

use tempfile::TempDir;

pub struct DeskPhone {
    process: Child,
    folder: TempDir,
}

#[derive(Clone, Copy)]
pub enum Answers {
    AtOnce,
    Never,
}

/// How the sound is encrypted; but for one a call without is refused.
#[derive(Clone, Copy)]
pub enum Sound {
    Clear,
    /// Keys in the descriptions (RFC 4568).
    Keys,
    /// The same where the other side offers them (RFC 8643), else in clear.
    KeysIfOffered,
    /// By a handshake (RFC 5763).
    Handshake,
}

impl DeskPhone {
    /// `transport`: `udp` or `tcp`.
    pub fn register(
        server: SocketAddr,
        user: &str,
        password: &str,
        transport: &str,
        hertz: u32,
        answers: Answers,
    ) -> Self {
        Self::start(server, (user, password), (transport, None), hertz, (answers, Sound::Clear))
    }

    /// Answers at once, over UDP.
    pub fn register_with(server: SocketAddr, account: (&str, &str), sound: Sound, hertz: u32) -> Self {
        Self::start(server, account, ("udp", None), hertz, (Answers::AtOnce, sound))
    }

    /// The same, all its signalling by way of this proxy.
    pub fn register_by(proxy: SocketAddr, server: SocketAddr, account: (&str, &str), hertz: u32) -> Self {
        Self::start(server, account, ("udp", Some(proxy)), hertz, (Answers::AtOnce, Sound::Clear))
    }

    fn start(
        server: SocketAddr,
        (user, password): (&str, &str),
        (transport, proxy): (&str, Option<SocketAddr>),
        hertz: u32,
        (answers, sound): (Answers, Sound),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = match answers {
            Answers::AtOnce => "auto",
            Answers::Never => "manual",
        };
        let (encryption, module) = match sound {
            Sound::Clear => ("", ""),
            Sound::Keys => (";mediaenc=srtp-mand", "module\tsrtp.so\n"),
            Sound::KeysIfOffered => (";mediaenc=srtp", "module\tsrtp.so\n"),
            Sound::Handshake => (";mediaenc=dtls_srtp;rtcp_mux=yes", "module\tdtls_srtp.so\n"),
        };
        let by = proxy.map_or_else(String::new, |proxy| format!(";outbound=\"sip:{proxy}\""));
        let account = format!(
            "<sip:{user}@{server};transport={transport}>{by};auth_user={user};auth_pass={password};answermode={mode};\
             regint=60;audio_codecs=PCMU,PCMA{encryption}\n"
        );
        let voice = folder.path().join("voice.wav");
        write_tone(&voice, f64::from(hertz));
        let config = format!(
            "sip_listen\t127.0.0.1:0\nsip_verify_server\tno\ncall_max_calls\t2\naudio_source\taufile,{voice}\n\
             audio_alert\taufile,/dev/null\nausrc_srate\t8000\nauplay_srate\t8000\n\
             ausrc_channels\t1\nauplay_channels\t1\nrtp_ports\t14000-15999\n\
             module_path\t/usr/lib/baresip/modules\nmodule\tg711.so\nmodule\taufile.so\n{module}\
             module\tsndfile.so\nsnd_path\t{folder}\nmodule_tmp\tuuid.so\nmodule_tmp\taccount.so\nmodule_app\tmenu.so\n",
            voice = voice.display(),
            folder = folder.path().display(),
        );
        std::fs::write(folder.path().join("accounts"), account).expect("the account");
        std::fs::write(folder.path().join("config"), config).expect("the configuration");
        std::fs::write(folder.path().join("contacts"), "").expect("the contacts");
        let log = std::fs::File::create(folder.path().join("log")).expect("the log");
        let process = Command::new("baresip")
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("the log"))
            .stdout(log)
            .spawn()
            .expect("baresip is installed");
        Self { process, folder }
    }

    /// What it has heard so far, of all its calls one after another.
    pub fn heard(&self) -> Vec<i16> {
        let files = std::fs::read_dir(self.folder.path()).expect("its folder").flatten();
        let mut dumps: Vec<_> = files.map(|file| file.path()).filter(|path| is_heard(path)).collect();
        dumps.sort();
        // Not closed while the call lasts: the samples are what follows the header.
        let bytes = dumps.iter().map(|path| std::fs::read(path).expect("its sound"));
        let samples = bytes.map(|bytes| bytes.get(44..).map(<[u8]>::to_vec).unwrap_or_default());
        samples
            .flat_map(|bytes| {
                bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// `dump-…-dec.wav`, of its module `sndfile`.
fn is_heard(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-dec.wav"))
}

/// A minute of it: longer than any call here.
pub fn write_tone(path: &Path, hertz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("the voice");
    for sample in Tone::new(hertz, 0.4).take(8_000 * 60) {
        writer.write_sample(sample).expect("a sample");
    }
    writer.finalize().expect("the voice");
}

impl Drop for DeskPhone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
