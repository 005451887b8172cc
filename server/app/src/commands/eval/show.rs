//! Scores for people: one column for each side, then what differs, then the cases that did not go well.

use std::fmt::Write as _;

use review::eval::{CaseJson, Compared, EvalJson, SideJson, TotalJson};
use unicode_width::UnicodeWidthStr;

use crate::render::counted;
use crate::render::style::{BAD, FAINT, HELP, STRONG, paint};
use crate::render::visible::visible;

/// A difference that chance alone makes more often than this is not told as one.
const CHANCE: f64 = 0.05;

/// One line of the table: its name, and its value for a side.
type Row = (&'static str, fn(&TotalJson) -> String);

const ROWS: &[Row] = &[
    ("found", |it| format!("{} of {}", it.hits, it.expected)),
    ("recall", |it| percent(it.recall)),
    ("precision", |it| percent(it.precision)),
    ("F 0.5", |it| {
        it.f_half.map_or_else(nothing, |f| format!("{f:.2}"))
    }),
    ("findings per change", |it| {
        it.findings_per_change
            .map_or_else(nothing, |number| format!("{number:.2}"))
    }),
    ("clean changes with a remark", |it| {
        format!("{} of {}", it.noisy, it.clean)
    }),
    ("anchor errors: wrong line", |it| it.misplaced.to_string()),
    ("anchor errors: no place (dropped)", |it| {
        it.unplaced.to_string()
    }),
    ("invented code (dropped)", |it| it.invented.to_string()),
    ("cases not reviewed in full", |it| it.incomplete.to_string()),
    ("requests", |it| it.requests.to_string()),
    ("tokens read", |it| match it.cached_tokens {
        0 => it.input_tokens.to_string(),
        cached => format!("{} ({cached} cached)", it.input_tokens),
    }),
    ("tokens written", |it| it.output_tokens.to_string()),
    ("cost", |it| match (it.requests, it.cost_usd) {
        (0, _) | (_, Some(0.0)) => "$0.00".to_owned(),
        (_, None) => "price not known".to_owned(),
        (_, Some(usd)) if it.estimated => format!("about ${usd:.4}"),
        (_, Some(usd)) => format!("${usd:.4}"),
    }),
    ("seconds per case", |it| {
        it.seconds_per_case
            .map_or_else(nothing, |seconds| format!("{seconds:.1}"))
    }),
];

pub(super) fn human(eval: &EvalJson, verbose: bool) -> String {
    let mut out = String::new();
    let mut table = vec![
        std::iter::once(String::new())
            .chain(
                eval.sides
                    .iter()
                    .map(|side| visible(&side.model).into_owned()),
            )
            .collect::<Vec<_>>(),
    ];
    let differ = eval
        .sides
        .windows(2)
        .any(|two| two[0].prompts != two[1].prompts);
    if differ {
        let from = |side: &SideJson| {
            let hash: String = side.prompts.chars().take(8).collect();
            visible(&format!("{} {hash}", side.prompts_from)).into_owned()
        };
        let row = std::iter::once("instructions".to_owned());
        table.push(row.chain(eval.sides.iter().map(from)).collect());
    }
    for (name, value) in ROWS {
        let row = std::iter::once((*name).to_owned());
        table.push(
            row.chain(eval.sides.iter().map(|side| value(&side.total)))
                .collect(),
        );
    }
    columns(&table, &mut out);
    if let Some(compared) = &eval.compared {
        out.push_str(&difference(compared));
    }
    for side in &eval.sides {
        cases(side, eval.sides.len() > 1, verbose, &mut out);
    }
    out
}

/// The first column to the left, the others to the right.
fn columns(table: &[Vec<String>], out: &mut String) {
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    for (number, row) in table.iter().enumerate() {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let gap = " ".repeat(width(column) - cell.width());
            match column {
                0 => line.push_str(&format!("{cell}{gap}")),
                _ => line.push_str(&format!("   {gap}{cell}")),
            }
        }
        let _ = match number {
            0 => writeln!(out, "{}", paint(STRONG, line)),
            _ => writeln!(out, "{line}"),
        };
    }
}

fn difference(compared: &Compared) -> String {
    let (better, worse) = (compared.better.len(), compared.worse.len());
    let same = compared.cases.saturating_sub(better + worse);
    let what = match compared.by_chance {
        _ if better + worse == 0 => "no difference".to_owned(),
        p if p < CHANCE => format!(
            "by chance alone this happens in {:.1} % of all runs",
            p * 100.0
        ),
        p => format!(
            "this may be chance: it happens in {:.0} % of all runs without any difference",
            p * 100.0
        ),
    };
    format!(
        "\nOf {} that both did in full the second is better on {better}, worse on {worse}, the same on {same}; {what}.\n",
        counted(compared.cases, "case"),
    )
}

