export function literalOf(word: string): string | undefined;
export function interpreterOf(line: string): string | undefined;
export function homesIn(text: string): string[];
export function withHome(text: string, name: string, old: string, home: string): string;
export function quotedFor(name: string, path: string): string;
