/** Pages that follow the server: what they show is asked for anew when it has changed. */

import type { News } from '../live/news';
import type { Session } from '../live/session.svelte';

const TOGETHER_MS = 300;

/** While the component is on the screen. Many changes at once are one. */
export function follow(session: Session, concerns: (news: News) => boolean, again: () => unknown): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  $effect(() => {
    const stop = session.follow((news) => {
      if (news && !concerns(news)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        again();
      }, TOGETHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  });
}

export const ofKind = (news: News, kind: string): boolean => news.type === 'kind.changed' && news.data.kind === kind;

export const ofRecords = (news: News, kind: string): boolean => news.type === 'record.changed' && news.data.kind === kind;

export const ofRecord = (news: News, kind: string, id: number): boolean => news.type === 'record.changed' && news.data.kind === kind && news.data.id === id;
