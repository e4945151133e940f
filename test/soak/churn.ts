import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../cluster/api.ts';
import { configMapPath, podObject } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { templateConfigMap } from '../support/portcullis.ts';

/** What changes in the cluster meanwhile. */
export interface Churn {
  /** Namespaces made, and edits of the template, so far. */
  readonly done: { namespaces: number; edits: number };
  stop(): Promise<void>;
}

/** A namespace lives for so many turns. */
const LIFE = 10;

/** The template of the soak; each edit authorizes another port in the churning namespaces. */
export function soakTemplate(edit: number): string {
  return documentOf(
    `mode: enforce\nunlisted: off\nnamespaces:\n  - {name: team-*, rules: [{ports: [8081]}]}\n  - {name: soak-*, rules: [{ports: [80, ${9000 + (edit % 2)}]}]}\n`,
  );
}

/** Once a second a namespace and a pod come, older ones go; every third time the template is edited. A failure ends it, and is told by `stop`. */
export function startChurn(api: Api): Churn {
  const done = { namespaces: 0, edits: 0 };
  let stopping = false;
  const turn = async (count: number) => {
    const name = `soak-${count}`;
    await api.namespace(name);
    await api.request('POST', `/api/v1/namespaces/${name}/pods`, podObject('web', [80]));
    done.namespaces += 1;
    if (count >= LIFE) await api.request('DELETE', `/api/v1/namespaces/soak-${count - LIFE}`);
    if (count % 3 !== 0) return;
    done.edits += 1;
    await api.request('PUT', configMapPath('portcullis-template'), templateConfigMap(soakTemplate(done.edits)));
  };
  const run = async () => {
    for (let count = 0; !stopping; count += 1) {
      const start = performance.now();
      await turn(count);
      await pause(Math.max(0, 1_000 - (performance.now() - start)));
    }
  };
  const running = run();
  running.catch(() => {}); // told by `stop`
  return {
    done,
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}
