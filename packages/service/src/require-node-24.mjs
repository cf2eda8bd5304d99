// Runs before the first line of TypeScript is read, because an older Node cannot read that line.
const [major] = process.versions.node.split('.')
if (Number(major) < 24) {
  process.stderr.write(`Ringer needs Node 24, this is ${process.version}.
On Linux \`npm ci\` brings it, and everything that npm starts uses it: \`npm run demo\`, \`npm start -w apps/ingress\`.
Elsewhere install Node 24 from https://nodejs.org.
`)
  process.exit(1)
}
