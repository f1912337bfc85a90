"""More ordinary English words: spelt right, and no name where they stand alone; before "team" or "service" they may be one all the same."""

ORDINARY = frozenset(
    """ability absolute accept achieve action addition additional address adjust admit adopt advance advice afaik afford afternoon agile agree
    aim ain alternative amongst analysis anymore anyways appreciate approach appropriate argue asap aspect assess assume attempt attract
    aware awesome background bar base basic basis bear beat behavior behaviour benefit bet billion bit block borrow boundary briefly broad
    broader btw built bunch button calm capable catch ceiling ceo cfo challenge channel charge cheap choice choose chose chosen claim
    clearly click coach commercial communication competitive complain completely complex concern concerned concerning concerns conclusion
    condition conference confidence confident confirm confuse confused connect consequence consistent constant contact contain context
    contrast contribute contribution convince coo cool cope correct correctly couldn cover crazy critical crucial cto damage dare dark deal
    dealing dealt debate decade decent decision deep deeply default definite degree desire despite determine difficult difficulty dig direct
    direction directly disappear discover discuss discussion distance divide dozen dramatic dramatically dream drive duty eager earliest
    ease easily easter easy edge effect effective effectively eighteen eighth eighty elsewhere emphasis enable encounter encourage ensure
    enter entirely eod eom eow especially essential establish etc eventually everyday everywhere exact examine example excellent existing
    expert explanation extend extent extreme extremely face fair faith familiar famous fancy favorite favour fear field fifty fill final
    finally firm fit flag flat focus force foremost former forty fourteen frame frequent friend fully fun function fundamental funny further
    furthermore future fyi gain gap gather generally gentlemen genuine gimme glad glance goals gold gonna gotta gradually grateful greatly
    greetings grooming ground guarantee guess guide habit hadn handle hard hardly harm hasn hate heads heavily heavy height hide highly hint
    hires hiya holiday holidays hope hopefully hows hurry ideal identify imagine immediate immediately imo implement imply impress
    increasingly indeed independent inform initially input inside insight insist inspect instance instant intend interest interesting intern
    interns introduce invest investor investors involve involved joint judge junior kanban keen laid landscape latter lay layer leading lean
    leap lemme letter levels lift light limit local locate lock logic lucky mainly major majority male manage managed massive match material
    maximum means medium message method million minimum minor mistake mixed model modern modest moreover morning motion multiple mustn
    mystery narrow nasty necessary needn negative nervous neutral newcomer newcomers nice nineteen ninth normally note noticed notion
    nowhere object objective obtain obvious occasion occasionally occur odd official okr okrs onto opinion opportunity oppose opposite
    option original originally otherwise outcome outcomes outlook owing owner panic particular particularly partly patience pattern peak
    perfect perfectly perform permanent personal personally perspective persuade physical plans pleasant pleased plenty pms pocket poor
    popular position positive possibility potential potentially practical practically practice precise precisely prefer prepare prepared
    presence present pressing pressure prevent primarily primary principle proceed processes produce proper properly proposal propose
    protect prove proven public pure purely purpose purposes puzzle quietly quota race range ranges rapidly rare rarely raw react reaction
    realise reality realize reasonable reasonably recall receive recognise recognize recommend recommendation record red reduced reduction
    refer refinement reflect refuse regard regarding regards regular relate related relationship relatively relax relevant relief rely
    remark remarkable remind remote repeat repeated replace reply represent required requirement requirements resource resources respect
    responsibility responsible resulted retain retro retros retrospective retrospectives rich rid ride risen roadmaps role roles rough rush
    safe safely sake sample satisfied save scale scared scheme scrum section secure seek select senior sense separate separately sequence
    serious seriously settle seventeen seventh seventy severe shadow shame shape sharp shock shoot shot shoulder shouldn shout shut sick
    sight sign significantly similar similarly simple situation situations sixteen sixth skill slight slightly smart smooth smoothly soft
    solid solution solve sometime somewhat space spare specific specifically spite spot stake stakeholder stakeholders standard standards
    standup standups statement steadily steady steal stick store straight strategic strategy stress stretch strict strike strong stronger
    strongly structure struggle struggling study subject substantial sudden suddenly suffer suffered sufficient suit suitable sum surely
    surround survive suspect switch symptom tackle talk taste teach technically technology tend tendency tenth terms tests text theme theory
    thirteen thorough thoroughly threat threshold thrice throughout throw tie tight tiny tip tired tool topic tough tradition train
    transform transparent trap treat trick trip truly truth ugly ultimately unable unclear unfortunately unlike updates upon upset upwards
    useful useless utter vacation vague valid valuable variety various vary vast visible vision visit vital voice wanna warn warning waste
    wave weak weaken weight weren whats wheel whenever wheres wherever whichever whoever wide widely wild willing wise wish witness worth
    wouldn yield zero""".split()
)
