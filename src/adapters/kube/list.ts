import { asList, asRecord, textOf } from '../../core/unknown.ts';
import { hasStatus } from './kube-error.ts';
import type { KubeTransport, Query } from './transport.ts';

/** Some objects of a list, and the resourceVersion from which a watch goes on. */
export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
}

export interface ListCall {
  readonly path: string;
  readonly query?: Query;
  readonly signal?: AbortSignal;
}

/**
 * Large lists come in parts, so that neither side holds them whole (Kubernetes API concepts, "Retrieving large results sets in chunks"). A page is what
 * becomes garbage at once: with 500, as kubectl has it, the first lists of 10,000 pods take twice the memory.
 */
const PAGE_SIZE = 100;

/** A list, page by page. All pages are of the same moment; one that expired meanwhile (410) ends it with the error. */
export async function* listPages(transport: KubeTransport, { path, query, signal }: ListCall): AsyncGenerator<Page> {
  let next = '';
  do {
    const answer = asRecord(
      await transport.request({
        method: 'GET',
        path,
        query: { ...query, limit: PAGE_SIZE, continue: next === '' ? undefined : next },
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    const metadata = asRecord(answer.metadata);
    next = textOf(metadata.continue);
    yield { items: asList(answer.items), resourceVersion: textOf(metadata.resourceVersion) };
  } while (next !== '');
}

/** A list that expires between two pages is begun anew; a cluster that cannot show one in so many tries has other troubles. */
const ATTEMPTS = 3;

/** Every object of a list, all of the same moment. List items bear no apiVersion and kind. */
export async function listAll(transport: KubeTransport, call: ListCall): Promise<unknown[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const items: unknown[] = [];
      for await (const page of listPages(transport, call)) items.push(...page.items);
      return items;
    } catch (error) {
      if (!hasStatus(error, 410) || attempt === ATTEMPTS) throw error;
    }
  }
}
