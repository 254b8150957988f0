/** A command that is asked to go on (`--watch`, `npm run dev`) but not `--watch=false`, and not one that is told to ignore its input. */
const WATCH = /^--?watch(?:All)?(?:=true)?$/;
const RUNNERS =
  /(?:^|\/)(?:npm|pnpm|yarn|bun|npx|bunx|vite|next|nuxt|astro|webpack|webpack-dev-server|ng|gatsby|remix|nodemon|parcel)$/;
const GOES_ON = /^(?:dev|serve|watch|start:dev|dev:\w+|watch:\w+|serve:\w+)$/;

/**
 * The word by which a command is asked to go on until it is stopped. Some of these programs (esbuild, some development servers) end
 * with success as soon as their standard input ends, and that of a run is empty.
 */
export function wordToGoOn(argv: readonly string[]): string | undefined {
  const flag = argv.find((word) => WATCH.test(word));
  if (flag !== undefined) return flag;
  return RUNNERS.test(argv[0] ?? '') ? argv.slice(1, 4).find((word) => GOES_ON.test(word)) : undefined;
}
