// Every name here is for tests alone. The package depends on nothing, so that each other package can use it.

export { built } from './built.ts';
export { LONG } from './long.ts';
export { until } from './until.ts';
