// Light, dark, or as the system says.
import { $ } from './dom.js';

const THEMES = ['auto', 'light', 'dark'];

function remembered() {
  try { return localStorage.getItem('paydirt-theme'); } catch { return null; }
}

export function startTheme() {
  let theme = THEMES.includes(remembered()) ? remembered() : 'auto';
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    $('theme').textContent = `Theme: ${theme}`;
  };
  $('theme').addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    try { localStorage.setItem('paydirt-theme', theme); } catch { /* a private window forgets it */ }
    apply();
  });
  apply();
}
