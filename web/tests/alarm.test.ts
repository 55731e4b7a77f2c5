import { expect, it } from 'vitest';

import type { Alert, QueueEntry, QueueTile } from '../src/api/wire';
import { figureOf, heardAs, queueOf, unseen } from '../src/board/alarm';

const tile = { waiting: 4, longest_since: 1_000_000, answered: 31, abandoned: 12, short_abandoned: 3, ready: 2, call_backs: 5, service_level: { value: 0.589 } } as QueueTile;
const alert = (id: number, more: Partial<Alert>): Alert =>
  ({ id, rule: `r${id}`, name: { en: '', zh: '' }, queue: 1, figure: 'waiting', level: 'warn', since: id, worst: 9, limit: 5, sound: true, events: 1, ...more }) as Alert;

it('an alert says what the figure is now', () => {
  const now = 43_500_000;
  const figures = (['waiting', 'longest_wait', 'service_level', 'abandoned', 'ready', 'call_backs'] as const).map((figure) => figureOf({ figure }, tile, now));
  expect(figures).toEqual([4, 42, 58, 22, 2, 5]);
  expect(figureOf({ figure: 'service_level' }, { ...tile, service_level: { ...tile.service_level, value: null } }, now)).toBeNull();
});

it('those that nobody has seen stand above the page, the worst first, and are heard once a level', () => {
  const all = [alert(1, {}), alert(2, { level: 'act' }), alert(3, { seen_by: 'sue' }), alert(4, { sound: false })];
  expect(unseen(all).map(({ id }) => id)).toEqual([2, 1, 4]);
  expect(heardAs(all)).toEqual(['2:act', '1:warn']);
});

it('its queue has the name of the language, and one that is gone its number', () => {
  const queues = [{ id: 1, key: 'vip', en: 'Private clients', zh: '贵宾专线' }] as QueueEntry[];
  expect([queueOf(alert(1, {}), queues, 'zh'), queueOf(alert(1, {}), queues, 'en'), queueOf(alert(1, { queue: 7 }), queues, 'en')]).toEqual(['贵宾专线', 'Private clients', '7']);
});
