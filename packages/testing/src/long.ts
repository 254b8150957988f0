/**
 * True in `npm run test:long`: loops and loads run at full size, and under every shell that is installed.
 * `npm test` runs the same tests small.
 */
export const LONG: boolean = process.env['PM_TEST_LONG'] === '1';
