// What a real browser shows. usage: node browse.js URL SECONDS [FINGERPRINT]    NODE_PATH has playwright-core
// FINGERPRINT is of a key whose certificate counts as one that the browser knows.
// Prints one JSON object: page (HTTP status) or navigation (why there is none), text (the last status on screen),
// said (what noVNC wrote to the browser's console), upgrade (HTTP status of the WebSocket), lit (pixels of the screen).
const { chromium } = require('playwright-core');
const fs = require('fs'), os = require('os'), path = require('path');

const [url, seconds, known] = process.argv.slice(2);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
if (known) FLAGS.push('--ignore-certificate-errors-spki-list=' + known);
const UNSETTLED = /^(connecting|starting|loading)/i;

// runs inside the page: the status of vnc_lite.html (and of our own page), of vnc.html, and the screen
function look() {
  const text = selector => { const found = document.querySelector(selector); return found && found.textContent.trim(); };
  const canvas = [...document.querySelectorAll('canvas')].find(c => c.width > 1 && c.height > 1);
  let lit = 0;
  if (canvas) {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < pixels.length; i += 4) if (pixels[i] + pixels[i + 1] + pixels[i + 2] > 60) lit++;
  }
  return { text: text('#status') || text('#noVNC_status'), lit };
}

async function watch(page, seen) {
  page.on('console', message => { if (seen.said.length < 8) seen.said.push(message.text()); });
  const wire = await page.context().newCDPSession(page);
  await wire.send('Network.enable');
  wire.on('Network.webSocketHandshakeResponseReceived', event => { seen.upgrade = event.response.status; });
  wire.on('Network.webSocketFrameError', event => { seen.said.push(event.errorMessage); });
}

async function open(page, seen) {
  const end = Date.now() + seconds * 1000;
  try {
    seen.page = (await page.goto(url, { timeout: 15000, waitUntil: 'commit' })).status();
  } catch (error) {
    seen.navigation = error.message.split('\n')[0].replace(/^page.goto: /, '').replace(/ at .*/, '');
    return;
  }
  if (seen.page >= 400) return;
  let quiet = 0;
  while (Date.now() < end && quiet < 6) {       // settled: another status than "connecting", for a second and a half
    await page.waitForTimeout(250);
    const now = await page.evaluate(look).catch(() => ({}));
    quiet = now.text && now.text === seen.text && !UNSETTLED.test(now.text) ? quiet + 1 : 0;
    Object.assign(seen, now);
  }
}

(async () => {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'lab-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });
  const seen = { said: [] };
  try {
    const page = context.pages()[0] || await context.newPage();
    await watch(page, seen);
    await open(page, seen);
  } finally {
    await context.close().catch(() => 0);
    fs.rmSync(profile, { recursive: true, force: true });
  }
  console.log(JSON.stringify(seen));
})().catch(error => { console.log(JSON.stringify({ error: String(error) })); process.exit(1); });
