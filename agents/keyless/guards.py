"""What Pulse does not answer, why, and what can be asked instead. Decided from the question alone, before anything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """A kind of question that is refused: how it sounds, and the honest answer."""

    name: str
    pattern: re.Pattern[str]
    message: str


def guard(name: str, pattern: str, message: str) -> Guard:
    """A guard over folded, case-folded text."""
    return Guard(name, re.compile(pattern, re.VERBOSE), message)


PERSON = r"(?:developers?|devs?|engineers?|programmers?|coders?|employees?|people|persons?|individuals?|contributors?|committers?|colleagues?|team\ members?|members?|reviewers?|authors?|staff|entwickler(?:in|innen)?|mitarbeiter(?:in|innen)?|desenvolvedor(?:a|es|as)?|programador(?:a|es|as)?|funcionarios?|pessoas?|desarrollador(?:a|es|as)?|ingenier[oa]s?|empleados?|personas?|developpeur(?:se|s|ses)?|ingenieurs?|employes?|personnes?|开发者|开发人员|工程师|程序员|员工|谁|人员)"
SUPERLATIVE = r"(?:slowest|fastest|best|worst|laziest|weakest|strongest|most|least|top|bottom|highest|lowest|smartest|productive|productivity|performance|performer|performing|performers|underperform\w*|rank\w*|rating|rate\ (?:the|our|my)|score|scores|compare|leaderboard|langsamste[nr]?|beste[nr]?|schlechteste[nr]?|produktivste[nr]?|mais\ lent[oa]s?|melhor(?:es)?|pior(?:es)?|mas\ lent[oa]s?|mejor(?:es)?|peor(?:es)?|plus\ lente?s?|meilleure?s?|pire|最慢|最好|最差|排名)"
WHO = r"(?:^|[,.;:?!]\ ?|\band\ |\btell\ me\ |\bshow\ me\ |\bknow\ |\bsay\ )(?:who(?:\ |'s|se\b)|whom\b|wer\ |wen\ |wem\ |quem\ |quien(?:es)?\ |qui\ (?:est|a|sont|ont|merge|review|code|travaille|ecrit)|谁)"

PER_HEAD = re.compile(r"\b(?:prs?|pull requests?|merges?)\b.{0,12}\bper (?:engineer|developer|dev|head|person|capita)\b")
"""Merged pull requests per engineer of a whole team is a metric, not a view of persons."""
LONE = re.compile(
    r"\b(?:knowledge|know|known|depends?|depending|head|hinges?|rel(?:y|ies)|leaves?) .{0,30}\b(?:one|single) (?:person|developer|engineer)\b"
    r"|\b(?:a|one|single|some) (?:person|developer|engineer|maintainer|colleague|contributor) (?:left|leaves?|leaving|quits?|resigns?|is gone|was gone|were gone|disappear\w*|is away)\b"
)
"""How much hangs on one person, whoever that is, is a metric of code."""

GUARDS: tuple[Guard, ...] = (
    guard(
        "rules",
        r"""\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|instructions|rule|rules|prompt|prompts|guideline|guidelines|policy|policies|restrictions|above|before|previous)\b
        |system\ prompt|hidden\ (?:instruction|prompt)|your\ (?:instructions|prompt|rules)\b|jailbreak|developer\ mode|pretend\ (?:to\ be|you)|you\ are\ now\b|act\ as\ (?:a|an|if)\b
        |(?:ignoriere|vergiss)\b.{0,40}(?:anweisung|regel|vorgabe|anfrage)|(?:ignore|esqueca)\b.{0,40}(?:instruc|regras)|(?:ignora|olvida)\b.{0,40}(?:instruc|reglas)|(?:ignore|oublie)\w*\b.{0,40}(?:instruction|consigne|regle)|忽略.{0,12}(?:指令|指示|规则)|系统提示""",
        "I follow the same rules in every conversation and do not show or change how I am set up. Ask me about delivery instead, for example “What was our deployment frequency last quarter?”.",
    ),
    guard(
        "secrets",
        r"""[a-z]+_(?:token|secret|key|password|url|pat)\b|\b(?:api|access|private|secret|auth\w*)[ -]?(?:keys?|tokens?)\b|\bpasswords?\b|\bpasswort|\bsenhas?\b|\bcontrasenas?\b|mots?\ de\ passe|credentials?\b|zugangsdaten|credenciais|credenciales|密码|密钥|令牌
        |environment\ variables?|\benv(?:ironment)?\ (?:file|dump)|\.env\b|\bsecrets?\b|\b(?:print|show|give|reveal|tell|send|leak|dump|which|what)\b.{0,30}\b(?:tokens?|dsn|connection\ string)\b""",
        "Tokens, passwords and other settings are never shown; answers are made without access to them. An administrator can see masked settings with `pulse config show`.",
    ),
    guard(
        "writes",
        r"""(?:^|please\ |\bthen\ |\band\ |can\ you\ |could\ you\ |bitte\ |por\ favor\ |kindly\ )(?:close|delete|remove|create|open\ a|open\ an|file\ a|merge|assign|reassign|move|transition|reopen(?!\ (?:rate|ratio|share|quote))|approve|reject|comment\ on|update|edit|rename|rollback|roll\ back|revert\ the|revert\ pr|revert\ pull|trigger|restart|rerun|re-run|retry|pause|kick\ off|publish|ship\ (?:the|it|this|that)|add\ a|add\ label|set\ the|change\ the\ (?:status|priority|assignee|title|deadline|due)|mark|label|archive|cancel\ the|start\ (?:a|the|an)\ (?:sprint|deployment|release|sync|full)|deploy\ (?:the|this|version|to|it)|invite|revoke|grant|send|email|mail|post|notify|schliesse|losche|erstelle|verschiebe|feche|apague|crie|cierra|borra|elimina|crea|ferme|supprime|cree|关闭|删除|创建|合并这)\b
        .{0,60}(?:\bprs?\b|pull\ requests?|tickets?|issues?|bugs?|stor(?:y|ies)|tasks?|sprints?|epics?|branch|branches|repos?|repositor(?:y|ies)|incidents?|deployments?|releases?|users?|teams?|projects?|milestones?|labels?|status|comments?|sync|production|integrations?|[a-z]{2,}-\d+|工单|任务|请求|版本)""",
        "I only read: nothing in Jira or GitHub is changed from here. I can list what you would act on, for example “List the stale pull requests”. Syncs are started by a user on the sync page or with `pulse sync`.",
    ),
    guard(
        "pay",
        r"\b(?:earn|earns|earned|earning|earnings|salar(?:y|ies)|wages?|paid|payroll|compensation|bonus(?:es)?|pay\ rise|(?:we|you|they|us)\ pay\b(?!\ back)|paycheck|stock\ options|gehalt|gehalter|verdienen|verdient|lohn|salarios?|ganham|ganan|ganha|gana|salaires?|gagnent|sueldos?|remunerac\w+)\b|工资|薪水|薪资",
        "Pay is not in Jira or GitHub, and Pulse holds nothing about it. I can tell where engineering time goes, for example “Where did our engineering time go last quarter?”.",
    ),
    guard(
        "people",
        rf"""\b(?:under|over|low|top|poor|high)[ -]?(?:performers?|performing\ {PERSON})\b|\bunderachievers?\b|\bslackers?\b|\bdead\ ?weight\b|{WHO}(?!.{{0,10}}\b(?:finds?|found)\b.{{0,20}}\bbugs?)|\bwhom\b|\b(?:fire(?![ -]?fight)|lay\ off|layoff|dismiss|promote|sack)\b.{{0,40}}|{SUPERLATIVE}\b.{{0,40}}\b{PERSON}\b|\b{PERSON}\b.{{0,40}}\b{SUPERLATIVE}
        |\b(?:each|every|per|by|which|individual|single|top\ \d+|jede[nr]?|welche[rn]?|cada|por|qual|cual|chaque|par|quel)\ {PERSON}\b(?!.{{0,8}}\bfactor)|productivity\ (?:score|of)|{PERSON}\ (?:by|with|ordered|sorted)\b|lines\ of\ code\ (?:per|by|of)|\b{PERSON}'?s?\ (?:productivity|performance|output|velocity|commits)""",
        "Pulse never compares, ranks or scores people; figures are for teams, services and repositories. You can ask “Which team's pull requests wait longest for review?” or “How evenly are reviews shared in payments?”.",
    ),
    guard(
        "revenue",
        r"\b(?:revenue|revenues|turnover|sales|profit|profits|profitability|margin|ebitda|arr|mrr|income|bookings|market\ share|customers?\b.{0,30}\bchurn\w*|churn\w*\b.{0,12}\bcustomers?|(?:customer|user|client|subscriber)\ (?:churn|retention|growth)|burn\ rate|stock\ price|share\ price|roi|umsatz|gewinn|erlose|receita|faturamento|lucro|ingresos|ventas|beneficios?|chiffre\ d.affaires|benefices?)\b|收入|营收|利润|销售额",
        "Revenue and sales are not in Jira or GitHub, so there is no honest number for them here. I can show what capacity went into which work, for example “Investment by epic this year”.",
    ),
    guard(
        "satisfaction",
        r"\b(?:nps|csat|happy|happier|happiness|satisf\w+|morale|mood|engagement|burned\ out|frustrat\w+|enjoy|motivated|motivation|feel\ about|think\ (?:about|of)|survey|zufrieden\w*|stimmung|glucklich|satisfeit\w*|felizes|content[oa]s?|felices|satisfech\w*|satisfaits?|heureux|moral)\b|满意|开心|幸福",
        "Satisfaction needs a survey, and Pulse has no survey data: Jira and GitHub do not say how people or customers feel. Signals nearby are “off-hours work”, “review load balance” and “escaped defects”.",
    ),
    guard(
        "not measured",
        r"\b(?:test|code|unit\ test|branch)\ ?coverage\b|testabdeckung|cobertura\ de\ (?:testes?|pruebas|codigo)|couverture\ de\ (?:test|code)s?|测试覆盖率|\b(?:uptime|availability|slos?\ of\ (?:the|our)|error\ budget|(?<!review\ )(?<!pickup\ )latency|response\ times?\ of\ (?:the|our)\ (?:api|site|service)|cpu|memory\ usage|page\ views?|active\ users|conversion|crash\ rate|carbon|velocity\ of\ money|security\ vulnerabilit\w+|vulnerabilities|cves?|technical\ debt\ ratio|sonar\w*|cyclomatic|complexity\ score)\b",
        "Pulse has no such metric: it cannot be derived from Jira and GitHub. “Which metrics do you know?” lists what there is; near it lie change fail rate, escaped defects and reverted pull requests.",
    ),
    guard(
        "grades",
        r"\b(?:marks?\ (?:from|for|to)|(?:rate|score|grade|mark)\ (?:the|our|all|each|every)\ (?:\w+\ )?teams?|single\ (?:grade|score|number\ for)|grades?\ (?:from|for|each|every|our|the)|give\ (?:each|every)\ .{0,20}(?:grade|score)|overall\ (?:score|ranking|grade|rank)|(?:best|worst)\ (?:team|squad)s?\b|(?:which|what)\b.{0,30}\bteams?\b.{0,20}\b(?:best|worst)\b(?!\ (?:at|on|in|for|change|lead|deploy|cycle|review|fail|time|pr|say|flow|recovery|mttr|cfr))|rank\ (?:all\ )?(?:our\ |the\ )?teams?(?!\ by)|beste[sn]?\ team|melhor\ (?:time|equipe)|mejor\ equipo|meilleure\ equipe|最好的团队)",
        "There is no single grade or overall ranking of teams: metrics are not folded into one number. I can show one metric for all teams side by side, for example “change fail rate by team for Q3”, or each team against its own history.",
    ),
    guard(
        "others",
        r"\b(?:competitors?|competition|other\ (?:compan(?:y|ies)|firms?|organi[sz]ations?|vendors?)|compan(?:y|ies)\ (?:like|such|of\ our|our)|industry(?!\ (?:standard\ )?(?:definition|term))|market\ (?:average|leaders?)|peers\ in|faang|rivals?|konkurren\w+|wettbewerber\w*|concorrente\w*|competidor\w*|concurrents?)\b|竞争对手",
        "Pulse only knows this organisation's Jira and GitHub; it has no figures of other companies. Published DORA levels are quoted beside lead time and deployment frequency as context.",
    ),
    guard(
        "off topic",
        r"\b(?:weather|wetter|forecast\ for\ (?:today|tomorrow)|(?:tell|write|read|sing)\ (?:me|us)\ (?:a|another|some)\ (?:\w+\ )?(?:story|stories|tale|fairy|riddle|limerick)|joke|jokes|witz|piada|chiste|blague|recipe|rezept|receita\ de|poem|gedicht|song|lyrics|capital\ (?:city\ )?of|president|prime\ minister|football|soccer|world\ cup|movie|film|restaurant|horoscope|translate|bitcoin|crypto|lottery|meaning\ of\ life|birthday|tempo\ em\ \w+\ amanha|clima\ en|meteo|love\ you|write\ (?:me\ )?(?:a|an|some)\ (?!summary|report|briefing|board)\w+|news\ (?:today|about)|sing\b|cook\b)\b|天气|笑话|食谱|首都",
        "I only answer questions about software delivery from this organisation's Jira and GitHub. Try “Which metrics do you know?” or “Show me the DORA dashboard for last quarter”.",
    ),
)


def refusal(text: str, names: Sequence[str] = ()) -> Guard | None:
    """The guard that a folded, case-folded question runs into, if any; `names` are those of teams and services."""
    asked = LONE.sub("bus factor", PER_HEAD.sub("merged per capita", of_teams(text, names)))
    return next((g for g in GUARDS if g.pattern.search(asked)), None)


def of_teams(text: str, names: Sequence[str]) -> str:
    """`who ships more often, payments or checkout?`: there "who" is a team, as long as nothing but known names is offered."""
    known = "|".join(re.escape(name.casefold()) for name in sorted(names, key=len, reverse=True))
    if not known:
        return text
    offered = rf"(?:the )?(?:team )?(?:{known})(?: team)?"
    return re.sub(rf"^who(?='?s? [^,:]{{3,80}}[,:] ?{offered}(?:, ?{offered})*,? or {offered}\s*\??$)", "which team", text)
