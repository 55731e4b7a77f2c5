//! The web and the event socket on a real port, with a real store and a center that is played.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHasher as _, SaltString};
use carillon::acd::lint::Doors;
use carillon::acd::{AgentState, Checkpoint, Settings};
use carillon::base::{self, AgentId, InteractionId, Number, QueueId, Redacted, Rng};
use carillon::center::board::{Board, BoardChanges};
use carillon::center::desk::{AgentDay, CommandOutcome, DeskCommand, DeskEvent, Refusal, Snapshot, Target};
use carillon::center::input::{Input, SuperviseCommand};
use carillon::center::{CallBackState, OpenCallBack};
use carillon::cti::{Hub, HubSettings, SocketState};
use carillon::door::{Attempts, Door, Inlet, NewSession, RateLimit, Request, Role, Sampled, Sessions, Shadows, Via};
use carillon::setup::{AgentModel, CenterIds, CenterModel, Label, Password, QueueModel, UserModel};
use carillon::sip::{TrunkState, TrunkTrouble, TrunkView};
use carillon::store::ladder::{Ladder, LadderSettings};
use carillon::store::record::Records;
use carillon::store::recordings::{Keys, Shelf};
use carillon::store::{Files, Store, StoreSettings};
use carillon::web::{
    Dialplan, Directory, Figures, IceServer, Keeper, Passwords, Press, REPLAYS, TEST_PHONES, WebState, work_on_records,
};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::client::Client;

/// Of the package fonts-noto-cjk.
const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
const FONT_BOLD: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc";
pub const ANA: AgentId = AgentId(7);
pub const BEN: AgentId = AgentId(8);
pub const NOW: base::Instant = base::Instant::from_micros(1_767_605_400_000_000);

