//! `carillon serve`, and what signals mean.
//!
//! | signal | meaning |
//! | --- | --- |
//! | SIGTERM, first Ctrl-C | no new calls, wait for the calls that are up (at most `limits.drain_s`), end |
//! | second of either, or the end of that time | end the calls that are up (BYE with Reason, rows say `interrupted`), end |
//! | SIGHUP | load center and flows again (an applied center is noticed without it) |
//!
//! A center without an administrator is served, too: nothing in it is open but the link that is printed at the start.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::start::{self, Options, Running};
use super::telemetry;
use crate::config::Settings;
use crate::door::{LINK_FOR, Token};
use crate::server::command::CliError;
use crate::setup::needs_administrator;
use crate::store::{LinkRow, Opens};

pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    Stop,
    Reload,
}

impl Signals {
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.terminate.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }

    pub async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}

pub async fn serve(settings: Settings) -> Result<(), CliError> {
    telemetry::start(&settings.log).map_err(CliError::Mistakes)?;
    let mut signals = Signals::listen().map_err(anyhow::Error::from)?;
    let drain = settings.limits.drain;
    let entrance = entrance(&settings);
    let mut running = start::start(Options { settings, seed: None, demo: false }).await?;
    if let Some(link) = first_link(&running).await? {
        println!("{}", welcome(&entrance.unwrap_or_else(|| format!("http://{}", running.http)), link.reveal()));
    }
    let fell = until_stopped(&mut running, &mut signals).await;
    running.stop(if fell { std::time::Duration::ZERO } else { drain }, signals.stop()).await?;
    if fell {
        return Err(CliError::Failed(anyhow::anyhow!("the control task has ended by itself")));
    }
    Ok(())
}

/// Where the browser of whoever sets up first finds the server, if that is not simply its address.
fn entrance(settings: &Settings) -> Option<String> {
    let (scheme, at) = settings.https.map_or(("http", settings.http), |at| ("https", at));
    let here = if at.ip().is_unspecified() { format!("localhost:{}", at.port()) } else { at.to_string() };
    (at.port() != 0).then(|| format!("{scheme}://{here}"))
}

/// What opens the set-up, as long as nobody may set anything up: made anew with every start, and then the one of before
/// opens nothing. It is told on the terminal alone; what is kept of it opens nothing.
async fn first_link(running: &Running) -> anyhow::Result<Option<Token>> {
    if !needs_administrator(&running.loader.directory().now().model) {
        running.store.forget_set_up().await?;
        return Ok(None);
    }
    let (token, made) = (Token::random(), running.clock.now());
    let row = LinkRow { digest: token.digest().to_string(), opens: Opens::SetUp, made, expires: made + LINK_FOR };
    running.store.add_link(&row, made).await?;
    Ok(Some(token))
}

fn welcome(entrance: &str, token: &str) -> String {
    format!(
        "\nNobody may set this center up yet. Open this link: it makes you its administrator and leads you to the first \
         call.\n还没有人可以设置本中心。请打开此链接：您将成为管理员，并一步步完成第一通电话。\n\n    {entrance}/#/link/{token}\n\n\
         It works once, within a day; the next start prints another. (From another machine: with the name of this one.)\n\
         仅可使用一次，一天内有效；重新启动会给出新的链接。（从其他机器打开时，请换成本机的名称或地址。）\n"
    )
}

/// Reloads when told; returns when told to stop, or with `true` when the control task is gone.
pub async fn until_stopped(running: &mut Running, signals: &mut Signals) -> bool {
    loop {
        tokio::select! {
            _ = &mut running.ended => return true,
            told = signals.next() => match told {
                Told::Stop => return false,
                Told::Reload => match running.loader.reload(&running.door, &running.sessions).await {
                    Ok(()) => tracing::info!("loaded the center and the flows again"),
                    Err(error) => tracing::error!("nothing was changed: {error:#}"),
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_leads_to_where_the_pages_are() {
        let entrance = |pairs: &[(&str, &str)]| {
            let flags = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            entrance(&crate::config::load(&crate::config::Layers { flags, ..Default::default() }).unwrap())
        };
        for (listen, leads) in [
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("0.0.0.0:8080", Some("http://localhost:8080")),
            ("[::]:80", Some("http://localhost:80")),
            ("[2001:db8::1]:8080", Some("http://[2001:db8::1]:8080")),
            ("127.0.0.1:0", None),
        ] {
            assert_eq!(entrance(&[("http.listen", listen)]).as_deref(), leads, "{listen}");
        }
        let tls = [("http.tls", "0.0.0.0:8443"), ("http.tls_certificate", "a.pem"), ("http.tls_key", "a.key")];
        assert_eq!(entrance(&tls).as_deref(), Some("https://localhost:8443"));
    }
}
