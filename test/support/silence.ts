import type { Clock, Log, LogFields, MetricEvent, Metrics } from '../../src/ports.ts';

/** Metrics that remember what was recorded, in order. */
export function rememberingMetrics(): Metrics & { readonly events: MetricEvent[] } {
  const events: MetricEvent[] = [];
  return { events, record: (event) => void events.push(event) };
}

/** One line of a remembering log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that writes nothing and remembers its lines, in order. */
export function rememberingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** A clock that stands still until it is set. */
export function settableClock(start: string): Clock & { set(time: Date): void } {
  let time = new Date(start);
  return {
    now: () => time,
    set(next) {
      time = next;
    },
  };
}