pub struct World {
    pub client: Client,
    pub hub: Arc<Hub>,
    pub store: Store,
    pub sessions: Arc<Sessions>,
    pub directory: Arc<Directory>,
    pub recordings: std::path::PathBuf,
    /// The center has no contact on hand.
    pub forgetful: Arc<AtomicBool>,
    /// What reached the center, as text.
    pub heard: Arc<Mutex<Vec<String>>>,
    /// What the center says is open.
    pub call_backs: Arc<Mutex<Vec<OpenCallBack>>>,
    pub stop: CancellationToken,
    /// Microseconds by which the center's clock is ahead of [`NOW`].
    pub ahead: Arc<AtomicU64>,
    folder: Arc<tempfile::TempDir>,
    pub state: Arc<WebState>,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|folder| StoreSettings::sqlite(&folder.join("test.db"))).await
    }

    /// On the database of these settings, which may lie in the folder.
    pub async fn start_with(settings: impl FnOnce(&Path) -> StoreSettings) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let settings = settings(folder.path());
        Self::in_folder(folder, &settings, model(), FONT).await
    }

    /// On a machine whose only font stands there.
    pub async fn start_with_font(font: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let settings = StoreSettings::sqlite(&folder.path().join("test.db"));
        Self::in_folder(folder, &settings, model(), font).await
    }

    /// A center of which nothing is said yet; the pages know what is stored.
    pub async fn blank() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let settings = StoreSettings::sqlite(&folder.path().join("test.db"));
        Self::in_folder(folder, &settings, Default::default(), FONT).await
    }

    /// The next process on the same data.
    pub async fn on(before: &Self) -> Self {
        before.store.close().await;
        let listed = before.directory.now();
        let settings = StoreSettings::sqlite(&before.folder.path().join("test.db"));
        Self::in_folder(before.folder.clone(), &settings, (listed.model.clone(), listed.ids.clone()), FONT).await
    }

    /// The same client, of this process.
    pub fn moved(&self, client: &Client) -> Client {
        Client { addr: self.client.addr, headers: client.headers.clone() }
    }

    async fn in_folder(
        folder: Arc<tempfile::TempDir>,
        settings: &StoreSettings,
        (model, ids): (CenterModel, CenterIds),
        font: &str,
    ) -> Self {
        let store = Store::open(settings).await.unwrap();
        let records = Records::open(&store, NOW).await.unwrap();
        let (door, inlet) = Door::new(256);
        let (hub, sessions) = (Arc::new(Hub::new("e1".into(), HubSettings::default())), Arc::new(Sessions::new()));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let forgetful = Arc::new(AtomicBool::new(false));
        let open = Arc::new(Mutex::new(call_backs()));
        tokio::spawn(center(inlet, heard.clone(), forgetful.clone(), open.clone()));
        tokio::spawn({
            let (hub, door) = (hub.clone(), door.clone());
            async move { hub.announce(&door).await }
        });
        let is_blank = model.is_blank();
        let directory = Arc::new(Directory::new(model, ids));
        let follows = is_blank.then(|| (store.clone(), directory.clone()));
        let ahead = Arc::new(AtomicU64::new(0));
        let clock = Arc::new({
            let ahead = ahead.clone();
            move || base::Instant::from_micros(NOW.as_micros() + ahead.load(Ordering::Relaxed))
        });
        let recordings = folder.path().join("recordings");
        std::fs::create_dir_all(&recordings).unwrap();
        let key_file = folder.path().join("keys");
        // A second start finds the key of the first.
        if !key_file.exists() {
            Keys::add(&key_file, "first").unwrap();
        }
        let keys = Some(Arc::new(Keys::open(&key_file).unwrap()));
        let ladder = LadderSettings { folder: folder.path().join("ladder"), bytes: 1 << 20 };
        let ladder = Arc::new(Ladder::new(ladder));
        let stop = CancellationToken::new();
        let web = Arc::new(WebState {
            door: door.clone(),
            store: store.clone(),
            sessions: sessions.clone(),
            attempts: Attempts::new(5),
            rate: RateLimit::new(1_000, 1_000),
            directory: directory.clone(),
            recordings: Shelf { folder: recordings.clone(), keys },
            ladder: Some(ladder.clone()),
            records: records.clone(),
            files: Files::new(&folder.path().join("files")),
            press: Press::new(font.into(), Some(FONT_BOLD.into()).filter(|_| font == FONT)),
            clock: clock.clone(),
            ice: IceServer {
                urls: vec!["turn:turn.example.com".to_owned()],
                user: "agents".to_owned(),
                password: Redacted("hush".to_owned()),
            },
            channels: vec![carillon::crm::MessageChannel::Mail],
            passwords: Passwords::default(),
            failed_sign_ins: Sampled::default(),
            keeper: Arc::new(Played { heard: heard.clone(), follows }),
            changes: tokio::sync::Mutex::default(),
            replays: tokio::sync::Semaphore::new(REPLAYS),
            test_phones: Arc::new(tokio::sync::Semaphore::new(TEST_PHONES)),
            shadows: Shadows::default(),
            figures: Figures::default(),
        });
        let state = web.clone();
        tokio::spawn(work_on_records(web.clone()));
        let rate = RateLimit::new(1_000, 1_000);
        let socket = Arc::new(SocketState {
            hub: hub.clone(),
            door,
            sessions: sessions.clone(),
            records,
            rate,
            clock,
            stop: stop.clone(),
        });
        let sockets = axum::Router::new().route("/ws", axum::routing::get(carillon::cti::socket)).with_state(socket);
        let router = carillon::web::router(web, carillon::server::description::events_of_socket()).merge(sockets);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::new(listener.local_addr().unwrap());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self {
            client,
            hub,
            store,
            sessions,
            directory,
            recordings,
            forgetful,
            heard,
            call_backs: open,
            stop,
            ahead,
            folder,
            state,
        }
    }

    pub fn bearer(&self, user: &str, role: Role, agent: Option<(AgentId, &str)>) -> Client {
        let new = NewSession {
            via: Via::Bearer,
            user: user.into(),
            name: Redacted(user.into()),
            role,
            language: "en".into(),
            agent: agent.map(|(id, key)| (id, key.to_owned())),
            stamp: String::new(),
        };
        let (token, _, _) = self.sessions.open(new, NOW);
        self.client.with("Authorization", &format!("Bearer {}", token.reveal()))
    }

    pub fn push(&self, reachable: bool) {
        self.hub.push(NOW, ANA, &DeskEvent::PhoneStateChanged { reachable });
    }

    /// Waits until something of this reached the center.
    pub async fn until_heard(&self, text: &str) {
        for _ in 0..500 {
            if self.heard().contains(text) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("never heard {text}: {}", self.heard());
    }

    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }
}

