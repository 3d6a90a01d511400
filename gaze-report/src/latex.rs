//! `scores.tex`: the tables for LaTeX, with the package `booktabs`.

use std::fmt::Write as _;

use crate::{grid, table};
use gaze_study::{Between, Summary};

/// Renders all tables as `table` environments.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let mut text = String::from("% Needs \\usepackage{booktabs}.\n");
    let comparisons = [Between::Groups, Between::Models].map(|between| grid::comparisons(summary, between));
    for grid in grid::scores(summary, grid::cell).into_iter().chain(comparisons.into_iter().flatten()) {
        let row =
            |cells: &[String]| format!("{} \\\\", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" & "));
        let columns = "l".repeat(grid.header.len());
        let caption = escape(&format!("{}: {}", summary.plan.dataset, grid.caption));
        let rows: Vec<String> = grid.rows.iter().map(|cells| row(cells)).collect();
        write!(
            text,
            "\n\\begin{{table}}\n\\caption{{{caption}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\n\\midrule\n{}\n\
             \\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n",
            row(&grid.header),
            rows.join("\n")
        )
        .expect("writing to a string does not fail");
    }
    text.push('\n');
    for note in table::notes(summary) {
        writeln!(text, "% {note}").expect("writing to a string does not fail");
    }
    text
}

/// Text that LaTeX shows as it is.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("$<$"),
            '>' => escaped.push_str("$>$"),
            '↑' => escaped.push_str("$\\uparrow$"),
            '↓' => escaped.push_str("$\\downarrow$"),
            '−' => escaped.push_str("$-$"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_become_commands() {
        assert_eq!(escape(r"\input{x} 50 % a_b & c"), r"\textbackslash{}input\{x\} 50 \% a\_b \& c");
        assert_eq!(escape("AUC ↑ < 0.0001"), r"AUC $\uparrow$ $<$ 0.0001");
    }
}
