//! Figures for Prometheus. Names and labels are frozen once released and stand in
//! `docs/reference/metrics.md`; no label ever carries a call, a caller or a customer.

use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts,
    Registry, TextEncoder,
};

use crate::base::CallDirection;
use crate::center::board::Board;
use crate::center::output::Observed;
use crate::net::Counts;
use crate::sip::{TrunkState, TrunkView};
use crate::store::WriterHealth;

/// Short things: a decision, a ring. Seconds.
const SHORT: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
/// Opinion scores (ITU-T G.107).
const MOS: &[f64] = &[1.5, 2.0, 2.5, 3.0, 3.2, 3.4, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.4];
/// Waiting of people. Seconds.
const WAITS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1_200.0];

pub struct Metrics {
    registry: Registry,
    pub step: Histogram,
    pub inlet_waiting: IntGauge,
    pub db_query: HistogramVec,
    pub media_refused: IntCounter,
    pub sip_unkept: IntCounter,
    pub ready: IntGauge,
    calls_active: IntGauge,
    calls_started: IntCounter,
    calls: IntCounterVec,
    calls_refused: IntCounterVec,
    reserve_to_ring: Histogram,
    rtp_packets: IntCounterVec,
    rtp_lost: IntCounterVec,
    rtp_jitter: HistogramVec,
    mos: HistogramVec,
    queue_waiting: GaugeVec,
    queue_call_backs: GaugeVec,
    call_backs: IntCounterVec,
    trunk_failures: IntCounterVec,
    trunk_refused: IntCounterVec,
    trunk_state: GaugeVec,
    trunk_registered: GaugeVec,
    registrations: IntCounterVec,
    trunk_changes: IntCounterVec,
    trunk_round_trip: GaugeVec,
    no_media: IntCounter,
    queue_wait: HistogramVec,
    within: IntCounterVec,
    abandoned: IntCounterVec,
    agents: GaugeVec,
    estimate_hits: GaugeVec,
    sip_responses: IntCounterVec,
    dropped: IntCounterVec,
    ws_clients: IntGauge,
    ws_dropped: IntGauge,
    sip_connections: IntGauge,
    sip_messages: GaugeVec,
    writes: GaugeVec,
    writes_waiting: IntGauge,
    spooled_bytes: Gauge,
    statements: IntGauge,
}

