/** Where processes of a test's own find their programs. */
export const searchPath = process.env.PATH;
