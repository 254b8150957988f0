// What the command line loads for `pm web`. Nothing is bundled but this folder: the program that carries it passes in its operations.
export { pmWeb } from './pm-web.ts';
export { isServed } from './proof.ts';
