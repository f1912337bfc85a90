"""What shape of answer the words ask for: intent, grain, statistic, grouping, top N, chart."""

import re

from agents.keyless.periodwords import NUMBERS, any_of
from agents.keyless.text import Tag
from agents.plan import Grain, Stat


def cue(pattern: str) -> re.Pattern[str]:
    """A cue over folded, case-folded text; Latin words keep their borders."""
    return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")


META = cue(
    r"what else (?:can|could|do) (?:you|i|we).*|(?:who|what) are you|what (?:is|does) pulse(?: do)?|how can you help.*|(?:give|show|send)(?: me)? (?:a |the )?list of (?:all )?(?:the )?(?:available |supported |known )?(?:metrics|measures|kpis|indicators).*|(?:all|available|supported) (?:metrics|measures|kpis)(?: available| please)?$|(?:which|what|welche|quais|que|cuales|quelles?) (?:kinds? of |other |are the |sind die )?(?:metrics?|kpis?|measures?|indicators?|metriken|kennzahlen|metricas|indicadores|metriques|indicateurs)(?! (?:is|are|was|were) (?:unusual|strange|odd|at))(?: (?:do|can|could|are|does|kennst|kann|gibt|voce|conoces|connais|hay|existem|sont|you|have|exist|there).*)?$|"
    r"what (?:all )?(?:can|could|do|are) (?:you|i|we|pulse) (?:able to )?(?:tell|do|answer|ask|know|help|offer|measure|show)|what is there to ask|(?:which|what) (?:kinds? of )?questions? (?:can|could|may|do|are) .*|what can i ask.*|welche fragen .*|quelles questions .*|que preguntas .*|que perguntas .*|help|hilfe|ajuda|ayuda|aide|list (?:all |the |of )*metrics|(?:show|list)(?: me)? (?:all |the |your )*(?:available )?(?:metrics|kpis)|was kannst du|o que voce pode|que puedes|que peux[ -]tu|metrics (?:do you|you) (?:know|have|offer|support)|你能.{0,6}什么|哪些指标"
)
STATUS = cue(
    r"when (?:did|was|were|have) .{0,20}last (?:pull|fetch|read|load|import|sync|refresh|updat|crawl|collect|ask)\w*|when (?:was|were) .{0,30}(?:pulled|fetched|loaded|collected|crawled)(?: last)?|(?:how )?(?:fresh|freshness|stale) (?:is|are|of) (?:the |our |your )?(?:data|numbers|figures)|data (?:freshness|health|quality)|(?:health|quality) of (?:the |our |your )?data|how (?:healthy|complete|reliable|trustworthy) (?:is|are) (?:the |our |your |this )?data|(?:how )?up[ -]to[ -]date|how (?:old|current|recent) (?:is|are) (?:the|our|your|this|these) (?:data|numbers|figures)|(?:last|latest|recent) (?:data )?(?:sync|synchroni\w+|refresh|import|update of the data)|(?:synced|synchroni[sz]ed|refreshed|imported|loaded)|sync|syncs|syncing|is the sync|state of the (?:sync|data)|data (?:last )?(?:updated|loaded|complete)|"
    r"wie (?:aktuell|frisch|alt) sind die daten|datenstand|synchronisiert|(?:quao )?atualizad[oa]s? (?:estao|esta) os dados|sincroniza\w+|que tan (?:frescos|actuales|recientes) son los datos|fraicheur|donnees (?:a jour|fraiches)|synchronise\w*|数据.{0,4}(?:多新|新鲜|最新|更新)|同步"
)
ABOUT_DATA = cue(
    r"how (?:old|current|recent|fresh|complete|up[ -]to[ -]date) (?:is|are) (?:the|our|your|this|these|my) (?:data|numbers|figures)|wie (?:aktuell|frisch|alt) sind (?:die|unsere) (?:daten|zahlen)|(?:is|are) (?:the|our|your|this|these) (?:data|numbers|figures) .{0,20}(?:fresh|current|recent|complete|up[ -]to[ -]date|outdated|old|stale)"
)
"""Surely a question about the data themselves, whatever else is mentioned."""
DEFINITION = cue(
    r"what (?:do|does|did) (?:you|we|pulse) mean (?:by|with)|(?:remind|tell) me what .{2,60} means?|in (?:a|one) (?:sentence|word|few words).{0,10} what .{2,60} (?:is|are|means?)|what .{2,60} (?:means?|is about)$|(?:which|what) (?:events?|things?|records?) (?:count|go into|enter|are counted).{0,40}|what(?:'s| is) the (?:idea|thinking|logic|maths?|formula|definition) (?:behind|of|for)|what (?:does|do|did) .{2,60} (?:mean|stand for|measure|say|tell (?:us|me|you)|express|describe|indicate)|(?:define|definition|meaning|formula)|how (?:exactly |precisely |actually )?(?:do|does|is|are|did|can|would) (?:you|we|pulse|it|one|the)?.{0,60}(?:calculated?|computed?|compute|measured?|defined?|derived?|work out|worked out|counted)|(?:difference|differences|distinction) between|(?:the )?same (?:thing )?as|"
    r"what (?:counts|qualifies) as|what(?:'s| is|s)? (?:exactly )?(?:meant by|a|an|the meaning)|explain (?:the (?:metric|term|concept|definition)|what|to me what|me what)|was (?:bedeutet|heisst|versteht man|ist)|wie (?:wird|werden|berechne\w*|definier\w*) .{0,60}(?:berechnet|definiert|gemessen|ihr|du|sie)|unterschied zwischen|"
    r"o que (?:significa|e|quer dizer)|como (?:e|sao|voces?) .{0,30}calcul\w+|como se calcula|diferenca entre|que (?:significa|es)|diferencia entre|qu.?est[ -]ce que|que (?:veut dire|signifie)|comment (?:calcul\w+|est calcul\w+|mesur\w+)|difference entre|什么是|是什么意思|怎么(?:计算|算)|如何计算|定义|的区别|how come .{0,20}defined"
)
BARE_WHAT_IS = cue(r"(?:what(?:'s| is|s| are)|explain|qu est[ -]ce que|was ist|o que e|que es)")
OURS = cue(
    r"our|ours|my|we|us|i|unser\w*|wir|uns|nos+[oa]s?|nuestr[oa]s?|nous|notre|nos|the team'?s?|me|我们|current|right now|now|latest|this|currently"
)
FORECAST = cue(
    r"(?:until|till|by|on) (?:which|what) (?:date|day|week|month|time)|bis wann|ate quando|hasta cuando|jusqu.?a quand|will (?:the |this |our )?(?:[\w']+ ){0,4}(?:succeed|make it|work out|be (?:a success|successful|fine|okay))|when (?:will|is|are|can|could|would|do|does|might|should) .{1,80}?(?:done|finish\w*|complet\w*|ready|deliver\w*|ship\w*|land\w*|over|through|end|cleared|closed)|when .{1,40} (?:done|finished|ready|complete)|how (?:many|much) (?:.{1,60} )?(?:can|could|will|would|might) .{0,60}|how (?:long|much longer|many more (?:weeks|days|sprints)) (?:until|till|before|will it take|to finish|to complete|for the rest).{0,60}(?:done|finish\w*|complete\w*|ready|deliver\w*|clear\w*|rest)|forecast\w*|predict(?:s|ion|ions|ed)?|projection|estimate (?:when|the)|eta|finish date|completion date|"
    r"(?:will|can|could|going to) .{1,50}(?:be )?(?:done|finish\w*|ready|complete\w*|make it|deliver\w*) .{0,40}(?:on time|in time|by|this|before|as planned)|wann (?:wird|ist|sind|werden|haben)|prognose|vorhersage|quando (?:vai|sera|estara|terminar\w*|fica|acaba)|previsao|cuando (?:estara|terminar\w*|va a|se|acabar\w*)|prevision|pronostico|quand (?:sera|est-ce que|aur\w+|va)|什么时候(?:能|可以|会)|何时|预测|how soon can|quanto (?:tempo )?falta|cuanto (?:tiempo )?falta|combien de temps reste|wie lange noch|(?:was|wie ?viele?|how much|how many|what) .{0,40}(?:schaffen|schafft|pouvons|peut|podemos|pode|puede|konnen|kann) .{0,40}"
)
ANOMALY = cue(
    r"anomal\w+|unusual\w*|abnormal\w*|strange|odd|oddit\w+|weird|outlier\w*|noise|random(?:ly| variation| fluctuation| noise)?|(?:signal|real) or|just (?:noise|chance|luck)|by chance|control (?:charts?|limits?)|xmr|process behaviou?r|spikes?|out of (?:the )?ordinary|surpris\w+|suspicious|statistically|significant(?:ly)?|special cause|auffallig\w*|ungewohnlich\w*|anomalie\w*|ausreisser|incomum|anormal\w*|inusual\w*|raro|inhabitue\w*|异常|反常"
)
RISK = cue(
    r"shak(?:y|iest)|wobbl\w+|worr(?:y|ied|ying|ies|isome)(?: about)?|in the red|(?:look|looks|looking|seem|seems) (?:bad|dangerous|doubtful|unlikely|late|dicey)|at stake|jeopardi[sz]\w*|(?:need|needs|deserve|deserves) (?:a )?(?:my |our |your )?attention|dangerous|risk\w*|chances?|likelihood|probability|how likely|in danger|in jeopardy|endangered|threatened|deserve\w* (?:extra|more|special)? ?(?:care|attention)|need\w* (?:extra|more|special) (?:care|attention)|watch out|careful with|(?:going|likely|about|bound|expected) to (?:miss|slip|be late|be delayed|fail|overrun)|(?:will|might|may|could) (?:miss|slip|be late|overrun)|(?:will not|won'?t|cannot|can'?t|unlikely to|not going to) (?:make|meet|hit|reach|keep|hold)|look(?:ed)? (?:at )?(?:twice|closely|carefully)|(?:second|closer|careful|extra) look|double[- ]check|verpass\w+|nicht (?:halten|einhalten|schaffen)|miss (?:its|their|the|his) (?:dates?|deadlines?|targets?)|off track|in trouble|gefahrdet\w*|risik\w*|in gefahr|em risco|en riesgo|riesgo\w*|risco\w*|risque\w*|en danger|风险"
)
WHY = cue(
    r"why|what(?:'s| is| was|s| lies| are)? (?:really )?(?:behind|driving|causing)|what (?:caused|causes|drove|drives|explains?|led to|made|changed|happened|contribut\w+)|how come|reasons? (?:for|behind|why|that|of)|root causes? (?:of|for)|warum|wieso|weshalb|woran|was steckt hinter|por ?que|por que|motivo|a que se debe|pourquoi|a cause de|qu'est-ce qui explique|为什么|为何|原因|contribut\w+ to the|explain (?:the|this|that|why) (?:change|rise|drop|increase|decrease|jump|fall|decline|growth|spike)?"
)
EXPLAIN = cue(
    r"(?:which|what|show|list|see|give)(?: me)?(?: the| all| those)? (?:records?|rows?|deployments?|deploys?|prs?|pull requests?|issues?|tickets?|items?|incidents?|changes?|events?|data points?)(?: (?:are|is|were|lie|lies|stand|stands|sit|make|makes|made|went|go|goes|count|counts|counted|that))* ?(?:behind|underlying|in|into|up|towards|under) (?:that|this|it|the number|the figure|those|these)|behind (?:that|this|the|those|these) (?:numbers?|figures?|values?|rates?|results?|ones?)|drill ?(?:down|into)|trace (?:that|this|it)|show me the (?:records|evidence|proof|receipts?)|where does (?:that|this|the) (?:number|figure|value) come from|how did you get (?:that|this)|die(?:se|ser)? zahl\b.*(?:dahinter|hinter)|(?:hinter|por tras d|detras de|derriere) (?:dieser|diesen|der|esse|este|ese|esa numero|ce|cette)"
)
DASHBOARD = cue(r"dashboards?|cockpit|four keys|ubersicht|painel|tablero|tableau de bord|仪表盘|看板")
BRIEFING = cue(
    r"brief(?:ing|ings)?|board (?:summary|report|pack|update|meeting summary)|summary for (?:the )?(?:board|ceo|cto|management|leadership|executives?)|executive (?:summary|report|update|overview)|exec (?:summary|report|update)|management (?:summary|report)|(?:weekly|monthly|quarterly) (?:report|update|summary|review)|status report|scorecard|(?:executives?|board|ceo|cto|leadership|management) (?:\w+ ){0,2}(?:need|needs|want|wants|should|must)|summari[sz]e (?:last|the|this|our)|zusammenfassung|bericht|resumo|relatorio|resumen|informe|resume de|rapport|简报|总结|周报|月报"
)
LIST = cue(
    r"list|(?:which|what) (?:repositor(?:y|ies)|repos|projects) (?:do (?:we|you)|are|exist|can|have)|(?:all|any) (?:open|merged|closed|unresolved|blocked|overdue) (?:\w+ ){0,2}(?:prs?|pull requests?|tickets?|issues?|bugs?|stories)|(?:name|enumerate) (?:me )?(?:all |the |every )?(?:\w+ ){0,3}(?:prs?|pull requests?|tickets?|issues?|bugs?|deployments?|repos|repositories|incidents?|projects)|(?:see|give me|get me|send me|show me|show us) (?:all |the |our |all the |all our )?(?:\w+ ){0,2}(?:open|unmerged|unresolved|blocked|failed|latest|recent|last) (?:\w+ ){0,2}(?:prs|pull requests|tickets|issues|bugs|deployments|deploys|releases|incidents)|(?:last|latest|most recent) (?:one|two|three|four|five|six|seven|eight|nine|ten|twelve) (?:\w+ ){0,2}(?:deployments?|deploys|releases|prs|pull requests|issues|tickets|incidents|bugs)|show (?:me )?(?:all|every|each of)(?: the| our)? (?:\w+ ){0,2}(?:prs?|pull requests?|issues?|tickets?|bugs?|deployments?|deploys|releases|incidents?|repos|repositories)|(?:tickets?|prs?|pull requests?|bugs?|tareas|incidencias|tarefas|taches) (?:abiert[oa]s|abert[oa]s)|enumerate|show (?:me )?(?:the |all |all the |our )?(?:last \d+|latest|recent|open|oldest|\d+)|which (?:\w+ ){0,3}(?:prs?|pull requests?|merge requests?|issues?|tickets?|stories|bugs?|defects?|tasks?|items|deployments?|deploys|releases|incidents?|outages?|repositor(?:y|ies)|repos|projects)|what (?:\w+ ){0,2}(?:prs|pull requests|issues|tickets|bugs|deployments|releases) (?:did|do|were|are|have)|open (?:\w+ ){0,2}(?:prs?|pull requests?|bugs?|issues?|tickets?|stories|tasks?|defects?)|(?:last|latest|most recent) \d+ (?:\w+ ){0,2}(?:deployments?|deploys|releases|prs|pull requests|issues|tickets|incidents|bugs)|liste|aufliste\w*|listar?|enumera\w*|lister|welche (?:\w+ ){0,2}(?:prs?|tickets?|vorgange|deployments?|repositories|projekte)|quais (?:\w+ ){0,2}(?:prs|tickets|deploys|bugs|repositorios)|列出|deployments? (?:log|history|list)"
)
RANK = cue(
    r"哪(?:个|些).{0,3}(?:团队|小组|服务|仓库|项目).*|(?:which|what|welche[rsn]?|quais|qual|que|cual|cuales|quelles?|quels?|哪个|哪些) (?:of (?:our|the) )?(?:\w+ )?(?:teams?|squads?|services?|repos?|repositor\w+|projects?|epics?|applications?|apps?|dienste?|projekte?|times?|equipes?|equipos?|servicos?|servicios?|projetos?|proyectos?|epicos?|epicas?|团队|服务|仓库|项目).*"
    r"|top[ -]?\d+|top (?:three|five|ten)|(?:ordered|sorted|ranked|order|sort|rank) .{0,20}by|rank (?:the |our |all )?(?:teams|services|repos|repositories|projects|epics)|(?:\d+|one|two|three|four|five|six|ten) (?:\w+ )?(?:teams|squads|services|repos|repositories|projects|epics) (?:with|having|by)|(?:slowest|fastest|quickest|worst|best|largest|smallest|biggest|longest|shortest|riskiest|busiest|weakest|strongest|least stable|most stable|top|bottom) (?:\d+ |two |three |four |five |ten )?(?:teams?|squads?|services?|repos?|repositories|projects?|epics?)|(?:teams?|services?|repos?|repositories|epics?) (?:with|having) (?:the )?(?:most|least|fewest|worst|best|highest|lowest|longest|shortest|slowest|fastest|largest|smallest|biggest)"
)
ENDS_LOW = cue(
    r"fewest|least|lowest|smallest|shortest|fastest|quickest|youngest|furthest from done|least complete|far from done|kleinste\w*|schnellste\w*|wenigste\w*|menor(?:es)?|mais rapid\w*|mas rapid\w*|plus rapid\w*|最少|最快|最低"
)
BEST = cue(r"best|healthiest|most stable|beste[rsn]?|melhor(?:es)?|mejor(?:es)?|meilleure?s?|最好")
WORST = cue(r"worst|bottom|weakest|schlechteste\w*|pior(?:es)?|peor(?:es)?|pires?|最差")
BREAKDOWN = cue(
    r"break ?(?:it |this |that )?down|broken down|breakdown|split(?: up| out)?|by (?!the\b|when\b|how\b|us\b|them\b|customers?\b|users?\b|far\b|now\b|chance\b|date\b)\w+|per (?:team|service|repo|repository|project|epic|squad|priority|type|phase|kind|class|severity|component|label|app)|for (?:each|every)|each (?:team|service|repo|project|epic|squad)|every (?:team|service|repo)|distribution|composition|share of each|side by side|teams? by team|where (?:does|do|did|is|has) .{0,40}(?:go|goes|gone|going|spent|spend)|what (?:do|does|did) .{0,30} (?:spend|work on)|aufgeschlusselt|aufteilung|verteilung|pro (?:team|service|dienst|projekt|repo)|je (?:team|service)|nach (?:team|service|schwere|art)|por (?:time|equipe|servico|equipo|servicio|tipo|projeto|proyecto|repositorio|severidade|severidad|fase|epico|epica)|par (?:equipe|service|projet|type|depot|gravite|phase)|按.{1,6}|各(?:个)?(?:团队|服务|项目)|每个(?:团队|服务)|wohin geht|onde (?:vai|gastamos)|a donde va|ou (?:va|passe)"
)
COMPARE = cue(
    r"compare[ds]?|comparing|comparison|compar\w+|versus|vs\.?|against|relative to|than|before and after|side by side|difference in|vergleich\w*|verglichen|gegenuber|im vergleich|comparad\w*|em relacao a|frente a|respecto a|par rapport a|par comparaison|compares?|和.{1,12}(?:相比|比较)|比较|对比|相比|stack up|differ|how was that in|which of the two|year over year|year on year|yoy|同比|环比|and how (?:that |it |was )+"
)
TREND = cue(
    r"trend\w*|over time|develop(?:s|ed|ment|ing)?|evol\w+|histor(?:y|ical|ically)|time ?series|progression|trajectory|course of|curve|burn|fluctuat\w+|moved|moving|changed|change over|shift(?:ed|ing)?|verlauf|entwickel\w+|entwicklung|tendencia|evoluc\w+|historico|evolu\w+|tendance|历史|趋势|走势|变化|"
    r"(?:week|month|quarter|day) (?:by|over|after|on) (?:week|month|quarter|day)|plot|line (?:chart|graph)|getting|improv\w*|worsen\w*|deteriorat\w*|rising|falling|growing|shrinking|declin\w+|grow(?:s|n|th)?|increas(?:e|ed|ing)|decreas(?:e|ed|ing)|go(?:ne|ing)? (?:up|down)|went (?:up|down)|slow(?:ed|ing) down|sped up|speeding up|became|become|than (?:we|it|they) used to|better than|worse than|faster than|slower than|更快|更慢|变慢|变快|增长|besser geworden|schlechter geworden|langsamer geworden|schneller geworden|melhorando|piorando|mejorando|empeorando|s.ameliore\w*|creciendo|crescendo|zugenommen|abgenommen|gestiegen|gesunken|aumentou|caiu|diminuiu|aumento|bajo|augmente|baisse|diminue"
)
IMPROVING = cue(
    r"improv\w*|getting|worsen\w*|deteriorat\w*|grow(?:ing|n|s)?|better|worse|faster than|slower than|than (?:we|it|they) used to|than before|increas(?:e|ed|ing)|decreas(?:e|ed|ing)|declin\w+|gone (?:up|down)|going (?:up|down)|rising|falling|shrinking|became|become|geworden|melhorando|piorando|mejorando|empeorando|s.ameliore\w*|slower|ever more|keeping up|zugenommen|gestiegen|gesunken|crescendo|creciendo|变(?:快|慢|好|差)|改善|增长|更(?:快|慢|好)"
)
PREVIOUS = cue(
    r"(?:the )?(?:previous|prior|preceding) (?:period|one|window)|than before|than (?:we|it|they) used to|used to|versus before|vs before|vs\.? (?:the )?previous(?! (?:week|month|quarter|year))|compared (?:to|with) before|zuvor|vorher|als vorher|que antes|qu avant|qu'avant|than previously|环比|比之前"
)
INSIDE = cue(
    r"slow(?:ed|ing)? down|sped up|speeding up|got (?:slower|faster|better|worse)|improved (?:the )?most|worsened|(?:who|which \w+|welches team) (?:has |have )?(?:improved|worsened|slowed|changed|moved|deteriorated|got|become|became|regressed)|langsamer geworden|schneller geworden|mas lent\w+ desde|变慢|regress\w*|(?:biggest|largest|most) (?:change|improvement|deterioration|increase|decrease|drop|rise)"
)
CHART = cue(
    r"chart\w*|plot\w*|graph\w*|diagram\w*|draw\w*|visuali[sz]e\w*|curve|picture|histogram|tree ?maps?|small multiples|trellis|scatter ?plots?|sparklines?|visual\w*|grafi[ck]\w*|schaubild|graphique\w*|图表|图|曲线"
)
SNAPSHOT_NOW = cue(
    r"right now|currently|current|now|at the moment|today|momentan|aktuell\w*|gerade|agora|atual\w*|ahora|actual\w*|actuellement|maintenant|现在|目前|当前"
)

