//! `carillon certificate`: a self-signed certificate for the local network, where no authority gives one. Browsers take
//! microphones only to encrypted pages.

use std::io::Write as _;
use std::path::Path;

use clap::Args;
use jiff::civil::Date;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

use crate::config::Settings;
use crate::server::command::CliError;
use crate::store::private;

/// Some systems trust no certificate that lives longer.
const DAYS: i64 = 825;

#[derive(Args, Debug)]
pub struct CertificateArgs {
    /// Names and addresses by which browsers reach this machine
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
}

pub fn certificate(args: &CertificateArgs, settings: &Settings) -> Result<(), CliError> {
    let folder = settings.folders.data.join("tls");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let there = [&certificate, &key].into_iter().find(|file| file.exists());
    if let Some(file) = there {
        return Err(CliError::Mistakes(format!("{} is there already: remove it for another one", file.display())));
    }
    let today = jiff::Zoned::now().date();
    let (made, own_key) = self_signed(&args.names, today).map_err(|error| CliError::Mistakes(error.to_string()))?;
    private::make_folder(&folder).map_err(|error| anyhow::anyhow!("{}: {error}", folder.display()))?;
    write(&key, &own_key)?;
    write(&certificate, &made)?;
    println!(
        "made for {} days. In carillon.toml:\n\n[http]\ntls = \"0.0.0.0:8443\"\ntls_certificate = \"{}\"\ntls_key = \"{}\"\n\n\
         Then start the server again. Every browser warns of it once.",
        DAYS,
        certificate.display(),
        key.display()
    );
    Ok(())
}

/// Certificate and key, as PEM.
fn self_signed(names: &[String], today: Date) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    let day = |date: Date| {
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    let until = today.checked_add(jiff::Span::new().days(DAYS)).unwrap_or(Date::MAX);
    (params.not_before, params.not_after) = (day(today.yesterday().unwrap_or(today)), day(until));
    if let Some(name) = names.first() {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let file = private::options().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Tls, TlsFiles};

    #[test]
    fn a_certificate_that_was_made_is_one_that_the_server_takes() {
        let folder = tempfile::tempdir().unwrap();
        let layers = crate::config::Layers {
            flags: vec![("folders.data".to_owned(), folder.path().display().to_string())],
            ..Default::default()
        };
        let settings = crate::config::load(&layers).unwrap();
        let args = CertificateArgs { names: vec!["center.lan".to_owned(), "192.168.1.7".to_owned()] };
        certificate(&args, &settings).unwrap();
        let [own, key] = ["certificate.pem", "key.pem"].map(|name| Some(folder.path().join("tls").join(name)));
        Tls::load(TlsFiles { certificate: own, key, ..TlsFiles::default() }).unwrap();
        let told = certificate(&args, &settings).unwrap_err().to_string();
        assert!(told.contains("is there already"), "{told}");
    }
}
