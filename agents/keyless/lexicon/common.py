"""Ordinary words: never taken for a typo of a domain word, never for the name of a team."""

PERIOD_WORDS = frozenset(
    """day days week weeks month months quarter quarters year years today yesterday hour hours weekly monthly quarterly daily yearly annual
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday wtd mtd qtd ytd half spring summer autumn winter
    tag tage tagen woche wochen monat monate monaten quartal quartale quartalen jahr jahre jahren heute gestern
    januar februar marz april mai juni juli august september oktober november dezember
    dia dias semana semanas mes meses trimestre trimestres ano anos hoje ontem hoy ayer
    janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
    enero febrero marzo mayo junio julio septiembre octubre noviembre diciembre
    jour jours semaine semaines mois trimestre annee annees an ans hier aujourd hui
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    christmas xmas weihnachten noel
    last past previous prior this current since between before after until from""".split()
)

COMMON = frozenset(
    """a an the and or but nor so yet if then else when while where whereas which who whom whose what why how that this these those there here
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones somebody someone anybody anyone
    nobody everyone everybody something anything nothing everything each every either neither both all any some none few many much more most
    less least little lot lots enough several other others another same such own only just even also too very really quite rather pretty well
    still already ever never always often sometimes usually again once twice now soon later early earlier late lately recently currently
    am is are was were be been being do does did doing done have has had having will would shall should can could may might must ought need
    needs needed want wants wanted like likes liked know knows known think thinks thought say says said tell tells told ask asks asked give
    gives gave given get gets got gotten go goes went gone going come comes came coming make makes made take takes took taken see sees saw seen
    look looks looked show shows showed shown find finds found put puts keep keeps kept let lets seem seems become becomes became turn turns
    turned leave leaves left call calls called try tries tried use uses used work works worked help helps helped run runs ran start starts
    started stop stops stopped play plays move moves moved live lives lived believe hold holds held bring brings brought happen happens
    happened write writes wrote provide provides sit sits sat stand stands stood lose loses lost pay pays paid paying meet meets met include
    includes included continue continues continued set sets learn learns change changes lead leads led understand watch follow stop create
    speak read allow add spend grow open walk win offer remember love consider appear buy wait serve die send expect build stay fall cut reach
    kill remain suggest raise pass sell require report decide pull explain explains compare compares compared versus against vs please thanks
    thank hi hello hey sorry bother dear cheers kindly ok okay yes no not don't dont doesn't didn't isn't aren't wasn't can't won't
    of in on at by for with about against between into through during before after above below to from up down out off over under within
    without along across behind beyond plus except around among per via than as because since until unless though although whether
    good better best bad worse worst big bigger biggest small smaller smallest large larger largest high higher highest low lower lowest
    fast faster fastest slow slower slowest long longer longest short shorter shortest new newer newest old older oldest first second third
    fourth fifth last next previous top bottom same different right wrong true false real sure able possible certain important main whole
    entire total overall average mean median typical usual normal common general single double half quarter percent number numbers figure
    figures value values amount part parts piece kind kinds sort type types way ways thing things stuff case cases point points fact facts
    place places side sides hand hands end ends middle begin beginning line lines list lists table tables chart charts graph graphs plot plots
    picture view diagram curve overview summary detail details information info data question questions answer answers problem problems issue
    reason reasons idea ideas story word words name names people person man woman guys folks team teams company companies organisation
    organization org business customer customers user users client clients board boss manager managers director engineer engineers developer
    developers dev devs engineering product software code system systems world country city home house room office day time times today
    money cost costs price sheet slide slides deck predecessor colleague colleagues basically actually simply roughly approximately exactly
    around almost nearly maybe perhaps probably likely possibly certainly definitely obviously somehow somewhere anyway besides instead
    however therefore thus hence meanwhile altogether together apart away back ago forward ahead behind near far close closer versus
    two three four five six seven eight nine ten twelve fifteen twenty thirty hundred thousand
    hear heard feel felt mind care worry matter matters wonder wondering curious interested needing drop drops rate rates compare side
    weather sunny rain revenue salary salaries joke recipe poem capital president football earn earns fire hire best grade score
    her hers month moth form from test rest core hour your less loss mess miss pace page paid pain pair past path plan
    there three tree free trend trends develop develops developed development evolve evolved evolution trending
    s t d m re ve ll don doesn didn isn aren wasn l j n qu c jusqu
    der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine wir unser unsere unserer unseren unserem ihr ihre
    sie er es ich du mir mich uns euch man wer wen wem wessen was wann warum wieso welche welcher welches welchen wie viel viele hoch niedrig
    ist sind war waren wird werden wurde wurden hat haben hatte hatten kann konnen konnte soll sollen im in am an auf aus bei mit nach von vom
    vor zu zum zur uber unter durch fur gegen ohne um seit bis zwischen wahrend pro je als auch noch nur schon sehr mehr weniger letzte letzten
    letzter letztes letztem vergangene vergangenen vorige vorigen dieses diesem diesen dieser diese aktuell aktuelle zeig zeige zeigen zeigt
    gib bitte danke diagramm grafik verlauf entwickelt entwicklung verglichen vergleich vergleiche gegenuber dritten ersten zweiten vierten
    o os um uma uns umas e ou mas nao nosso nossa nossos nossas meu minha seu sua eles elas ele ela voce voces quem que qual quais quando onde
    por porque como foi foram era eram ser sao esta estao estava tem temos tinha teve tivemos de do da dos das no na nos nas ao aos pelo pela
    pelos pelas para com sem sobre entre ate desde mais menos muito muita muitos muitas ultimo ultima ultimos ultimas passado passada este esta
    mostre mostra grafico compare comparar favor obrigado tendencia cada
    el la los las un una unos unas y o u pero no nuestro nuestra nuestros nuestras mi su sus ellos ellas quien cual cuales cuando donde
    porque fue fueron era eran ser son esta estan estaba tiene tenemos tuvo tuvimos hubo del al en con sin sobre entre hasta desde mas menos
    muy mucho mucha muchos muchas ultimo ultima ultimos ultimas pasado pasada muestra muestrame compara comparar gracias
    le la les l un une des du de et ou mais ne pas notre nos votre vos mon ma mes son sa ses leur leurs ils elles il elle je tu nous vous on qui
    que quoi quel quelle quels quelles quand ou pourquoi comment est sont etait etaient a ont avait avons avez eu en dans sur sous avec sans pour
    par entre depuis jusque plus moins tres beaucoup dernier derniere derniers dernieres passe passee ce cet cette ces montre montrez moi
    graphique comparer merci s'il plait t il apres avant pendant chez selon durant vers afin dont aucun aucune chaque tout tous toute toutes
    autre autres despues antes durante segun hacia todo toda todos todas otro otra otros otras ningun ninguna hay depois outro outra outros
    outras nenhum nenhuma nachdem danach davor alle allen aller jeder jede jedes jedem jeden andere anderen anderer keinen keiner zuletzt""".split()
)