fn cases(side: &SideJson, named: bool, verbose: bool, out: &mut String) {
    let odd = |case: &&CaseJson| {
        verbose || case.hits != case.expected || case.shown != case.hits || !case.failed.is_empty()
    };
    let shown: Vec<_> = side.cases.iter().filter(odd).collect();
    if shown.is_empty() && side.not_run.is_empty() {
        return;
    }
    let head = match named {
        true => format!("Cases: {}", side.model),
        false => "Cases".to_owned(),
    };
    let _ = writeln!(out, "\n{}", paint(HELP, visible(&head)));
    for case in shown {
        let mut parts = vec![format!("found {} of {}", case.hits, case.expected)];
        let wrong = case.shown - case.hits;
        if wrong > 0 {
            parts.push(counted(wrong, "false remark"));
        }
        let _ = writeln!(out, "  {}: {}", visible(&case.name), parts.join(", "));
        for missed in &case.missed {
            let _ = writeln!(out, "    missed {}", visible(missed));
        }
        for remark in &case.remarks {
            let _ = writeln!(
                out,
                "    {}",
                paint(FAINT, format_args!("said   {}", visible(remark)))
            );
        }
        for why in &case.failed {
            let _ = writeln!(out, "    {} {}", paint(BAD, "failed"), visible(why));
        }
    }
    for (name, why) in &side.not_run {
        let _ = writeln!(out, "  {}: not run: {}", visible(name), visible(why));
    }
}

fn percent(ratio: Option<f64>) -> String {
    ratio.map_or_else(nothing, |ratio| format!("{:.0} %", ratio * 100.0))
}

/// A ratio without anything below the line.
fn nothing() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use review::eval::{Compared, EvalJson, SCHEMA, Score, SideJson, Total, TotalJson};

    use super::human;

    fn side(model: &str, hits: usize, shown: usize) -> SideJson {
        let score = Score {
            expected: 2,
            shown,
            hits,
            requests: u64::from(shown > 0),
            duration_ms: 1_500,
            missed: vec!["a.py:2: divides by zero".to_owned()],
            ..Score::default()
        };
        let mut total = Total::default();
        total.add(&score);
        SideJson {
            model: model.to_owned(),
            verify: Vec::new(),
            prompts: "0011223344556677".to_owned(),
            prompts_from: "built-in".to_owned(),
            obelus: "0.0.0".to_owned(),
            total: TotalJson::from(&total),
            cases: vec![review::eval::CaseJson::new("one", &score)],
            not_run: [("two".to_owned(), "no money is left".to_owned())].into(),
        }
    }

    #[test]
    fn two_sides_stand_side_by_side() {
        let eval = EvalJson {
            schema: SCHEMA.to_owned(),
            sides: vec![side("a/b", 0, 0), side("c/longer", 1, 3)],
            compared: Some(Compared {
                cases: 1,
                worse: vec!["one".to_owned()],
                by_chance: 1.0,
                ..Compared::default()
            }),
        };
        let text = anstream::adapter::strip_str(&human(&eval, false)).to_string();
        expect![[r#"
                                                   a/b          c/longer
            found                               0 of 2            1 of 2
            recall                                 0 %              50 %
            precision                                –              33 %
            F 0.5                                    –              0.36
            findings per change                   0.00              3.00
            clean changes with a remark         0 of 0            0 of 0
            anchor errors: wrong line                0                 0
            anchor errors: no place (dropped)        0                 0
            invented code (dropped)                  0                 0
            cases not reviewed in full               0                 0
            requests                                 0                 1
            tokens read                              0                 0
            tokens written                           0                 0
            cost                                 $0.00   price not known
            seconds per case                       1.5               1.5

            Of 1 case that both did in full the second is better on 0, worse on 1, the same on 0; this may be chance: it happens in 100 % of all runs without any difference.

            Cases: a/b
              one: found 0 of 2
                missed a.py:2: divides by zero
              two: not run: no money is left

            Cases: c/longer
              one: found 1 of 2, 2 false remarks
                missed a.py:2: divides by zero
              two: not run: no money is left
        "#]].assert_eq(&text);
    }
}
