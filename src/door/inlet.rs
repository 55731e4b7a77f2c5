//! The inlet: everything that reaches the center from outside passes here, in one order.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::acd::Checkpoint;
use crate::base::{AgentId, ContactId};
use crate::center::board::Board;
use crate::center::calling::CampaignFigures;
use crate::center::desk::{CommandOutcome, DeskCommand, Snapshot};
use crate::center::input::{Input, SuperviseCommand};
use crate::center::{CallBackPage, Caller, OpenCallBack};
use crate::sip::TrunkView;

/// How long a question waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What comes through the door.
pub enum Request {
    Input(Input),
    Desk {
        agent: AgentId,
        ask: DeskCommand,
        reply: oneshot::Sender<Result<CommandOutcome, DoorError>>,
    },
    Supervise {
        user: String,
        ask: SuperviseCommand,
        reply: oneshot::Sender<Result<CommandOutcome, DoorError>>,
    },
    /// Runs on the control task, between two inputs: nothing is pushed to this agent between the
    /// moment of the snapshot and the call. `None`: no such agent.
    Snapshot {
        agent: AgentId,
        then: Box<dyn FnOnce(Option<Snapshot>) + Send>,
    },
    Board {
        reply: oneshot::Sender<Board>,
    },
    /// One page of the open call-backs.
    CallBacks {
        page: CallBackPage,
        reply: oneshot::Sender<Vec<OpenCallBack>>,
    },
    /// The campaigns that were started and are not over, by key.
    Campaigns {
        reply: oneshot::Sender<Vec<(String, CampaignFigures)>>,
    },
    /// What is known of the trunks with a way out.
    Trunks {
        reply: oneshot::Sender<Vec<TrunkView>>,
    },
    /// Whose these contacts are; those that are over are left out.
    Callers {
        contacts: Vec<ContactId>,
        reply: oneshot::Sender<Vec<Caller>>,
    },
    /// The router's whole state at this moment.
    Checkpoint {
        reply: oneshot::Sender<Checkpoint>,
    },
    /// The router's whole state, and `then` at once: whoever taps the router's inputs misses none.
    Tapped {
        then: Box<dyn FnOnce() + Send>,
        reply: oneshot::Sender<Checkpoint>,
    },
    /// Somebody begins to look at the board: publish it, changed or not.
    ShowBoard,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DoorError {
    #[error("too much waits for the center")]
    Full,
    #[error("the center has stopped")]
    Closed,
    #[error("the center did not answer in time")]
    Late,
    /// Done by the center, but neither the database nor the spool has it yet.
    #[error("it could not be saved in time")]
    NotDurable,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Door {
    inlet: mpsc::Sender<Request>,
}

/// The control task's end.
pub type Inlet = mpsc::Receiver<Request>;

impl Door {
    pub fn new(limit: usize) -> (Self, Inlet) {
        let (inlet, outlet) = mpsc::channel(limit);
        (Self { inlet }, outlet)
    }

    /// Puts it in, or says at once that it cannot: for what may be lost (datagrams).
    pub fn offer(&self, input: Input) -> Result<(), DoorError> {
        self.put(Request::Input(input))
    }

    /// Waits for room: for what must not be lost (media events, answers of the store).
    pub async fn send(&self, input: Input) -> Result<(), DoorError> {
        self.inlet.send(Request::Input(input)).await.map_err(|_| DoorError::Closed)
    }

    pub async fn desk(&self, agent: AgentId, ask: DeskCommand) -> Result<CommandOutcome, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Desk { agent, ask, reply })?;
        Self::answer(answer, PATIENCE).await?
    }

    /// `user`: the supervisor's name, for the record.
    pub async fn supervise(&self, user: String, ask: SuperviseCommand) -> Result<CommandOutcome, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Supervise { user, ask, reply })?;
        Self::answer(answer, PATIENCE).await?
    }

    /// See [`Request::Snapshot`].
    pub fn snapshot(
        &self,
        agent: AgentId,
        then: impl FnOnce(Option<Snapshot>) + Send + 'static,
    ) -> Result<(), DoorError> {
        self.put(Request::Snapshot { agent, then: Box::new(then) })
    }

    pub async fn board(&self) -> Result<Board, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Board { reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// The longest waiting first.
    pub async fn call_backs(&self, page: CallBackPage) -> Result<Vec<OpenCallBack>, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::CallBacks { page, reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::Campaigns`].
    pub async fn campaigns(&self) -> Result<Vec<(String, CampaignFigures)>, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Campaigns { reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::Trunks`]; by name.
    pub async fn trunks(&self) -> Result<Vec<TrunkView>, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Trunks { reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::Callers`].
    pub async fn callers(&self, contacts: Vec<ContactId>) -> Result<Vec<Caller>, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Callers { contacts, reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::Checkpoint`]. Hash it elsewhere: the center has other things to do.
    pub async fn checkpoint(&self) -> Result<Checkpoint, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Checkpoint { reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::Tapped`].
    pub async fn tapped(&self, then: impl FnOnce() + Send + 'static) -> Result<Checkpoint, DoorError> {
        let (reply, answer) = oneshot::channel();
        self.put(Request::Tapped { then: Box::new(then), reply })?;
        Self::answer(answer, PATIENCE).await
    }

    /// See [`Request::ShowBoard`]. A full center shows its board with the next change.
    pub fn show_board(&self) {
        let _ = self.put(Request::ShowBoard);
    }

    /// Requests that wait, for the metrics.
    pub fn waiting(&self) -> usize {
        self.inlet.max_capacity() - self.inlet.capacity()
    }

    fn put(&self, request: Request) -> Result<(), DoorError> {
        self.inlet.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => DoorError::Full,
            mpsc::error::TrySendError::Closed(_) => DoorError::Closed,
        })
    }

    async fn answer<T>(answer: oneshot::Receiver<T>, patience: Duration) -> Result<T, DoorError> {
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(DoorError::Closed),
            Err(_) => Err(DoorError::Late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_inlet_refuses_at_once_and_a_dead_center_is_told() {
        let (door, inlet) = Door::new(1);
        assert_eq!(door.offer(Input::Deadline), Ok(()));
        assert_eq!(door.waiting(), 1);
        assert_eq!(door.offer(Input::Deadline), Err(DoorError::Full));
        assert_eq!(door.board().await, Err(DoorError::Full));
        drop(inlet);
        assert_eq!(door.offer(Input::Deadline), Err(DoorError::Closed));
        assert_eq!(door.send(Input::Deadline).await, Err(DoorError::Closed));
    }

    #[tokio::test]
    async fn a_question_without_answer_is_late() {
        let (held, answer) = oneshot::channel::<()>();
        assert_eq!(Door::answer(answer, Duration::from_millis(1)).await, Err(DoorError::Late));
        drop(held);
    }
}
