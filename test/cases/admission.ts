import { decodeReview } from '../../src/adapters/http/decode.ts';
import { encodeAnswer } from '../../src/adapters/http/encode.ts';
import { makeReview, type Review } from '../../src/app/review.ts';
import { allowed } from '../../src/core/admission.ts';
import type { Authority } from '../../src/core/authority.ts';
import { asList, asRecord, isRecord, textOf } from '../../src/core/unknown.ts';
import { facts } from '../support/review.ts';
import { type CaseFolder, differs, type Problems, texts } from './case-folder.ts';
import { neutralAuthority } from './neutral-template.ts';
import { compareWebhooks } from './webhook-facts.ts';

/** What the shipped template exempts beside the product's own namespace. */
const EXEMPT = ['kube-system', 'kube-node-lease', 'kube-public'];

type Fields = Readonly<Record<string, unknown>>;

/** AdmissionReviews in, answers out, through decoding and encoding. A file holds one review, or several under `reviews`. */
export function runAdmission(folder: CaseFolder): Problems {
  const { expected } = folder;
  const files = folder.files.filter((file) => /^input.*\.json$/.test(file));
  const inputs = files.map((file) => asRecord(folder.json(file)));
  const productNamespace = inputs.map(({ productNamespace: name }) => textOf(name)).find((name) => name !== '') ?? 'portcullis-system';
  const review = reviewOf(neutralAuthority(folder.text('template.json'), productNamespace, { exempt: EXEMPT }));
  const reviews = inputs.flatMap((input, index) =>
    (Array.isArray(input.reviews) ? input.reviews : [input]).map((one) => ({ file: files[index] ?? '', review: one })),
  );
  const answers = reviews.map((one) => ({ file: one.file, response: answerTo(one.review, review) }));
  const wanted = responsesOf(expected);
  return [
    ...(wanted.length === 0 ? ['the case expects no response'] : []),
    ...differs('responses', answers.length, wanted.length),
    ...wanted.flatMap(({ file, response }, index) => {
      const answer = file === undefined ? answers[index] : answers.find((one) => one.file === file);
      return answer === undefined ? [`no answer to ${file}`] : compareResponse(answer.response, response);
    }),
    ...differs('verdict', answers.every(({ response }) => responseOf(response).allowed === true) ? 'allow' : 'deny', expected.verdict),
    ...compareReasons(answers.map(({ response }) => messageOf(response)).join('\n'), asList(expected.reasons).map(asRecord)),
    ...reviews.flatMap((one) => dryRunDiffers(one.review, review)),
    ...(expected.webhookConfiguration === undefined ? [] : compareWebhooks(asRecord(expected.webhookConfiguration), productNamespace)),
  ];
}

/** Every pair is in place: the cases are about the template. */
function reviewOf(authority: Authority): Review {
  return makeReview({ facts: () => facts(authority), templateEdit: () => allowed('not-judged') });
}

function answerTo(value: unknown, review: Review): Fields {
  const decoded = decodeReview(JSON.stringify(value));
  if (decoded.kind === 'malformed') return { malformed: decoded.detail };
  const { apiVersion, request } = decoded;
  return asRecord(JSON.parse(encodeAnswer({ apiVersion, uid: request.uid }, review.validate(request))));
}

function responsesOf(expected: Fields): { readonly file?: string; readonly response: Fields }[] {
  if (expected.response !== undefined) return [{ response: asRecord(expected.response) }];
  if (Array.isArray(expected.responses)) return expected.responses.map((response) => ({ response: asRecord(response) }));
  return Object.entries(asRecord(expected.responses)).map(([file, response]) => ({ file, response: asRecord(response) }));
}

function compareResponse(answer: Fields, wanted: Fields): Problems {
  const response = responseOf(answer);
  const uid = textOf(wanted.uid);
  return [
    ...(['apiVersion', 'kind'] as const).flatMap((field) =>
      wanted[field] === undefined ? [] : differs(`${uid}: ${field}`, answer[field], wanted[field]),
    ),
    ...differs('uid', response.uid, wanted.uid),
    ...differs(`${uid}: allowed`, response.allowed, wanted.allowed),
    ...texts(wanted.messageContains)
      .filter((word) => !messageOf(answer).includes(word))
      .map((word) => `${uid}: the message does not say ${word}: ${messageOf(answer)}`),
  ];
}

function responseOf(answer: Fields): Fields {
  return asRecord(answer.response);
}

function messageOf(answer: Fields): string {
  return textOf(asRecord(responseOf(answer).status).message);
}

/** One line of the message names the container and the port of each reason. */
function compareReasons(messages: string, reasons: readonly Fields[]): Problems {
  const lines = messages.split('\n');
  return reasons.flatMap(({ container, containerType, port, protocol }) =>
    lines.some((line) => {
      const kind = containerType === 'container' || containerType === undefined ? '' : `${containerType} `;
      const cells = line.trim().split(/ {2,}/);
      return cells[0] === `${kind}container ${container}` && cells[1]?.startsWith(`${port}/${protocol}`) === true;
    })
      ? []
      : [`no line names container ${container} and ${port}/${protocol}`],
  );
}

/** A dry run gets the answer that the real request would get; the reviews are functions and so leave nothing behind. */
function dryRunDiffers(value: unknown, review: Review): Problems {
  const { request } = asRecord(value);
  if (!isRecord(request) || request.dryRun !== true) return [];
  const real = { ...asRecord(value), request: { ...request, dryRun: false } };
  return differs('a dry run', answerTo(value, review), answerTo(real, review));
}
