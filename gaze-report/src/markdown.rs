//! `scores.md`: the tables in Markdown.

use std::fmt::Write as _;

use crate::{grid, table};
use gaze_data::Provenance;
use gaze_study::{Between, Summary};

/// Renders all tables with their captions and what a reader must know.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let mut text = format!("# {}\n\n", escape(&summary.plan.dataset));
    if summary.plan.provenance() == Provenance::Simulated {
        text.push_str("The gaze is **simulated**: no person produced it.\n\n");
    }
    let comparisons = [Between::Groups, Between::Models].map(|between| grid::comparisons(summary, between));
    for grid in grid::scores(summary, grid::cell).into_iter().chain(comparisons.into_iter().flatten()) {
        let row = |cells: &[String]| format!("| {} |", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "));
        let rule = format!("|{}", "---|".repeat(grid.header.len()));
        let rows: Vec<String> = grid.rows.iter().map(|cells| row(cells)).collect();
        write!(text, "## {}\n\n{}\n{rule}\n{}\n\n", escape(&grid.caption), row(&grid.header), rows.join("\n"))
            .expect("writing to a string does not fail");
    }
    for note in table::notes(summary) {
        writeln!(text, "{}\n", escape(&note)).expect("writing to a string does not fail");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Text that Markdown shows as it is.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '#' | '&') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_become_markup() {
        assert_eq!(escape("a|b *c* <d> auc_judd"), r"a\|b \*c\* \<d\> auc\_judd");
    }
}
