// This file is JavaScript: an older Node cannot read the first line of TypeScript, so the check must run before.
const [major] = process.versions.node.split('.')
if (Number(major) < 24) {
  process.stderr.write(`Ringer needs Node 24; this is ${process.version}.
On Linux \`npm ci\` installs it, and everything that npm starts uses it: \`npm run demo\`, \`npm start -w apps/ingress\`.
On other systems install Node 24 from https://nodejs.org.
`)
  process.exit(1)
}