GRAINS: tuple[tuple[Grain, re.Pattern[str]], ...] = (
    (
        "sprint",
        cue(
            r"per sprint|by sprint|each sprint|every sprint|sprint (?:by|over|after) sprint|over the sprints|pro sprint|por sprint|par sprint|每个冲刺"
        ),
    ),
    (
        "day",
        cue(
            r"dail[yi]|per day|by day|each day|every day|day (?:by|over) day|taglich\w*|pro tag|diari\w+|por dia|par jour|quotidien\w*|每天|每日|按天"
        ),
    ),
    (
        "week",
        cue(
            r"weekly|per week|by week|(?:per|by|each) \w+ and (?:per |by )?week|(?:pro|je|nach) \w+ und (?:pro |je )?woche|each week|every week|week (?:by|over|on) week|a week|wochentlich\w*|pro woche|je woche|semanal\w*|por semana|cada semana|par semaine|hebdo\w*|chaque semaine|每周|按周"
        ),
    ),
    (
        "month",
        cue(
            r"monthly|per month|by month|(?:per|by|each) \w+ and (?:per |by )?month|(?:pro|je|nach) \w+ und (?:pro |je )?monat|each month|every month|month (?:by|over|on) month|a month|monatlich\w*|pro monat|je monat|mensal\w*|mensual\w*|por mes|cada mes|par mois|mensuel\w*|chaque mois|每月|每个月|按月"
        ),
    ),
    (
        "quarter",
        cue(
            r"quarterly|per quarter|by quarter|(?:per|by|each) \w+ and (?:per |by )?quarter|(?:pro|je|nach) \w+ und (?:pro |je )?quartal|each quarter|every quarter|quarter (?:by|over|on) quarter|a quarter|quartalsweise|pro quartal|je quartal|trimestral\w*|por trimestre|par trimestre|trimestriel\w*|每季度|每个季度|按季度?"
        ),
    ),
)
STATS: tuple[tuple[Stat, re.Pattern[str]], ...] = (
    (
        "p90",
        cue(
            r"p ?90|90(?:th|\.|e)? ?(?:percentile|perzentil|percentil\w*|centile)|ninetieth|90 ?%? of (?:all |the )?(?:cases|changes|prs|tickets)"
        ),
    ),
    ("p85", cue(r"p ?85|85(?:th|\.|e)? ?(?:percentile|perzentil|percentil\w*|centile)")),
    ("p75", cue(r"p ?75|75(?:th|\.|e)? ?(?:percentile|perzentil|percentil\w*|centile)|upper quartile|third quartile")),
    ("p50", cue(r"p ?50|median\w*|mediana|mediane|50(?:th|\.|e)? percentile|typical(?:ly)?|中位数?")),
    (
        "mean",
        cue(
            r"average|averaged|avg|mean(?! time)|arithmetic mean|durchschnitt\w*|im schnitt|mittelwert|media(?! de revis)|em media|promedio|moyen(?:ne)?s?|en moyenne|平均(?!恢复|修复)"
        ),
    ),
)
TOP = re.compile(
    rf"(?<![a-z0-9])(?:(?:top|first|which|what|the|worst|slowest|fastest|biggest|largest|smallest|best|bottom|last|latest|most recent|os|as|los|las|les|die|ultim[oa]s|letzten)[ -])?(?P<n>\d{{1,3}}|{any_of(NUMBERS)}) (?P<rest>(?:\w+ ){{0,2}}(?:teams|squads|services|repos|repositories|projects|epics|apps|applications|deployments|deploys|releases|prs|pull requests|issues|tickets|bugs|incidents|times|equipes|equipos|servicos|servicios|repositorios|dienste|projekte))(?![a-z0-9])"
)
TOP_BARE = re.compile(rf"(?<![a-z0-9])top[ -]?(?P<n>\d{{1,3}}|{any_of(NUMBERS)})(?![a-z0-9])")