impl Metrics {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let r = &registry;
        let build = add(r, GaugeVec::new(Opts::new("carillon_build_info", "1, with the version"), &["version"])?)?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        Ok(Self {
            step: add(r, histogram("carillon_control_step_seconds", "one batch of inputs of the center", SHORT)?)?,
            inlet_waiting: add(r, IntGauge::new("carillon_inlet_waiting", "inputs that wait for the center")?)?,
            db_query: add(r, histograms("carillon_db_query_seconds", "look-ups of the center", &["op"], SHORT)?)?,
            media_refused: counter(r, "carillon_media_commands_refused_total", "commands no media worker took")?,
            sip_unkept: counter(r, "carillon_sip_messages_unkept_total", "SIP messages neither kept nor mirrored")?,
            ready: add(r, IntGauge::new("carillon_ready", "1 while new calls are taken")?)?,
            calls_active: add(r, IntGauge::new("carillon_calls_active", "calls that are up")?)?,
            calls_started: counter(r, "carillon_calls_started_total", "calls begun")?,
            calls: counters(r, "carillon_calls_total", "calls ended", &["direction", "outcome"])?,
            calls_refused: counters(
                r,
                "carillon_calls_refused_total",
                "calls refused before they became a contact",
                &["reason"],
            )?,
            reserve_to_ring: add(
                r,
                histogram("carillon_reserve_to_ring_seconds", "an agent reserved to the ring of the phone", SHORT)?,
            )?,
            rtp_packets: counters(r, "carillon_rtp_packets_received_total", "RTP packets taken", &["party"])?,
            rtp_lost: counters(r, "carillon_rtp_packets_lost_total", "RTP packets that never came", &["party"])?,
            rtp_jitter: add(
                r,
                histograms("carillon_rtp_jitter_seconds", "jitter at the end of a leg", &["party"], SHORT)?,
            )?,
            mos: add(r, histograms("carillon_call_mos", "estimated opinion score of a leg", &["party"], MOS)?)?,
            queue_waiting: gauges(r, "carillon_queue_waiting", "contacts that wait", &["queue"])?,
            queue_call_backs: gauges(
                r,
                "carillon_queue_call_backs",
                "customers who wait to be called back",
                &["queue"],
            )?,
            call_backs: counters(r, "carillon_call_backs_total", "call-backs that are over", &["queue", "outcome"])?,
            no_media: counter(r, "carillon_no_media_total", "agents who picked up and were never heard")?,
            trunk_failures: counters(
                r,
                "carillon_trunk_failures_total",
                "calls out that a trunk did not carry",
                &["trunk", "status"],
            )?,
            trunk_registered: gauges(
                r,
                "carillon_trunk_registered",
                "1 while we are registered at a trunk that wants it",
                &["trunk"],
            )?,
            registrations: counters(
                r,
                "carillon_trunk_registrations_total",
                "our registrations at a trunk, begun and failed",
                &["trunk", "result"],
            )?,
            trunk_state: gauges(
                r,
                "carillon_trunk_state",
                "1 for the state that a trunk with a way out is in",
                &["trunk", "state"],
            )?,
            trunk_changes: counters(r, "carillon_trunk_changes_total", "states entered", &["trunk", "state"])?,
            trunk_round_trip: gauges(
                r,
                "carillon_trunk_round_trip_seconds",
                "from the last OPTIONS to its answer",
                &["trunk"],
            )?,
            trunk_refused: counters(
                r,
                "carillon_trunk_refused_total",
                "calls of a trunk that got no room",
                &["trunk", "reason"],
            )?,
            queue_wait: add(
                r,
                histograms("carillon_queue_wait_seconds", "wait of answered contacts", &["queue"], WAITS)?,
            )?,
            within: counters(r, "carillon_queue_answered_within_sl_total", "answered in time", &["queue"])?,
            abandoned: counters(r, "carillon_queue_abandoned_total", "gone before an answer", &["queue"])?,
            agents: gauges(r, "carillon_agents", "agents who may serve a queue, by state", &["queue", "state"])?,
            estimate_hits: gauges(
                r,
                "carillon_queue_estimate_hit_ratio",
                "predicted waits whose 80 % interval came true",
                &["queue"],
            )?,
            sip_responses: counters(r, "carillon_sip_responses_total", "responses sent", &["method", "class"])?,
            dropped: counters(r, "carillon_dropped_total", "refused or dropped, by reason", &["reason"])?,
            ws_clients: add(r, IntGauge::new("carillon_ws_clients", "desktops connected")?)?,
            ws_dropped: add(r, IntGauge::new("carillon_ws_dropped", "desktops dropped for reading slowly")?)?,
            sip_connections: add(r, IntGauge::new("carillon_sip_connections", "SIP connections open")?)?,
            sip_messages: gauges(r, "carillon_sip_messages", "SIP messages since the start", &["direction"])?,
            writes: gauges(r, "carillon_store_writes", "writes since the start, by what became of them", &["result"])?,
            writes_waiting: add(r, IntGauge::new("carillon_store_writes_waiting", "writes that wait in memory")?)?,
            spooled_bytes: add(r, Gauge::new("carillon_store_spooled_bytes", "bytes that wait in the spool")?)?,
            statements: add(r, IntGauge::new("carillon_store_statements", "statements sent since the start")?)?,
            registry,
        })
    }

    pub fn observe(&self, observed: &Observed) {
        match observed {
            Observed::CallStarted => self.calls_started.inc(),
            Observed::CallRefused(refused) => self.calls_refused.with_label_values(&[refused.cause.label()]).inc(),
            Observed::CallEnded { direction, outcome } => {
                let direction = match direction {
                    CallDirection::Inbound => "inbound",
                    CallDirection::Outbound => "outbound",
                };
                self.calls.with_label_values(&[direction, outcome.as_str()]).inc();
            }
            Observed::CallBackEnded { queue, how } => {
                self.call_backs.with_label_values(&[queue.as_str(), how.word()]).inc();
            }
            Observed::ReserveToRing { micros } => self.reserve_to_ring.observe(seconds(*micros)),
            Observed::Answered { queue, wait_micros, within_service_level } => {
                self.queue_wait.with_label_values(&[queue]).observe(seconds(*wait_micros));
                if *within_service_level {
                    self.within.with_label_values(&[queue]).inc();
                }
            }
            Observed::Abandoned { queue, .. } => self.abandoned.with_label_values(&[queue]).inc(),
            Observed::NoMedia { .. } => self.no_media.inc(),
            Observed::TrunkFailed { trunk, status } => {
                self.trunk_failures.with_label_values(&[trunk.as_str(), &status.to_string()]).inc();
            }
            Observed::TrunkState { trunk, state, .. } => {
                self.trunk_changes.with_label_values(&[trunk, state.word()]).inc();
            }
            Observed::Registration { trunk, registered, .. } => {
                let result = if *registered { "registered" } else { "failed" };
                self.registrations.with_label_values(&[trunk.as_str(), result]).inc();
            }
            Observed::TrunkRefused { trunk, why } => self.trunk_refused.with_label_values(&[trunk, why]).inc(),
            Observed::SipResponse { method, class } => {
                self.sip_responses.with_label_values(&[method.as_str(), &format!("{class}xx")]).inc();
            }
            Observed::Media { party, stats } => {
                let party = party.as_str();
                self.rtp_packets.with_label_values(&[party]).inc_by(stats.received);
                self.rtp_lost.with_label_values(&[party]).inc_by(stats.lost);
                self.rtp_jitter.with_label_values(&[party]).observe(seconds(stats.jitter_us));
                if let Some(mos) = stats.mos() {
                    self.mos.with_label_values(&[party]).observe(mos);
                }
            }
            Observed::Rejected { why } => self.dropped.with_label_values(&[why.label()]).inc(),
            Observed::Dropped { what } => self.dropped.with_label_values(&[what]).inc(),
        }
    }

    /// Called when somebody asks for the figures.
    pub fn set_board(&self, board: &Board) {
        self.calls_active.set(i64::from(board.calls_active));
        // A queue that is gone leaves no figure behind.
        self.queue_waiting.reset();
        self.queue_call_backs.reset();
        self.agents.reset();
        self.estimate_hits.reset();
        for tile in &board.queues {
            self.queue_waiting.with_label_values(&[&tile.key]).set(f64::from(tile.waiting));
            self.queue_call_backs.with_label_values(&[&tile.key]).set(f64::from(tile.call_backs));
            if let Some(rate) = tile.estimate_hit_rate {
                self.estimate_hits.with_label_values(&[&tile.key]).set(rate);
            }
            for (state, count) in [
                ("ready", tile.ready),
                ("reserved", tile.reserved),
                ("busy", tile.busy),
                ("wrap_up", tile.wrap_up),
                ("not_ready", tile.not_ready),
            ] {
                self.agents.with_label_values(&[tile.key.as_str(), state]).set(f64::from(count));
            }
        }
    }

    pub fn set_trunks(&self, trunks: &[TrunkView]) {
        self.trunk_state.reset();
        self.trunk_registered.reset();
        self.trunk_round_trip.reset();
        for trunk in trunks {
            for state in TrunkState::ALL {
                let is = f64::from(u8::from(state == trunk.state));
                self.trunk_state.with_label_values(&[trunk.name.as_str(), state.word()]).set(is);
            }
            if let Some(registration) = &trunk.registration {
                let is = f64::from(u8::from(registration.registered));
                self.trunk_registered.with_label_values(&[&trunk.name]).set(is);
            }
            if let Some(micros) = trunk.round_trip_us {
                self.trunk_round_trip.with_label_values(&[&trunk.name]).set(seconds(micros));
            }
        }
    }

    pub fn set_sockets(&self, clients: usize, dropped: u64) {
        self.ws_clients.set(i64::try_from(clients).unwrap_or(i64::MAX));
        self.ws_dropped.set(i64::try_from(dropped).unwrap_or(i64::MAX));
    }

    pub fn set_flows(&self, counts: &Counts) {
        self.sip_connections.set(i64::try_from(counts.connections).unwrap_or(i64::MAX));
        for (direction, count) in [
            ("received", counts.received),
            ("sent", counts.sent),
            ("dropped", counts.dropped_events + counts.dropped_budget + counts.dropped_send),
        ] {
            self.sip_messages.with_label_values(&[direction]).set(count as f64);
        }
    }

    /// `statements`: sent to the database since the start.
    pub fn set_store(&self, health: &WriterHealth, statements: u64) {
        self.statements.set(i64::try_from(statements).unwrap_or(i64::MAX));
        self.writes_waiting.set(i64::try_from(health.queued).unwrap_or(i64::MAX));
        self.spooled_bytes.set(health.spooled_bytes as f64);
        for (result, count) in [
            ("committed", health.committed),
            ("spooled", health.spooled),
            ("overflowed", health.overflowed),
            ("put_aside", health.put_aside),
            ("lost", health.lost),
        ] {
            self.writes.with_label_values(&[result]).set(count as f64);
        }
    }

    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("# {error}\n"),
        }
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    add(registry, IntCounter::new(name, help)?)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    add(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, prometheus::Error> {
    add(registry, GaugeVec::new(Opts::new(name, help), labels)?)
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))
}

