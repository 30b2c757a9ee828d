// Lists the licences of what is shipped; a package under one that is not allowed is named, and the exit code is 1.
import { promisify } from 'node:util';
import { init } from 'license-checker-rseidelsohn';
import satisfies from 'spdx-satisfies';

const ALLOWED = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];

const isAllowed = (licence) => {
  try {
    return satisfies(licence, ALLOWED);
  } catch {
    return false;
  }
};

const packages = Object.entries(
  await promisify(init)({
    start: process.argv[2] ?? process.cwd(),
    production: true,
    excludePrivatePackages: true,
  }),
).map(([name, { licenses }]) => [name, [licenses].flat().join(' AND ')]);

const counts = new Map();
for (const [, licence] of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
for (const [licence, count] of counts) console.log(`${licence}: ${count}`);

const refused = packages.filter(([, licence]) => !isAllowed(licence));
for (const [name, licence] of refused)
  console.error(`${name} is under ${licence}, which is not allowed here`);
process.exitCode = refused.length > 0 ? 1 : 0;
