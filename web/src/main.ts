import { mount } from 'svelte';

import App from './App.svelte';
import { wanted } from './calls/wanted.svelte';
import { entrance } from './live/session.svelte';
import { theme } from './shell/theme.svelte';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import { firstLanguage, text } from './text/text.svelte';

theme.start();
wanted.read();
await text.use(firstLanguage());
const target = document.getElementById('app');
if (target) mount(App, { target });
if (!location.hash.startsWith('#/link/')) void entrance.arrive();
