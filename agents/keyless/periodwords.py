"""The words of time in six languages, as fragments of regular expressions over folded, case-folded text."""

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "fifteen": 15, "thirty": 30, "sixty": 60, "ninety": 90, "couple of": 2, "few": 3,
    "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "zwolf": 12, "dreissig": 30,
    "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8, "nove": 9, "dez": 10, "doze": 12, "trinta": 30,
    "dos": 2, "cuatro": 4, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12, "treinta": 30,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "douze": 12, "trente": 30,
    "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12, "三十": 30,
}  # fmt: skip
UNITS = {
    "hour": "hour", "hours": "hour", "hrs": "hour", "h": "hour", "stunden": "hour", "horas": "hour", "heures": "hour", "小时": "hour",
    "day": "day", "days": "day", "tag": "day", "tage": "day", "tagen": "day", "dia": "day", "dias": "day", "jour": "day", "jours": "day", "天": "day", "日": "day",
    "week": "week", "weeks": "week", "woche": "week", "wochen": "week", "semana": "week", "semanas": "week", "semaine": "week", "semaines": "week",
    "周": "week", "个星期": "week", "星期": "week", "个周": "week", "个礼拜": "week",
    "month": "month", "months": "month", "monat": "month", "monate": "month", "monaten": "month", "monats": "month", "mes": "month", "meses": "month", "mois": "month", "个月": "month", "月": "month",
    "quarter": "quarter", "quarters": "quarter", "quartal": "quarter", "quartale": "quarter", "quartalen": "quarter", "quartals": "quarter", "trimestre": "quarter", "trimestres": "quarter",
    "个季度": "quarter", "季度": "quarter", "个季": "quarter", "季": "quarter",
    "year": "year", "years": "year", "jahr": "year", "jahre": "year", "jahren": "year", "jahres": "year", "ano": "year", "anos": "year", "an": "year", "ans": "year",
    "annee": "year", "annees": "year", "年": "year",
    "half year": "half", "half": "half", "halbjahr": "half", "semestre": "half", "semester": "half",
}  # fmt: skip
MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
    "januar": 1, "februar": 2, "marz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12,
    "janeiro": 1, "fevereiro": 2, "marco": 3, "abril": 4, "maio": 5, "junho": 6, "julho": 7, "agosto": 8, "setembro": 9, "outubro": 10, "novembro": 11, "dezembro": 12,
    "enero": 1, "febrero": 2, "marzo": 3, "mayo": 5, "junio": 6, "julio": 7, "septiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "juin": 6, "juillet": 7, "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
}  # fmt: skip
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "erste": 1, "ersten": 1, "erstes": 1, "zweite": 2, "zweiten": 2, "zweites": 2, "dritte": 3, "dritten": 3, "drittes": 3, "vierte": 4, "vierten": 4, "viertes": 4,
    "primeiro": 1, "segundo": 2, "terceiro": 3, "quarto": 4, "primer": 1, "primero": 1, "tercer": 3, "tercero": 3, "cuarto": 4,
    "premier": 1, "deuxieme": 2, "troisieme": 3, "quatrieme": 4, "1er": 1, "2e": 2, "3e": 3, "4e": 4, "1.": 1, "2.": 2, "3.": 3, "4.": 4,
    "第一": 1, "第二": 2, "第三": 3, "第四": 4, "一": 1, "二": 2, "三": 3, "四": 4,
}  # fmt: skip


def any_of(words: dict[str, int] | dict[str, str]) -> str:
    """An alternation that prefers the longest word."""
    return "|".join(sorted((w.replace(".", r"\.") for w in words), key=len, reverse=True))


N = rf"(?P<n>\d{{1,4}}|{any_of(NUMBERS)})"
U = rf"(?P<unit>{any_of(UNITS)})"
MONTH = rf"(?P<month>{any_of(MONTHS)})"
ORDINAL = rf"(?P<ordinal>{any_of(ORDINALS)})"
YEAR = r"(?P<year>(?:19|20)\d\d)"
LAST = r"(?:last|past|previous|prior|trailing|preceding|most recent|recent|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?|ultim[oa]s?|passad[oa]s?|pasad[oa]s?|anterior(?:es)?|derni(?:er|ere|ers|eres)|passee?s?|preceden(?:t|te|ts|tes))"
THIS = r"(?:this|current|the current|the running|diese[nrsm]?|aktuelle[nrsm]?|laufende[nrsm]?|este|esta|neste|nesta|deste|desta|cette|cet|ce|corrente|atual|actual|en cours)"
SINCE = r"(?:since|as of|starting|from|seit|ab|desde|a partir de|depuis|自从|自|从)"
