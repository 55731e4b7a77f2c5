/** Edits of customers that were not saved, kept in this browser until they are. */

import { remember, remembered } from '../kit/remember';
import type { CustomerForm } from './form';

interface Kept {
  /** What the edit began with. */
  read: CustomerForm;
  mine: CustomerForm;
}

const key = (customer: number): string => `customer.${customer}`;

export function keptEdit(customer: number): Kept | null {
  try {
    const kept = JSON.parse(remembered(key(customer)) ?? 'null') as Kept | null;
    return kept && Array.isArray(kept.mine.points) && Array.isArray(kept.read.points) ? kept : null;
  } catch {
    return null;
  }
}

export const keepEdit = (customer: number, kept: Kept): void => remember(key(customer), JSON.stringify(kept));

export const dropEdit = (customer: number): void => remember(key(customer), null);
