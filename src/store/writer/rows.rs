//! A batch as rows: one statement for many of a kind, and each interaction once, as it is in the end.
//!
//! Interactions go first, since everything else belongs to one. Within a kind the order is kept.

use super::Entry;
use crate::center::output::Write;
use crate::store::db::Conn;
use crate::store::journal::{InputRow, StateOf};
use crate::store::{StoreError, alerts, call_backs, campaigns, interactions, journal, legs, tasks};

pub(super) async fn write(conn: &mut Conn, entries: &[Entry]) -> Result<(), StoreError> {
    let mut records = Vec::new();
    let (mut events, mut states, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut tasks_owed, mut kept_places, mut checkpoints) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kept_legs, mut watched) = (Vec::new(), Vec::new());
    let (mut paces, mut attempts_over, mut not_called) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { id, write } in entries {
        match write {
            Write::Interaction(record) => records.push(record.as_ref()),
            Write::Event(event) => events.push(event),
            Write::Task(task) => tasks_owed.push(task),
            Write::CallBack(call_back) => kept_places.push(call_back.as_ref()),
            Write::Alert(alert) => watched.push(alert.as_ref()),
            Write::Pace(pace) => paces.push(pace.as_ref()),
            Write::AttemptOver(over) => attempts_over.push(over.as_ref()),
            Write::DoNotCall(row) => not_called.push(row.as_ref()),
            Write::Leg { interaction, role, leg } => kept_legs.push((*interaction, *role, leg.as_deref())),
            Write::AgentState { agent, at, state, author } => {
                states.push(StateOf { seq: *id, agent: *agent, at: *at, state, author });
            }
            Write::Router { at, input, digest } => {
                inputs.push(InputRow { seq: *id, at: *at, input, digest: *digest });
            }
            Write::Checkpoint(checkpoint) => checkpoints.push((*id, checkpoint.as_ref())),
        }
    }
    let over: Vec<_> = records.iter().filter(|record| record.ended.is_some()).map(|record| record.id).collect();
    interactions::upsert(conn, records).await?;
    legs::upsert(conn, kept_legs).await?;
    legs::forget(conn, &over).await?;
    interactions::append(conn, &events).await?;
    journal::append_states(conn, &states).await?;
    journal::append_inputs(conn, &inputs).await?;
    journal::append_checkpoints(conn, &checkpoints).await?;
    call_backs::upsert(conn, kept_places).await?;
    alerts::write(conn, &watched).await?;
    campaigns::write_paces(conn, paces).await?;
    campaigns::write_over(conn, attempts_over).await?;
    campaigns::forbid(conn, not_called).await?;
    tasks::insert(conn, tasks_owed).await
}
