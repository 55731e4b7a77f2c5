/**
 * Whose number it is, and its digits in groups, while one writes: for the eye. What is dialled the server decides.
 * Country codes: ITU-T E.164, list of assigned codes. Pure.
 */

/** Code and ISO region; of codes that several share the larger one. `021`: North America, by UN M.49. */
const CODES =
  '1021 7RU 76KZ 77KZ 20EG 211SS 212MA 213DZ 216TN 218LY 220GM 221SN 222MR 223ML 224GN 225CI 226BF 227NE 228TG 229BJ 230MU 231LR ' +
  '232SL 233GH 234NG 235TD 236CF 237CM 238CV 239ST 240GQ 241GA 242CG 243CD 244AO 245GW 246IO 248SC 249SD 250RW 251ET 252SO 253DJ ' +
  '254KE 255TZ 256UG 257BI 258MZ 260ZM 261MG 262RE 263ZW 264NA 265MW 266LS 267BW 268SZ 269KM 27ZA 290SH 291ER 297AW 298FO 299GL ' +
  '30GR 31NL 32BE 33FR 34ES 350GI 351PT 352LU 353IE 354IS 355AL 356MT 357CY 358FI 359BG 36HU 370LT 371LV 372EE 373MD 374AM 375BY ' +
  '376AD 377MC 378SM 380UA 381RS 382ME 383XK 385HR 386SI 387BA 389MK 39IT 40RO 41CH 420CZ 421SK 423LI 43AT 44GB 45DK 46SE 47NO ' +
  '48PL 49DE 500FK 501BZ 502GT 503SV 504HN 505NI 506CR 507PA 508PM 509HT 51PE 52MX 53CU 54AR 55BR 56CL 57CO 58VE 590GP 591BO 592GY ' +
  '593EC 594GF 595PY 596MQ 597SR 598UY 599CW 60MY 61AU 62ID 63PH 64NZ 65SG 66TH 670TL 672NF 673BN 674NR 675PG 676TO 677SB 678VU ' +
  '679FJ 680PW 681WF 682CK 683NU 685WS 686KI 687NC 688TV 689PF 690TK 691FM 692MH 81JP 82KR 84VN 850KP 852HK 853MO 855KH 856LA 86CN ' +
  '880BD 886TW 90TR 91IN 92PK 93AF 94LK 95MM 960MV 961LB 962JO 963SY 964IQ 965KW 966SA 967YE 968OM 970PS 971AE 972IL 973BH 974QA ' +
  '975BT 976MN 977NP 98IR 992TJ 993TM 994AZ 995GE 996KG 998UZ';
const REGIONS: ReadonlyMap<string, string> = new Map(
  CODES.split(' ').map((entry) => {
    // Three figures at the end are a region too.
    const code = entry.endsWith('021') ? entry.slice(0, -3) : entry.slice(0, -2);
    return [code, entry.slice(code.length)];
  }),
);
const LONGEST = 3;
const NORTH_AMERICA = ['US', 'CA'];

export interface Recognised {
  /** Of `Intl.DisplayNames`. */
  region: string;
  shown: string;
}

/** `number`: as it is dialled, `+` or national; `home`: the region of the center. `null`: no such country, or too short to tell. */
export function countryOf(number: string, home: string): Recognised | null {
  const plain = number.replaceAll(/[^+\d]/g, '');
  const abroad = /^(?:\+|00(?=[1-9]))/.exec(plain)?.[0];
  if (abroad === undefined) return plain.length < 5 || plain.startsWith('+') ? null : { region: home, shown: national(plain, home) };
  const digits = plain.slice(abroad.length);
  for (let length = LONGEST; length > 0; length -= 1) {
    const code = digits.slice(0, length);
    const region = REGIONS.get(code);
    // Two numbers of +7 tell a country; its code is 7 all the same.
    const spoken = code.startsWith('7') ? '7' : code;
    if (region) return { region, shown: `+${spoken} ${national(digits.slice(spoken.length), region)}`.trim() };
  }
  return null;
}

/** In the groups of the country where they are known here, else such as can be read aloud. */
function national(digits: string, region: string): string {
  if (region === 'CN') return chinese(digits);
  if (region === '021' || NORTH_AMERICA.includes(region)) return spaced(digits, [3, 3, 4]);
  return spaced(digits, digits.length === 8 ? [4, 4] : [3, 3, 4]);
}

/** A mobile number, or an area (two figures where the first is 1 or 2, else three) and the number in it. */
function chinese(digits: string): string {
  if (/^1[3-9]/.test(digits)) return spaced(digits, [3, 4, 4]);
  const zero = digits.startsWith('0') ? 1 : 0;
  const area = (/^[12]/.test(digits.slice(zero)) ? 2 : 3) + zero;
  return zero === 1 || digits.length > 8 ? spaced(digits, [area, 4, 4]) : spaced(digits, [4, 4]);
}

/** What is more than the groups stands at the end. */
function spaced(digits: string, groups: number[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [place, size] of groups.entries()) {
    if (at >= digits.length) break;
    const end = place === groups.length - 1 ? digits.length : at + size;
    parts.push(digits.slice(at, end));
    at = end;
  }
  return parts.join(' ');
}
