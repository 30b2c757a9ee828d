import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';

/** By a process of its own: the parser's types do not load among modules of tests. */
function lint(file: string): { ruleId: string; line: number }[] {
  const script = `
    import { ESLint } from 'eslint';
    const { default: config } = await import('./eslint.config.js');
    const file = ${JSON.stringify(file)};
    const eslint = new ESLint({
      ignore: false,
      overrideConfigFile: true,
      overrideConfig: [
        ...config.filter(({ ignores, rules }) => !ignores || rules),
        { languageOptions: { parserOptions: { projectService: { allowDefaultProject: [file] } } } },
      ],
    });
    const [{ messages }] = await eslint.lintFiles([file]);
    console.log(JSON.stringify(messages.map(({ ruleId, line, message }) => ({ ruleId, line, message }))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: projectRoot(),
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as { ruleId: string; line: number }[];
}

describe('a switch over facts or commands', () => {
  const found = lint(join('tests', 'architecture', 'fixtures', 'libs', 'actions', 'forgetful.decider.ts'));

  it.each([
    ['that leaves one out', 5],
    ['that has all others pass by a default', 14],
  ])('%s is an error of the lint', (_, line) => {
    expect(found).toContainEqual(
      expect.objectContaining({ ruleId: '@typescript-eslint/switch-exhaustiveness-check', line }),
    );
  });
});

describe('a room', () => {
  it('that writes SQL itself is an error of the lint', () => {
    const found = lint(join('tests', 'architecture', 'fixtures', 'libs', 'actions', 'speaks-sql.ts'));
    const lines = found.filter(({ ruleId }) => ruleId === 'no-restricted-syntax').map(({ line }) => line);
    expect(lines).toEqual([3, 5]);
  });
});
