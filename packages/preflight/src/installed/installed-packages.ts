import * as z from 'zod/mini';
import { askProgram, lastLineOf } from '../ask-program.ts';
import type { CheckContext } from '../check.ts';
import { type InstalledPackages, type MarkerEnvironment, normalizedName } from '../requirements/installed-package.ts';

/** What an interpreter is, and what it can import; or why it could not be asked. */
export type PythonAnswer =
  | { readonly kind: 'answered'; readonly environment: MarkerEnvironment; readonly packages: InstalledPackages }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Prints the variables of markers, and the names of all metadata on the import path: `flask-3.0.dist-info`. It reads folders only, so it
 * takes as long with a thousand packages as with ten. It runs on any Python from 2.7 on.
 */
const ASK = `
import json, os, platform, sys
v = sys.version_info
full = ".".join(map(str, v[:3])) + ("" if v[3] == "final" else {"alpha": "a", "beta": "b", "candidate": "rc"}[v[3]] + str(v[4]))
impl = getattr(sys, "implementation", None)
iv = impl.version if impl else v
found = []
for folder in sys.path:
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        continue
    found += [name for name in names if name.endswith((".dist-info", ".egg-info", ".egg-link"))]
print(json.dumps({"environment": {
    "os_name": os.name, "sys_platform": sys.platform, "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(), "platform_release": platform.release(),
    "platform_system": platform.system(), "platform_version": platform.version(),
    "python_version": ".".join(map(str, v[:2])), "python_full_version": full,
    "implementation_name": impl.name if impl else "cpython", "implementation_version": ".".join(map(str, iv[:3])),
}, "found": found}))
`;

const Printed = z.object({ environment: z.record(z.string(), z.string()), found: z.array(z.string()) });

/** Asks an interpreter. The package that comes first on its import path counts. */
export async function askPython(python: string, context: CheckContext, signal: AbortSignal): Promise<PythonAnswer> {
  const answered = await askProgram([python, '-I', '-c', ASK], context, signal);
  if (answered.kind === 'failed') return answered;
  if (answered.code !== 0) return { kind: 'failed', why: lastLineOf(answered.stderr) || `exit ${answered.code}` };
  const printed = Printed.safeParse(jsonIn(answered.stdout));
  if (!printed.success) return { kind: 'failed', why: 'it did not print what it was asked for' };
  const packages = new Map<string, string | null>();
  for (const metadata of printed.data.found) {
    const [name, version = null] = packageIn(metadata);
    if (name !== undefined && !packages.has(name)) packages.set(name, version);
  }
  return { kind: 'answered', environment: printed.data.environment, packages };
}

/** The name and the version in `Flask_SQLAlchemy-3.1.1.dist-info`, `six-1.16.0-py3.8.egg-info`, `ours.egg-link`. Pure. */
export function packageIn(metadata: string): [name?: string, version?: string] {
  const [, stem = ''] = /^(.+)\.(?:dist-info|egg-info|egg-link)$/.exec(metadata) ?? [];
  const [, name, version] = /^([A-Za-z0-9][\w.-]*?)(?:-(\d[^-]*))?(?:-py\d[\d.]*)?$/.exec(stem) ?? [];
  if (name === undefined) return [];
  return version === undefined ? [normalizedName(name)] : [normalizedName(name), version];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
