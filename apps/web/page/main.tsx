import { render } from 'preact';
import { App } from './app.tsx';
import { openLink } from './state/link.ts';

const place = document.getElementById('page');
if (place !== null) render(<App link={openLink('events')} />, place);
