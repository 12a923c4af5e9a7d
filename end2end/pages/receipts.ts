import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import { unfold } from './preferences';

/** `/preferences/history` and `/verify`: what somebody chose, the receipts of it, and whether a receipt is genuine. */
export class Receipts {
  readonly ofBrowser: Locator;
  readonly ofAccount: Locator;
  readonly badges: Locator;
  readonly text: Locator;
  /** The button below the text. */
  readonly check: Locator;
  readonly verdict: Locator;
  readonly says: Locator;

  constructor(private readonly page: Page) {
    this.ofBrowser = page.locator('#browser-history .entries > li');
    this.ofAccount = page.locator('#account-history .entries > li');
    this.badges = page.locator('.entries h3 .badge:first-of-type');
    this.text = page.getByRole('textbox', { name: 'Receipt text' });
    this.check = page.locator('#verify button');
    this.verdict = page.locator('#verdict');
    this.says = page.locator('#says');
  }

  async open(): Promise<void> {
    await this.page.goto('/preferences/history');
  }

  /** Downloads what a link leads to, and returns its name and its text. */
  async download(link: Locator): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), link.click()]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  }

  /** Downloads the receipt of the decision in force from the preferences page. */
  async take(): Promise<string> {
    await this.page.goto('/preferences');
    await unfold(this.page.locator('#about-choice'));
    const { text } = await this.download(this.page.getByRole('link', { name: 'Download the receipt of your choice (JSON)' }));
    return text;
  }

  /** Opens the field for a text, which is folded. */
  async openText(): Promise<void> {
    await this.page.goto('/verify');
    await unfold(this.page.locator('main details'));
  }

  /** Gives a text to be verified, and waits for the verdict. */
  async verify(text: string): Promise<void> {
    await this.openText();
    await this.text.fill(text);
    await this.check.click();
    await expect(this.verdict).toBeVisible();
  }
}
