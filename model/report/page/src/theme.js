// SPDX-License-Identifier: Apache-2.0
// Light or dark: the system's choice until the reader takes another.
const listeners = new Set();
const system = window.matchMedia('(prefers-color-scheme: dark)');

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : system.matches;
}

/** The colours that charts take from the style sheet. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    ink: of('--ink'),
    muted: of('--muted'),
    line: of('--line'),
    card: of('--card'),
    accent: of('--accent'),
  };
}

export function onThemeChange(listener) {
  listeners.add(listener);
}

const announce = () => listeners.forEach((listener) => listener());
system.addEventListener('change', announce);

export function themeButton() {
  const button = document.createElement('button');
  button.id = 'theme';
  const label = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.title = `Show in ${isDark() ? 'light' : 'dark'} colours`;
  };
  label();
  onThemeChange(label);
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    announce();
  });
  return button;
}
