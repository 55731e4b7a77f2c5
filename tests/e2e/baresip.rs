//! A desk phone made of baresip: registers with digest, answers by itself, speaks a tone.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use carillon::media::tone::Tone;

use tempfile::TempDir;

pub struct DeskPhone {
    process: Child,
    _folder: TempDir,
}

#[derive(Clone, Copy)]
pub enum Answers {
    AtOnce,
    Never,
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
        let folder = tempfile::tempdir().expect("a folder");
        let mode = match answers {
            Answers::AtOnce => "auto",
            Answers::Never => "manual",
        };
        let account = format!(
            "<sip:{user}@{server};transport={transport}>;auth_user={user};auth_pass={password};answermode={mode};\
             regint=60;audio_codecs=PCMU,PCMA\n"
        );
        let voice = folder.path().join("voice.wav");
        write_tone(&voice, f64::from(hertz));
        let config = format!(
            "sip_listen\t127.0.0.1:0\nsip_verify_server\tno\ncall_max_calls\t2\naudio_source\taufile,{voice}\n\
             audio_alert\taufile,/dev/null\nausrc_srate\t8000\nauplay_srate\t8000\n\
             ausrc_channels\t1\nauplay_channels\t1\nrtp_ports\t14000-15999\n\
             module_path\t/usr/lib/baresip/modules\nmodule\tg711.so\nmodule\taufile.so\n\
             module_tmp\tuuid.so\nmodule_tmp\taccount.so\nmodule_app\tmenu.so\n",
            voice = voice.display(),
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
        Self { process, _folder: folder }
    }
}

/// A minute of it: longer than any call here.
fn write_tone(path: &Path, hertz: f64) {
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
