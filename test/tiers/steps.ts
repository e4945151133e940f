import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** One thing that is checked. It answers what came of it; throwing is failure too. */
export interface Step {
  readonly name: string;
  run(): Promise<Outcome>;
}

/** Counts what passed and failed: tests, or 1 for a step that is not made of tests. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What there is to read about a failure. */
  readonly output: string;
  /** A few words for the line of the step. */
  readonly note?: string;
  /** What failed, a line each: said once more at the end, where it is found in a long log. */
  readonly failures?: readonly string[];
}

/** A step that runs a program of node_modules/.bin; exit code 0 is success. */
export function command(name: string, program: string, ...args: readonly string[]): Step {
  return {
    name,
    async run() {
      const { code, output } = await runTool(program, args);
      return single(code === 0, output);
    },
  };
}

/** A step that is a function. */
export function action(name: string, act: () => Promise<unknown>): Step {
  return {
    name,
    async run() {
      await act();
      return single(true, '');
    },
  };
}

/** A step that runs dependency-cruiser. Without a single module it would be content with a mistyped path: that is a failure here. */
export function cruise(name: string, ...args: readonly string[]): Step {
  return {
    name,
    async run() {
      const { code, output } = await runTool('depcruise', args);
      const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
      if (modules === 0) return single(false, `${output}\nno module was cruised`);
      return { ...single(code === 0, output), note: `${modules} modules` };
    },
  };
}

/** A step that runs a project of vitest and counts its tests. */
export function vitest(name: string, project: string): Step {
  return {
    name,
    async run() {
      const folder = await mkdtemp(join(tmpdir(), 'portcullis-report-'));
      try {
        const report = join(folder, 'report.json');
        const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
        const { code, output } = await runTool('vitest', ['run', '--project', project, ...reporters]);
        const read: VitestReport = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
        return { ...settle(readCounts(read), code), output, failures: readFailures(read) };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** What we read of vitest's JSON report. */
interface VitestReport extends Partial<Readonly<Record<string, unknown>>> {
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The numbers of the report; zeros where it says nothing. */
function readCounts(report: VitestReport): Counts {
  const count = (field: string) => Number(report[field] ?? 0);
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests'),
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
}

/** `file > test: first line of the error` for each test that failed, and each file that did not load. */
export function readFailures({ testResults = [] }: VitestReport): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${file}: ${firstLine(message)}`];
    return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstLine(failureMessages?.[0])}`);
  });
}

const firstLine = (text = 'no message') => text.split('\n', 1)[0];

/** A file that does not load fails without a failed test, and so does an error outside of tests: that counts as one. */
function settle({ passed, failed, skipped }: Counts, code: number | null) {
  const all = failed === 0 && code !== 0 ? 1 : failed;
  const note = [`${passed} passed`, `${all} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
  return { passed, failed: all, note };
}

const single = (ok: boolean, output: string): Outcome => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, output });

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function runTool(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(join('node_modules', '.bin', program), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => resolve({ code: null, output: `${output}${error.message}` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
