import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { examplesOf, run, withFiles } from '../../support/cli.ts';

const NAME = 'portcullis-webhook.portcullis-system.svc';
const UNTIL = /valid until \d{4}-\d\d-\d\dT[\d:.]+Z/g;
const dateless = (text: string) => text.replaceAll(UNTIL, 'valid until THEN');

const LIFETIMES = 'DIR/certs/ca.crt valid until THEN\nDIR/certs/tls.crt valid until THEN\n';

describe('portcullis certs', () => {
  it('makes a CA and a certificate, leaves them alone the next time, and renews when a name is missing', async () => {
    await withFiles({}, async (folder) => {
      const make = async (...words: string[]) => {
        const ran = await run(['certs', '--dir', `${folder}/certs`, ...words], { folder });
        return { ...ran, out: dateless(ran.out) };
      };
      expect(await make('--name', NAME, '--address', '127.0.0.1')).toEqual({
        code: 0,
        out: `renew authority: there is none yet\nrenew leaf: tls.crt is missing\n${LIFETIMES}`,
        err: '',
      });
      expect(await make('--name', NAME)).toEqual({ code: 0, out: `nothing to do\n${LIFETIMES}`, err: '' });
      expect((await make('--name', NAME, 'other.example')).out).toContain('renew leaf: the certificate does not include other.example');
      expect((await readdir(`${folder}/certs`)).sort()).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
    });
  });

  it('checks without changing anything', async () => {
    await withFiles({}, async (folder) => {
      await run(['certs', '--dir', `${folder}/certs`, '--name', NAME]);
      const check = async (...words: string[]) => {
        const ran = await run(['certs', '--check', `${folder}/certs`, ...words], { folder });
        return { ...ran, out: dateless(ran.out) };
      };
      expect(await check('--name', NAME)).toEqual({ code: 0, out: LIFETIMES, err: '' });
      expect(await check('--name', 'portcullis-webhook.elsewhere.svc')).toEqual({
        code: 2,
        out: 'DIR/certs/ca.crt valid until THEN\n',
        err: 'portcullis: the certificate is for the namespace portcullis-system, but the API server calls portcullis-webhook.elsewhere.svc\n',
      });
    });
  });

  it.each<[string, string[], string]>([
    ['one of --dir and --check', ['certs'], 'portcullis: say either --dir DIR or --check DIR\n'],
    ['a name', ['certs', '--dir', 'x'], 'portcullis: say by which --name or --address the gate is called\n'],
    [
      'an address',
      ['certs', '--dir', 'x', '--address', 'here'],
      'portcullis: --address here: write an IP address; a name belongs to --name\n',
    ],
    [
      'an address that a certificate can name',
      ['certs', '--dir', 'x', '--address', 'fe80::1%eth0'],
      'portcullis: --address fe80::1%eth0: write an IP address; a name belongs to --name\n',
    ],
    [
      'a name without a dot at its end',
      ['certs', '--dir', 'x', '--name', 'gate.shop.svc.'],
      'portcullis: --name gate.shop.svc.: write a DNS name as it is called, like gate.shop.svc\n',
    ],
    [
      'labels that are not too long',
      ['certs', '--dir', 'x', '--name', `${'a'.repeat(64)}.svc`],
      `portcullis: --name ${'a'.repeat(64)}.svc: write a DNS name as it is called, like gate.shop.svc\n`,
    ],
    ['a folder that holds some', ['certs', '--check', 'no-such-folder'], 'portcullis: no-such-folder holds no certificates\n'],
  ])('wants %s', async (_what, argv, err) => {
    expect(await run(argv)).toEqual({ code: 2, out: '', err });
  });

  it('has examples that run', async () => {
    const examples = examplesOf((await run(['certs', '--help'])).out);
    expect(examples).toHaveLength(2);
    await withFiles({}, async (folder) => {
      for (const example of examples) {
        const ran = await run(example.map((word) => (word === 'certs/' ? `${folder}/${word}` : word)));
        expect({ example, code: ran.code }).toEqual({ example, code: 0 });
      }
    });
  });
});
