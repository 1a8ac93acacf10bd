// A style that a script names is bundled beside it.
declare module '*.css';
