/** The words of every page, in one file for the browser. */
const parts = import.meta.glob<string>('./*.ftl', { query: '?raw', import: 'default', eager: true });

export default Object.values(parts).join('\n');
