import { openApi } from '../../libs/http/index.js';

/** Prints the document of the API, for those who check it or make a client of it. */
process.stdout.write(`${JSON.stringify(openApi(), undefined, 2)}\n`);
