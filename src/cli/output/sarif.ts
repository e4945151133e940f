import { createHash } from 'node:crypto';
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckReport } from '../../app/check-result.ts';
import { VERSION } from '../../version.ts';
import { type Remark, remarksOf } from './remark.ts';
import { RULES } from './rules.ts';

/** SARIF 2.1.0 (OASIS), as code scanning services take it. The same report makes the same bytes. */
export function checkSarif(report: CheckReport): string {
  const remarks = remarksOf(report);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'portcullis', semanticVersion: VERSION, rules: RULES.map(ruleValue) } },
        invocations: [{ executionSuccessful: remarks.every(({ code }) => code !== 'unreadable') }],
        columnKind: 'utf16CodeUnits',
        results: resultValues(remarks),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleValue({ code, level, summary, remedy }: (typeof RULES)[number]): unknown {
  return {
    id: code,
    shortDescription: { text: `${summary.split('. ')[0]?.replace(/\.$/, '')}.` },
    fullDescription: { text: summary },
    help: { text: `${summary} ${remedy}` },
    defaultConfiguration: { level },
  };
}

const RULE_INDEX: ReadonlyMap<string, number> = new Map(RULES.map(({ code }, index) => [code, index]));

function resultValues(remarks: readonly Remark[]): unknown[] {
  const seen = new Map<string, number>();
  return remarks.map((remark) => {
    const artifact = artifactLocation(remark.place.document);
    // Lines are left out: a finding that moves is the same finding. Equal ones are told apart by their order.
    const identity = [remark.code, artifact.uri, remark.object, remark.port].join('\n');
    const occurrence = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, occurrence);
    return {
      ruleId: remark.code,
      ruleIndex: RULE_INDEX.get(remark.code),
      level: remark.level,
      message: { text: `${remark.object}: ${remark.message}${remark.fix === undefined ? '' : `; ${remark.fix}`}.` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: artifact,
            region: { startLine: remark.place.line, startColumn: remark.place.column },
          },
          logicalLocations: [{ fullyQualifiedName: remark.object, kind: 'object' }],
        },
      ],
      partialFingerprints: { 'portcullis/v1': createHash('sha256').update(`${identity}\n${occurrence}`).digest('hex').slice(0, 32) },
    };
  });
}

/** Relative to the working directory, which is the root of the sources in a pipeline; an absolute URI for what lies elsewhere. */
function artifactLocation(document: string): { readonly uri: string; readonly uriBaseId?: string } {
  const path = isAbsolute(document) ? relative('.', document) : relative('.', `./${document}`);
  if (path.startsWith('..')) return { uri: pathToFileURL(document).href };
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
