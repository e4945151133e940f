import type { CheckReport } from '../../app/check-result.ts';
import type { Io } from '../io.ts';

/** What a format may know beside the report. */
export interface Printing {
  readonly templateHash: string;
  /** Whether warnings and violations in audit fail the pipeline as well. */
  readonly strict: boolean;
  readonly io: Pick<Io, 'color' | 'columns'>;
}

/** Writes a whole report as one text that ends with a newline. */
export type Format = (report: CheckReport, printing: Printing) => string;
