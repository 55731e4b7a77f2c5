import { expect, it } from 'vitest';

import { reasonsOf } from '../src/api/waiting';

it('the reasons are what follows place and state', () => {
  expect(reasonsOf('Place 1, waited 3 s; no agent can have it now.\nNot eligible: Ana.\nThe demand widens in 2 s.')).toEqual([
    'Not eligible: Ana.',
    'The demand widens in 2 s.',
  ]);
  expect(reasonsOf('Waited 3 s; rings Ana.')).toEqual([]);
});
