// Reads the settings in `.env` in the root of the clone, for the start scripts of npm, whichever folder they run in. What the
// environment has already goes first. JavaScript, because it is loaded before anything else.
try {
  process.loadEnvFile(new URL('../../../.env', import.meta.url))
} catch (error) {
  if (error.code !== 'ENOENT') throw error
}
