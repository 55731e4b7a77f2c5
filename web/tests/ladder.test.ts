import { expect, it } from 'vitest';
import { rungs } from '../src/contacts/ladder';

const message = (line: string) =>
  ({ at: 1, from: '192.0.2.1:5060', to: '192.0.2.2:5060', transport: 'udp', call_id: 'x', line, text: `${line}\r\n` }) as const;

it('says the method of a request and the status of a response', () => {
  const lines = ['INVITE sip:4000@h SIP/2.0', 'SIP/2.0 180 Ringing', 'SIP/2.0 486 Busy Here', 'SIP/2.0 200'];
  expect(rungs(lines.map(message)).map(({ line, failed }) => [line, failed])).toEqual([
    ['INVITE', false],
    ['180 Ringing', false],
    ['486 Busy Here', true],
    ['200', false],
  ]);
});
