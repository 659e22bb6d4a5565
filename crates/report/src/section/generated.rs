//! The pictures of a generative run: what it makes, and what it costs.

use super::{absent, figure, formula, pan, section};
use crate::histogram;
use crate::number::{significant, with_error};
use crate::picture::{diverging_sheet, grey_sheet};
use crate::plot::{Plot, Size};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::{Generated, GeneratedFigures};

/// All of them.
pub(crate) fn draw(figures: &GeneratedFigures, generated: &Generated) -> Markup {
    html! {
        (ends(figures))
        (strips(figures))
        (fields(figures))
        (energy(figures))
        (heat(figures, generated))
    }
}

fn ends(figures: &GeneratedFigures) -> Markup {
    let columns = (figures.ends.len() as f64).sqrt().ceil() as usize;
    let Some(sheet) = grey_sheet(&figures.ends, figures.image_shape, columns) else {
        return absent("ends", "Samples", "figures.json has no samples.");
    };
    let drawing = html! {
        img class="pixels sheet" src=(sheet.uri) alt={ (figures.ends.len()) " samples" } width=(sheet.width) height=(sheet.height)
            style={ "max-width:min(100%," (sheet.width * 3) "px)" };
    };
    let caption = html! {
        "Visible units at the end of " (figures.ends.len()) " generations, the first there were. With 25 of them this corresponds to the end states of Paper B (arXiv:2506.15121)."
    };
    section("ends", "Samples", figure(drawing, caption))
}

fn strips(figures: &GeneratedFigures) -> Markup {
    let strip = |rows: &[Vec<Vec<f32>>]| -> Option<Markup> {
        let columns = rows.first()?.len();
        let sheet = grey_sheet(&rows.concat(), figures.image_shape, columns)?;
        Some(html! {
            img class="pixels sheet" src=(sheet.uri) alt="filmstrips" width=(sheet.width) height=(sheet.height)
                style={ "max-width:min(100%," (sheet.width * 3) "px)" };
        })
    };
    let (noising, denoising) = (strip(&figures.noising), strip(&figures.denoising));
    if noising.is_none() && denoising.is_none() {
        return absent("strips", "Noising and denoising", "figures.json has no filmstrips.");
    }
    section(
        "strips",
        if noising.is_some() { "Noising and denoising" } else { "Denoising" },
        html! {
            @if let Some(drawing) = noising {
                (figure(drawing, html! { "Noising: an image imprinted on units that do not interact dissolves, left to right, in equal steps of time." }))
            }
            @if let Some(drawing) = denoising {
                (figure(drawing, html! { "Denoising: generations under the trained program, from noise, left to right. Corresponds to the three trajectories of Paper B (arXiv:2506.15121)." }))
            }
        },
    )
}

fn fields(figures: &GeneratedFigures) -> Markup {
    let fields = &figures.receptive_fields;
    // What is not finite is passed over by the larger of two.
    let segments: Vec<&Vec<Vec<f32>>> = std::iter::once(fields).chain(&figures.later_receptive_fields).collect();
    let values = segments.iter().copied().flatten().flatten();
    let largest = values.filter(|j| j.is_finite()).fold(0f32, |most, j| most.max(j.abs()));
    let scale = largest.max(f32::MIN_POSITIVE);
    let sheet = |fields: &Vec<Vec<f32>>| diverging_sheet(fields, figures.image_shape, 8, scale);
    let Some(sheets) = segments.iter().map(|fields| sheet(fields)).collect::<Option<Vec<_>>>() else {
        return absent("fields", "Receptive fields", "figures.json has no receptive fields.");
    };
    let drawing = html! {
        @for (segment, sheet) in sheets.iter().enumerate() {
            @if sheets.len() > 1 { h3 { "Segment " (segment + 1) } }
            img class="pixels sheet" src=(sheet.uri) alt="receptive fields" width=(sheet.width) height=(sheet.height)
                style={ "max-width:min(100%," (sheet.width * 4) "px)" };
        }
    };
    let caption = html! {
        "Couplings of the first " (fields.len()) " hidden units to the visible ones; colours saturate at |J| = "
        (significant(f64::from(largest), 3)) ". Corresponds to the receptive fields of Paper B (arXiv:2506.15121)."
    };
    section("fields", "Receptive fields", figure(drawing, caption))
}

fn energy(figures: &GeneratedFigures) -> Markup {
    let Some((first, last)) = extent(figures.times.iter().copied()) else { return html! {} };
    let relative: Vec<Vec<f64>> = (0..figures.energy_kt.first().map_or(0, Vec::len))
        .map(|i| figures.energy_kt.iter().map(|row| row[i] - figures.energy_kt[0][i]).collect())
        .collect();
    let y = extent(relative.iter().flatten().copied()).unwrap_or((-1.0, 1.0));
    let labels = ["time (1/μ)", "V − V(0) (kT)"];
    let plot = Plot::new(Size::Wide, Scale::linear(first, last), Scale::rounded(y.0, y.1), labels);
    let drawing = html! {
        @for switch in &figures.switch_times { (plot.upright("zero", *switch)) }
        @for row in &relative {
            (plot.line("other", &figures.times.iter().copied().zip(row.iter().copied()).collect::<Vec<_>>()))
        }
    };
    let caption = html! {
        "Energy along " (relative.len()) " generations, relative to its value when the program is switched on; "
        @if figures.switch_times.is_empty() { "the heat emitted by then is its negative." }
        @else { "the program changes at the broken lines, where it does work, and the heat is what is lost between them." }
    };
    section(
        "energy-time",
        "Energy and heat along a generation",
        html! { div class="single" { (figure(pan(plot.draw("energy against time", drawing)), caption)) } },
    )
}

fn heat(figures: &GeneratedFigures, generated: &Generated) -> Markup {
    let heat = &generated.heat;
    let drawn = histogram::draw(&figures.heat_histogram, heat, "heat of a generation (kT)", "samples");
    let Some(drawing) = drawn else {
        return absent(
            "heat",
            "Heat",
            "figures.json has no heat histogram, so the spread of the heat is not shown.",
        );
    };
    let caption = html! {
        "Heat of the second half of each generation, " (formula(heat)) ", mean " (with_error(heat.mean_kt, heat.stderr_kt))
        " kT. Paper B (arXiv:2506.15121) reports 2.9 × 10³ kT for three digits."
    };
    section("heat", "Heat", html! { div class="single" { (figure(pan(drawing), caption)) } })
}
