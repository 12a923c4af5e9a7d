import { expect, type Locator, type Page } from '@playwright/test';

/** What somebody signs in with. */
export interface Credentials {
  email: string;
  password: string;
}

/** How somebody signs in. */
interface SignInOptions {
  remember?: boolean;
  /** Stays on the page that holds the form, rather than opening it. */
  here?: boolean;
}

/** `/sign-up`, `/sign-in`, `/account` and the pages below it: what a user does with an account. */
export class Account {
  readonly notice: Locator;
  readonly problems: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly newPassword: Locator;
  readonly remember: Locator;
  readonly sessions: Locator;
  readonly otherSessions: Locator;
  readonly endOthers: Locator;
  /** What happened in the account, on the security page. */
  readonly events: Locator;
  /** The events that need the user's attention, there too. */
  readonly alarms: Locator;
  readonly wait: Locator;
  /** The way to the account in the header: "Sign in" or "Your account". */
  readonly headerLink: Locator;

  constructor(private readonly page: Page) {
    this.notice = page.locator('#notice');
    this.problems = page.locator('#problems');
    this.email = page.locator('input#email');
    this.password = page.locator('input#password');
    this.newPassword = page.locator('input#new_password');
    this.remember = page.getByRole('checkbox', { name: 'Keep me signed in on this browser' });
    this.sessions = page.locator('ul.sessions > li');
    this.otherSessions = page.locator('ul.sessions > li:not([data-this])');
    this.endOthers = page.locator('#end-others').getByRole('button', { name: 'Sign out all other browsers' });
    this.events = page.locator('#activity li');
    this.alarms = page.locator('#attention li');
    this.wait = page.locator('#wait');
    this.headerLink = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^(Sign in|Your account)$/ });
  }

  async open(): Promise<void> {
    await this.page.goto('/account');
  }

  /** Opens the page of the password and the events. */
  async openSecurity(): Promise<void> {
    await this.page.goto('/account/security');
  }

  /** Opens the page of the export, the history and the deletion. */
  async openData(): Promise<void> {
    await this.page.goto('/account/data');
  }

  /** Makes an account, which signs in to it. */
  async signUp(credentials: Credentials, options: SignInOptions = {}): Promise<void> {
    await this.trySignUp(credentials, options);
    await expect(this.notice).toHaveText('Your account is created, and you are signed in.');
  }

  /** Sends the form that makes an account, and leaves what comes of it to the test. */
  async trySignUp({ email, password }: Credentials, { remember = false, here = false }: SignInOptions = {}): Promise<void> {
    if (!here) await this.page.goto('/sign-up');
    await this.email.fill(email);
    await this.newPassword.fill(password);
    await this.remember.setChecked(remember);
    await this.page.getByRole('button', { name: 'Create the account' }).click();
  }

  async signIn(credentials: Credentials, options: SignInOptions = {}): Promise<void> {
    await this.trySignIn(credentials, options);
    await expect(this.notice).toHaveText('You are signed in.');
  }

  /** Sends the form that signs in, and leaves what comes of it to the test. */
  async trySignIn({ email, password }: Credentials, { remember = false, here = false }: SignInOptions = {}): Promise<void> {
    if (!here) await this.page.goto('/sign-in');
    await this.email.fill(email);
    await this.password.fill(password);
    await this.remember.setChecked(remember);
    await this.page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  }

  /** Signs out with the button of the account page. */
  async signOut(): Promise<void> {
    await this.open();
    await this.page.locator('#sign-out').getByRole('button', { name: 'Sign out' }).click();
    await expect(this.notice).toContainText('You are signed out.');
  }

  /** Ends the session of the only other browser. */
  async endOther(): Promise<void> {
    await this.otherSessions.getByRole('button', { name: 'Sign out' }).click();
    await expect(this.notice).toHaveText('That browser is signed out.');
  }

  /** Changes the password, and leaves what comes of it to the test. */
  async changePassword(from: string, to: string): Promise<void> {
    await this.page.goto('/account/password');
    await this.password.fill(from);
    await this.newPassword.fill(to);
    await this.page.getByRole('button', { name: 'Change the password' }).click();
  }

  /** Deletes the account, and leaves what comes of it to the test. */
  async delete(password: string): Promise<void> {
    await this.page.goto('/account/delete');
    await this.password.fill(password);
    await this.page.getByRole('button', { name: 'Delete the account' }).click();
  }

  /** What is wrong, in the list at the top and beside the field, which the list leads to. */
  async expectProblem(field: 'email' | 'password' | 'new_password', words: string | RegExp): Promise<void> {
    await expect(this.page).toHaveTitle(/^Error: /);
    await expect(this.problems).toHaveRole('alert');
    await expect(this.problems).toBeFocused();
    const link = this.problems.locator(`a[href="#${field}"]`);
    await expect(link).toHaveText(words);
    await expect(this.page.locator(`#${field}-problem`)).toHaveText(words);
    const input = this.page.locator(`input#${field}`);
    await expect(input).toHaveAttribute('aria-invalid', 'true');
    await expect(input).toHaveAccessibleDescription(words);
    await link.click();
    await expect(input).toBeFocused();
  }

  /**
   * Which of address and password is wrong is not said: no field is marked. The password has the focus, and the
   * sentence beside it, in sight.
   */
  async expectNotRecognised(): Promise<void> {
    const words = /Wrong email address or password\./;
    await expect(this.page).toHaveTitle(/^Error: /);
    await expect(this.problems).toHaveRole('alert');
    await expect(this.password).toBeFocused();
    const links = this.problems.getByRole('link');
    await expect(links).toHaveText(['Wrong email address or password.']);
    await expect(links).toHaveAttribute('href', '#password');
    await expect(this.page.locator('.field--error, [aria-invalid]')).toHaveCount(0);
    await expect(this.page.locator('.error-message')).toHaveText(words);
    await expect(this.page.locator('.error-message')).toBeInViewport();
    await expect(this.password).toHaveAccessibleDescription(words);
    await this.email.focus();
    await links.click();
    await expect(this.password).toBeFocused();
  }

  /** Asks for a page of the account, and is led to the sign-in. */
  async expectSignedOut(): Promise<void> {
    await this.open();
    await expect(this.page).toHaveURL('/sign-in?return_to=/account');
    await expect(this.headerLink).toHaveText('Sign in');
  }

  /** Asks for a page of the account, and gets it. */
  async expectSignedIn(email: string): Promise<void> {
    await this.open();
    await expect(this.page).toHaveURL('/account');
    await expect(this.headerLink).toHaveText('Your account');
    await expect(this.page.getByRole('main')).toContainText(`Signed in as ${email}`);
  }
}
