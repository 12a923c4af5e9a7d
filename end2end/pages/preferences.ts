import { expect, type Locator, type Page } from '@playwright/test';
import { OPTIONAL, type Optional } from '../fixtures/inventory';

type Answer = 'yes' | 'no';

/** `/preferences`: the choices, the cookies of this browser, the appearance. */
export class Preferences {
  readonly notice: Locator;
  readonly decision: Locator;
  /** How the choice was made, its receipt, and how it follows. */
  readonly about: Locator;
  readonly signal: Locator;
  readonly unsaved: Locator;
  readonly blocked: Locator;
  readonly save: Locator;
  readonly rows: Locator;
  readonly radios: Locator;

  constructor(private readonly page: Page) {
    this.notice = page.locator('#notice');
    this.decision = page.locator('#decision');
    this.about = page.locator('#about-choice');
    this.signal = page.locator('#signal');
    this.unsaved = page.locator('#choices .unsaved');
    this.blocked = page.locator('#blocked');
    this.save = page.locator('#save-choices');
    this.rows = page.locator('#stored tr[data-cookie]');
    this.radios = page.locator('#choices input[type=radio]');
  }

  async open(): Promise<void> {
    await this.page.goto('/preferences');
  }

  answer(purpose: Optional, answer: Answer): Locator {
    return this.page.locator(`#${purpose}-${answer}`);
  }

  /** The row of one cookie in "Cookies in this browser". */
  row(name: string): Locator {
    return this.page.locator(`#stored tr[data-cookie="${name}"]`);
  }

  /** Answers every question, saves, and waits for the confirmation. */
  async decide(granted: readonly Optional[]): Promise<void> {
    for (const purpose of OPTIONAL) await this.answer(purpose, granted.includes(purpose) ? 'yes' : 'no').check();
    await this.awaitMessage(/choices are saved/, () => this.save.click());
  }

  /** Sends an answer that the page does not offer. */
  async decideUnchecked(answer: string): Promise<void> {
    await this.answer('analytics', 'yes').evaluate((radio, value) => radio.setAttribute('value', value), answer);
    await this.answer('preferences', 'no').check();
    await this.answer('analytics', 'yes').check();
    await this.save.click();
  }

  /** Answers one question with no, and saves. */
  async withdraw(purpose: Optional): Promise<void> {
    await this.answer(purpose, 'no').check();
    await this.awaitMessage(/choices are saved/, () => this.save.click());
  }

  async delete(name: string): Promise<void> {
    await this.awaitMessage(/deleted|still/, () => this.row(name).getByRole('button', { name: `Delete ${name}` }).click());
  }

  async deleteAll(): Promise<void> {
    await this.page.getByRole('link', { name: 'Delete all cookies' }).click();
    await expect(this.page).toHaveURL(/\/preferences\/delete$/);
    await this.awaitMessage(/All cookies were deleted/, () => this.page.getByRole('button', { name: 'Delete all cookies' }).click());
  }

  /** Saves an appearance; `remember` answers the question that is only asked without a grant. `said` is what the page then says. */
  async saveAppearance(look: { theme: string; textSize?: string; remember?: Answer }, said = /Display settings (were not )?saved/): Promise<void> {
    await unfold(this.page.locator('#appearance'));
    await this.page.locator(`#theme-${look.theme}`).check();
    await this.page.locator(`#text-size-${look.textSize ?? 'normal'}`).check();
    if (look.remember !== undefined) await this.page.locator(`#remember-${look.remember}`).check();
    await this.awaitMessage(said, () => this.page.locator('#save-appearance').click());
  }

  /** Changes an answer until the island has taken over, which then tells of the unsaved change. */
  async wakeIsland(): Promise<void> {
    const [yes, no] = [this.answer('analytics', 'yes'), this.answer('analytics', 'no')];
    await expect(async () => {
      await ((await yes.isChecked()) ? no : yes).check();
      await expect(this.unsaved).toBeVisible({ timeout: 250 });
    }).toPass({ timeout: 5_000 });
  }

  /** Does something and waits until the page says what came of it: in a new notice, not in one that was there before. */
  private async awaitMessage(words: RegExp, act: () => Promise<void>): Promise<void> {
    await this.page.evaluate(() => document.getElementById('notice')?.setAttribute('data-heard', ''));
    await act();
    await expect(this.page.locator('#notice:not([data-heard])')).toContainText(words);
  }
}

/** Opens what is folded, if it is. */
export async function unfold(details: Locator): Promise<void> {
  if ((await details.getAttribute('open')) === null) await details.locator('summary').first().click();
}
