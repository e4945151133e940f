import pino, { type DestinationStream } from 'pino';
import { printable, UNPRINTABLE } from '../../core/printable.ts';
import { withoutSecrets } from '../../core/without-secrets.ts';
import type { Log, LogFields } from '../../ports.ts';

/** JSON escapes the C0 controls by itself, but nothing else of what cannot be printed. */
const UNSAFE = new RegExp(`(?![\\u0000-\\u001f])(?:${UNPRINTABLE.source})`, 'gu');

/** A field of such a name is never written: a caller that passes a secret by mistake does not spill it. */
const SECRET_FIELD = /key$|token|password|secret|authorization|cookie/i;

/** Longer texts are cut: a name in a review may have the length of the whole review. */
const LONGEST_TEXT = 4096;

/**
 * Writes one JSON object a line to the stream (standard error where none is given, without waiting for its reader; what is
 * left is written at exit). JSON quotes line breaks and escape codes, so that the
 * name of an object can forge no line and drive no terminal.
 */
export function createLog(stream: DestinationStream = pino.destination({ dest: 2, sync: false })): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    stream,
  );
  return {
    info: (message, fields) => logger.info(safeFields(fields), safeText(message)),
    warn: (message, fields) => logger.warn(safeFields(fields), safeText(message)),
    error: (message, fields) => logger.error(safeFields(fields), safeText(message)),
  };
}

function safeFields(fields: LogFields = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [safeText(name), SECRET_FIELD.test(name) ? '(left out)' : safeValue(value)]),
  );
}

function safeValue(value: LogFields[string]): unknown {
  if (typeof value === 'string') return safeText(value);
  if (value instanceof Error) return { message: safeText(value.message), stack: safeText(value.stack ?? '') };
  return typeof value === 'object' ? value.map(safeText) : value;
}

function safeText(text: string): string {
  const whole = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)`;
  return withoutSecrets(whole).replace(UNSAFE, printable);
}
