//! A batch as rows: one statement for many of a kind, and each interaction once, as it is in the end.
//!
//! Interactions go first, since everything else belongs to one. Within a kind the order is kept.

use std::collections::BTreeMap;

use super::Entry;
use crate::base::InteractionId;
use crate::center::output::Write;
use crate::crm::Interaction;
use crate::store::db::Conn;
use crate::store::journal::{InputRow, StateOf};
use crate::store::{StoreError, call_backs, interactions, journal, tasks};

pub(super) async fn write(conn: &mut Conn, entries: &[Entry]) -> Result<(), StoreError> {
    let mut records: BTreeMap<InteractionId, &Interaction> = BTreeMap::new();
    let (mut events, mut states, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut tasks_owed, mut kept_places, mut checkpoints) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { id, write } in entries {
        match write {
            Write::Interaction(record) => newest(&mut records, record),
            Write::Event(event) => events.push(event),
            Write::Task(task) => tasks_owed.push(task),
            Write::CallBack(call_back) => kept_places.push(call_back),
            Write::AgentState { agent, at, state, author } => {
                states.push(StateOf { seq: *id, agent: *agent, at: *at, state, author });
            }
            Write::Router { at, input, digest } => {
                inputs.push(InputRow { seq: *id, at: *at, input, digest: *digest });
            }
            Write::Checkpoint(checkpoint) => checkpoints.push((*id, checkpoint)),
        }
    }
    interactions::upsert_all(conn, &records.into_values().collect::<Vec<_>>()).await?;
    interactions::append(conn, &events).await?;
    journal::append_states(conn, &states).await?;
    journal::append_inputs(conn, &inputs).await?;
    for (seq, checkpoint) in checkpoints {
        journal::append_checkpoint(conn, seq, checkpoint).await?;
    }
    for call_back in kept_places {
        call_backs::upsert(conn, call_back).await?;
    }
    for task in tasks_owed {
        tasks::insert(conn, task).await?;
    }
    Ok(())
}

/// The later state, unless only the earlier one has ended.
fn newest<'a>(records: &mut BTreeMap<InteractionId, &'a Interaction>, record: &'a Interaction) {
    let known = records.entry(record.id).or_insert(record);
    if known.ended.is_none() || record.ended.is_some() {
        *known = record;
    }
}
