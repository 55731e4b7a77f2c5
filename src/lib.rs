//! Carillon, a contact-center server.
//!
//! **One idea.** The whole center is one deterministic value: [`center::Center`] takes
//! `(now, input)` and pushes outputs; it runs in a test without socket, clock, thread or database.
//! Shells carry bytes, time and rows to and from it.
//!
//! **Floors.** A module may use what stands on the floors below it and its own children; never a
//! neighbour on the same floor, never up. `tests/architecture/` reads the `use` paths and holds
//! this table.
//!
//! | floor | modules | kind |
//! | --- | --- | --- |
//! | 0 | [`base`]: ids, numbers, time, deadlines, redaction, seeded randomness | pure |
//! | 1 | [`sip::wire`], [`sdp`], [`rtp`], [`codec`], [`wav`], [`sealed`]: bytes <-> values; [`written`]: what people write by hand; [`paper`]: a document -> a PDF | pure |
//! | 2 | [`sip`] machines, [`media`], [`dialplan`], [`acd`], [`crm`], [`record`], [`campaign`], [`quality`], [`report`] | machine |
//! | 3 | [`call`]: legs, bridges, hold; knows no queue and no customer | machine |
//! | 4 | [`center`]: joins call, dialplan, acd and crm | machine |
//! | 5 | [`setup`]: how a center is set up, as code: model, file, checks, plan | pure |
//! | 6 | [`store`]: sqlx on SQLite or PostgreSQL; [`door`]: the inlet of the running center, and who may ask | shell |
//! | 7 | [`net`], [`cti`], [`web`], [`config`]: sockets, media workers, desktops, API, settings | shell |
//! | 8 | [`server`]: command line, start and stop, loops, metrics, demo | shell |
//!
//! **Rooms.** Inside a module, files stand in rooms by noun, at most fifteen in one, and no two use each
//! other. Each room's `mod.rs` says what it is, what it is not and what its limits are. Where is ...?
//!
//! | what | where |
//! | --- | --- |
//! | a rule of wrap-up | said in [`acd`]`::rules` (`WrapUp`), set up in [`setup`]`::model`, obeyed in `acd::engine::presence` |
//! | why this agent got this contact | [`acd`]`::why`; what was decided before: `acd::journal` |
//! | a figure, a forecast, a what-if | [`acd::statistics`], [`acd::erlang`]; [`acd::what_if`], [`acd::simulate`], [`acd::shadow`] |
//! | a SIP method such as REFER | its word in [`sip::wire`]`::value::method`; who takes or refuses it: the table of [`sip::endpoint`]; what it does to a call: [`call`] |
//! | a header, a URI | [`sip::wire`]`::value`, one kind a file |
//! | who hears whom | [`call::hears`]; carried out by [`media`] |
//! | a recording | whose voices: [`call::voices`]; its sound: `media::recorder`; written by `net::recording`; its form: [`sealed`], [`wav`]; its keys, files and rows: [`store::recordings`] |
//! | how much may go out, and through what | caps and their accounts: `center::ledger`; the ways: `center::outbound`; calls that begin with nobody on the line: `center::steps::place` |
//! | the lamp of a phone | what waits: `center::seat::mailboxes`; SUBSCRIBE and NOTIFY: [`sip::endpoint`] |
//! | what a caller hears and chooses | [`dialplan`] (a step: `dialplan::read::step`, done in `dialplan::run`) |
//! | a field of a customer, of an interaction, of a task | rules and life cycle in [`crm`], rows in [`store`], request and answer in [`web`], each in the file of that noun |
//! | a field of a ticket | data, not code: `config/kinds/ticket.toml`; what every kind can do: [`record`], with its rows in [`store::record`] and its requests in `web::record` |
//! | an index or a column of SQL | `src/store/migrations/`, once for each database; the statements in the file of the noun |
//! | what an input means to the whole center | `center::steps`, by noun; what one contact and the agents around it decide: `center::circle`; what one part decides alone: its own room of [`center`] |
//! | a key of a center file | [`setup`]`::model` (its check: `setup::check`; what follows from it: `setup::configuration`) |
//! | a setting of the server | [`config`] |
//! | a report, a view that it reads | the report: `config/reports/*.toml`; what its SQL may be: [`report`]; its views: `src/store/migrations/`; run by `store::report` |
//! | a line on paper | drawn by [`paper`]; said by the `print` or `letters` of what is printed in [`web`], for a kind by its `[print]`; fonts and turns: `web::press` |
//! | a tile of the wallboard | its figure: `center::board`; its way to the screen: [`cti`]; the tile: `web/src/board/` |
//! | when a figure is an alert, and who is told | levels, hold and letters: [`center`]`::alert`; history: [`store`]`::alerts`; mails and webhooks: `server::run::post`; the page: `web/src/board/` |
//! | a command or an event of the desktop | [`center::desk`]; numbered, kept and sent by [`cti`] |
//! | why a call of a campaign is made now, or not | [`campaign`]: `pace` (budget, certificate), `list` (who may be called), `lab` (`carillon simulate outbound`) |
//! | how well a contact was handled | a scorecard: [`setup`]`::model`; points, kappa, what is picked: [`quality`]; rows: `store::quality` |
//! | a mail to a customer | what may be said and how long it is tried: [`crm::message`]; kept by `store::messages`; sent by `server::run::post` |
//! | a message of a chat (to come) | a contact whose channel is text: queued by [`acd`], on the time line of [`crm`]; its words in a room `message` beside [`call`] |
//!
//! **One shape for every machine.** `new(settings, seed)`, `handle(&mut self, now, Input, &mut
//! Outputs)`, `next_deadline(&self) -> Option<Instant>`. A deadline that fires is just another input.
//! Outputs go into the caller's reused buffer in the order in which they must happen.

pub mod acd;
pub mod base;
pub mod call;
pub mod campaign;
pub mod center;
pub mod codec;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod config;
pub mod crm;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod cti;
pub mod dialplan;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod door;
pub mod media;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod net;
pub mod paper;
pub mod quality;
pub mod record;
pub mod report;
pub mod rtp;
pub mod sdp;
pub mod sealed;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod server;
pub mod setup;
pub mod sip;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod store;
pub mod wav;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod web;
pub mod written;
