export type ScalarValue = string | number | boolean | null;

/** A scalar that kubectl itself refuses, in words. */
export interface RefusedScalar {
  readonly refused: string;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word): [string, boolean] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word): [string, boolean] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, null] => [word, null]),
]);

const NO_JSON_NUMBER = /^(\.(nan|NaN|NAN)|[-+]?\.(inf|Inf|INF))$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const FLOAT_FROM_DOT = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;

/**
 * The value of a plain scalar as kubectl reads it (sigs.k8s.io/yaml, goyaml.v2 resolve.go): YAML 1.1 booleans, `0777` octal, `1_000`,
 * but neither sexagesimal numbers nor timestamps. Proven against kubectl by test/fixtures/kubectl-scalars.json.
 */
export function resolvePlain(text: string): ScalarValue | RefusedScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const mayBeNumber = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  if (!mayBeNumber) return text;
  if (NO_JSON_NUMBER.test(text)) return { refused: `${text} is no number of JSON; quote it, or write a number` };
  return numberOf(text) ?? text;
}

function numberOf(text: string): number | undefined {
  if (text.startsWith('.')) return FLOAT_FROM_DOT.test(text) ? finite(Number(text.replaceAll('_', ''))) : undefined;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = INTEGER.exec(plain);
  const value = integer === null ? undefined : integerOf(integer[1] ?? '', integer[2] ?? '');
  return value ?? (FLOAT.test(plain) ? finite(Number(plain)) : undefined);
}

/** Go's ParseInt and ParseUint with base 0: int64, or uint64 where no sign is written. */
function integerOf(sign: string, digits: string): number | undefined {
  if (sign === '' && digits.length < 16 && (digits.length === 1 || !digits.startsWith('0'))) return Number(digits);
  const octal = /^0[0-7]+$/.test(digits);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const largest = sign === '-' ? 1n << 63n : sign === '+' ? (1n << 63n) - 1n : (1n << 64n) - 1n;
  if (size > largest) return undefined;
  return size === 0n ? 0 : Number(sign === '-' ? -size : size);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value + 0 : undefined;
}

const CORE_TAG = 'tag:yaml.org,2002:';

/** The value of a scalar with an explicit tag; tags that YAML does not know make a text, as kubectl does. */
export function resolveTagged(text: string, tag: string): ScalarValue | RefusedScalar {
  const name = tag.startsWith('!<') ? tag.slice(2, -1).replace(CORE_TAG, '!!') : tag;
  switch (name) {
    case '!!int':
      return checked(text, name, (value) => Number.isInteger(value));
    case '!!float':
      return checked(text, name, (value) => typeof value === 'number');
    case '!!bool':
      return checked(text, name, (value) => typeof value === 'boolean');
    case '!!null':
      return checked(text, name, (value) => value === null);
    case '!!binary':
      return decodeBase64(text);
    default:
      return text;
  }
}

function checked(text: string, tag: string, fits: (value: unknown) => boolean): ScalarValue | RefusedScalar {
  const value = resolvePlain(text);
  return fits(value) ? value : { refused: `"${text}" is no ${tag}` };
}

function decodeBase64(text: string): string | RefusedScalar {
  const packed = text.replaceAll(/\s/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return { refused: 'the !!binary value is no base64' };
  return Buffer.from(packed, 'base64').toString('utf8');
}

/** The JSON key that kubectl makes of a key that is not a text; undefined: it refuses the key, or would make a key that is not as written. */
export function keyOf(value: ScalarValue, raw: string): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value === null) return undefined;
  if (FLOAT.test(raw) && !/^[-+]?[0-9]+$/.test(raw)) return singlePrecision(value);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/** Go's FormatFloat(x, 'g', -1, 32): the fewest digits that a float32 needs. */
function singlePrecision(value: number): string {
  const wanted = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = wanted.toPrecision(digits);
    if (Math.fround(Number(text)) === wanted) return goExponent(Number(text));
  }
  return goExponent(Number(wanted.toPrecision(9)));
}

function goExponent(value: number): string {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  if (value === 0 || (Number(power) >= -4 && Number(power) < 6)) return String(value);
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${power.replace(/^[-+]/, '').padStart(2, '0')}`;
}
