//! `carillon token`: tokens of programs, beside a running server or without one.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::base::Instant;
use crate::config::Settings;
use crate::door::Token;
use crate::server::command::{CliError, author, now, open, refused};
use crate::setup::Role;
use crate::store::{NewProgram, ProgramToken, StoreError};

#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Make a token for a program; it is printed once and kept nowhere
    Create(CreateArgs),
    /// List the tokens: role, expiry, last use
    List(ListArgs),
    /// Revoke a token: from now on it opens nothing
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
pub struct CreateArgs {
    /// What the program is called in lists and records
    pub name: String,
    #[arg(long, value_enum, default_value = "agent")]
    pub role: RoleArg,
    /// Key of the agent in whose name it acts
    #[arg(long, value_name = "KEY")]
    pub agent: Option<String>,
    /// Lives so long, such as 12h, 90d or 52w; without it until it is revoked
    #[arg(long, value_name = "TIME", value_parser = life)]
    pub expires: Option<Duration>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct RevokeArgs {
    pub name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum RoleArg {
    Agent,
    Supervisor,
    Admin,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Agent => Self::Agent,
            RoleArg::Supervisor => Self::Supervisor,
            RoleArg::Admin => Self::Admin,
        }
    }
}

pub async fn token(command: TokenCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        TokenCommand::Create(args) => create(args, settings).await,
        TokenCommand::List(args) => list(args, settings).await,
        TokenCommand::Revoke(args) => revoke(args, settings).await,
    }
}

async fn create(args: CreateArgs, settings: Settings) -> Result<(), CliError> {
    let store = open(&settings).await?;
    if let Some(agent) = &args.agent
        && !store.center().await.map_err(refused)?.0.agents.contains(agent)
    {
        return Err(CliError::Mistakes(format!("there is no agent `{agent}`")));
    }
    let (token, now) = (Token::for_program(), now());
    let new = NewProgram {
        name: args.name,
        role: args.role.into(),
        agent: args.agent,
        created_by: author(),
        expires: args.expires.map(|life| now + life),
    };
    let made = store.add_program(&token.digest().to_string(), &new, now).await.map_err(refused)?;
    store.close().await;
    match args.json {
        true => println!("{}", json!({"id": made.id, "name": made.name, "token": token.reveal()})),
        false => println!("{}", token.reveal()),
    }
    Ok(())
}

async fn list(args: ListArgs, settings: Settings) -> Result<(), CliError> {
    let store = open(&settings).await?;
    let tokens = store.programs().await.map_err(refused)?;
    store.close().await;
    if args.json {
        println!("{}", json!({"tokens": tokens}));
        return Ok(());
    }
    if tokens.is_empty() {
        eprintln!("no tokens: `carillon token create NAME` makes one");
    }
    tokens.iter().for_each(|token| println!("{}", line(token)));
    Ok(())
}

fn line(token: &ProgramToken) -> String {
    let time = |at: Option<Instant>, none: &str| {
        let micros = at.and_then(|at| i64::try_from(at.as_micros()).ok());
        let stamp = micros.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok());
        stamp.map_or_else(|| none.to_owned(), |stamp| stamp.strftime("%Y-%m-%d %H:%MZ").to_string())
    };
    let (expires, used) = (time(token.expires, "until revoked"), time(token.used, "never used"));
    format!("{}\t{}\t{}\t{expires}\t{used}", token.name, token.role.word(), token.agent.as_deref().unwrap_or("-"))
}

async fn revoke(args: RevokeArgs, settings: Settings) -> Result<(), CliError> {
    let store = open(&settings).await?;
    let tokens = store.programs().await.map_err(refused)?;
    let known = tokens.iter().find(|token| token.name == args.name);
    let known = known.ok_or_else(|| CliError::Mistakes(format!("there is no token `{}`", args.name)))?;
    match store.revoke_program(known.id).await {
        // Somebody else was quicker.
        Ok(()) | Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(refused(error)),
    }
    store.close().await;
    println!("{} is revoked", args.name);
    Ok(())
}

/// `12h`, `90d`, `52w`.
fn life(text: &str) -> Result<Duration, String> {
    const LONGEST_S: u64 = 10 * 366 * 24 * 3_600;
    let unit = text.chars().last().unwrap_or_default();
    let count = text.strip_suffix(unit).and_then(|count| count.parse::<u64>().ok());
    let seconds = match unit {
        'h' => 3_600,
        'd' => 24 * 3_600,
        'w' => 7 * 24 * 3_600,
        _ => return Err("expected a number and h, d or w".to_owned()),
    };
    let life = count.and_then(|count| count.checked_mul(seconds)).filter(|life| (1..=LONGEST_S).contains(life));
    life.map(Duration::from_secs).ok_or_else(|| "expected 1h to ten years".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_read_with_their_unit() {
        assert_eq!(life("12h"), Ok(Duration::from_secs(12 * 3_600)));
        assert_eq!(life("90d"), Ok(Duration::from_secs(90 * 86_400)));
        for bad in ["", "h", "0d", "-1d", "5", "5m", "9999999999999999999w", "999w9w", "4000d", "五d"] {
            assert!(life(bad).is_err(), "{bad}");
        }
    }
}
