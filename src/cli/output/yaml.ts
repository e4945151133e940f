import { writeDocuments } from '../../adapters/yaml/write.ts';
import type { CheckReport } from '../../app/check-result.ts';
import type { Printing } from './format.ts';
import { reportValue } from './json.ts';

/** What `-o json` prints, as YAML. */
export function checkYaml(report: CheckReport, printing: Printing): string {
  // Through JSON: what is undefined there is absent here as well.
  return writeDocuments([JSON.parse(JSON.stringify(reportValue(report, printing)))]);
}
