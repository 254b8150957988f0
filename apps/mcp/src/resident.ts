import { residentMain } from '@pm/operations/resident';
import { PROGRAM } from './version.ts';

residentMain(PROGRAM);