pub fn board() -> Board {
    Board { at: NOW, queues: Vec::new(), agents: Vec::new(), calls_active: 3, alerts: Vec::new() }
}

/// The same, told to those who look at it.
pub fn board_changes() -> BoardChanges {
    let Board { at, queues, agents, calls_active, alerts } = board();
    BoardChanges { at, whole: true, queues, agents, calls_active, alerts: Some(alerts) }
}

/// Three: of queue 1 one that waits and one that is dialled, of queue 2 one that waits.
pub fn call_backs() -> Vec<OpenCallBack> {
    let row = |nth: u64, queue, state| {
        let at = base::Instant::from_micros(NOW.as_micros() + nth);
        OpenCallBack {
            interaction: InteractionId::new(at, &mut Rng::new(nth)),
            customer: None,
            number: Number::parse("+8613800138001", "CN").unwrap(),
            queue: QueueId(queue),
            asked: at,
            arrived: at,
            state,
            place: Some(1),
            due: None,
            attempts: 0,
            agent: (state == CallBackState::Dialling).then_some(ANA),
            call: None,
        }
    };
    vec![row(1, 1, CallBackState::Waiting), row(2, 1, CallBackState::Dialling), row(3, 2, CallBackState::Waiting)]
}

/// Plays the loader: a flow uses the queue `sales`.
struct Played {
    heard: Arc<Mutex<Vec<String>>>,
    /// It began with nothing: no flow uses anything, and what is stored is what the pages know.
    follows: Option<(Store, Arc<Directory>)>,
}

impl Keeper for Played {
    fn judge<'a>(&'a self, model: &'a CenterModel) -> BoxFuture<'a, Result<(), Vec<String>>> {
        let known = self.follows.is_some() || model.queues.contains("sales");
        let judged = if known { Ok(()) } else { Err(vec!["hotline.toml:3: there is no queue `sales`".to_owned()]) };
        Box::pin(std::future::ready(judged))
    }

    fn doors(&self, model: &CenterModel) -> Option<Doors> {
        // Each number leads to the queue that its flow is named after.
        (!model.numbers.is_empty()).then(|| model.numbers.iter().map(|(_, number)| number.flow.clone()).collect())
    }

    fn flows(&self, model: &CenterModel) -> Vec<String> {
        model.queues.keys().chain(model.flows.keys()).map(str::to_owned).collect()
    }

    /// As they lie in the repository; the flow `file` is a file.
    fn dialplan(&self) -> Dialplan {
        let text = include_str!("../../sounds/texts.toml");
        let texts: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text).unwrap();
        let sounds = texts.keys().flat_map(|name| [format!("zh/{name}"), format!("en/{name}")]);
        let sounds = sounds.chain(["tone/beep".to_owned()]).collect();
        let files = vec![("file".to_owned(), include_str!("../../dialplans/echo.toml").to_owned())];
        Dialplan { files, sounds, texts }
    }

    fn take_over(&self) -> BoxFuture<'_, Result<(), String>> {
        self.heard.lock().unwrap().push("taken over".to_owned());
        Box::pin(async {
            if let Some((store, directory)) = &self.follows {
                let (model, ids) = store.center().await.map_err(|error| error.to_string())?;
                directory.replace(model, ids);
            }
            Ok(())
        })
    }
}

fn trunk() -> TrunkView {
    TrunkView {
        name: "carrier".into(),
        state: TrunkState::Down,
        since: carillon::base::Instant::from_micros(9),
        why: Some(TrunkTrouble::Silent),
        round_trip_us: Some(900),
        calls: 2,
        registration: None,
    }
}

