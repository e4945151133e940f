import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { toValue } from '../../../src/core/document.ts';

/** What kubectl 1.32 made of each text, recorded with `kubectl patch --local -f FILE --type=merge -p '{}' -o json`. */
type Recorded = Readonly<Record<string, { readonly value?: unknown; readonly refused?: true }>>;

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'));
}

function ours(document: string): { value?: unknown; refused?: true } {
  const { documents, issues } = readDocuments({ document: 'a.yaml', text: HEAD + document });
  const [first] = documents;
  if (issues.length > 0 || first === undefined) return { refused: true };
  return { value: (toValue(first) as { v: unknown }).v };
}

describe('YAML means what kubectl reads', () => {
  const scalars = recorded('kubectl-scalars.json');
  it.each(Object.keys(scalars))('the scalar %j', (text) => {
    expect(ours(`v: ${text}\n`)).toEqual(scalars[text]);
  });

  /** Read by kubectl, refused here: a key that is no number of JSON is surely a mistake. */
  const strictness = new Set(['v: {.inf: 1}\n']);
  const documents = recorded('kubectl-documents.json');
  it.each(Object.keys(documents).filter((text) => !strictness.has(text)))('the document %j', (text) => {
    expect(ours(text)).toEqual(documents[text]);
  });
});

const kubectl = ((): string | undefined => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return 'kubectl';
  } catch {
    return undefined;
  }
})();

describe('the recorded answers against the kubectl of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-kubectl-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  // Without kubectl on the PATH there is nothing to ask; the recorded table above still holds.
  it.skipIf(kubectl === undefined)('answers every readable scalar as recorded', () => {
    const readable = Object.entries(recorded('kubectl-scalars.json')).filter(([, { refused }]) => refused !== true);
    const file = join(folder, 'scalars.yaml');
    writeFileSync(file, `${HEAD}v:\n${readable.map(([text]) => `- ${text}\n`).join('')}`);
    const answer: { v: unknown[] } = JSON.parse(
      execFileSync('kubectl', ['patch', '--local', '-f', file, '--type=merge', '-p', '{}', '-o', 'json'], { encoding: 'utf8' }),
    );
    expect(answer.v).toEqual(readable.map(([, { value }]) => value));
  });
});
