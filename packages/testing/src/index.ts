// Every name here is for tests alone. The package depends on nothing, so that each other package can use it.

export { until } from './until.ts';