/// Plays the center: refuses `hold`, does everything else.
async fn center(
    mut inlet: Inlet,
    heard: Arc<Mutex<Vec<String>>>,
    forgetful: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<OpenCallBack>>>,
) {
    let note = |text: String| heard.lock().unwrap().push(text);
    while let Some(request) = inlet.recv().await {
        match request {
            Request::Input(Input::PhoneUser(user)) => note(format!("phone {}", user.name)),
            Request::Input(Input::PhoneUserGone { user }) => note(format!("phone gone {user}")),
            Request::Input(input) => note(format!("{input:?}")),
            Request::Desk { agent, ask, reply } => {
                note(format!("{agent:?} {ask:?}"));
                let refused = |code| CommandOutcome::Refused { code, message: "there is no such thing".into() };
                let _ = reply.send(Ok(match ask {
                    DeskCommand::Hold { .. } => refused(Refusal::NoCall),
                    DeskCommand::PopChoose { .. } if forgetful.load(Ordering::Relaxed) => {
                        refused(Refusal::UnknownInteraction)
                    }
                    _ => CommandOutcome::Done,
                }));
            }
            Request::Trunks { reply } => drop(reply.send(vec![trunk()])),
            Request::Supervise { user, ask, reply } => {
                note(format!("{user} {ask:?}"));
                let refused = |code| CommandOutcome::Refused { code, message: "no".into() };
                let _ = reply.send(Ok(match ask {
                    SuperviseCommand::AcknowledgeAlert { alert } if alert.0 > 1_000 => refused(Refusal::UnknownAlert),
                    SuperviseCommand::CancelCallBack { call_back } if call_back == call_backs()[1].interaction => {
                        refused(Refusal::WrongState)
                    }
                    SuperviseCommand::CancelCallBack { call_back } if call_back != call_backs()[0].interaction => {
                        refused(Refusal::UnknownCallBack)
                    }
                    SuperviseCommand::PlaceCall { with: Target::Flow { .. }, .. } => refused(Refusal::UnknownFlow),
                    SuperviseCommand::PlaceCall { .. } => {
                        CommandOutcome::Placed { interaction: InteractionId(uuid::Uuid::nil()) }
                    }
                    _ => CommandOutcome::Done,
                }));
            }
            Request::Snapshot { agent, then } => then(Some(snapshot(agent))),
            Request::Board { reply } => drop(reply.send(board())),
            Request::Tapped { then, reply } => {
                then();
                drop(reply.send(Checkpoint::start(Settings::default(), 1, NOW)));
            }
            Request::CallBacks { page, reply } => {
                let behind = |row: &OpenCallBack| page.after.is_none_or(|after| (row.arrived, row.interaction) > after);
                let rows = open.lock().unwrap().clone();
                let rows = rows.into_iter().filter(behind).filter(|row| page.queue.is_none_or(|of| of == row.queue));
                drop(reply.send(rows.take(page.limit).collect()));
            }
            Request::Callers { reply, .. } => drop(reply.send(Vec::new())),
            Request::Checkpoint { reply } => drop(reply.send(Checkpoint::start(Settings::default(), 1, NOW))),
            Request::Campaigns { reply } => drop(reply.send(Vec::new())),
            Request::ShowBoard => {}
        }
    }
}

fn snapshot(agent: AgentId) -> Snapshot {
    Snapshot {
        agent,
        state: AgentState::Ready,
        since: NOW,
        next: None,
        by: None,
        phone_reachable: true,
        pop: None,
        call: None,
        on_hand: Vec::new(),
        today: AgentDay::default(),
        parked: Vec::new(),
        preview: None,
        help: None,
        notices: Vec::new(),
    }
}

fn model() -> (CenterModel, CenterIds) {
    let hash =
        argon2::Argon2::default().hash_password(b"secret", &SaltString::generate(&mut OsRng)).unwrap().to_string();
    let user = |name: &str, role, agent: Option<&str>| UserModel {
        name: name.into(),
        role,
        agent: agent.map(str::to_owned),
        language: None,
        password: Some(Password::Argon2(hash.clone())),
        sip: None,
    };
    use carillon::setup::Role::{Agent, Supervisor};
    let mut model = CenterModel::default();
    model.users.insert("ana".into(), user("Ana Lindqvist", Agent, Some("ana")));
    model.users.insert("sue".into(), user("Sue", Supervisor, None));
    model.agents.insert("ana".into(), AgentModel { name: "Ana Lindqvist".into(), ..AgentModel::default() });
    model.queues.insert("sales".into(), QueueModel { name: Label::Same("Sales".into()), ..QueueModel::default() });
    let mut ids = CenterIds::default();
    ids.agents.insert("ana".into(), ANA);
    ids.queues.insert("sales".into(), QueueId(1));
    (model, ids)
}
