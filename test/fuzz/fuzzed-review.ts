import { asRecord, isRecord } from '../../src/core/unknown.ts';
import { damage, HOSTILE_TEXTS, hostileValue, type Json, type JsonObject } from './json.ts';
import type { Random } from './random.ts';
import { USERS } from './seed-reviews.ts';

const NAMESPACES = [
  'shop',
  'shop',
  'web',
  'host',
  'pr-1',
  'pr-gone',
  'quiet',
  'waiting',
  'kube-system',
  'portcullis-system',
  'nobody',
  '',
] as const;
const PORTS = [80, 8080, 8443, 7070, 5432, 53, 132, 9000, 9100, 9101, 1, 65535, 9999] as const;
const WRONG_PORTS: readonly [Json, ...Json[]] = [0, 65536, -1, 1.5, '80', null, true, 1e20, '0x50', [80]];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP', '', 'tcp', 'ICMP', null] as const;

/** The bytes of a body made from one of the seeds: first a few plausible changes, then, for about half of them, damage. */
export function fuzzedReview(seeds: readonly [string, ...string[]], random: Random): Buffer {
  const review: JsonObject = JSON.parse(random.pick(seeds));
  const request = review.request;
  if (isObject(request)) {
    for (let i = random.below(4); i > 0; i--) vary(request, random);
    if (random.oneIn(3_000)) crowd(request, random);
  }
  if (random.oneIn(2)) for (let i = random.below(4); i >= 0; i--) damage(isObject(request) && !random.oneIn(8) ? request : review, random);
  return damagedText(JSON.stringify(review), random);
}

/** A change that another cluster could have sent. */
function vary(request: JsonObject, random: Random): void {
  switch (random.below(8)) {
    case 0:
      request.subResource = random.pick(['', 'status', 'status', 'finalize', 'ephemeralcontainers', 'resize', 'scale', 'binding']);
      break;
    case 1:
      request.namespace = random.pick(NAMESPACES);
      break;
    case 2:
      request.userInfo = { username: random.pick(USERS), groups: random.oneIn(3) ? ['system:nodes'] : ['system:authenticated'] };
      break;
    case 3:
      request.operation = random.pick(['CREATE', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT']);
      break;
    case 4:
      request.name = random.pick(['api', '', 'portcullis-block', 'portcullis-template', random.pick(HOSTILE_TEXTS)]);
      break;
    default:
      for (const field of ['object', 'oldObject']) {
        const object = request[field];
        if (isObject(object) && !random.oneIn(3)) varyObject(object, random);
      }
  }
}

function varyObject(object: JsonObject, random: Random): void {
  const pods = podsIn(object);
  const spec = pods.spec;
  const metadata = random.oneIn(3) ? object.metadata : pods.metadata;
  if (isObject(metadata) && random.oneIn(2)) varyMetadata(metadata, random);
  else if (isObject(spec)) varySpec(spec, random);
}

/** The object itself, or the template of pods in it. */
function podsIn(object: JsonObject): JsonObject {
  for (const path of [
    ['spec', 'jobTemplate', 'spec', 'template'],
    ['spec', 'template'],
  ]) {
    let value: Json | undefined = object;
    for (const step of path) value = isObject(value) ? value[step] : undefined;
    if (isObject(value)) return value;
  }
  return object;
}

function varyMetadata(metadata: JsonObject, random: Random): void {
  const labels: JsonObject = isObject(metadata.labels) ? metadata.labels : {};
  metadata.labels = labels;
  switch (random.below(6)) {
    case 0:
      labels[random.pick(['app', 'tier', 'legacy', '__proto__', 'constructor'])] = random.pick(['api', 'db', 'front', 'web', '', 'x']);
      break;
    case 1:
      labels[random.pick(['portcullis.dev/quarantine', 'portcullis.dev/gate', 'app.kubernetes.io/managed-by'])] = random.pick([
        'open',
        'portcullis',
      ]);
      break;
    case 2:
      delete metadata.labels;
      break;
    case 3:
      metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
      break;
    case 4:
      metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };
      break;
    default:
      metadata.name = random.pick(HOSTILE_TEXTS);
  }
}

function varySpec(spec: JsonObject, random: Random): void {
  const containers = Array.isArray(spec.containers) ? spec.containers : [];
  const container = containers[random.below(containers.length)];
  switch (random.below(6)) {
    case 0:
      spec.hostNetwork = random.oneIn(2);
      break;
    case 1:
      spec.schedulingGates = random.oneIn(2) ? [] : [{ name: 'portcullis.dev/policies' }];
      break;
    case 2:
      spec.nodeName = 'node-1';
      break;
    case 3:
      if (isObject(container)) container.name = random.pick(HOSTILE_TEXTS);
      break;
    default:
      if (isObject(container)) container.ports = Array.from({ length: random.below(4) }, () => portOf(random));
  }
}

function portOf(random: Random): Json {
  const port = random.oneIn(6) ? random.pick(WRONG_PORTS) : random.pick(PORTS);
  return {
    containerPort: port,
    ...(random.oneIn(2) ? { protocol: random.oneIn(3) ? random.pick(PROTOCOLS) : 'TCP' } : {}),
    ...(random.oneIn(3) ? { hostPort: random.oneIn(4) ? hostileValue(random) : random.pick<Json>([8080, 80, 9050, 0, port]) } : {}),
    ...(random.oneIn(4) ? { name: random.pick(HOSTILE_TEXTS) } : {}),
  };
}

/** Ten thousand containers, or a text of two million letters. */
function crowd(request: JsonObject, random: Random): void {
  const object = request.object;
  if (!isObject(object)) return;
  const { spec } = podsIn(object);
  if (isObject(spec) && random.oneIn(2)) {
    spec.containers = Array.from({ length: 10_000 }, (_, i) => ({ name: `c${i}`, ports: [{ containerPort: 1 + random.below(65_535) }] }));
  } else {
    object.note = 'x'.repeat(2_000_000);
  }
}

/** Damage below JSON: what is cut off, repeated, nested without end, or no UTF-8. */
function damagedText(text: string, random: Random): Buffer {
  if (!random.oneIn(8)) return Buffer.from(text);
  const at = random.below(text.length);
  switch (random.below(6)) {
    case 0:
      return Buffer.from(text.slice(0, at));
    case 1: {
      const bytes = Buffer.from(text);
      for (let i = random.below(4); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    }
    case 2:
      return Buffer.from(
        text.replace(/"(name|namespace|operation|containerPort|uid)":/, (key) => `${key}${JSON.stringify(hostileValue(random))},${key}`),
      );
    case 3: {
      const depth = random.pick([10, 100, random.oneIn(200) ? 500_000 : 2_000]);
      const nested = random.oneIn(2) ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      return Buffer.from(
        text.replace(
          /"(metadata|spec|labels|object|options)":/,
          (key) => `"x":${nested},${key}${random.oneIn(3) ? `${nested},${key}` : ''}`,
        ),
      );
    }
    case 4:
      return Buffer.from(text.replace('{', `{"__proto__":{"allowed":true,"mode":"off","exempt":true,"hostNetwork":true},`));
    default:
      return Buffer.from(
        `${text.slice(0, at)}${random.pick(['', ',', '}', ']', '"', '\\u0000', '\ufeff', '1e999', '-'])}${text.slice(at + random.below(3))}`,
      );
  }
}

function isObject(value: unknown): value is JsonObject {
  return isRecord(value) && asRecord(value) === value;
}
