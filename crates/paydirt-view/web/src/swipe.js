// The bar between two maps: dragged, or moved with the arrow keys.
import { $ } from './dom.js';

export function startSwipe(map) {
  const bar = $('swipe');
  const to = (part) => {
    map.swipeTo(part);
    bar.style.left = `${map.part * 100}%`;
    bar.setAttribute('aria-valuenow', String(Math.round(map.part * 100)));
  };
  bar.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
  });
  bar.addEventListener('pointermove', (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const { left, width } = $('map').getBoundingClientRect();
    to((event.clientX - left) / width);
  });
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 0.02, ArrowLeft: -0.02, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    to(map.part + step);
  });
  to(0.5);
}
