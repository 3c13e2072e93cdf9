// Rates as they may be shown: nothing is a dash, few are 3/7, and only many are a percentage.

/** Below so many a percentage says more than is known, and has no colour. */
export const FEW = 20;

export const NONE = "–";

/** A rate out of counts; `n`: what it rests on. */
export function rate(numerator, denominator) {
  const value = denominator > 0 ? numerator / denominator : null;
  return { value, numerator, denominator, n: denominator };
}

/** Several figures of `supervisor.kpi` as one: sums are added, averages never averaged. */
export function together(figures) {
  const some = figures.filter(Boolean);
  const sum = (name) => some.reduce((total, figure) => total + figure[name], 0);
  const { formula, window } = some[0] ?? {};
  return { ...rate(sum("numerator"), sum("denominator")), n: sum("n"), formula, window };
}

/** `83 %`, `3/7`, `–`. A percentage is never rounded up to 100 %, nor down to 0. */
export function shown(figure, digits = 0) {
  if (!figure || figure.value === null || figure.value === undefined) return NONE;
  if (figure.n < FEW) return `${figure.numerator}/${figure.denominator}`;
  return `${percent(figure.value, digits)} %`;
}

function percent(value, digits) {
  const step = 1 / 100 / 10 ** digits;
  const least = value > 0 ? step : 0;
  const most = value < 1 ? 1 - step : 1;
  return (Math.min(Math.max(value, least), most) * 100).toFixed(digits);
}

/** Whether there are enough to judge by. */
export const many = (figure) => Boolean(figure) && figure.value !== null && figure.n >= FEW;
