/** What comes after the first paint, with the words of all pages. */

export { default as HelpButton } from './HelpButton.svelte';
export { default as Strips } from './Strips.svelte';