fn histograms(name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> Result<HistogramVec, prometheus::Error> {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::acd::Rejection;
    use crate::crm::HowEnded;
    use crate::media::LegStats;
    use crate::server::http::port;
    use crate::sip::RegistrationView;
    use crate::sip::endpoint::{Cause, Counter, RefusedCall};

    /// Every figure with something in it, so that families with labels show too.
    fn full() -> Metrics {
        let metrics = Metrics::new().unwrap();
        let queue = || "sales".to_owned();
        for observed in [
            Observed::CallStarted,
            Observed::CallRefused(RefusedCall {
                source: ([192, 0, 2, 1], 5060).into(),
                trunk: None,
                status: 488,
                cause: Cause::Media,
                why: String::new(),
            }),
            Observed::CallEnded { direction: CallDirection::Inbound, outcome: "handled".into() },
            Observed::CallBackEnded { queue: queue(), how: HowEnded::TakenOver },
            Observed::ReserveToRing { micros: 900 },
            Observed::Answered { queue: queue(), wait_micros: 4_000_000, within_service_level: true },
            Observed::Abandoned { queue: queue(), wait_micros: 1 },
            Observed::TrunkFailed { trunk: "carrier".into(), status: 503 },
            Observed::TrunkRefused { trunk: "carrier".into(), why: "attempts".into() },
            Observed::TrunkState { trunk: "carrier".into(), state: TrunkState::Down, why: None },
            Observed::Registration { trunk: "carrier".into(), registered: true, status: Some(200) },
            Observed::NoMedia { agent: crate::base::AgentId(1), why: "no packet".into() },
            Observed::SipResponse { method: "INVITE".into(), class: 2 },
            Observed::Media {
                party: "caller".into(),
                stats: LegStats { received: 100, lost: 1, ..LegStats::default() },
            },
            Observed::Dropped { what: "malformed".into() },
            Observed::Rejected { why: Rejection::AtWork },
        ] {
            metrics.observe(&observed);
        }
        metrics.db_query.with_label_values(&["by_number"]).observe(0.001);
        metrics.set_trunks(&[TrunkView {
            name: "carrier".into(),
            state: TrunkState::Up,
            since: crate::base::Instant::from_micros(1),
            why: None,
            round_trip_us: Some(1_000),
            calls: 0,
            registration: Some(RegistrationView {
                registered: true,
                until: None,
                status: None,
                service_route: Vec::new(),
                path: Vec::new(),
            }),
        }]);
        metrics.set_flows(&Counts::default());
        metrics.set_store(&WriterHealth::default(), 0);
        metrics.queue_waiting.with_label_values(&["sales"]).set(1.0);
        metrics.queue_call_backs.with_label_values(&["sales"]).set(1.0);
        metrics.agents.with_label_values(&["sales", "ready"]).set(1.0);
        metrics.estimate_hits.with_label_values(&["sales"]).set(0.8);
        metrics
    }

    #[test]
    fn the_reference_lists_every_figure_and_no_other() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/metrics.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (figures, _) = page.split_once("\n## ").unwrap();
        let listed: Vec<_> = figures
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .map(|name| name.split('{').next().unwrap_or(name).to_owned())
            .collect();
        let mut listed_sorted = listed.clone();
        listed_sorted.sort();
        let mut known: Vec<_> = full().registry.gather().iter().map(|family| family.name().to_owned()).collect();
        known.sort();
        assert_eq!(listed_sorted, known);
    }

    #[test]
    fn the_reference_names_every_reason_of_a_refusal() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/metrics.md");
        let page = std::fs::read_to_string(path).unwrap();
        let row = page.lines().find(|line| line.starts_with("| `carillon_calls_refused_total")).unwrap();
        for cause in Cause::ALL {
            assert!(row.contains(cause.label()), "{row}");
        }
    }

    #[test]
    fn the_reference_names_every_reason_of_what_was_dropped_and_no_other() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/metrics.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (_, reasons) = page.split_once("## Reasons of `carillon_dropped_total`").unwrap();
        let rows = reasons.lines().filter_map(|line| line.strip_prefix("| `"));
        let listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        let (sip, router) = (Counter::ALL.map(Counter::label), Rejection::ALL.map(Rejection::label));
        let known: Vec<&str> = sip.iter().chain(&port::REASONS).chain(&router).copied().collect();
        assert_eq!(listed, known);
        assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len(), "each has a name of its own");
        let is_word = |label: &&str| label.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(known.iter().all(is_word), "{known:?}");
    }

    #[test]
    fn renders_what_was_observed() {
        let text = full().render();
        assert!(text.contains("carillon_dropped_total{reason=\"router_at_work\"} 1"), "{text}");
        assert!(text.contains("carillon_calls_total{direction=\"inbound\",outcome=\"handled\"} 1"), "{text}");
        assert!(text.contains("carillon_calls_refused_total{reason=\"media\"} 1"), "{text}");
        assert!(text.contains("carillon_call_backs_total{outcome=\"taken_over\",queue=\"sales\"} 1"), "{text}");
        assert!(text.contains("carillon_queue_wait_seconds_bucket{queue=\"sales\",le=\"5\"} 1"), "{text}");
        assert!(text.contains("carillon_call_mos_count{party=\"caller\"} 1"), "{text}");
        assert!(text.contains("carillon_sip_responses_total{class=\"2xx\",method=\"INVITE\"} 1"), "{text}");
    }
}
