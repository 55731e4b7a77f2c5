/** Reports as the server tells them: a few, one of every chart, with figures that look like a day. */

import { center } from './sample.mjs';

const US = 1e6;
const HOUR = 3_600 * US;
const column = (key, unit, en, zh, formula = '') => ({ key, unit, name: { en, zh }, formula });
const named = (en, zh) => ({ en, zh });
const COUNTS = [
  column('offered', 'count', 'Offered', '呼入排队', 'stays that entered the line'),
  column('answered', 'count', 'Answered', '已接听', 'stays that ended with an agent'),
  column('abandoned', 'count', 'Abandoned', '放弃', 'stays whose caller hung up in the line'),
];
const LEVEL = column('service_level', 'ratio', 'Service level', '服务水平', 'in_time / (answered + abandoned - abandoned_short)');
const WAIT = column('speed_of_answer', 'span', 'Speed of answer', '平均应答时间', 'mean wait_us of the answered');
const report = (key, name, about, filters, chart, columns, asked = []) => ({ key, name, about, filters, chart, columns, asked, sql: 'SELECT COUNT(*) FROM contacts c WHERE c.started >= :from' });

const REPORTS = [
  report('intraday', named('Intraday', '日内走势'), named('What came into the lines in each part of the day, and how it was answered.', '各时段进入队列的来电及其接听情况。'), ['queue'], { kind: 'lines', x: 'begins', y: ['offered', 'answered', 'abandoned'] }, [column('begins', 'time', 'Beginning', '开始时间'), ...COUNTS, LEVEL, WAIT], [{ key: 'minutes', name: named('Minutes of a step', '时段（分钟）'), usual: 15, least: 1, most: 1440 }]),
  report('queues', named('Queues', '队列'), named('Each queue of the time: offered, answered, waits, and how long the conversations took.', '各队列在该时段的呼入、接听、等待及通话时长。'), ['queue'], { kind: 'bars', x: 'queue', y: ['offered', 'answered', 'abandoned'] }, [column('queue', 'queue', 'Queue', '队列'), ...COUNTS, LEVEL, WAIT]),
  report('states', named('States of agents', '坐席状态'), named('Who was in which state, from when to when.', '各坐席在各时段所处的状态。'), ['agent'], { kind: 'spans', x: 'begins', y: ['ends'], rows: 'agent', of: 'state' }, [column('agent', 'agent', 'Agent', '坐席'), column('begins', 'time', 'From', '开始'), column('ends', 'time', 'Until', '结束'), column('state', 'state', 'State', '状态'), column('length', 'span', 'Length', '时长', 'ends - begins')]),
  report('week', named('Week', '一周热力图'), named('When contacts come, by weekday and hour.', '按星期与小时统计的来电分布。'), ['queue'], { kind: 'heat', x: 'hour', y: ['offered'], rows: 'weekday' }, [column('weekday', 'weekday', 'Weekday', '星期'), column('hour', 'hour', 'Hour', '小时'), ...COUNTS]),
];

export const list = () => ({ items: REPORTS, own: [{ key: 'own-1', name: 'Who had how many', sql: REPORTS[0].sql, shared: true, owner: 'admin' }] });

/** Like a day: most before noon, some after. */
const load = (hour) => Math.max(0, Math.round(40 * Math.exp(-((hour - 10.5) ** 2) / 8) + 28 * Math.exp(-((hour - 15.5) ** 2) / 6)));
const counts = (offered) => [offered, Math.round(offered * 0.91), Math.round(offered * 0.07)];

function rows(key, from, to) {
  switch (key) {
    case 'queues':
      return center.queues.slice(0, 4).map(({ key }, at) => [key, ...counts(420 - 90 * at), 0.93 - at * 0.06, (7 + 6 * at) * US]);
    case 'states':
      return center.agents.slice(0, 6).flatMap(({ key }, who) =>
        ['ready', 'busy', 'wrap_up', 'ready', 'busy', 'not_ready', 'ready'].map((state, at) => {
          const step = (to - from) / 8;
          const begins = from + (at + (who % 3) * 0.3) * step;
          return [key, begins, begins + step, state, step];
        }),
      );
    case 'week':
      return [1, 2, 3, 4, 5, 6].flatMap((day) => Array.from({ length: 11 }, (_, at) => [day, at + 8, ...counts(Math.round(load(at + 8) * (day === 6 ? 0.4 : 1)))]));
    default:
      return Array.from({ length: 48 }, (_, at) => [from + ((to - from) / 48) * at, ...counts(load((at / 48) * 24)), 0.8 + (at % 5) * 0.03, (5 + (at % 7)) * US]);
  }
}

export function answer(key, query) {
  const found = REPORTS.find((one) => one.key === key) ?? REPORTS[1];
  const to = Number(query.get('to')) || Date.now() * 1000;
  const from = Number(query.get('from')) || to - 24 * HOUR;
  const statement = `WITH stays AS NOT MATERIALIZED (SELECT * FROM report_stays)\nSELECT COUNT(*) AS offered\nFROM stays AS s\nWHERE s.entered >= CAST(${from} AS BIGINT)\nLIMIT 10001`;
  const agents = Object.fromEntries(center.agents.map(({ key, name }) => [key, name]));
  return { key, from, to, zone: 'Asia/Shanghai', columns: found.columns, rows: rows(found.key, from, to), more: false, chart: found.chart, sql: found.sql, statement, agents, took_ms: 12 };
}
