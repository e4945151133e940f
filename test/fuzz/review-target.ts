import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asList, asRecord, isRecord, parseJson } from '../../src/core/unknown.ts';
import { fuzzedReview } from './fuzzed-review.ts';
import { naiveGate, type Wanted } from './naive-gate.ts';
import { type Answer, openConnection, type ReviewConnection } from './review-connection.ts';
import { type FuzzGate, startFuzzGate } from './review-gate.ts';
import { seedReviews } from './seed-reviews.ts';
import { excerpt, type Target } from './target.ts';

/** What may not stand in an answer to a person, but for line breaks in a message. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/** Fuzzed reviews, sent to the gate over TLS; each answer is compared with that of the naive gate. */
export async function startReviewTarget(): Promise<Target> {
  const counts: Record<string, number> = {
    malformed: 0,
    allowed: 0,
    denied: 0,
    invalid: 0,
    either: 0,
    mutated: 0,
    'slowest answer, ms': 0,
  };
  const faults: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-fuzz-'));
  const logged = (line: string) => {
    const fault = logFault(line);
    if (fault !== undefined && faults.length < 10) faults.push(fault);
  };
  const gate = await startFuzzGate(logged, folder);
  const idle: ReviewConnection[] = [];
  const seeds = seedReviews();
  return {
    counts: () => counts,
    async feed(random) {
      const body = fuzzedReview(seeds, random);
      const mutates = random.oneIn(8);
      const text = body.toString('utf8');
      const review = parseJson(text);
      const wanted = naiveGate(review);
      count(counts, mutates ? 'mutated' : wanted);
      const begun = performance.now();
      const connection = idle.pop() ?? (await openConnection(gate.port, gate.ca));
      const answer = await connection.ask(mutates ? '/mutate' : '/validate', body);
      idle.push(connection);
      counts['slowest answer, ms'] = Math.max(counts['slowest answer, ms'] ?? 0, Math.ceil(performance.now() - begun));
      const fault = answerFault(answer, mutates && wanted !== 'malformed' ? 'allowed' : wanted, asRecord(review));
      return fault === undefined ? undefined : `${fault}\n  review: ${excerpt(text, 3_000)}\n  answer: ${excerpt(answer.text)}`;
    },
    finish: async () => [...faults, ...pollution(), ...(await seriesFaults(gate))],
    async close() {
      for (const connection of idle) connection.close();
      await gate.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What is wrong with the answer: its form, its uid, or its decision. */
function answerFault({ status, text }: Answer, wanted: Wanted, review: Readonly<Record<string, unknown>>): string | undefined {
  const answer = parseJson(text);
  if (!isRecord(answer)) return `HTTP ${status} and no JSON object`;
  if (status !== (wanted === 'malformed' ? 400 : 200)) return `HTTP ${status} to a review that is ${wanted}`;
  const { uid } = asRecord(review.request);
  const hasUid = typeof uid === 'string' && uid !== '';
  if (!hasUid) return answer.kind === 'Status' ? undefined : 'a verdict for a review without a uid';
  const response = asRecord(answer.response);
  if (answer.kind !== 'AdmissionReview' || response.uid !== uid) return 'the uid is not repeated';
  const asked = review.apiVersion === 'admission.k8s.io/v1beta1' ? review.apiVersion : 'admission.k8s.io/v1';
  if (answer.apiVersion !== asked) return `the answer is of ${answer.apiVersion}`;
  return verdictFault(response, wanted);
}

const CODES: Partial<Record<Wanted, number>> = { malformed: 400, denied: 403, invalid: 422 };

function verdictFault(response: Readonly<Record<string, unknown>>, wanted: Wanted): string | undefined {
  const { allowed } = response;
  const { code, message } = asRecord(response.status);
  if (typeof allowed !== 'boolean') return 'allowed is no boolean';
  if (code === 500) return 'the gate failed';
  if (wanted !== 'either' && allowed !== (wanted === 'allowed')) return `allowed is ${allowed}, the naive gate says ${wanted}`;
  if (CODES[wanted] !== undefined && code !== CODES[wanted]) return `code ${code}, the naive gate says ${wanted}`;
  if (!allowed && (typeof message !== 'string' || message === '')) return 'a denial without a message';
  if (typeof message === 'string' && UNPRINTABLE.test(message.replaceAll('\n', ''))) return `an unprintable message: ${excerpt(message)}`;
  if (typeof message === 'string' && /^portcullis: forged/m.test(message)) return `a name made a line of its own: ${excerpt(message)}`;
  const warning = asList(response.warnings).find((one) => typeof one !== 'string' || one === '' || UNPRINTABLE.test(one));
  return warning === undefined ? undefined : `an unprintable warning: ${excerpt(String(warning))}`;
}

/** A line of the log is one JSON object, and nothing in it drives a terminal. */
function logFault(line: string): string | undefined {
  const value = parseJson(line);
  if (!isRecord(value)) return `a log line that is no JSON: ${excerpt(line)}`;
  if (line.length > 64 * 1024) return `a log line of ${line.length} characters`;
  if (value.level === 'error') return `an error was logged: ${excerpt(line)}`;
  return UNPRINTABLE.test(line.trimEnd()) ? `an unprintable log line: ${excerpt(line)}` : undefined;
}

/** Each series of the metrics is kept for ever, so that callers must not make them. */
async function seriesFaults(gate: FuzzGate): Promise<string[]> {
  const lines = (await gate.metrics.read()).text.split('\n').length;
  return lines > MOST_SERIES ? [`the metrics have grown to ${lines} lines`] : [];
}

/** Thirteen kinds by four modes, two verdicts, and each reason that there is; a histogram for each kind. */
const MOST_SERIES = 2_000;

/** Whether an input reached the prototypes that all objects share. */
function pollution(): string[] {
  const bare: object = {};
  const found: string[] = [];
  for (const key in bare) found.push(`Object.prototype has ${key}`);
  return found;
}