DIMENSION_OF = {
    "TEAM": "team", "SERVICE": "service", "REPO": "repo", "PROJECT": "project", "EPIC": "epic", "WORKCLASS": "work_class", "SEVERITY": "severity",
    "AILEVEL": "ai_level", "BUCKET": "size_bucket", "ISSUETYPE": "issue_type", "PRIORITY": "priority", "CAUSE": "cause", "ENVIRONMENT": "environment", "LABEL": "label", "AUTHORTYPE": "author_type",
}  # fmt: skip
GROUP_LEADS = frozenset(
    """by per each every which what for across between top split bottom all pro je nach jedes jede welche welches welcher por cada qual quais cual cuales par chaque quelle quelles quel quels
    按 各 每个 哪个 哪些 slowest fastest worst best largest smallest biggest among 各个 the""".split()
)
AI_SPLIT = cue(
    r"(?:do|does|did|are|is|were|was|get|gets) (?:the |our )?(?:ai|copilot|agent|machine)[- ]?(?:assisted|written|generated|made|based|authored)? ?(?:prs?|pull requests?|changes|commits|code) (?:\w+ ){0,4}?(?:faster|slower|quicker|sooner|longer|bigger|larger|smaller|better|worse|safer|riskier|more|less|fewer)|(?:code|prs?|pull requests?|changes|work|merges)(?: \w+){0,3} (?:with|by|using|through) (?:ai|ki|copilot|assistants?|agents?)(?: \w+){0,6} (?:than|versus|vs|compared|against|as)|(?:ai|copilot|agents?|bots?|machine)(?:[ -]\w+){0,6} (?:than|versus|vs\.?|compared to|compared with|against) (?:\w+[ -]){0,3}?(?:hand[- ]?\w+|human\w*|people|manual\w*|without|unassisted|ordinary|regular|normal|traditional|classic)|(?:hand[- ]?(?:written|made|crafted)|human[- ]?(?:written|made|authored)?|manual\w*) (?:\w+ ){0,3}?(?:versus|vs\.?|than|compared to|and|against) (?:the )?(?:ai|copilot|agent)|(?:ai|ki|ia|copilot)[ -]?(?:assisted|written|generated)? ?(?:prs?|pull requests?|changes|code) .{0,40} than (?:the )?(?:human|other|manual|normal|rest|those)\w*|(?:ai|ki|ia|copilot)(?:[ -](?:assisted|written|generated|unterstutzte?|gestutzte?|based))?(?: prs?| pull requests?| changes| ones)? (?:vs\.?|versus|and|compared (?:to|with)|against|than|or|und|gegen|e|y|et) (?:the )?(?:other(?! (?:ai|ki|ia|tools?|assistants?|agents?|llms?))|others|human|manual|non|rest|hand|unassisted|plain|normal|ohne|humanos?|sem|sin|sans)|(?:other|human|manual|non-ai|non ai|unassisted) (?:prs|pull requests|changes) (?:vs\.?|versus|and|against) ai|with and without (?:ai|copilot|assistants?)|(?:does|do|did|has|is) (?:ai|copilot|assistants?) .{0,30}(?:make|help|change|speed|slow|reduce|increase|improve|affect)|(?:effects?|impact|influence) .{0,12}(?:ai|ki|copilot|assistants?)|what (?:does|do|did|has) (?:ai|copilot|assistants?) .{0,12}change|(?:prs?|pull requests?|changes|code|anderungen) (?:mit|with|com|con|avec) (?:ki|ai|ia|copilot) .{0,40}(?:andere[nr]?|anderen|others|ohne|without|than|als|autres|otr[oa]s|outr[oa]s)|was (?:andert|bringt|bewirkt) (?:die )?ki|que cambia la ia|o que muda com (?:a )?ia|que change l ?ia"
)


