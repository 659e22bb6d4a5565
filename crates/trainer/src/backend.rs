//! The concrete backends behind `--backend`; everything else is generic over `B: Backend`.

use anyhow::Result;
use clap::ValueEnum;
use langevin::LangevinBackend;
use std::fmt;

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendKind {
    /// The processor
    #[cfg(feature = "ndarray")]
    Ndarray,
    /// A GPU, or a software Vulkan
    #[cfg(feature = "wgpu")]
    Wgpu,
}

#[cfg(not(any(feature = "ndarray", feature = "wgpu")))]
compile_error!("trainer needs a backend: enable the feature ndarray or wgpu");

impl Default for BackendKind {
    fn default() -> Self {
        Self::value_variants()[0]
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "ndarray")]
            Self::Ndarray => "ndarray",
            #[cfg(feature = "wgpu")]
            Self::Wgpu => "wgpu",
        })
    }
}

/// Something to compute on whichever backend the user chose.
pub(crate) trait BackendJob {
    /// What comes out.
    type Output;

    /// Does it.
    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output>;
}

/// A backend that is there, with the name of its device.
pub(crate) struct OpenBackend {
    kind: BackendKind,
    device: String,
}

impl BackendKind {
    /// Looks whether the backend has a device, before anything is written.
    pub(crate) fn open(self) -> Result<OpenBackend> {
        let device = match self {
            #[cfg(feature = "ndarray")]
            Self::Ndarray => {
                let threads = rayon::current_num_threads();
                format!("CPU, {threads} thread{}", if threads == 1 { "" } else { "s" })
            }
            #[cfg(feature = "wgpu")]
            Self::Wgpu => gpu::open()?,
        };
        Ok(OpenBackend { kind: self, device })
    }
}

impl OpenBackend {
    /// Which backend it is.
    pub(crate) fn kind(&self) -> BackendKind {
        self.kind
    }

    /// Name of the device.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }

    /// Does a job on it.
    pub(crate) fn run<J: BackendJob>(&self, job: J) -> Result<J::Output> {
        match self.kind {
            #[cfg(feature = "ndarray")]
            BackendKind::Ndarray => job.run::<burn_ndarray::NdArray<f32>>(&burn_ndarray::NdArrayDevice::default()),
            #[cfg(feature = "wgpu")]
            BackendKind::Wgpu => job.run::<burn_wgpu::Wgpu<f32>>(&burn_wgpu::WgpuDevice::default()),
        }
    }
}

#[cfg(feature = "wgpu")]
mod gpu {
    use anyhow::{Result, bail};
    use burn_wgpu::graphics::{AutoGraphicsApi, GraphicsApi};
    use burn_wgpu::{RuntimeOptions, WgpuDevice};
    use cubecl::config::autotune::AutotuneLevel;
    use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};

    /// Opens the default adapter and returns its name.
    pub(super) fn open() -> Result<String> {
        // Burn's own start panics without an adapter: look first.
        let backend = AutoGraphicsApi::backend();
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: backend.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let Ok(adapter) = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        })) else {
            bail!(
                "--backend wgpu: no {backend} adapter found; install a GPU driver or a software one \
                 (apt-get install -y mesa-vulkan-drivers libvulkan1), or use --backend ndarray"
            );
        };
        let info = adapter.get_info();
        let software = info.device_type == wgpu::DeviceType::Cpu;
        if software {
            kernels::device_is_llvmpipe();
        }
        if software && std::env::var_os("CUBECL_AUTOTUNE_LEVEL").is_none() {
            // Trying every kernel variant takes minutes on a software adapter.
            let mut config = CubeClRuntimeConfig::default();
            config.autotune.level = AutotuneLevel::Minimal;
            CubeClRuntimeConfig::set(config);
        }
        burn_wgpu::init_setup::<AutoGraphicsApi>(&WgpuDevice::default(), RuntimeOptions::default());
        Ok(format!("{} ({backend}{})", info.name, if software { ", software" } else { "" }))
    }
}
