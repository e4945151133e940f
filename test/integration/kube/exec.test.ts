import { describe, expect, it } from 'vitest';
import { type ExecLimits, type ExecTarget, podExec } from '../../../src/adapters/kube/exec.ts';
import { type Act, startExecServer } from '../../support/exec-server.ts';
import { failureOf } from '../../support/kube-failure.ts';

const TARGET: ExecTarget = { namespace: 'shop', pod: 'api', container: 'main', command: ['cat', '/a b', '--', 'ä'] };
const LIMITS: ExecLimits = { timeoutMs: 10_000, maxBytes: 1_000 };
const WHAT = 'cat in shop/api, container main';

/** Runs the command on a server that acts so. */
async function ran(act: Act, limits: Partial<ExecLimits> = {}) {
  await using server = await startExecServer();
  server.act(act);
  return await podExec(server.identity, { version: '1.2.3' })(TARGET, { ...LIMITS, ...limits });
}

describe('a command in a pod', () => {
  it('asks for output and no input, with every argument, below the path of the server', async () => {
    await using server = await startExecServer();
    expect(await podExec(server.identity, { version: '1.2.3' })(TARGET, LIMITS)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(server.asked).toEqual([
      {
        path: '/k8s/c-1/api/v1/namespaces/shop/pods/api/exec',
        container: 'main',
        command: ['cat', '/a b', '--', 'ä'],
        protocol: 'v5.channel.k8s.io',
        authorization: 'Bearer of-a-person',
        streams: 'stdin=false stdout=true stderr=true tty=false',
      },
    ]);
  });

  it('takes the older protocol where the server knows no newer one', async () => {
    await using server = await startExecServer(['v4.channel.k8s.io']);
    server.act((session) => session.exit(3));
    const { code } = await podExec(server.identity, { version: '1' })(TARGET, LIMITS);
    expect([code, server.asked[0]?.protocol]).toEqual([3, 'v4.channel.k8s.io']);
  });

  it('answers exit code and both streams, with letters that came in two parts', async () => {
    const [first, second] = [Buffer.from('größer').subarray(0, 3), Buffer.from('größer').subarray(3)];
    const heard: string[] = [];
    const result = await ran(
      (session) => {
        session.out(first);
        session.err('no such file\n');
        session.out(second);
        session.exit(1);
      },
      { heard: (text) => heard.push(text) },
    );
    expect([result, heard]).toEqual([{ code: 1, stdout: 'größer', stderr: 'no such file\n' }, ['gr', 'ößer']]);
  });
});

describe('a command in a pod that is refused with 401', () => {
  it('is sent once more with what the identity has then', async () => {
    await using server = await startExecServer();
    server.refuse(401, '{"kind":"Status","code":401,"reason":"Unauthorized","message":"Unauthorized"}');
    const told: string[] = [];
    const identity = {
      ...server.identity,
      refused: () => void told.push('refused'),
      credentials: () => {
        told.push('asked');
        return server.identity.credentials();
      },
    };
    expect(await failureOf(podExec(identity, { version: '1' })(TARGET, LIMITS))).toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(told).toEqual(['asked', 'refused', 'asked']);
  });
});

describe('a command in a pod fails', () => {
  const failures: Record<string, { act: Act; limits?: Partial<ExecLimits>; expected: Awaited<ReturnType<typeof failureOf>> }> = {
    'where the server keeps silent': {
      act: () => {},
      limits: { timeoutMs: 50 },
      expected: { status: 0, reason: 'Timeout', message: `${WHAT}: it did not end within 50 ms` },
    },
    'where it closes without a status': {
      act: (session) => {
        session.out('half');
        session.close();
      },
      expected: { status: 0, reason: 'Unreachable', message: `${WHAT}: the connection ended (1000) before the command did` },
    },
    'where the connection drops': {
      act: (session) => session.drop(),
      expected: { status: 0, reason: 'Unreachable', message: `${WHAT}: the connection ended (1006) before the command did` },
    },
    'at too much output, in one message': {
      act: (session) => session.out('x'.repeat(1_001)),
      expected: { status: 0, reason: 'TooLarge', message: `${WHAT}: it wrote more than 1000 bytes` },
    },
    'at too much output, in many messages': {
      act: (session) => {
        for (let i = 0; i < 6; i += 1) session[i % 2 === 0 ? 'out' : 'err']('x'.repeat(200));
      },
      expected: { status: 0, reason: 'TooLarge', message: `${WHAT}: it wrote more than 1000 bytes` },
    },
    'where the container has no such program': {
      act: (session) =>
        session.status({
          status: 'Failure',
          reason: 'InternalError',
          code: 500,
          message:
            'Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "cat": executable file not found in $PATH: unknown',
        }),
      expected: { status: 0, reason: 'NoProgram', message: `${WHAT}: there is no such program` },
    },
    'where the shell of the runtime says so': {
      act: (session) => session.exit(127),
      expected: { status: 0, reason: 'NoProgram', message: `${WHAT}: there is no such program` },
    },
    'where the command could not be started, in the words of the server': {
      act: (session) => session.status({ status: 'Failure', reason: 'InternalError', code: 500, message: 'container not running (abc)' }),
      expected: { status: 500, reason: 'InternalError', message: `${WHAT}: container not running (abc)` },
    },
    'at a status that is none': {
      act: (session) => session.status('what?'),
      expected: { status: 0, reason: 'Malformed', message: `${WHAT}: the status of the command cannot be read: what?` },
    },
  };
  for (const [sentence, { act, limits, expected }] of Object.entries(failures)) {
    it(sentence, async () => expect(await failureOf(ran(act, limits))).toEqual(expected));
  }

  it.each([
    [
      403,
      '{"kind":"Status","code":403,"reason":"Forbidden","message":"pods \\"api\\" is forbidden"}',
      'Forbidden',
      '403 pods "api" is forbidden',
    ],
    [404, '{"kind":"Status","code":404,"reason":"NotFound","message":"pods \\"api\\" not found"}', 'NotFound', '404 pods "api" not found'],
    [500, 'error dialing backend: no route to host', 'Unknown', '500 error dialing backend: no route to host'],
    [502, '', 'Unknown', '502 no reason given'],
  ])('in the words of an answer %i', async (status, body, reason, said) => {
    await using server = await startExecServer();
    server.refuse(status, body);
    const failure = await failureOf(podExec(server.identity, { version: '1' })(TARGET, LIMITS));
    expect(failure).toEqual({ status, reason, message: `${WHAT}: ${said}` });
  });

  it('before it began, and under way, where it is called off', async () => {
    const called = { status: 0, reason: 'Aborted', message: `${WHAT}: called off` };
    const controller = new AbortController();
    const underWay = ran(() => controller.abort(), { signal: controller.signal });
    expect(await failureOf(underWay)).toEqual(called);
    expect(await failureOf(ran(() => {}, { signal: AbortSignal.abort() }))).toEqual(called);
  });

  it('where nobody answers at that address', async () => {
    const server = await startExecServer();
    await server[Symbol.asyncDispose]();
    const failure = await failureOf(podExec(server.identity, { version: '1' })(TARGET, LIMITS));
    expect(failure).toEqual({ status: 0, reason: 'Unreachable', message: expect.stringMatching(/ECONNREFUSED/) });
  });

  it('where the certificate of the server is of nobody that is trusted', async () => {
    await using server = await startExecServer();
    const identity = { ...server.identity, credentials: async () => ({ headers: {}, tls: {} }) };
    const failure = await failureOf(podExec(identity, { version: '1' })(TARGET, LIMITS));
    expect([failure, server.asked]).toEqual([{ status: 0, reason: 'Unreachable', message: expect.stringMatching(/certificate/) }, []]);
  });
});