def grain_of(text: str) -> Grain | None:
    """The bucket size that is named."""
    return next((grain for grain, pattern in GRAINS if pattern.search(text)), None)


def stat_of(text: str) -> Stat | None:
    """The statistic that is named."""
    return next((stat for stat, pattern in STATS if pattern.search(text)), None)


def top_of(text: str) -> int | None:
    """How many are asked for."""
    match = TOP_BARE.search(text) or TOP.search(text)
    if not match:
        return None
    return int(match["n"]) if match["n"].isdigit() else NUMBERS[match["n"]]


def dimensions_of(tags: list[Tag], words: list[str], text: str) -> list[str]:
    """The dimensions that the question wants to see side by side."""
    found = []
    for tag in tags:
        names = [DIMENSION_OF[c] for c in sorted(tag.concepts) if c in DIMENSION_OF]
        if names and wants_group(words, tag, text):
            found.append(names[0] if words[tag.first] not in ("components", "component") else "component")
    return list(dict.fromkeys(found))


ALWAYS = frozenset({"WORKCLASS", "AILEVEL", "BUCKET"})
PLURAL = frozenset(
    "teams squads crews services repos repositories projects epics applications apps equipes systems microservices codebases equipos times dienste projekte servicos servicios repositorios".split()
)
LEADS_TO_A_GROUP = frozenset(
    """per each every which by pro je por cada par chaque nach welches welche welcher qual quais cual quelle quel what 按 每个 各 哪个 哪些 各个 nosso que""".split()
)
SUPERLATIVES = frozenset(
    """worst best slowest fastest quickest longest shortest biggest largest smallest highest lowest riskiest busiest weakest strongest most least fewest top bottom stable""".split()
)
COUNTED = SUPERLATIVES | {*NUMBERS, "single", "other", "different", "individual"}
"""Words that may stand between "which" and what it asks for."""
BELONGING = frozenset({"of", "our", "the", "my", "those", "these"})
NARROWED = frozenset("with that whose where having below above under over less more exceeding missing".split())
"""After "any service": those for which something holds."""
ORDERED = re.compile(
    r"side by side|compare|order|ordered|sort|sorted|ranked|rank|with (?:the )?(?:most|least|fewest|worst|best|highest|lowest|longest|shortest|slowest)|top|slowest|fastest|largest|worst|biggest|of our|of the"
)
SPREAD = re.compile(r"differ|var(?:y|ies)|compare|look(?:s)? like|distribut|spread")


