// What an app's `import '@fieldbook/ui/style.css'` is to TypeScript: something that is there, and gives nothing.
export {};
