/** What is written to customers, as `docs/api.md` writes it. */

import { ask, download } from './rest';
import type { CustomerLetter, CustomerMessage, CustomerMessages, NewCustomerMessage } from './wire';

export type { CustomerMessage, CustomerMessages };

export const messagesOf = (customer: number): Promise<CustomerMessages> => ask('GET', `/customers/${customer}/messages`);

/** `once`: the same word sends nothing twice. */
export const send = (customer: number, message: NewCustomerMessage, once: string): Promise<CustomerMessage> =>
  ask('POST', `/customers/${customer}/messages`, message, { 'idempotency-key': once });

/** As a PDF to be printed; nothing is sent, nothing is kept. */
export const letter = (customer: number, words: CustomerLetter): Promise<void> => download(`/customers/${customer}/letters`, `letter-${customer}.pdf`, words);
