// Opens a page in a real browser, waits until an expression holds there, and tells what the page says; with a path for
// a picture it takes one. Found beside the lab's modules: node look.mjs LAB BROWSER URL EXPRESSION [PICTURE]
import { createRequire } from "node:module";

const [lab, browser, url, expression, picture] = process.argv.slice(2);
const puppeteer = createRequire(`${lab}/`)("puppeteer-core");
const chromium = await puppeteer.launch({ executablePath: browser, args: ["--no-sandbox"] });
try {
  const page = await chromium.newPage();
  await page.setViewport({ width: 1200, height: 700 });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url, { waitUntil: "domcontentloaded" });
  await page.waitForFunction(expression, { timeout: 20000, polling: 100 });
  if (picture) await page.screenshot({ path: picture });
  console.log(JSON.stringify({ text: await page.evaluate(() => document.body.innerText), errors }));
} finally {
  await chromium.close();
}
