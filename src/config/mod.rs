//! The server's own settings: addresses, folders, limits. Not the center (queues, agents, trunks,
//! numbers): that lives in the store and comes in by `carillon apply`.
//!
//! Layers, each over the one before: defaults, the file (`config/carillon.toml`), the environment
//! (`CARILLON__SIP__UDP`), flags. [`keys::KEYS`] is the one table of keys; the file in `config/` and the
//! reference in `docs/` are compared with it by a test. A key nobody knows is an error that names
//! the nearest one, and all mistakes are told at once, with file and line.
//!
//! A secret may be given as `<key>_file` in any layer: the first line of that file is the value.

mod keys;
mod layers;
mod mistake;
mod settings;

use std::path::Path;

pub use keys::{KEYS, Key, Kind};
pub use mistake::{Mistake, Mistakes, Source};
pub use settings::{
    Doubt, Folders, Ice, Journal, Limits, Log, LogFormat, Mail, MailSecurity, Media, Paper, Settings, Sip, TlsFiles,
};

use layers::Values;

/// What the layers are read from.
#[derive(Default)]
pub struct Layers<'a> {
    /// The settings file; `None`: defaults only.
    pub file: Option<&'a Path>,
    /// The environment as name and value; names that do not start with `CARILLON__` are ignored.
    pub environment: Vec<(String, String)>,
    /// `key=value` as given on the command line.
    pub flags: Vec<(String, String)>,
}