def led_by(words: list[str], at: int, leads: frozenset[str], between: frozenset[str]) -> bool:
    """Whether one of `leads` stands before, with nothing but words of `between` and numbers in the gap."""
    for word in reversed(words[:at]):
        if word in leads:
            return True
        if word not in between and not word.isdigit():
            return False
    return False


def wants_group(words: list[str], tag: Tag, text: str) -> bool:
    """Whether a dimension word stands as one to cut by, not as the name of a thing."""
    if tag.concepts & ALWAYS:
        return True
    before = words[max(tag.first - 3, 0) : tag.first]
    if "".join(before).endswith(("哪个", "哪些", "每个", "各个", "各", "按")):  # Chinese is cut into single signs where a word is not known
        return True
    word, after = words[tag.first], words[tag.last + 1 : tag.last + 2]
    several = word in PLURAL
    if led_by(words, tag.first, LEADS_TO_A_GROUP, COUNTED | BELONGING if several else COUNTED) or after == ["wise"]:
        return True
    if after and after[0] in NARROWED and (several or led_by(words, tag.first, frozenset({"any", "some"}), COUNTED)):
        return True
    if SUPERLATIVES & set(before[-2:]) and re.match(r"(?:which|what)", text):
        return True
    if several and led_by(words, tag.first, SUPERLATIVES, COUNTED):
        return True
    if not several:
        return False
    if led_by(words, tag.first, frozenset({"between", "among", "across"}), BELONGING | {"all"}) and SPREAD.search(text):
        return True
    if ORDERED.search(text):
        return not ("across" in before and "all" in before)
    return before[-1:] == ["all"] and before[-2:-1] in (["of"], ["for"], ["by"])
