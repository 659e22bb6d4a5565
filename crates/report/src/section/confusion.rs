//! Which class is taken for which.

use super::{absent, figure, pan, section};
use crate::number::{count, percent};
use crate::text::{Name, names, widest};
use maud::{Markup, html};
use runs::{Classified, ClassifiedFigures};

const TITLE: &str = "Confusion matrix";
const CELL: f64 = 44.0;
/// The style sheet's size of type of a class name.
const TYPE: f64 = 13.0;
/// Longest that a name is drawn.
const LONGEST: f64 = 104.0;
/// Sine and cosine of the slant of names above columns too narrow for them.
const SLANT: (f64, f64) = (0.67, 0.743);
/// A wider matrix has the page's width for itself.
const WIDE: f64 = 700.0;

/// The matrix and the commonest mistakes, or why there are none. `item` is what an image shows.
pub(crate) fn draw(figures: &ClassifiedFigures, classified: &Classified, item: &str) -> Markup {
    if figures.confusion.is_empty() {
        return absent(
            "confusion",
            TITLE,
            "figures.json has no confusion counts, so there is no confusion matrix.",
        );
    }
    let answered: usize = figures.confusion.iter().flatten().sum();
    let ties = classified.test.images.saturating_sub(answered);
    let caption = html! {
        "Number of test images of each true class (row) given each predicted class (column), one trajectory an image. "
        "The shade grows with the square root of the share of the row; the last column is the share classified correctly"
        @match ties {
            0 => ". ",
            1 => " among those with an answer. 1 image is in no cell: its largest outputs tied, which counts as wrong. ",
            _ => { " among those with an answer. " (count(ties)) " images are in no cell: their largest outputs tied, which counts as wrong. " }
        }
        "Corresponds to the confusion matrix of Paper A (arXiv:2509.15324)."
    };
    let (matrix, width) = matrix(figures);
    section(
        "confusion",
        TITLE,
        html! {
            div class={ @if width > WIDE { "stack" } @else { "beside" } } {
                (figure(pan(matrix), caption))
                (mistakes(figures, answered, ties, item))
            }
        },
    )
}

/// The drawing, and how wide it is in its own units.
fn matrix(figures: &ClassifiedFigures) -> (Markup, f64) {
    let counts = &figures.confusion;
    let all: Vec<String> = (0..counts.len()).map(|index| figures.class(index)).collect();
    let names = names(&all, TYPE, LONGEST);
    let longest = widest(names.iter().map(|name| name.shown.as_str()), TYPE);
    let slanted = longest > CELL - 4.0;
    let left = 34.0 + longest;
    let top = if slanted { 40.0 + SLANT.0 * longest } else { 46.0 };
    let side = CELL * counts.len() as f64;
    // The column of shares has the room to the right; slanted names lean into it.
    let right = if slanted { f64::max(58.0, SLANT.1 * longest - 8.0) } else { 58.0 };
    let (width, height) = (left + side + right, top + side + 6.0);
    // Never so small that the counts cannot be read, nor so large that two classes fill a screen.
    let style = format!("min-width:{:.0}px;max-width:{:.0}px", 0.65 * width, 1.12 * width);
    let drawing = html! {
        svg class="plot matrix" role="img" aria-label="confusion matrix" viewBox={ "0 0 " (width) " " (height) } style=(style) {
            text class="label" x=(left + side / 2.0) y="13" text-anchor="middle" { "predicted class" }
            text class="label" text-anchor="middle" transform={ "translate(13 " (top + side / 2.0) ") rotate(-90)" } { "true class" }
            @for (index, name) in names.iter().enumerate() {
                @let middle = (index as f64 + 0.5) * CELL;
                text class="name" x=(left - 9.0) y=(top + middle) dy="0.35em" text-anchor="end" { (name.draw()) }
                @if slanted {
                    text class="name" transform={ "translate(" (left + middle - 2.0) " " (top - 8.0) ") rotate(-42)" } { (name.draw()) }
                } @else {
                    text class="name" x=(left + middle) y=(top - 9.0) text-anchor="middle" { (name.draw()) }
                }
            }
            @if !slanted { text class="tick" x=(left + side + 30.0) y=(top - 9.0) text-anchor="middle" { "correct" } }
            @for (row, cells) in counts.iter().enumerate() {
                @let total: usize = cells.iter().sum();
                @let y = top + row as f64 * CELL;
                @for (column, &cell) in cells.iter().enumerate() {
                    (draw_cell(left + column as f64 * CELL, y, cell, total, row == column, [&names[row], &names[column]]))
                }
                @if total > 0 {
                    text class="tick" x=(left + side + 30.0) y=(y + CELL / 2.0) dy="0.35em" text-anchor="middle" {
                        (format!("{:.1} %", 100.0 * cells[row] as f64 / total as f64))
                    }
                }
            }
        }
    };
    (drawing, width)
}

fn draw_cell(x: f64, y: f64, cell: usize, total: usize, right: bool, [truth, predicted]: [&Name; 2]) -> Markup {
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
            title { "true " (truth.full) ", predicted " (predicted.full) ": " (cell) }
            rect class="cell" x=(x + 1.0) y=(y + 1.0) width=(CELL - 2.0) height=(CELL - 2.0) rx="3" {}
            rect class={ "bar " (colour) } x=(x + 1.0) y=(y + 1.0) width=(CELL - 2.0) height=(CELL - 2.0) rx="3"
                fill-opacity=(format!("{strength:.3}")) {}
            text class={ "count " (ink) } x=(x + CELL / 2.0) y=(y + CELL / 2.0) dy="0.35em" text-anchor="middle" { (cell) }
        }
    }
}

/// The commonest wrong answers, as a table; ties are wrong and no answer.
fn mistakes(figures: &ClassifiedFigures, answered: usize, ties: usize, item: &str) -> Markup {
    let mut wrong: Vec<(usize, usize, usize)> = Vec::new();
    for (row, cells) in figures.confusion.iter().enumerate() {
        let mistaken = cells.iter().enumerate().filter(|&(column, &cell)| column != row && cell > 0);
        wrong.extend(mistaken.map(|(column, &cell)| (cell, row, column)));
    }
    wrong.sort_by_key(|&(cell, row, column)| (std::cmp::Reverse(cell), row, column));
    let images = answered + ties;
    let mistakes = wrong.iter().map(|mistake| mistake.0).sum::<usize>() + ties;
    if mistakes == 0 {
        return html! {};
    }
    html! {
        div {
            p {
                (count(mistakes)) " of " (count(images)) " test " (item) "s (" (percent(mistakes as f64 / images as f64)) ") were classified wrongly"
                @if ties > 0 { ", " (count(ties)) " of them by a tie" }
                "." @if !wrong.is_empty() { " The commonest mistakes:" }
            }
            @if !wrong.is_empty() {
                table class="classes" {
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
}
