//! Which class is taken for which.

use maud::{Markup, html};

use super::{absent, figure, section};
use crate::number::{count, percent};
use crate::{Figures, Summary};

const TITLE: &str = "Confusion matrix";
const CELL: f64 = 44.0;

/// The matrix and the commonest mistakes, or why there are none.
pub(crate) fn draw(figures: &Figures, summary: &Summary) -> Markup {
    if figures.confusion.is_empty() {
        return absent(
            "confusion",
            TITLE,
            "figures.json has no confusion counts, so there is no confusion matrix.",
        );
    }
    let caption = html! {
        "Number of test images of each true class (row) given each predicted class (column), one trajectory an image. "
        "The shade grows with the square root of the share of the row; the last column is the share classified correctly. Corresponds to the confusion matrix of Paper A (arXiv:2509.15324)."
    };
    section(
        "confusion",
        TITLE,
        html! {
            div class="beside" {
                (figure(matrix(figures), caption))
                (mistakes(figures, summary))
            }
        },
    )
}

fn matrix(figures: &Figures) -> Markup {
    let counts = &figures.confusion;
    let names: Vec<String> = (0..counts.len()).map(|index| figures.class(index)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(1) as f64;
    let slanted = longest > 4.0;
    let left = 34.0 + longest * 7.5;
    let top = if slanted { 38.0 + longest * 6.0 } else { 46.0 };
    let side = CELL * counts.len() as f64;
    // The last column of shares needs the room to the right; slanted names lean into it.
    let (width, height) = (left + side + 58.0, top + side + 6.0);
    html! {
        svg class="plot matrix" role="img" aria-label="confusion matrix" viewBox={ "0 0 " (width) " " (height) } {
            text class="label" x=(left + side / 2.0) y="13" text-anchor="middle" { "predicted class" }
            text class="label" text-anchor="middle" transform={ "translate(13 " (top + side / 2.0) ") rotate(-90)" } { "true class" }
            @for (index, name) in names.iter().enumerate() {
                @let middle = (index as f64 + 0.5) * CELL;
                text class="name" x=(left - 9.0) y=(top + middle) dy="0.35em" text-anchor="end" { (name) }
                @if slanted {
                    text class="name" transform={ "translate(" (left + middle - 2.0) " " (top - 8.0) ") rotate(-42)" } { (name) }
                } @else {
                    text class="name" x=(left + middle) y=(top - 9.0) text-anchor="middle" { (name) }
                }
            }
            @if !slanted { text class="tick" x=(left + side + 30.0) y=(top - 9.0) text-anchor="middle" { "correct" } }
            @for (row, cells) in counts.iter().enumerate() {
                @let total: u64 = cells.iter().sum();
                @let y = top + row as f64 * CELL;
                @for (column, &cell) in cells.iter().enumerate() {
                    (draw_cell(left + column as f64 * CELL, y, cell, total, row == column, &names[row], &names[column]))
                }
                @if total > 0 {
                    text class="tick" x=(left + side + 30.0) y=(y + CELL / 2.0) dy="0.35em" text-anchor="middle" {
                        (format!("{:.1} %", 100.0 * cells[row] as f64 / total as f64))
                    }
                }
            }
        }
    }
}

fn draw_cell(x: f64, y: f64, cell: u64, total: u64, right: bool, truth: &str, predicted: &str) -> Markup {
    let share = if total == 0 { 0.0 } else { cell as f64 / total as f64 };
    let strength = share.sqrt();
    let colour = if right { "true" } else { "false" };
    let ink = match (cell, strength > 0.6) {
        (0, _) => "none",
        (_, true) => "on",
        _ => "off",
    };
    html! {
        g {
            title { "true " (truth) ", predicted " (predicted) ": " (cell) }
            rect class="cell" x=(x + 1.0) y=(y + 1.0) width=(CELL - 2.0) height=(CELL - 2.0) rx="3" {}
            rect class={ "bar " (colour) } x=(x + 1.0) y=(y + 1.0) width=(CELL - 2.0) height=(CELL - 2.0) rx="3"
                fill-opacity=(format!("{strength:.3}")) {}
            text class={ "count " (ink) } x=(x + CELL / 2.0) y=(y + CELL / 2.0) dy="0.35em" text-anchor="middle" { (cell) }
        }
    }
}

/// The commonest wrong answers, as a table.
fn mistakes(figures: &Figures, summary: &Summary) -> Markup {
    let mut wrong: Vec<(u64, usize, usize)> = Vec::new();
    for (row, cells) in figures.confusion.iter().enumerate() {
        wrong.extend(
            cells
                .iter()
                .enumerate()
                .filter(|&(column, &cell)| column != row && cell > 0)
                .map(|(column, &cell)| (cell, row, column)),
        );
    }
    wrong.sort_by_key(|&(cell, row, column)| (std::cmp::Reverse(cell), row, column));
    let images: u64 = figures.confusion.iter().flatten().sum();
    let mistakes: u64 = wrong.iter().map(|mistake| mistake.0).sum();
    if mistakes == 0 {
        return html! {};
    }
    html! {
        div {
            p {
                (count(mistakes)) " of " (count(images)) " test " (summary.item()) "s (" (percent(mistakes as f64 / images as f64)) ") were classified wrongly. The commonest mistakes:"
            }
            table {
                thead { tr { th { "True" } th { "Predicted" } th class="n" { "Images" } } }
                tbody {
                    @for &(cell, row, column) in wrong.iter().take(8) {
                        tr { td { (figures.class(row)) } td { (figures.class(column)) } td class="n" { (count(cell)) } }
                    }
                }
            }
        }
    }
}
