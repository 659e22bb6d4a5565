//! The page of a computer as a circuit: schematics, waveforms, the comparison with the simulation.

mod schematic;

use crate::number::{count, percent, significant};
use crate::page::page;
use crate::plot::{Plot, Size};
use crate::scale::{Scale, extent};
use crate::words;
use maud::{Markup, html};
use runs::{CircuitComparison, Courses, NoisyComparison, Summary};

/// The page, as one self-contained HTML document.
pub fn draw(summary: &Summary, found: &CircuitComparison) -> String {
    let body = html! {
        header {
            p class="eyebrow" { "Thermodynamic computer · " (summary.task) }
            h1 { "As a circuit" }
            p {
                (count(found.digits)) " " (words::item(summary)) "s by " (found.ngspice) ", inputs "
                (if found.folded_inputs { "folded into the biases" } else { "as voltage sources" })
                ", against the simulation of the same trajectories at Δt = " (significant(found.fine_time_step, 2)) "."
            }
        }
        main {
            section id="comparison" {
                h2 { "Circuit and simulation" }
                h3 { "Without noise" }
                (forms(found))
                @if let Some(noise) = &found.noise { h3 { "With thermal noise" } (noisy(noise)) }
            }
            section id="waveforms" {
                h2 { "Waveforms" }
                (waveforms(&found.courses))
            }
            section id="schematics" {
                h2 { "A unit" }
                (schematic::transconductors())
                (schematic::charges())
            }
        }
        footer {
            p { "Noise counts at its two-sided spectral density. The cubic element and the couplers count as noiseless." }
        }
    };
    page(&format!("{} as a circuit", words::data_set(summary)), &body).into_string()
}

fn forms(found: &CircuitComparison) -> Markup {
    let all = |agree: usize| format!("{} of {}", count(agree), count(found.digits));
    html! {
        div class="scroll table" {
            table class="numbers" {
                thead { tr {
                    th { "Form" } th { "Elements" } th { "Largest difference of an end state" } th { "Same answer" }
                    th { "Resistors’ energy and heat differ by" } th { "Seconds a digit" }
                } }
                tbody {
                    @for form in &found.forms {
                        tr {
                            td { (form.form) }
                            td { (count(form.elements)) }
                            td { (significant(form.max_state_difference, 2)) }
                            td { (all(form.answers_agree)) }
                            td { (form.heat_relative_difference.map_or_else(|| "–".to_owned(), |d| format!("{} of it", significant(d, 2)))) }
                            td { (significant(form.seconds_per_digit, 2)) }
                        }
                    }
                }
            }
        }
    }
}

fn noisy(noise: &NoisyComparison) -> Markup {
    html! {
        div class="scroll table" {
            table class="numbers" {
                thead { tr { th {} th { "Circuit" } th { "Simulation" } th { "Standard error of the difference" } } }
                tbody {
                    @if let (Some(own), Some(simulated), Some(stderr)) = (noise.accuracy, noise.simulated_accuracy, noise.accuracy_difference_stderr) {
                        tr { td { "Right answers" } td { (percent(own)) } td { (percent(simulated)) } td { (percent(stderr)) } }
                    }
                    tr {
                        td { "Mean heat (kT)" }
                        td { (significant(noise.heat_kt, 5)) }
                        td { (significant(noise.simulated_heat_kt, 5)) }
                        td { (significant(noise.heat_difference_stderr_kt, 2)) }
                    }
                }
            }
        }
        p class="note" {
            "Transconductors; a normal number every " (significant(noise.spacing, 2)) " for each unit (seed " (noise.seed) "), straight lines between. "
            "Simulation: " (noise.replicas) " trajectories of each digit at Δt = " (significant(noise.time_step, 2)) ". Heat from V at the ends."
        }
    }
}

fn waveforms(courses: &Courses) -> Markup {
    let all = || courses.simulated.iter().chain(&courses.circuit).chain(&courses.noisy).flatten().copied();
    let Some((low, high)) = extent(all()) else {
        return html! { p class="absent" { "No waveforms were kept." } };
    };
    let plot = Plot::new(
        Size::Wide,
        Scale::linear(0.0, courses.observation_time),
        Scale::rounded(low, high),
        ["time (1/μ)", "state x"],
    );
    let line = |class: &str, course: &Vec<f64>| {
        let last = course.len().saturating_sub(1).max(1) as f64;
        let time = |k: usize| courses.observation_time * k as f64 / last;
        plot.line(class, &course.iter().enumerate().map(|(k, x)| (time(k), *x)).collect::<Vec<_>>())
    };
    let content = html! {
        @for course in &courses.noisy { (line("other", course)) }
        @for course in &courses.circuit { (line("computer", course)) }
        @for course in &courses.simulated { (line("false dashed", course)) }
    };
    html! {
        figure {
            div class="pan" { (plot.draw("States of the units that are read against time, circuit and simulation", content)) }
            figcaption {
                "The units that are read (" (courses.units.join(", ")) ") while the first digit is answered: "
                span class="true" { "blue" } " by ngspice, broken " span class="false" { "orange" } " by the simulation, both without noise"
                @if !courses.noisy.is_empty() { "; grey by ngspice with thermal noise" }
                "."
            }
        }
    }
}
