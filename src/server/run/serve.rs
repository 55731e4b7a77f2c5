//! `carillon serve`, and what signals mean.
//!
//! | signal | meaning |
//! | --- | --- |
//! | SIGTERM, first Ctrl-C | no new calls, wait for the calls that are up (at most `limits.drain_s`), end |
//! | second of either, or the end of that time | end the calls that are up (BYE with Reason, rows say `interrupted`), end |
//! | SIGHUP | load center and flows again (an applied center is noticed without it) |

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::start::{self, Options, Running};
use super::telemetry;
use crate::config::Settings;
use crate::server::command::CliError;

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
    let mut running = start::start(Options { settings, seed: None, demo: false }).await?;
    let fell = until_stopped(&mut running, &mut signals).await;
    running.stop(if fell { std::time::Duration::ZERO } else { drain }, signals.stop()).await?;
    if fell {
        return Err(CliError::Failed(anyhow::anyhow!("the control task has ended by itself")));
    }
    Ok(())
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
