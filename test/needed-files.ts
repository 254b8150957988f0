const NEEDED = [
  /^(?:package\.json|README\.md|LICENSE|wrapper\.sh|dist\/THIRD-PARTY-LICENSES\.txt)$/,
  /^dist\/.*\.(?:c?js|mjs|d\.ts|sh|json|md)$/,
  /^dist\/web\/page\/(?:assets\/)?[\w-]+\.(?:html|css|svg|txt)$/,
  /^schema\/[\w-]+\.json$/,
  /^assets\/[\w-]+\.(?:mjs|sh|md)$/,
];

/** True for a file that users of a package need: its programs and their types, its schemas and assets, and what they run. */
export function isNeeded(path: string): boolean {
  return NEEDED.some((pattern) => pattern.test(path)) && !/\.test\.|\bcompiled\b/.test(path);
}
