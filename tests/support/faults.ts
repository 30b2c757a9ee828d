/** How much of the rounds of faults is run: a tenth, or what FAULTS_SHARE says; `npm run faults` runs all. */
const share = Number(process.env.FAULTS_SHARE ?? '0.1');

export const rounds = (all: number): number => Math.max(1, Math.round(all * share));
