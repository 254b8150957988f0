export { identify, isAlive, signalIfSame } from '@pm/process';
