//! Mail over SMTP (RFC 5321), by lettre.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::base::Instant;
use crate::config::{Mail, MailSecurity};
use crate::crm::Message;
use crate::store::AlertLetter;

/// A server that says nothing for so long is away.
const PATIENCE: Duration = Duration::from_secs(30);
/// Characters of what a server says that are kept.
const WORDS_MAX: usize = 300;

/// What is handed over.
pub struct Outgoing<'a> {
    /// The same in every try, and in no other mail.
    name: String,
    to: &'a str,
    subject: &'a str,
    body: &'a str,
    at: Instant,
    /// As RFC 3834 §5 has it: whether a program wrote it.
    submitted: &'static str,
}

impl<'a> From<&'a Message> for Outgoing<'a> {
    fn from(message: &'a Message) -> Self {
        let Message { id, to, subject, body, at, .. } = message;
        Self { name: format!("{}.{id}", at.as_micros()), to, subject, body, at: *at, submitted: "no" }
    }
}

impl<'a> From<&'a AlertLetter> for Outgoing<'a> {
    fn from(alert: &'a AlertLetter) -> Self {
        let AlertLetter { id, letter, at, .. } = alert;
        let (name, submitted) = (format!("{}.alert.{id}", at.as_micros()), "auto-generated");
        Self { name, to: &letter.to, subject: &letter.subject, body: &letter.body, at: *at, submitted }
    }
}

/// Hands mails to the server that carries them on.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not taken.
pub struct NotSent {
    pub why: String,
    /// It will not be taken later either.
    pub for_good: bool,
}

impl NotSent {
    /// It will not be taken later either.
    pub fn for_good(why: impl ToString) -> Self {
        Self { why: why.to_string(), for_good: true }
    }
}

impl Mailer {
    /// Fails where the sender is no address, or the roots are no certificates.
    pub fn new(settings: &Mail) -> anyhow::Result<Self> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|error| anyhow::anyhow!("mail.from `{}` is no address: {error}", settings.from))?;
        let tls = match settings.security {
            MailSecurity::None => Tls::None,
            MailSecurity::StartTls => Tls::Required(parameters(settings)?),
            MailSecurity::Tls => Tls::Wrapper(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Once; the server has it when this is `Ok`.
    pub async fn send(&self, mail: Outgoing<'_>) -> Result<(), NotSent> {
        let (envelope, bytes) = self.written(&mail)?;
        match self.transport.send_raw(&envelope, &bytes).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let why: String = error.to_string().chars().take(WORDS_MAX).collect();
                Err(NotSent { why, for_good: error.is_permanent() })
            }
        }
    }

    /// As it goes over the wire. Its name is the same in every try.
    fn written(&self, outgoing: &Outgoing<'_>) -> Result<(Envelope, Vec<u8>), NotSent> {
        let to: Address = outgoing.to.parse().map_err(NotSent::for_good)?;
        let name = format!("<{}@{}>", outgoing.name, self.from.email.domain());
        let date = std::time::UNIX_EPOCH + Duration::from_micros(outgoing.at.as_micros());
        let submitted = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mail = MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(outgoing.subject)
            .message_id(Some(name))
            .date(date)
            .raw_header(HeaderValue::new(submitted, outgoing.submitted.to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(outgoing.body.to_owned())
            .map_err(NotSent::for_good)?;
        Ok((mail.envelope().clone(), mail.formatted()))
    }
}

fn parameters(settings: &Mail) -> anyhow::Result<TlsParameters> {
    let mut tls = TlsParameters::builder(settings.host.clone()).certificate_store(CertificateStore::None);
    if let Some(path) = &settings.roots {
        let pem = std::fs::read(path).map_err(|error| anyhow::anyhow!("mail.tls_roots {}: {error}", path.display()))?;
        let roots = Certificate::from_pem(&pem);
        tls = tls.add_root_certificate(
            roots.map_err(|error| anyhow::anyhow!("mail.tls_roots {}: {error}", path.display()))?,
        );
    }
    tls.build().map_err(|error| anyhow::anyhow!("mail: TLS: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CustomerId, Redacted};
    use crate::crm::{MessageChannel, MessageState};

    fn settings() -> Mail {
        Mail {
            host: "mail.example.com".into(),
            port: 587,
            security: MailSecurity::None,
            roots: None,
            login: Some(("care".into(), Redacted("hush".into()))),
            from: "客户服务 <care@example.com>".into(),
            per_minute: 60,
        }
    }

    fn message(to: &str) -> Message {
        Message {
            id: 12,
            customer: CustomerId(7),
            interaction: None,
            channel: MessageChannel::Mail,
            to: to.into(),
            subject: "您的维修单 R-0007".into(),
            body: "尊敬的李女士：\n.\n您的戒指已修好。\n".into(),
            by: "ana".into(),
            at: Instant::from_micros(1_700_000_000_000_000),
            state: MessageState::Waiting,
            tries: 1,
            next: None,
            trouble: None,
            done: None,
        }
    }

    #[test]
    fn it_is_written_the_same_in_every_try() {
        let mailer = Mailer::new(&settings()).unwrap();
        let (envelope, bytes) = mailer.written(&(&message("li@example.com")).into()).ok().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.is_ascii() && text.contains("Message-ID: <1700000000000000.12@example.com>"), "{text}");
        assert!(text.contains("Subject: =?utf-8?b?") && text.contains("Date: Tue, 14 Nov 2023 22:13:20"), "{text}");
        assert_eq!(envelope.to().len(), 1);
        assert_eq!(mailer.written(&(&message("li@example.com")).into()).ok().unwrap().1, bytes);
        assert!(mailer.written(&(&message("li@@example.com")).into()).is_err_and(|not| not.for_good));
    }

    #[test]
    fn a_sender_that_is_none_and_roots_that_are_none_are_told_at_the_start() {
        let told = |settings: &Mail| Mailer::new(settings).err().unwrap().to_string();
        assert!(told(&Mail { from: "care".into(), ..settings() }).contains("mail.from"));
        let roots = Some("nowhere.pem".into());
        assert!(told(&Mail { security: MailSecurity::Tls, roots, ..settings() }).contains("mail.tls_roots"));
    }
}