/// Reads all layers and resolves them; on failure every mistake is in the answer.
pub fn load(layers: &Layers<'_>) -> Result<Settings, Mistakes> {
    let mut mistakes = Vec::new();
    let mut values = Values::defaults();
    if let Some(path) = layers.file {
        values.add_file(path, &mut mistakes);
    }
    values.add_environment(&layers.environment, &mut mistakes);
    values.add_flags(&layers.flags, &mut mistakes);
    values.resolve_secret_files(&mut mistakes);
    let settings = Settings::resolve(&values, &mut mistakes);
    if mistakes.is_empty() { Ok(settings) } else { Err(Mistakes(mistakes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_server_needs_its_credentials_and_shows_no_password() {
        let turn = ("media.ice_urls", "stun:stun.example.com, turn:turn.example.com");
        let told = with_file("", &[], &[turn]).unwrap_err().to_string();
        assert!(told.contains("media.ice_user"), "{told}");
        let all = [turn, ("media.ice_user", "agents"), ("media.ice_password", "hush")];
        let settings = with_file("", &[], &all).unwrap();
        assert_eq!(settings.media.ice.urls, ["stun:stun.example.com", "turn:turn.example.com"]);
        assert!(!format!("{settings:?}").contains("hush"));
        assert!(with_file("", &[], &[("media.ice_urls", "turn.example.com")]).is_err());
    }

    #[test]
    fn mail_needs_a_sender_and_sends_no_password_in_clear() {
        let host = ("mail.host", "mail.example.com");
        let told = |flags: &[(&str, &str)]| with_file("", &[], flags).unwrap_err().to_string();
        assert!(told(&[host]).contains("needs a sender"));
        let from = ("mail.from", "Care <care@example.com>");
        let login = [("mail.user", "care"), ("mail.password", "hush"), ("mail.security", "none")];
        let clear = told(&[host, from, login[0], login[1], login[2]]);
        assert!(clear.contains("not sent in clear") && !clear.contains("hush"), "{clear}");
        let mail = with_file("", &[], &[host, from, login[0], login[1]]).unwrap().mail.unwrap();
        assert_eq!((mail.port, mail.security), (587, MailSecurity::StartTls));
        assert!(!format!("{mail:?}").contains("hush"));
        assert_eq!(with_file("", &[], &[]).unwrap().mail, None);
    }

    #[test]
    fn tls_needs_a_certificate_with_its_key() {
        for (flags, told) in [
            (&[("sip.tls", "127.0.0.1:5061")][..], "needs sip.tls_certificate and sip.tls_key"),
            (&[("sip.tls_certificate", "a.pem")], "go together"),
            (&[("http.tls", "127.0.0.1:8443")], "needs http.tls_certificate and http.tls_key"),
            (&[("http.tls_key", "a.key")], "go together"),
        ] {
            let mistakes = with_file("", &[], flags).unwrap_err().to_string();
            assert!(mistakes.contains(told), "{mistakes}");
        }
        let all = [("sip.tls", "127.0.0.1:5061"), ("sip.tls_certificate", "a.pem"), ("sip.tls_key", "a.key")];
        let sip = with_file("", &[], &all).unwrap().sip;
        assert_eq!((sip.tls.map(|at| at.port()), sip.tls_files.key), (Some(5061), Some("a.key".into())));
    }

    fn with_file(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, Mistakes> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carillon.toml");
        std::fs::write(&path, text).unwrap();
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        load(&Layers { file: Some(&path), environment: pairs(environment), flags: pairs(flags) })
    }

    #[test]
    fn pages_for_everybody_with_sound_for_nobody_are_doubted() {
        let open = ("http.listen", "0.0.0.0:8080");
        let proxied = ("http.trusted_proxies", "127.0.0.1");
        let files = [("http.tls_certificate", "a.pem"), ("http.tls_key", "a.key")];
        for (flags, doubted) in [
            (&[][..], false),
            (&[open], true),
            (&[("http.listen", "192.0.2.7:80")], true),
            (&[("http.listen", "[::]:8080"), ("media.rtc", "[::1]:0")], true),
            (&[("http.listen", "[::1]:8080")], false),
            (&[("http.listen", "127.0.0.2:8080")], false),
            (&[("http.tls", "192.0.2.7:443"), files[0], files[1]], true),
            (&[("http.tls", "127.0.0.1:443"), files[0], files[1]], false),
            (&[proxied], true),
            (&[open, ("media.rtc", "0.0.0.0:21900")], false),
            (&[open, ("media.rtc", "192.0.2.7:21900")], false),
            (&[proxied, ("media.rtc", "[::]:21900")], false),
            // Without browser phones there is no sound to be lost.
            (&[open, ("media.rtc", "")], false),
        ] {
            let doubts = with_file("", &[], flags).unwrap().doubts();
            assert_eq!(!doubts.is_empty(), doubted, "{flags:?}");
        }
        let told = |flags: &[(&str, &str)]| with_file("", &[], flags).unwrap().doubts()[0].to_string();
        let words = told(&[open]);
        assert!(
            words.contains("http.listen is 0.0.0.0:8080") && words.contains("Set media.rtc to 0.0.0.0:"),
            "{words}"
        );
        assert!(told(&[open, ("media.rtc", "[::1]:5")]).contains("Set media.rtc to [::]:5 "));
        assert!(told(&[proxied]).contains("http.trusted_proxies"));
    }

    #[test]
    fn later_layers_win() {
        let file = "[http]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"file\"\n[limits]\ncalls = 7\n";
        let settings = with_file(
            file,
            &[("CARILLON__LOG__LEVEL", "environment"), ("CARILLON__LIMITS__CALLS", "8"), ("HOME", "/root")],
            &[("limits.calls", "9")],
        )
        .unwrap();
        assert_eq!(settings.http.to_string(), "127.0.0.1:1");
        assert_eq!(settings.log.level, "environment");
        assert_eq!(settings.limits.calls, 9);
        assert_eq!(settings.log.format, LogFormat::Auto);
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let file = "[http]\nlitsen = \"127.0.0.1:1\"\n[limits]\ncalls = -1\n[log]\nformat = \"xml\"\n[spi]\nx = 1\n";
        let told = with_file(file, &[("CARILLON__SIP__UPD", "x")], &[("media.ports", "9-1")]).unwrap_err().to_string();
        for part in [
            "carillon.toml:2: unknown key `http.litsen`; did you mean `http.listen`?",
            "carillon.toml:4: `limits.calls`",
            "carillon.toml:6: `log.format`",
            "carillon.toml:7: unknown section `spi`; did you mean `sip`?",
            "CARILLON__SIP__UPD: unknown key `sip.upd`; did you mean `sip.udp`?",
            "flag: `media.ports`",
        ] {
            assert!(told.contains(part), "{part}\n--- in ---\n{told}");
        }
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let told = with_file("[http]\nlisten = \n", &[], &[]).unwrap_err().to_string();
        assert!(told.contains("carillon.toml:2:"), "{told}");
        let told = with_file("listen = \"x\"\n", &[], &[]).unwrap_err().to_string();
        assert!(told.contains("carillon.toml:1: unknown section `listen`"), "{told}");
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("url");
        std::fs::write(&secret, "postgres://carillon:pw@db/carillon\n").unwrap();
        let settings = load(&Layers {
            environment: vec![("CARILLON__STORE__URL_FILE".into(), secret.display().to_string())],
            ..Layers::default()
        })
        .unwrap();
        assert_eq!(settings.store_url.reveal(), "postgres://carillon:pw@db/carillon");
        assert!(!format!("{settings:?}").contains("pw@"));
        let missing = load(&Layers { flags: vec![("store.url_file".into(), "/nowhere".into())], ..Layers::default() });
        assert!(missing.unwrap_err().to_string().contains("/nowhere"));
    }

    #[test]
    fn the_shipped_file_shows_every_key_with_its_default() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/carillon.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let (mut section, mut shown) = (String::new(), Vec::new());
        for line in text.lines() {
            let line = line.strip_prefix("# ").unwrap_or(line);
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
                shown.push((format!("{section}.{key}"), value.trim().trim_matches('"').to_owned()));
            }
        }
        let known: Vec<_> = KEYS.iter().map(|key| (key.path.to_owned(), key.default.to_owned())).collect();
        assert_eq!(shown, known, "config/carillon.toml and the table of keys differ");
        assert_eq!(
            load(&Layers { file: Some(&path), ..Layers::default() }).unwrap(),
            load(&Layers::default()).unwrap(),
            "the shipped file changes a default"
        );
    }

    #[test]
    fn the_reference_lists_every_key_with_its_default() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/configuration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let row = |key: &Key| {
            let default = if key.default.is_empty() { "empty".to_owned() } else { format!("`{}`", key.default) };
            format!("| `{}` | {default} | {} | {} |", key.path, key.unit, key.about)
        };
        assert_eq!(rows, KEYS.iter().map(row).collect::<Vec<_>>());
    }
}
