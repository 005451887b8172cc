//! Which intent the words of a request speak for, and how loudly.
//!
//! Each cue is a weight for one intent; they add up, and so does how much the request is like labelled ones. The weights
//! were set by hand; the tests measure them on phrasings that they were not set on. An intent needs [`ENOUGH`], and must
//! be [`AHEAD`] of the next.

use super::Target;
use super::learnt::likelihood;
use super::slots::Said;

/// What an intent needs to be chosen.
const ENOUGH: f32 = 2.0;
/// How much better than the next it must be.
const AHEAD: f32 = 0.5;

/// What certainty from labelled phrasings counts for.
const LEARNT: f32 = 4.0;

/// The intent that is meant, by name; `None` where none is clear.
pub(super) fn kind(said: &Said<'_>) -> Option<&'static str> {
    let mut scores = score(said);
    let learnt = likelihood(said);
    for (intent, score) in &mut scores {
        let likely = learnt.iter().find(|(known, _)| known == intent);
        *score += LEARNT * likely.map_or(0.0, |(_, likely)| *likely);
    }
    let neither = learnt
        .iter()
        .filter(|(known, _)| matches!(*known, "question" | "unclear"));
    scores.push((
        "neither",
        LEARNT * neither.map(|(_, likely)| likely).sum::<f32>(),
    ));
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    let [(first, best), (_, next), ..] = scores.as_slice() else {
        return None;
    };
    let is_clear = *best >= ENOUGH && best - next >= AHEAD && *first != "neither";
    is_clear.then_some(*first)
}

fn score(said: &Said<'_>) -> Vec<(&'static str, f32)> {
    let phrase = |phrases: &str| {
        let mut all = phrases.split('|');
        all.any(|phrase| said.line.contains(&format!(" {phrase} ")))
    };
    let part = |parts: &str| parts.split('|').any(|part| said.line.contains(part));
    let when = |holds: bool, weight: f32| if holds { weight } else { 0.0 };
    let words = said.words().len();
    let has_symbol = said.symbol().is_some();
    let of_change = said.has("change changes changed diff branch pr mr commit commits staged uncommitted work edits patch pull \
             modifications stage");
    let of_money = said.has("spend spent cost costs money budget bill dollars usd spending cents invoice expensive billing paid \
             cash pay burned burnt");
    let of_model = said.has("model models llm ai prompt provider machine");
    let of_file = matches!(said.target(), Target::File(Some(_)));
    let asks_why = said.begins("why how explain");
    let makes =
        said.has("write generate add create make draft compose produce suggest gen prepare");
    let of_finding = said.has("finding findings warning warnings diagnostic diagnostics squiggle remark alert flagged flag \
             flagging complaint lint rule") || said.rule().is_some();

    let review = when(
        said.has("review reviewing audit inspect vet critique scan recheck rereview re-review"),
        4.0,
    ) + when(
        said.begins("check look lint analyze analyse examine verify sanity") && !part("look up|look for"),
        2.0,
    ) + when(
        phrase("check|double check|sanity check|take a look|look at|look over|go over|go through"),
        1.0,
    ) + when(
        phrase("a look|quick look|another look|second look|closer look|second opinion|second pair of eyes|\
             feedback on|feedback|thoughts on"),
        2.0,
    ) + when(
        said.has("mess messed screw screwed overlook overlooked forget forgot missed"),
        1.9,
    ) + when(
        said.has("bugs bug problems problem mistakes mistake vulnerabilities issues vulnerability vulns regressions \
             flaws errors wrong broke break broken risky holes leaks"),
        1.8,
    ) + when(
        phrase("anything wrong|something wrong|did i miss|did i break|whats wrong|what is wrong|any bugs|any issues|\
             any problems|any mistakes|find bugs|find problems|find issues|good to go|ready to merge|\
             ready to commit|safe to merge|safe to commit|ok to merge|ok to commit|ready to push|safe to push|\
             ok to push"),
        2.0,
    ) + when(of_change || of_file, 0.8)
        + when(said.profile().is_some() && of_file, 0.6)
        - when(of_money, 2.5)
        + when(said.profile() == Some("security"), 1.2)
        + when(
            phrase("this file|current file|whole repo|entire repo|whole project|the repo|codebase|workspace"),
            0.4,
        );

    let describe = when(
        said.has("describe summarize summarise summary tldr recap overview tl;dr"),
        3.2,
    ) + when(said.has("description descr desc"), 3.0)
        + when(
            phrase(
                "pr title|title for|a title|pr text|pr body|mr title|pr message|pull request text|pull request body|\
             pull request title|pr template",
            ),
            3.4,
        )
        + when(
            phrase(
                "what did i change|what have i changed|what changed|whats changed|what has changed|what did i do|\
             whats in this|what is in this|whats new|what am i changing",
            ),
            3.4,
        )
        + when(
            said.has("explain tell what")
                && part(
                    " does this branch| does this pr| does this change| does my branch| does this commit|\
              does the branch| does this diff| does the change| this branch do| this pr do| do my changes|\
              this change do| explain this change| explain the change| explain my change| explain this branch|\
              explain this pr| explain the diff| explain this diff| explain what changed",
                ),
            3.4,
        )
        + when(
            makes
                && phrase("pr|pull request|mr|merge request")
                && !said.has("tests test comments comment"),
            2.6,
        )
        + when(of_change && !said.has("review"), 0.8)
        + when(
            of_change
                && said.has("what whats")
                && said
                    .words()
                    .last()
                    .is_some_and(|last| last == "do" || last == "does" || last == "about"),
            3.4,
        )
        + when(
            of_change && !of_finding && said.begins("explain outline walk tell"),
            2.4,
        )
        + when(phrase("write up|writeup|write-up"), 2.8)
        - when(has_symbol && !of_change, 2.0);

    let commit_message = when(
        phrase(
            "commit message|commit msg|commit messages|commit text|commit title|commit subject|\
             commit description|commit body|commit summary|commit log|message for the commit|\
             message for this commit|message for my commit|commit massage",
        ),
        7.0,
    ) + when(
        said.has("commit committing") && said.has("message msg messages subject word wording call"),
        4.5,
    ) + when(
        said.has("message msg") && (said.has("staged stage") || makes),
        3.0,
    ) + when(makes && said.has("conventional"), 3.0)
        + when(phrase("git commit"), 3.5)
        + when(
            phrase("what should i commit|how should i phrase|commit for|commit staged"),
            2.0,
        );

    let changelog = when(part("changelog."), 6.0)
        + when(
            said.has("changelog changelogs change-log release-notes"),
            7.5,
        )
        + when(
            phrase(
                "release notes|release note|change log|whats new in|changes file|keep a changelog",
            ),
            7.5,
        )
        + when(said.has("release") && said.has("notes note entry"), 3.0);

    let callers = when(
        phrase("what calls|who calls|what uses|who uses|which functions call|what code calls|what invokes|\
             who invokes|what depends on|who depends on|what references|who references|whats calling|\
             whos calling|whats using|whos using|what is calling|what is using|which code uses|which files use|\
             which files import|who imports|what imports|which functions use|who is calling|who is using|\
             which tests use|which modules use|what else uses|what else calls|who else uses|who else calls|\
             anyone using|anyone calling|anything calling|anything using|anybody using|anybody calling|\
             does anything use|does anything call|does anyone use|does anyone call|does anybody call|\
             does anybody use"),
        5.0,
    ) + when(
        said.has("callers caller usages usage references refs callsites dependents consumers call-sites") && !of_model
            && !said.has("token tokens money cost model"),
        3.6,
    ) + when(
        phrase("call sites|call site|uses of|calls to|call to|use of|callers of|usages of|users of|incoming calls|\
             references to|places that call|places that use|code that calls|code that uses|functions that call|\
             everything that calls|everyone that calls|all calls"),
        3.6,
    ) + when(
        said.has("used called invoked referenced imported")
            && said.has("where wheres is anywhere still whos who by")
            && !phrase("why"),
        3.6,
    ) + when(
        has_symbol
            && said.has("use uses using call calls calling invoke invokes import imports depend depends rely relies")
            && said.has("anyone anybody who what somebody someone something anything whos whats where everyone which else \
             everything nobody nothing all"),
        3.2,
    ) + when(has_symbol, 0.6)
        - when(asks_why, 1.5);

    let definition = when(
        said.has("defined declared definition declaration defines declares def"),
        4.2,
    ) + when(
        phrase(
            "go to|goto|jump to|take me to|open the definition|source of|implementation of|where does|\
             where do i find|where can i find",
        ) && has_symbol,
        2.6,
    ) + when(
        said.has("implemented implementation located live lives come comes sits")
            && has_symbol
            && said.has("where wheres which show find file"),
        3.4,
    ) + when(said.begins("where wheres") && has_symbol && words <= 5, 2.8)
        + when(
            said.begins("show find locate goto open jump") && has_symbol && words <= 5,
            2.4,
        )
        + when(
            phrase(
                "which file has|what file has|which file contains|what file contains|which module has|which file is|\
             what file is|in which file|in what file",
            ) && has_symbol,
            3.2,
        )
        - when(
            said.has("used called callers usages references calls uses"),
            3.0,
        );

    let search = when(said.begins("search grep find locate lookup rg query"), 3.2)
        + when(
            phrase(
                "search for|look for|search the|grep for|look up|find all|find code|find the code|find where|\
             find every|list all|show all|search in",
            ),
            1.2,
        )
        + when(
            phrase(
                "where do we|where is the code|where are the|where are we|where does the|code that|the code for|\
             which files|which file|what files|any code|is there code|do we have|places where|all places|\
             every place|where we|where in the code|is there any code|is there a function|something that|\
             anything that|everything that|part of the code|part of the codebase|parts of the code|\
             is there already|already have|where is the|wheres the|show me where|show me code|show me the code",
            ),
            2.7,
        )
        + when(said.begins("where wheres") && !has_symbol, 1.6)
        + when(phrase("look up|look for"), 2.0)
        + when(
            said.begins("show list give")
                && said.has("all every any")
                && !has_symbol
                && !of_change
                && !of_finding,
            2.8,
        )
        - when(
            said.has("bugs bug problems vulnerabilities mistakes issues vulns"),
            2.5,
        )
        - when(
            said.has("used called callers usages calls defined declared definition") && has_symbol,
            2.0,
        );

    let of_tests =
        said.has("tests test unittest unittests spec specs testcase testcases tests? coverage");
    let tests = when(
        of_tests && (makes || said.begins("test tests cover unit unittest need scaffold")),
        5.2,
    ) + when(
        of_tests && said.has("need missing give want cover scaffold"),
        3.6,
    ) + when(
        phrase(
            "tests for|test for|test cases for|unit tests|unit test|test case|test cases|with tests|specs for",
        ),
        1.4,
    ) + when(said.begins("test") && words <= 4, 1.5)
        + when(phrase("test suite|test file|test module|test harness"), 3.6)
        - when(said.begins("search grep find which where why"), 4.0);

    let explain = when(asks_why && of_finding, 4.4)
        + when(
            phrase(
                "why is this flagged|why was this flagged|why flagged|why did you flag|why do you flag|\
             why am i getting|why do i get|why are you complaining|why is this a|why is that a|why is it|\
             why this warning|why the warning|why is this an|why was this reported|why is this reported|\
             whats the problem with this|why does it complain|why does this warn|whats this warning|\
             what is this warning|why is it complaining|why underlined|why is this underlined|why red|marked as",
            ) && asks_why,
            3.8,
        )
        + when(
            of_finding && said.has("problem understand get fine sense"),
            3.0,
        )
        + when(
            said.has(
                "flagged complain complaining complains underlined reported squiggle squiggly",
            ) && asks_why,
            2.0,
        )
        + when(
            of_finding && said.has("mean means meaning explain about explanation"),
            4.2,
        )
        + when(
            of_finding && said.has("reasoning reason rationale justification matter matters"),
            4.0,
        )
        + when(said.rule().is_some(), 3.2)
        + when(
            said.rule().is_some() && (asks_why || said.begins("what whats tell rule show")),
            1.6,
        );

    let fix = when(
        said.begins("fix repair autofix correct resolve patch apply auto-fix"),
        3.8,
    ) + when(
        phrase(
            "apply the fix|apply fix|apply fixes|auto fix|quick fix|fix it|fix this|fix that|fix all|apply all|\
             fix them|apply the suggestion|apply the suggested|make the fix|suggested fix|the fix|fix for",
        ),
        2.4,
    ) + when(said.has("fix autofix") && of_finding, 1.4)
        + when(
            said.begins("use take accept apply")
                && phrase(
                    "suggestion|your suggestion|the suggestion|your fix|the fix|proposed fix|the proposal",
                ),
            3.0,
        )
        - when(said.begins("why how what where"), 2.0);

    let document = when(
        said.has(
            "docstring docstrings javadoc rustdoc jsdoc godoc doc-comment kdoc doxygen phpdoc",
        ),
        5.2,
    ) + when(
        phrase(
            "doc comment|doc comments|documentation for|doc string|document this|documentation comment|\
             documentation comments|doc for|docs for|comments for|comment for|document the|add docs|\
             add documentation|write docs|write documentation|add comments|write comments|doc block",
        ),
        4.6,
    ) + when(said.begins("document"), 4.2)
        + when(said.has("documentation documenting docs") && makes, 2.6)
        + when(
            phrase(
                "missing docs|missing documentation|needs docs|need docs|needs documentation|without docs|no docs",
            ),
            2.0,
        );

    let usage = when(of_money, 4.4)
        + when(words == 1 && said.has("usage"), 2.0)
        + when(
            said.has("tokens token")
                && said.has("many usage used use month today week count usage total burn consumed"),
            4.2,
        )
        + when(
            phrase(
                "how much|usage this month|usage today|model usage|token usage|api usage|show usage|usage report|\
             usage stats|my usage|how many requests|usage",
            ),
            2.6,
        )
        - when(
            of_change && !said.has("review cost costs spend spent budget"),
            1.0,
        )
        - when(phrase("usages of|usage of") && has_symbol, 3.0);

    let status = when(
        said.has("status health healthy doctor configured installed diagnose healthcheck selftest ready?"),
        4.0,
    ) + when(
        said.has("set setup ready running connected works work up alive built finished done available reachable online") && said.has("model index key obelus everything provider server indexing ollama you it api llm keys") && said.begins("is are does do which what did has"),
        3.6,
    ) + when(
        phrase("which model|what model|what version|which version|health check|is it working|does it work|\
             everything ok|everything okay|index ready|up to date|is obelus|are you ready|are you working|\
             self test|index status|is the index|is my api key|still indexing"),
        3.6,
    ) + when(
        said.has("working")
            && !phrase("working copy|working tree|working changes|working directory|working dir"),
        3.6,
    ) + when(
        of_model
            && said.has("reach connect respond responding responds talk answer answers"),
        4.0,
    ) + when(
        words == 1 && said.has("status version doctor health"),
        2.0,
    );

    let context = when(said.has("context"), 4.0)
        + when(
            phrase("related code|related files|related to|code related|belongs to|belong to|relevant to|relevant code|\
             relevant files|usually change|usually changes|change together|changes together|\
             what else should i look|goes with|would be sent|will be sent|gets sent|would you send|do you send|\
             sent to the model|see of my|would the model see|does the model see|shown to the model|get sent|\
             be shown|touched by|affected by|impacted by|surrounding code|model gets"),
            4.2,
        )
        + when(
            said.has("related relevant belongs") && of_change,
            1.4,
        )
        + when(
            of_model
                && said.has("see sees sent send gets receive receives shown show leave leaves read reads get"),
            2.8,
        )
        + when(said.has("prompt"), 2.6);

    let dismiss = when(
        said.has("dismiss ignore silence suppress hide mute snooze dismissed"),
        4.6,
    ) + when(
        phrase(
            "dont show|do not show|never show|stop showing|stop reporting|stop flagging|not a problem|\
             false positive|not an issue|go away|skip this|dont care|stop warning|allow this|dont report|\
             dont flag|by design|wont fix",
        ),
        4.6,
    );

    vec![
        ("review", review),
        ("describe", describe),
        ("commit-message", commit_message),
        ("changelog", changelog),
        ("callers", callers),
        ("definition", definition),
        ("search", search),
        ("tests", tests),
        ("explain-finding", explain),
        ("fix", fix),
        ("document", document),
        ("usage", usage),
        ("status", status),
        ("context", context),
        ("dismiss", dismiss),
    ]
}
