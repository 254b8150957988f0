import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

/** THIRD-PARTY-LICENSES.txt beside a bundle: the licence of every package whose code ended up in the bundle. */
export function thirdPartyLicenses(): Plugin {
  return {
    name: 'third-party-licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const foreign = modules.filter((id) => id.includes('/node_modules/'));
      const texts = [...new Set(foreign.map(packageFolder))].map(licenseText).sort();
      this.emitFile({
        type: 'asset',
        fileName: 'THIRD-PARTY-LICENSES.txt',
        source: texts.join(`\n${'-'.repeat(80)}\n\n`),
      });
    },
  };
}

/** The nearest folder above a module whose manifest has a version: folders inside a package may have one with only a type. */
function packageFolder(moduleId: string): string {
  let folder = dirname(moduleId);
  while (manifestOf(folder)?.version === undefined) folder = dirname(folder);
  return folder;
}

/** A package without the text of its licence names at least the licence and where it comes from. */
function licenseText(folder: string): string {
  const { name, version, license, repository } = manifestOf(folder) ?? {};
  const head = `${name} ${version} (${license})\n\n`;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file !== undefined) return `${head}${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  const url = typeof repository === 'string' ? repository : repository?.url;
  if (license === undefined || url === undefined)
    throw new Error(`${name} is bundled, and its package has no licence text`);
  return `${head}Its package has no text of its licence. It comes from ${url}\n`;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly repository?: string | { readonly url?: string };
}

function manifestOf(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
