import { connect } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One connection to the gate that asks one question after the other. Far cheaper than an HTTP client, whose work would be most of a run. */
export interface ReviewConnection {
  /** Rejects when there is no whole answer within the deadline. */
  ask(path: string, body: Buffer): Promise<Answer>;
  close(): void;
}

/** An answer that takes longer counts as a hang. Far more than the API server waits, since the machine may be busy; the slowest is told. */
const DEADLINE_MS = 60_000;

export async function openConnection(port: number, ca: string): Promise<ReviewConnection> {
  const socket = connect({ host: '127.0.0.1', port, ca });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  let received = '';
  let settle: (answer: Answer | Error) => void = () => {};
  socket.setEncoding('utf8').setNoDelay(true).setTimeout(DEADLINE_MS);
  socket.on('data', (chunk: string) => {
    received += chunk;
    const answer = wholeAnswer(received);
    if (answer === undefined) return;
    received = '';
    settle(answer);
  });
  socket.on('timeout', () => settle(new Error(`no answer within ${DEADLINE_MS} ms`)));
  socket.on('error', settle);
  socket.on('close', () => settle(new Error('the gate closed the connection')));
  return {
    ask(path, body) {
      const head = `POST ${path} HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      return new Promise((resolve, reject) => {
        settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
        socket.write(Buffer.concat([Buffer.from(head), body]));
      });
    },
    close: () => void socket.destroy(),
  };
}

/** The answer, once all of it is there. Every answer of the gate says its length. */
function wholeAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  const body = text.slice(end + 4);
  return Buffer.byteLength(body) < length ? undefined : { status: Number(head.split(' ', 2)[1]), text: body };
}
