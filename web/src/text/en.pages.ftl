### The words of the pages that come when they are wanted. Same ids as zh.pages.ftl: a test compares them.

## Refusals

## On several pages
