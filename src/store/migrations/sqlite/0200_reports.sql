-- What reports read; each column is documented in `docs/reference/views.md`. Times are microseconds since 1970 UTC, spans
-- microseconds; queues, agents and campaigns stand by key.
CREATE VIEW report_queues AS
    SELECT key AS queue, name, COALESCE(body ->> '$.answer_within_s', 20) * 1000000 AS within_us,
        COALESCE(body ->> '$.short_abandon_s', 5) * 1000000 AS short_us
    FROM center_objects WHERE kind = 'queue';

CREATE VIEW report_agents AS
    SELECT key AS agent, name FROM center_objects WHERE kind = 'agent';

CREATE VIEW report_contacts AS
    SELECT i.id AS contact, i.channel, i.direction, i.caller, i.called, i.customer, q.key AS queue, a.key AS agent,
        i.started, i.queued, i.answered, i.ended, i.wrap_up_ended,
        CASE WHEN i.answered >= i.queued THEN i.answered - i.queued END AS wait_us,
        CASE WHEN i.ended >= i.answered THEN i.ended - i.answered END AS talk_us,
        i.hold_ms * 1000 AS hold_us,
        CASE WHEN i.wrap_up_ended >= i.ended THEN i.wrap_up_ended - i.ended END AS wrap_up_us,
        i.outcome, i.ended_by, i.end_reason, i.disposition, i.linked
    FROM interactions i
    LEFT JOIN center_objects q ON q.id = i.queue
    LEFT JOIN center_objects a ON a.id = i.agent;

CREATE VIEW report_segments AS
    SELECT i.id AS contact, i.started, s.key + 1 AS step, s.value ->> '$.holder' AS holder, q.key AS queue, a.key AS agent,
        s.value ->> '$.from' AS begins, s.value ->> '$.until' AS ends, b.key AS handed_by,
        s.value ->> '$.handed.how' AS handed_how
    FROM interactions i
    JOIN json_each(i.segments) s
    LEFT JOIN center_objects q ON q.id = s.value ->> '$.queue'
    LEFT JOIN center_objects a ON a.id = COALESCE(s.value ->> '$.agent', s.value ->> '$.by')
    LEFT JOIN center_objects b ON b.id = s.value ->> '$.handed.by';

-- The segment behind a stay tells how it ended.
CREATE VIEW report_stays AS
    SELECT i.id AS contact, i.channel, i.direction, i.started, s.key + 1 AS step, q.key AS queue, a.key AS agent,
        s.value ->> '$.from' AS entered, s.value ->> '$.until' AS ended,
        (s.value ->> '$.until') - (s.value ->> '$.from') AS wait_us,
        CASE
            WHEN s.value ->> '$.until' IS NULL THEN NULL
            WHEN i.segments ->> ('$[' || (s.key + 1) || '].holder') IN ('agent', 'dialling') THEN 'answered'
            WHEN i.segments ->> ('$[' || (s.key + 1) || '].holder') IN ('queue', 'flow') THEN 'flowed_out'
            WHEN i.segments ->> ('$[' || (s.key + 1) || '].holder') IS NULL AND i.outcome = 'abandoned' THEN 'abandoned'
            ELSE 'removed'
        END AS ended_as,
        COALESCE(q.body ->> '$.answer_within_s', 20) * 1000000 AS within_us,
        COALESCE(q.body ->> '$.short_abandon_s', 5) * 1000000 AS short_us
    FROM interactions i
    JOIN json_each(i.segments) s
    LEFT JOIN center_objects q ON q.id = s.value ->> '$.queue'
    LEFT JOIN center_objects a ON a.id = i.segments ->> ('$[' || (s.key + 1) || '].agent')
    WHERE s.value ->> '$.holder' = 'queue';

