/** An amount of money with its currency (ISO 4217). */
export interface Amount {
  readonly spend: number;
  readonly currency: string;
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['$', 'USD'],
  ['us$', 'USD'],
  ['usd', 'USD'],
  ['€', 'EUR'],
  ['eur', 'EUR'],
  ['£', 'GBP'],
  ['gbp', 'GBP'],
]);
const AMOUNT =
  /(?<![\p{L}$€£])(us\$|\$|€|£|usd|eur|gbp) ?(\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(\.\d{1,2})?(?![\d,]*\d| (?:thousand|million|billion))/u;
const PAID_IN = /\bpaid (?:for )?(?:mostly |mainly |primarily )?in (.{1,300})/;
/** The longer names first: a "new taiwan dollar" is no "dollar". */
const CURRENCIES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:us|u\.s\.|united states) dollars?\b/, 'USD'],
  [/\bcanadian dollars?\b/, 'CAD'],
  [/\baustralian dollars?\b/, 'AUD'],
  [/\bhong kong dollars?\b/, 'HKD'],
  [/\b(?:new taiwan|taiwan new|taiwanese|taiwan) dollars?\b/, 'TWD'],
  [/\b(?:chinese )?yuan\b|\brenminbi\b/, 'CNY'],
  [/\beuros?\b/, 'EUR'],
  [/\b(?:british )?pounds?(?: sterling)?\b/, 'GBP'],
  [/\b(?:japanese )?yen\b/, 'JPY'],
  [/\bindian rupees?\b/, 'INR'],
  [/\bpakistani rupees?\b/, 'PKR'],
  [/\bturkish liras?\b/, 'TRY'],
  [/\brussian rou?bles?\b/, 'RUB'],
  [/\bukrainian hryvnias?\b/, 'UAH'],
  [/\b(?:israeli )?(?:new )?shekels?\b/, 'ILS'],
  [/\b(?:emirati|uae|united arab emirates) dirhams?\b/, 'AED'],
  [/\bbrazilian rea(?:l|is)\b/, 'BRL'],
  [/\bmexican pesos?\b/, 'MXN'],
  [/\bphilippine pesos?\b/, 'PHP'],
  [/\bvietnamese dongs?\b/, 'VND'],
  [/\bpolish z[łl]oty(?:s|ch)?\b/u, 'PLN'],
];

/** The first amount in a text in lower case, with the words before it; amounts in words are not read. */
export function readAmount(text: string): (Amount & { readonly before: string }) | undefined {
  const match = AMOUNT.exec(text);
  const currency = SIGNS.get(match?.[1] ?? '');
  if (!match || currency === undefined) return undefined;
  const spend = Number(`${(match[2] ?? '').replaceAll(',', '')}${match[3] ?? ''}`);
  return { spend, currency, before: text.slice(Math.max(0, match.index - 40), match.index) };
}

/** The currencies that a text in lower case says were paid in, in its order. */
export function readPaidIn(text: string): readonly string[] {
  const listed = PAID_IN.exec(text)?.[1] ?? '';
  return CURRENCIES.flatMap(([name, code]) => {
    const at = listed.search(name);
    return at < 0 ? [] : [{ at, code }];
  })
    .sort((a, b) => a.at - b.at)
    .map(({ code }) => code);
}
