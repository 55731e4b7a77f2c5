/** What fields, words and kinds are called. */

import { t, text } from '../text/text.svelte';

/** Some fields mean something else in one kind than in the others. */
export const fieldLabel = (kind: string, key: string): string => (text.has(`setup-in-${kind}-${key}`) ? t(`setup-in-${kind}-${key}`) : t(`setup-field-${key}`));

export const fieldHint = (kind: string, key: string): string | undefined => {
  const id = text.has(`setup-hint-${kind}-${key}`) ? `setup-hint-${kind}-${key}` : `setup-hint-${key}`;
  return text.has(id) ? t(id) : undefined;
};

export const wordLabel = (word: string): string => (text.has(`policy-${word}`) ? t(`policy-${word}`) : t(`setup-word-${word}`));

export const kindLabel = (kind: string): string => t(`setup-kind-${kind}`);

export const kindsLabel = (kind: string): string => t(`setup-kinds-${kind}`);
