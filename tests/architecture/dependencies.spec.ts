import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';

const cruise = (...folders: string[]): { rule: string; from: string }[] => {
  const bin = join(projectRoot(), 'node_modules', '.bin', 'depcruise');
  const { stdout } = spawnSync(
    bin,
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders],
    {
      cwd: projectRoot(),
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return summary.violations.map(({ rule, from }) => ({
    rule: rule.name,
    from: from.replace(/.*fixtures\//, ''),
  }));
};

describe('the rules between rooms', () => {
  const violations = cruise('tests/architecture/fixtures');

  it.each([
    ['no-cycle', 'libs/words/cycle-a.ts'],
    ['deciders-import-no-package', 'libs/actions/impure.decider.ts'],
    ['room-by-its-door', 'libs/actions/through-the-wall.ts'],
    // A folder that nothing names.
    ['room-by-its-door', 'libs/nouvelle/through-the-wall.ts'],
    ['no-way-back', 'libs/nouvelle/way-back.ts'],
    ['apps-enter-rooms-by-the-register', 'apps/cli/rules-of-a-new-room.ts'],
    ['apps-enter-rooms-by-the-register', 'apps/cli/rules-in-a-process.ts'],
    ['machine-knows-no-copil', 'libs/event-sourcing/machine-with-copil-words.ts'],
    ['no-way-back', 'libs/words/way-back.ts'],
    ['only-the-store-speaks-to-its-server', 'libs/registre/other-client.ts'],
    ['kurrentdb-in-its-store', 'libs/registre/kurrentdb-client.ts'],
    ['stores-by-the-log', 'libs/registre/kurrentdb-store.ts'],
    ['the-register-stands-alone', 'libs/registre/looks-up.ts'],
  ])('%s catches %s', (rule, from) => {
    expect(violations).toContainEqual({ rule, from });
  });

  it('hold in the project', () => {
    expect(cruise('apps', 'libs', 'infra')).toEqual([]);
  });
});
