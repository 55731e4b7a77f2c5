/** What the desk shows of a contact: comes right after the first paint, so that it is there before the first ring. */

export { default as Pop } from './Pop.svelte';
export { default as WrapUp } from './WrapUp.svelte';
