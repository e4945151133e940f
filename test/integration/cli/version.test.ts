import { expect, it } from 'vitest';
import { VERSION } from '../../../src/version.ts';
import { run } from '../../support/cli.ts';

it('portcullis --version prints the version alone', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
});
