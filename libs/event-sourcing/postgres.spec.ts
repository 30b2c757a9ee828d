import { describe, expect, it } from '@jest/globals';
import { isServerAway } from './postgres.js';

describe('an error of the database', () => {
  it.each([
    ['Connection terminated unexpectedly', ''],
    ['Connection terminated due to connection timeout', ''],
    ['Client has encountered a connection error and is not queryable', ''],
    ['timeout exceeded when trying to connect', ''],
    ['Query read timeout', ''],
    ['Cannot use a pool after calling end on the pool', ''],
    ['read ECONNRESET', 'ECONNRESET'],
    ['connect ENOENT /tmp/.s.PGSQL.5432', 'ENOENT'],
    ['getaddrinfo EAI_AGAIN db', 'EAI_AGAIN'],
    ['terminating connection due to administrator command', '57P01'],
    ['the database system is starting up', '57P03'],
    ['canceling statement due to statement timeout', '57014'],
    ['canceling statement due to lock timeout', '55P03'],
    ['terminating connection due to idle-in-transaction timeout', '25P03'],
    ['could not extend file: No space left on device', '53100'],
    ['sorry, too many clients already', '53300'],
    ['deadlock detected', '40P01'],
  ])('tells of a server that is away: %s %s', (message, code) => {
    expect(isServerAway(Object.assign(new Error(message), code && { code }))).toBe(true);
    const all = new AggregateError([Object.assign(new Error(message), code && { code })]);
    expect(isServerAway(all)).toBe(true);
  });

  it.each([
    [new TypeError('Cannot read properties of undefined (reading connection)')],
    [Object.assign(new Error('relation does not exist'), { code: '42P01' })],
    [Object.assign(new Error('invalid input syntax for type date'), { code: '22007' })],
    [new Error('anything else')],
  ])('does not tell so: %s', (error) => {
    expect(isServerAway(error)).toBe(false);
  });
});
