//! What the ledger assumes where nobody says otherwise, each value with its source.

/// A default of the ledger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumed {
    /// The value, in SI units.
    pub value: f64,
    /// Where it comes from.
    pub source: &'static str,
}

impl Assumed {
    /// Joules of a multiply–accumulate of a lean digital rival.
    pub const LEAN_MAC: Self = Self {
        value: 1e-14,
        source: "half of the 2.1e-14 J of 4 bits in 5 nm (95.6 TOPS/W, Keller et al., IEEE J. Solid-State Circuits 58, 1129, 2023)",
    };
    /// Joules of reading a value.
    pub const READOUT: Self = Self {
        value: 1e-12,
        source: "1e-12 J for 8 bits; 6.1 fJ a conversion step × 2⁸ = 1.6e-12 J was measured (Pelzers et al., 10-bit SAR converter in 65 nm, 2023)",
    };
    /// Joules of setting an input.
    pub const INPUT: Self = Self { value: 1e-14, source: "CV² of 10 fF at 1 V" };
    /// Joules of writing a parameter.
    pub const PARAMETER: Self = Self {
        value: 1e-12,
        source: "1e-12 J for 8 bits; 64 bits of an 8 kB memory take 1e-11 J at 45 nm (Horowitz, ISSCC 2014)",
    };
    /// Joules of changing a parameter at a switch.
    pub const SWITCHED: Self = Self { value: 1e-15, source: "CV² of 1 fF at 1 V" };
    /// Answers that share the writing of a program.
    pub const ANSWERS: Self = Self { value: 1e6, source: "a million answers a program" };
    /// Seconds of 1/μ.
    pub const SECONDS: Self =
        Self { value: 1e-6, source: "1/μ of RLC circuits, about 1e-6 s (Whitelam, arXiv:2410.12211)" };
    /// Watts of standby for each parameter held.
    pub const STANDBY: Self = Self {
        value: 3.1e-12,
        source: "3.1e-12 W a parameter of 8 bits: 3.13 nW a kB of SRAM retention, measured (Pons et al., 55 nm at 0.5 V)",
    };
    /// Bias current of a transconductor, in amperes.
    pub const BIAS: Self = Self {
        value: 2.5e-8,
        source: "2.5e-8 A at 0.5 V: 37 nW of three transconductors, simulated after layout (Khateb et al., Sensors 22, 8619, 2022)",
    };
    /// Supply voltage of a transconductor.
    pub const SUPPLY: Self = Self { value: 0.5, source: Self::BIAS.source };
}
