"""Periods in words to period values of the contract, in English, German, Portuguese, Spanish, French and Chinese.

Each form is a regular expression and a function to the value; forms stand in the order in which they are tried, and what one takes is gone.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.keyless.periodreaders import (
    WEEKDAYS,
    Reader,
    ago,
    ahead,
    coming,
    constant,
    day_range,
    day_value,
    dotted_range,
    end_of,
    fiscal_year,
    iso_week,
    last_n,
    last_unit,
    literal,
    month_end_coming,
    month_range,
    month_value,
    months_of_year,
    next_end,
    part,
    quarter_range,
    quarter_start,
    quarter_value,
    short_year_month,
    this_unit,
    two_back,
    unit_start,
    week_of,
    weekday,
)
from agents.keyless.periodwords import LAST, MONTH, MONTHS, ORDINAL, SINCE, THIS, UNITS, YEAR, N, U, any_of


@dataclass(frozen=True)
class Found:
    """A period in the text: its value, where it stands, and what kind of hint it is.

    `role`: `main`; `before` (the unit before another one); `split` (before and after a date); `future` (what lies ahead, up to its last day); `within` (a span, which lies ahead where the future is asked for); `until` (a date to reach); `year_ago`.
    """

    value: str
    start: int
    end: int
    role: str = "main"


Form = tuple[re.Pattern[str], Reader, str]


def form(pattern: str, read: Reader, role: str = "main") -> Form:
    """A form whose borders are no letters or digits (Chinese has no blanks)."""
    return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"), read, role


WHICH = rf" (?:of )?(?P<which>{THIS} year|last year|previous year|the year before|desse ano|este ano|diesen jahres|dieses jahres|de cette annee)"
YEAR_NEXT = rf"[ ,/]+(?:of |de |del |von |in )?{YEAR}"
YEAR_AFTER = rf"(?:{YEAR_NEXT})?"
YEAR_OR_WHICH = rf"(?:{YEAR_NEXT}|{WHICH})?"
SIMPLE_DAY = rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?: of| de)? {MONTH}{YEAR_AFTER}"
AMERICAN_DAY = rf"{MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:){YEAR_AFTER}"
SAFE_MONTH = rf"(?P<month>{any_of({m: n for m, n in MONTHS.items() if m not in ('may', 'mar', 'mai', 'mars', 'sept')})})"
BEFORE = r"(?:the )?(?P<unit>week|month|quarter|year|sprint)s? (?:before(?: that)?|prior|earlier|previously)"

FORMS: tuple[Form, ...] = (
    form(
        r"\d{4}-\d{2}-\d{2} ?(?:\.\.|to|until|through|bis|a|hasta|ate|au) ?\d{4}-\d{2}-\d{2}",
        lambda m, t: "..".join(re.findall(r"\d{4}-\d{2}-\d{2}", m[0])),
    ),
    form(
        r"(?:between |from )?(?P<a>\d{4}-\d{2}(?:-\d{2})?) (?:and|to|until|through) (?P<b>\d{4}-\d{2}(?:-\d{2})?)",
        lambda m, t: f"{m['a']}..{m['b']}",
    ),
    form(r"(?:from |between )?\d{1,2}\.\d{1,2}\.\d{4} ?(?:to|until|through|and|bis|-) ?\d{1,2}\.\d{1,2}\.\d{4}", dotted_range),
    form(r"(?:this|current|the running) (?:fiscal|financial|business) year|this fy", constant("this_year")),
    form(r"(?:last|previous|past) (?:fiscal|financial|business) year|last fy", constant("last_year")),
    form(r"(?:in |for |during )?(?:fy|(?:fiscal|financial|business)(?: year)?)[ -]?'?(?:20)?(?P<yy>\d{2})", fiscal_year),
    form(r"(?:the )?(?:last|past|previous) fortnight", constant("last_14_days")),
    form(r"ttm|ltm", constant("last_12_months")),
    form(r"(?:the )?(?:last|past) year and a half", constant("last_18_months")),
    form(
        r"(?:the )?(?P<unit>week|month|quarter|year) (?:that |which )?(?:has )?just (?:ended|closed|finished|gone by)",
        lambda m, t: f"last_{m['unit']}",
    ),
    form(r"(?:in )?(?:the )?(?P<unit>week|month|quarter|year) before (?:the )?last(?: one)?(?! \w*(?:week|month|quarter|year))", two_back),
    form(rf"(?:in |from |between |for )?q(?P<qa>[1-4]) ?(?:to|through|until|till|-|–) ?q(?P<qb>[1-4]){YEAR_OR_WHICH}", quarter_range),
    form(
        rf"(?:in |for |of |during )?(?:the )?(?P<end>first|last) {N} (?P<unit>months|quarters) of (?:{YEAR}|(?P<which>this year|the year|last year))",
        months_of_year,
    ),
    form(rf"(?:the |in the |during the )?week of (?:the )?{SIMPLE_DAY}", week_of),
    form(rf"(?:the |in the |during the )?week of (?:the )?{AMERICAN_DAY}", week_of),
    form(rf"since (?:last )?(?P<weekday>{'|'.join(WEEKDAYS)})", lambda m, t: f"since:{weekday(m, t)}"),
    form(rf"(?:on |last |this past )(?P<weekday>{'|'.join(WEEKDAYS)})", weekday),
    form(r"since yesterday", lambda m, t: f"since:{(t - timedelta(days=1)).isoformat()}"),
    form(rf"since (?:the )?(?:first|1st) (?:day )?of {MONTH}{YEAR_AFTER}", lambda m, t: f"since:{month_value(m, t)}-01"),
    form(rf"{MONTH} to date", lambda m, t: f"since:{month_value(m, t)}-01"),
    form(rf"{MONTH} '(?P<yy>\d{{2}})", short_year_month),
    form(r"(?P<digit>[1-4])q ?'?(?:20)?(?P<yy>\d\d)", quarter_value),
    form(r"(?:rolling|trailing) (?P<n>\d{1,3}) (?P<unit>days|weeks|months|quarters)", last_n),
    form(r"(?:last_\d+_(?:hours|days|weeks|months|quarters)|(?:last|this)_(?:week|month|quarter|year)|since:[\d-]+|[wmqy]td)", literal),
    form(r"\d{4}-(?:q[1-4]|h[12]|w\d{1,2})", literal),
    form(
        r"(?:the )?(?:same|corresponding) (?:period|quarter|month|time|week) (?:of )?(?:last|the previous|the prior) year|(?:a|one) year (?:ago|before|earlier)|this time last year|year (?:over|on) year|yoy|prior year period|vorjahr(?:es)?(?:zeitraum|quartal|monat)?|im vorjahr|vor einem jahr|ano a ano|ha um ano|hace un ano|il y a un an|同比|annee precedente",
        constant("year_ago"),
        "year_ago",
    ),
    form(
        rf"(?:in |over |within |during |for |over the )?(?:the |den |os |as |los |las |les |nos |nas |os nossos )?{LAST}[ -]{N}[ -]?(?:complete |full |calendar )?{U}",
        last_n,
    ),
    form(rf"(?:the |den |os |as |los |las |les |dans les |nos |nas )?{N} {LAST} {U}", last_n),
    form(
        rf"(?:the |den |os |as |los |las |les |nos |nas )?{N} {U} (?:passes|dernieres|derniers|passados|passadas|pasados|pasadas)", last_n
    ),
    form(rf"(?:最近|过去|近|前)的? ?{N} ?{U}", last_n),
    form(rf"{N}[ -]{U} (?:window|period|trailing|rolling)", last_n),
    form(r"heute|today|hoje|hoy|aujourd.?hui|今天", constant("today")),
    form(r"gestern|yesterday|ontem|ayer|hier|昨天", constant("yesterday")),
    form(r"去年", constant("last_year")),
    form(r"今年", constant("this_year")),
    form(rf"(?:上一?个?){U}", last_unit),
    form(rf"(?:本|这个|这一?|当前){U}", this_unit),
    form(
        rf"(?:before and after|vor und nach|antes e depois d[eo]|antes y despues del?|avant et apres)(?: the)? (?:le |el |o |dem )?{SIMPLE_DAY}",
        day_value,
        "split",
    ),
    form(rf"(?:before and after|vor und nach)(?: the)? {AMERICAN_DAY}", day_value, "split"),
    form(
        r"(?:before and after|vor und nach|antes e depois de|avant et apres le) (?P<iso>\d{4}-\d{2}-\d{2})", lambda m, t: m["iso"], "split"
    ),
    form(rf"(?:before and after|vor und nach) {MONTH}{YEAR_AFTER}", lambda m, t: f"{month_value(m, t)}-01", "split"),
    form(rf"{BEFORE}", lambda m, t: f"last_{m['unit']}", "before"),
    form(
        r"(?:the )?(?:previous|prior|preceding) (?:period|one|window)|vorperiode|vorherigen? zeitraum|periodo anterior|periode precedente|das (?:quartal|jahr) davor|环比",
        constant("previous"),
        "before",
    ),
    form(r"(?:das|dem|im|den) (?P<unit>quartal|monat|woche|jahr) (?:davor|zuvor)", lambda m, t: f"last_{UNITS[m['unit']]}", "before"),
    form(
        r"(?:o|el|le|ao|al|au)? ?(?P<unit>trimestre|mes|semana|mois|semaine) (?:anterior a esse|antes|d avant|de antes)",
        lambda m, t: f"last_{UNITS[m['unit']]}",
        "before",
    ),
    form(
        r"(?:by|until|till|before) (?:the )?end of (?:the |this )?(?:year|quarter|month|sprint)|by (?:year|quarter|month) end|bis (?:zum )?(?:jahresende|quartalsende|monatsende)|ate o (?:fim|final) do (?:ano|trimestre|mes)|hasta (?:el )?(?:fin|final) de(?:l)? (?:ano|trimestre|mes)|d ici (?:la fin de l annee|fin)|bis ende des jahres|avant la fin de l annee|年底前?",
        lambda m, t: end_of(m[0], t),
        "until",
    ),
    form(rf"(?:by|until|till|bis(?: zum)?) (?:the )?{SIMPLE_DAY}", coming, "until"),
    form(rf"(?:by|until|till) {AMERICAN_DAY}", coming, "until"),
    form(r"(?:by|until|till|bis(?: zum)?) (?P<iso>\d{4}-\d{2}-\d{2})", lambda m, t: m["iso"], "until"),
    form(
        rf"(?:by|until|till|bis(?: zum)?|d.?ici(?: a)?|ate|hasta) (?:the )?(?:end of |ende |la fin |fin |o fim |fin de )?(?:de |d.)?{MONTH}",
        month_end_coming,
        "until",
    ),
    form(r"(?:by|until|before|bis|vor|avant|d.?ici) (?:christmas|xmas|weihnachten|noel)", lambda m, t: f"{t.year}-12-24", "until"),
    form(
        rf"(?:in |within |inside |innerhalb von |binnen |em |en |dans |dentro de )(?:den |the |les |as |las |los |os )?{N} {U}(?! (?:ago|back))",
        ahead,
        "within",
    ),
    form(r"tomorrow|morgen|amanha|manana|demain", lambda m, t: (t + timedelta(days=1)).isoformat(), "future"),
    form(r"下个?(?P<unit>月|周|季度)|明(?P<which>年)", lambda m, t: next_end(UNITS[m["unit"] or "年"], t), "future"),
    form(
        rf"(?:in |over |within |during |en |em |dans |in den |in der |im )?(?:the |las |los |les |as |os |den |der |le |la |el |o |a )?(?:next|coming|upcoming|nachste[nrsm]?|kommende[nrsm]?|proxim[oa]s?|prochaine?s?) (?:{N} )?{U}",
        ahead,
        "future",
    ),
    form(
        rf"(?:zwischen|between|from|von|vom|entre|de|del|du) (?:the |dem |el |o |le )?(?P<a>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de)?(?: (?P<ma>{any_of(MONTHS)}))? (?:and|to|until|through|und|bis(?: zum)?|y|e|et|a|al|ate|hasta|au|-) (?:the |el |o |le )?(?P<b>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de)? (?P<mb>{any_of(MONTHS)}){YEAR_AFTER}",
        day_range,
    ),
    form(
        rf"(?P<a>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de)?(?: (?P<ma>{any_of(MONTHS)}))? ?(?:to|until|through|bis|ate|hasta|au|-|–) ?(?P<b>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de)? (?P<mb>{any_of(MONTHS)}){YEAR_AFTER}",
        day_range,
    ),
    form(
        rf"(?:from |between )?(?P<ma>{any_of(MONTHS)}) (?P<a>\d{{1,2}})(?:st|nd|rd|th)? (?:to|and|until|through|-|–) (?:(?P<mb>{any_of(MONTHS)}) )?(?P<b>\d{{1,2}})(?:st|nd|rd|th)?(?!\d){YEAR_AFTER}",
        day_range,
    ),
    form(
        rf"(?:between |from |zwischen |von |entre |de |du |desde )?(?P<ma>{any_of(MONTHS)})(?: (?P<ya>20\d\d))? ?(?:and|to|until|through|till|und|bis|y|e|et|a|ate|hasta|au|-|–) ?(?P<mb>{any_of(MONTHS)})(?![a-z])(?: (?P<yb>20\d\d))?",
        month_range,
    ),
    form(rf"{SINCE} (?:the |le |el |o |dem )?{SIMPLE_DAY}", lambda m, t: f"since:{day_value(m, t)}"),
    form(rf"{SINCE} {AMERICAN_DAY}", lambda m, t: f"since:{day_value(m, t)}"),
    form(rf"{SINCE} (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})", lambda m, t: f"since:{m['iso']}"),
    form(
        rf"{SINCE} (?:early |mid[ -]|the (?:start|beginning) of |the |anfang |inicio de |debut )?{MONTH}{YEAR_OR_WHICH}",
        lambda m, t: f"since:{month_value(m, t)}-01",
    ),
    form(rf"(?:since|seit|desde|depuis) q(?P<digit>[1-4]){YEAR_AFTER}", lambda m, t: f"since:{quarter_start(part('Q')(m, t) or '')}"),
    form(
        r"(?:since|seit|desde|depuis) (?:the (?:start|beginning) of )?(?:the |this |last |o inicio do |el inicio del? |le debut de l )?(?:year|jahresbeginn|jahresanfang|ano|annee)",
        lambda m, t: "this_year" if "last" not in m[0] else f"since:{t.year - 1}-01-01",
    ),
    form(
        r"(?:since|seit) (?:the (?:start|beginning) of )?(?P<which>this|last|the) (?P<unit>week|month|quarter)",
        lambda m, t: f"since:{unit_start(m['unit'], t, back=m['which'] == 'last').isoformat()}",
    ),
    form(rf"(?:since|seit|desde|depuis) (?:in )?{YEAR}", lambda m, t: f"since:{m['year']}-01-01"),
    form(r"自?(?P<n>\d{1,2})月(?:以来|份?以来|至今|开始)", lambda m, t: f"since:{month_value(m, t)}-01"),
    form(rf"{YEAR}[ /-]?q ?(?P<digit>[1-4])", part("Q")),
    form(rf"q ?(?P<digit>[1-4])(?:{YEAR_NEXT}|{WHICH}| '(?P<yy>\d\d)(?!\d))?", quarter_value),
    form(rf"t(?P<digit>[1-4]){YEAR_OR_WHICH}", part("Q")),
    form(
        rf"(?:the |im |no |na |en el |el |o |au |du |le |in |des |do |del )?{ORDINAL} (?:quarter|quartals?|trimestre){YEAR_OR_WHICH}",
        part("Q"),
    ),
    form(rf"{ORDINAL}(?:个)?季度", part("Q")),
    form(rf"h(?P<digit>[12]){YEAR_OR_WHICH}", part("H")),
    form(rf"(?:the |im )?{ORDINAL} (?:half(?: of)?(?: the| this)?(?: year)?|halbjahr(?:es)?|semestre){YEAR_OR_WHICH}", part("H")),
    form(r"上半年", lambda m, t: f"{t.year}-H1"),
    form(r"下半年", lambda m, t: f"{t.year if t.month > 6 else t.year - 1}-H2"),
    form(r"(?P<unit>year|quarter|month|week) to date", this_unit),
    form(rf"(?:so far )?{THIS} (?:calendar )?{U}(?:ci)?(?: so far| to date)?", this_unit),
    form(rf"{U} (?:en cours|corrente|atual|en curso|actual)", this_unit),
    form(rf"(?:calendar |iso )?(?:week|kw|woche|semana|semaine|w) ?(?P<week>[1-5]?\d)(?: (?:of )?{YEAR})?", iso_week),
    form(rf"(?:vor |ha |hace |il y a )?{N} {U} (?:ago|atras|back)", ago),
    form(rf"(?:vor|ha|hace|il y a) {N} {U}", ago),
    form(rf"(?:the |im |in the |no |na |en el |el |la |le |o |a )?{LAST} (?:full |complete |calendar |entire )?{U}", last_unit),
    form(
        r"(?:no |na |o |a |el |la |le |au |du |l )?(?P<unit>trimestre|mes|semana|ano|mois|semaine|annee|an|ano) (?:passad[oa]|pasad[oa]|anterior|dernier|derniere|passee?|precedente?)",
        last_unit,
    ),
    form(rf"(?:on )?(?:the )?{SIMPLE_DAY}", day_value),
    form(rf"(?:on )?{AMERICAN_DAY}", day_value),
    form(r"(?P<year>\d{4})-(?P<n>\d{2})-\d{2}", lambda m, t: m[0]),
    form(r"(?P<year>20\d\d)-(?P<n>0[1-9]|1[0-2])", month_value),
    form(r"(?P<year>20\d\d)年(?P<n>\d{1,2})月", month_value),
    form(r"(?P<n>\d{1,2}|十[一二]?|[一二三四五六七八九])月份?", month_value),
    form(rf"(?:in |during |for |of |im |em |en )?{MONTH}{YEAR_NEXT}", month_value),
    form(rf"(?:in |during |for |of |im |em |en |last |letzten )?{SAFE_MONTH}{YEAR_OR_WHICH}", month_value),
    form(rf"(?:in|during|for|of|im|em|en|last|vs|versus|and|than|with) (?P<month>may|mai|mar|mars|sept){YEAR_OR_WHICH}", month_value),
    form(rf"(?:im jahr |in |for |during |em |en |year |of )?{YEAR}(?! ?(?:items|tickets|%))年?", lambda m, t: m["year"]),
    form(r"ytd|year to date", constant("this_year")),
    form(r"qtd|quarter to date", constant("this_quarter")),
    form(r"mtd|month to date", constant("this_month")),
    form(r"wtd|week to date", constant("this_week")),
    form(
        r"recently|lately|currently|these days|nowadays|of late|kurzlich|in letzter zeit|zuletzt|recentemente|ultimamente|recientemente|recemment|dernierement|最近",
        constant("recent"),
        "recent",
    ),
)


CHANGED = re.compile(r"chang|went|moved?\b|grew|grow|drop|fell|fall|rise|rose|increas|decreas|improv|worse|better|compar|differ|slow|fast")


def find_periods(text: str, today: date) -> list[Found]:
    """Every period in a folded, case-folded text, in order of appearance."""
    found: list[Found] = []
    rest = text
    for pattern, read, role in FORMS:
        if read is quarter_range and CHANGED.search(text):
            continue  # "changed from Q2 to Q3" holds two quarters against each other
        for match in pattern.finditer(rest):
            rest = rest[: match.start()] + "|" * (match.end() - match.start()) + rest[match.end() :]
            value = safely(read, match, today)
            found += [Found(value, match.start(), match.end(), "weekday" if read is weekday else role)] if value else []
    found = [f if f.role != "weekday" else replace(f, role="main") for f in found if f.role != "weekday" or only_weekdays(found)]
    return without_redundant_years(sorted(found, key=lambda f: f.start))


def without_redundant_years(found: list[Found]) -> list[Found]:
    """`this year` right beside a quarter or month says which one is meant; it is no period of its own."""
    parts = [f for f in found if re.fullmatch(r"\d{4}-(?:Q\d|H\d|\d\d)", f.value)]
    return [f for f in found if f.value != "this_year" or not any(abs(f.end - p.start) <= 1 or abs(p.end - f.start) <= 1 for p in parts)]


def only_weekdays(found: list[Found]) -> bool:
    """Whether a weekday is the window; beside another one ("the board meets on Tuesday") it tells a story."""
    return all(f.role == "weekday" for f in found)


def safely(read: Reader, match: re.Match[str], today: date) -> str | None:
    """The value, or nothing for a date that does not exist (31 June)."""
    try:
        return read(match, today)
    except ValueError:
        return None
