import { makeReview } from '../../src/app/review.ts';
import { makeTemplateKeeper, type TemplateKeeper } from '../../src/app/template-keeper.ts';
import { allowed } from '../../src/core/admission.ts';
import { asList, asRecord, textFields, textOf } from '../../src/core/unknown.ts';
import { facts, request } from '../support/review.ts';
import { rememberingLog, rememberingMetrics } from '../support/silence.ts';
import { type CaseFolder, differs, type Problems, texts } from './case-folder.ts';
import { neutralReader } from './neutral-template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A template that changes under the gate: each step is a delivery, or a question whose answer is compared. */
export function runTemplateSequence(folder: CaseFolder): Problems {
  const { expected } = folder;
  const log = rememberingLog();
  let keeper = newKeeper(log);
  const answers: Record<string, string> = {};
  for (const event of asList(asRecord(folder.json('input.json')).events).map(asRecord)) {
    // A restart without what was kept of the last good template: what a new installation sees.
    if (event.do === 'start' || event.do === 'restart') keeper = newKeeper(log);
    const data = event.data ?? asRecord(event.configMap).data;
    if (data !== undefined) deliver(keeper, textFields(data));
    if (event.do === 'review') answers[textOf(event.pod)] = verdictOf(keeper, event);
    if (event.do === 'probeReady') answers.probeReady = keeper.authority() === undefined ? 'not ready' : 'ready';
  }
  const reported = log.lines.some(({ level, fields }) => level === 'error' && /:\d+:\d+ {2}\S/.test(JSON.stringify(fields.issues ?? '')));
  const verdicts = Object.values(answers).filter((answer) => answer === 'allow' || answer === 'deny');
  const all = texts(expected.mustNot).flatMap((word) => /^(allow|deny) all$/.exec(word)?.[1] ?? []);
  return [
    ...differs('steps', answers, expected.steps),
    ...(expected.mustReport !== undefined && !reported ? ['nobody is told why the template was refused, and where'] : []),
    ...all.flatMap((word) => (verdicts.every((verdict) => verdict === word) ? [`every answer is ${word}`] : [])),
  ];
}

function newKeeper(log: ReturnType<typeof rememberingLog>): TemplateKeeper {
  const nothing = () => undefined;
  return makeTemplateKeeper({
    read: neutralReader(),
    ownNamespace: 'portcullis-system',
    metrics: rememberingMetrics(),
    log,
    changed: nothing,
    settled: nothing,
  });
}

function deliver(keeper: TemplateKeeper, data: Readonly<Record<string, string>>): void {
  const documents = Object.entries(data).map(([key, text]) => ({ document: `ConfigMap portcullis-template, key ${key}`, text }));
  keeper.take([{ name: 'portcullis-template', documents }]);
}

function verdictOf(keeper: TemplateKeeper, event: Fields): 'allow' | 'deny' {
  const [namespace = '', name = ''] = textOf(event.pod).split('/');
  const ports = texts(event.declares).map((text) => {
    const [number, protocol] = text.split('/');
    return { containerPort: Number(number), protocol };
  });
  const labels = asRecord(event.labels);
  const object = { metadata: { name, namespace, labels }, spec: { containers: [{ name: 'c', ports }] } };
  const authority = keeper.authority();
  const review = makeReview({ facts: () => authority && facts(authority), templateEdit: () => allowed('not-judged') });
  return review.validate(request('Pod', { name, namespace, object })).allowed ? 'allow' : 'deny';
}
