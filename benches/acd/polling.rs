//! What a polling router does every 100 ms: read all that wait from SQL in the order of their score,
//! and for each look for an available agent by SQL. The tables are in memory, so this flatters it.

use std::time::{Duration, Instant as Clock};

use carillon::base::Rng;
use sqlx::Connection;

/// The time of one round in which nobody becomes free, which is nearly every round.
pub fn one_round(agents: u32, waiting: u32) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(round(agents, waiting)).expect("SQLite in memory")
}

async fn round(agents: u32, waiting: u32) -> sqlx::Result<Duration> {
    let mut db = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    sqlx::raw_sql(
        "create table agents (id integer primary key, state text, idle_since integer);
         create table tiers (agent integer, skill integer, level integer);
         create index by_skill on tiers (skill, level);
         create table members (id integer primary key, skill integer, joined integer, base_score integer);",
    )
    .execute(&mut db)
    .await?;
    let mut rng = Rng::new(9);
    for agent in 0..agents {
        sqlx::query("insert into agents values ($1, 'busy', 0)").bind(agent).execute(&mut db).await?;
        for _ in 0..5 {
            let tier = sqlx::query("insert into tiers values ($1, $2, $3)").bind(agent);
            tier.bind(rng.below(200) as i64).bind(rng.below(10) as i64).execute(&mut db).await?;
        }
    }
    for member in 0..waiting {
        let row = sqlx::query("insert into members values ($1, $2, $3, 0)").bind(member);
        row.bind(rng.below(200) as i64).bind(i64::from(member)).execute(&mut db).await?;
    }
    let start = Clock::now();
    let members: Vec<(i64, i64)> =
        sqlx::query_as("select id, skill from members order by base_score - joined desc").fetch_all(&mut db).await?;
    for (_, skill) in &members {
        let found: Option<(i64,)> = sqlx::query_as(
            "select a.id from tiers t join agents a on a.id = t.agent
             where t.skill = $1 and a.state = 'waiting' order by t.level, a.idle_since limit 1",
        )
        .bind(skill)
        .fetch_optional(&mut db)
        .await?;
        assert!(found.is_none());
    }
    Ok(start.elapsed())
}
