import type { CheckReport, CheckResult, PlacedMisconfiguration } from '../../app/check-result.ts';
import { formatPlace, type Place } from '../../core/document.ts';
import { formatPort } from '../../core/port.ts';
import { type Level, violationRemedy } from './rules.ts';

/** One thing that a check has to say, the same for every format. */
export interface Remark {
  /** Stands in RULES. */
  readonly code: string;
  readonly level: Level;
  /** The word that people read. */
  readonly verdict: 'violation' | 'audit' | 'invalid' | 'warning' | 'note' | 'not checked';
  readonly object: string;
  /** Where the object begins. */
  readonly objectPlace: Place;
  /** Where exactly. */
  readonly place: Place;
  /** `9090/TCP`; empty where it is about no port. */
  readonly port: string;
  /** What is wrong, beside a column that has the port. */
  readonly brief: string;
  /** The same as a sentence of its own, without a full stop. */
  readonly message: string;
  readonly fix?: string;
}

/** What a report has to say: by file, then by place. */
export function remarksOf({ results, misconfigurations }: CheckReport): Remark[] {
  const order = new Map<string, number>();
  for (const { place } of results) if (!order.has(place.document)) order.set(place.document, order.size);
  const fileOf = ({ place }: Remark): number => order.get(place.document) ?? 0;
  return [...results.flatMap(resultRemarks), ...misconfigurations.map(misconfigurationRemark)].sort(
    (a, b) => fileOf(a) - fileOf(b) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
}

/** The key by which remarks find the result of their object. */
export function objectKey(place: Place): string {
  return formatPlace(place);
}

function resultRemarks(result: CheckResult): Remark[] {
  const { object, place: objectPlace } = result;
  switch (result.verdict) {
    case 'permitted':
    case 'examined':
      return [];
    case 'violation':
      return result.violations.map((violation) => violationRemark(result, violation));
    case 'invalid':
      return result.problems.map(({ place, path, message, container, port }) => {
        const text = `${path === '' ? '' : `${path}: `}${message}${inContainer(container)}`;
        const code = object === objectPlace.document ? 'unreadable' : 'invalid';
        const words = { port: port === undefined ? '' : formatPort(port), brief: text, message: text };
        return { code, level: 'error', verdict: 'invalid', object, objectPlace, place, ...words };
      });
    case 'not-checked': {
      if (!result.declaresPorts) return [];
      const words = { port: '', brief: result.reason, message: result.reason };
      return [{ code: 'not-checked', level: 'note', verdict: 'not checked', object, objectPlace, place: objectPlace, ...words }];
    }
  }
}

type Violated = CheckResult & { readonly verdict: 'violation' };

function violationRemark(result: Violated, { code, place, port, portName, why, container }: Violated['violations'][number]): Remark {
  const number = port === undefined ? '' : formatPort(port);
  const named = portName === undefined ? number : `${number} (${portName})`;
  const brief = `${why}${inContainer(container)}`;
  return {
    code,
    level: result.mode === 'enforce' ? 'error' : 'warning',
    verdict: result.mode === 'enforce' ? 'violation' : 'audit',
    object: result.object,
    objectPlace: result.place,
    place,
    port: number,
    brief,
    message: code === 'port-not-authorized' ? `${named} is ${brief}` : brief,
    fix: violationRemedy(code)
      .replace(/^./, (first) => first.toLowerCase())
      .replace(/\.$/, ''),
  };
}

function misconfigurationRemark({ code, severity, object, objectPlace, place, port, message, fix }: PlacedMisconfiguration): Remark {
  return {
    code,
    level: severity,
    verdict: severity,
    object,
    objectPlace,
    place,
    port: port === undefined ? '' : formatPort(port),
    brief: message,
    message,
    fix,
  };
}

function inContainer(container: string | undefined): string {
  return container === undefined || container === '' ? '' : ` (container ${container})`;
}