CREATE VIEW report_rings AS
    SELECT i.id AS contact, i.started, e.seq AS step, q.key AS queue, a.key AS agent, e.at AS began, n.at AS ended,
        n.at - e.at AS ring_us,
        CASE WHEN n.kind = 'call.connected' THEN 'answered' ELSE n.detail ->> '$.because' END AS result
    FROM interactions i
    JOIN interaction_events e ON e.interaction = i.id AND e.kind = 'agent.reserved'
    LEFT JOIN interaction_events n ON n.interaction = i.id AND n.seq =
        (SELECT MIN(o.seq) FROM interaction_events o
         WHERE o.interaction = i.id AND o.seq > e.seq AND o.kind IN ('call.connected', 'agent.withdrawn')
            AND o.detail ->> '$.agent' = e.detail ->> '$.agent')
    LEFT JOIN center_objects q ON q.id = e.detail ->> '$.queue'
    LEFT JOIN center_objects a ON a.id = e.detail ->> '$.agent';

CREATE VIEW report_agent_states AS
    SELECT a.key AS agent, s.at AS begins, n.at AS ends, s.state ->> '$.state' AS state, s.state ->> '$.reason' AS reason,
        CASE s.author WHEN '"agent"' THEN 'agent' WHEN '"system"' THEN 'system' ELSE 'supervisor' END AS author
    FROM agent_states s
    JOIN center_objects a ON a.id = s.agent
    LEFT JOIN agent_states n ON n.seq = (SELECT MIN(o.seq) FROM agent_states o WHERE o.agent = s.agent AND o.seq > s.seq);

CREATE VIEW report_transfers AS
    SELECT i.id AS contact, i.started, e.seq AS step, e.at AS happened, a.key AS agent, t.key AS to_agent, q.key AS to_queue,
        e.detail ->> '$.flow' AS to_flow, e.detail ->> '$.how' AS how
    FROM interactions i
    JOIN interaction_events e ON e.interaction = i.id AND e.kind = 'call.transferred'
    LEFT JOIN center_objects a ON a.id = e.detail ->> '$.from'
    LEFT JOIN center_objects t ON t.id = e.detail ->> '$.to'
    LEFT JOIN center_objects q ON q.id = e.detail ->> '$.queue';

CREATE VIEW report_legs AS
    SELECT i.id AS contact, i.started, e.seq AS step, e.at AS measured, e.detail ->> '$.party' AS party, i.direction, i.called,
        (SELECT d.detail ->> '$.trunk' FROM interaction_events d
         WHERE d.interaction = i.id AND d.kind IN ('call.dialled', 'call_back.dialled')
         ORDER BY d.seq DESC LIMIT 1) AS trunk,
        q.key AS queue, a.key AS agent, e.detail ->> '$.mos' AS mos, e.detail ->> '$.mos_heard' AS mos_heard,
        e.detail ->> '$.media.received' AS received, e.detail ->> '$.media.sent' AS sent,
        e.detail ->> '$.media.lost' AS lost, e.detail ->> '$.media.jitter_us' AS jitter_us,
        e.detail ->> '$.media.round_trip_us' AS round_trip_us
    FROM interactions i
    JOIN interaction_events e ON e.interaction = i.id AND e.kind = 'leg.measured'
    LEFT JOIN center_objects q ON q.id = i.queue
    LEFT JOIN center_objects a ON a.id = i.agent;

CREATE VIEW report_recordings AS
    SELECT r.interaction AS contact, i.started, q.key AS queue, a.key AS agent, r.at AS made, r.duration_ms * 1000 AS length_us,
        r.bytes, r.complete, r.deleted
    FROM recordings r
    JOIN interactions i ON i.id = r.interaction
    LEFT JOIN center_objects q ON q.id = i.queue
    LEFT JOIN center_objects a ON a.id = i.agent;

CREATE VIEW report_attempts AS
    SELECT c.key AS campaign, t.dial, t.entry, a.key AS agent, t.begun, t.ended, t.outcome, t.interaction AS contact
    FROM campaign_attempts t
    JOIN campaigns c ON c.id = t.campaign
    LEFT JOIN center_objects a ON a.id = t.agent;

CREATE VIEW report_record_steps AS
    SELECT kind, record, version, at AS happened, author, verb, step FROM record_changes;

-- Reports that people wrote.
CREATE TABLE reports (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    owner  TEXT NOT NULL,
    name   TEXT NOT NULL,
    text   TEXT NOT NULL,
    shared INTEGER NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX reports_owner ON reports (owner, id);
