import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../src/app/status.ts';
import { NO_TEMPLATE } from '../../../src/app/template-state.ts';
import { at, template } from '../../support/template.ts';

describe('the status', () => {
  it('says that there is no template', () => {
    expect(statusOf(NO_TEMPLATE, new Map())).toEqual({
      template: 'none: no template was ever accepted',
      refused: [],
      conflicts: [],
    });
  });

  it('names the template in force, what is wrong with each refused ConfigMap, and the namespaces that need a person by name', () => {
    const refused = [
      { name: 'portcullis-template', issues: [{ place: at(4), path: 'mode', message: '"enforced" is no mode' }] },
      {
        name: 'team-a',
        issues: [
          { place: at(1), path: '', message: 'is no YAML' },
          { place: at(2), path: 'a', message: 'is unknown' },
        ],
      },
    ];
    const conflicts = new Map([
      ['web', ['portcullis-block']],
      ['shop', ['portcullis-allow', 'portcullis-block']],
    ]);
    expect(statusOf({ template: template([]), accepted: [], refused }, conflicts)).toEqual({
      template: '0123456789ab',
      refused: [
        'ConfigMap portcullis-template:',
        '  template.yaml:4:3  mode: "enforced" is no mode',
        'ConfigMap team-a:',
        '  template.yaml:1:3  is no YAML',
        '  template.yaml:2:3  a: is unknown',
      ],
      conflicts: ['shop: portcullis-allow, portcullis-block belongs to somebody else', 'web: portcullis-block belongs to somebody else'],
    });
  });
});
