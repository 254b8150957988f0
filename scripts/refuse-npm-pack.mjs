// `prepack` of every published package. npm leaves "workspace:" in the dependencies of what it packs, and nobody can install that.
if (/\bnpm-cli\.js$/.test(process.env.npm_execpath ?? '')) {
  console.error('npm cannot pack a package of this workspace: its dependencies would stay "workspace:".');
  console.error('next: pnpm pack, or in the root of the repository: node scripts/pnpm.mjs release');
  process.exitCode = 1;
}
