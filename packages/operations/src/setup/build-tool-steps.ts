import { type Found, type ProjectFile, USUAL } from './found-step.ts';

/** The steps of Rust, Go, Maven, Gradle, just and make. */
export function buildToolSteps(file: ProjectFile): Found[] {
  return [...rust(file), ...go(file), ...maven(file), ...gradle(file), ...just(file), ...make(file)];
}

function rust(file: ProjectFile): Found[] {
  const manifest = file('Cargo.toml');
  if (manifest === undefined) return [];
  const [, version] = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest) ?? [];
  const checks = version === undefined ? {} : { checks: [`command:rustc >=${version}`] };
  return ['test', 'build'].map((word) => ({ command: ['cargo', word], ...checks, from: 'Cargo.toml' }));
}

function go(file: ProjectFile): Found[] {
  if (file('go.mod') === undefined) return [];
  const verbs = ['test', 'build', 'vet'];
  return verbs.map((verb) => ({ command: ['go', verb, './...'], from: 'go.mod' }));
}

function maven(file: ProjectFile): Found[] {
  const manifest = file('pom.xml');
  if (manifest === undefined) return [];
  const program = file('mvnw') === undefined ? 'mvn' : './mvnw';
  const [, version] =
    /<(?:maven\.compiler\.(?:release|source)|java\.version|release)>\s*(?:1\.)?(\d+)\s*</.exec(manifest) ?? [];
  const checks = [`command:java${version === undefined ? '' : ` >=${version}`}`];
  return [
    { command: [program, '-B', 'test'], checks, from: 'pom.xml' },
    { command: [program, '-B', '-DskipTests', 'package'], step: 'build', checks, from: 'pom.xml' },
  ];
}

function gradle(file: ProjectFile): Found[] {
  const from = ['build.gradle', 'build.gradle.kts'].find((name) => file(name) !== undefined);
  if (from === undefined) return [];
  const program = file('gradlew') === undefined ? 'gradle' : './gradlew';
  return ['test', 'build'].map((task) => ({ command: [program, task], checks: ['command:java'], from }));
}

function just(file: ProjectFile): Found[] {
  const from = ['justfile', 'Justfile', '.justfile'].find((name) => file(name) !== undefined);
  if (from === undefined) return [];
  // A recipe may have parameters with defaults and dependencies: `test *args: build`. A variable has `:=`.
  return USUAL.filter((recipe) => new RegExp(`^@?${recipe}(?:\\s[^:\\n]*)?:(?!=)`, 'm').test(file(from) ?? '')).map(
    (recipe) => ({ command: ['just', recipe], from }),
  );
}

function make(file: ProjectFile): Found[] {
  const from = ['GNUmakefile', 'makefile', 'Makefile'].find((name) => file(name) !== undefined);
  if (from === undefined) return [];
  // One line may name several: `test lint: $(SOURCES)`.
  const line = (target: string): RegExp =>
    new RegExp(`^(?:[\\w./-]+[ \\t]+)*${target}(?:[ \\t]+[\\w./-]+)*[ \\t]*:(?!:?:?=)`, 'm');
  return USUAL.filter((target) => line(target).test(file(from) ?? '')).map((target) => ({
    command: ['make', target],
    from,
  }));
}
