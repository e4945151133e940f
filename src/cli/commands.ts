import { defineAgent } from './agent.ts';
import { defineApply } from './apply.ts';
import { defineCerts } from './certs.ts';
import { defineCheck } from './check.ts';
import { defineComplete } from './completion/complete.ts';
import { defineCompletion } from './completion.ts';
import { defineExplain } from './explain.ts';
import { defineGenerate } from './generate.ts';
import { defineLearn } from './learn.ts';
import { definePolicies } from './policies.ts';
import { definePreview } from './preview.ts';
import { defineProbe } from './probe.ts';
import type { DefineCommand } from './program.ts';
import { defineRelease } from './release.ts';
import { defineRun } from './run.ts';
import { defineScan } from './scan.ts';
import { defineServe } from './serve/serve.ts';
import { defineTemplate } from './template.ts';

/** Every command of the line, in the order of the help. */
export const COMMANDS: readonly DefineCommand[] = [
  defineServe,
  defineAgent,
  defineRun,
  defineScan,
  defineCheck,
  defineGenerate,
  defineApply,
  definePolicies,
  defineRelease,
  defineExplain,
  defineLearn,
  definePreview,
  defineTemplate,
  defineCerts,
  defineCompletion,
  defineComplete,
  defineProbe,
];
