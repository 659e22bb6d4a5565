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
    /// The processor, by Burn's next backend
    #[cfg(feature = "flex")]
    Flex,
    /// A GPU, or a software Vulkan
    #[cfg(feature = "wgpu")]
    Wgpu,
    /// An NVIDIA GPU, by CUDA
    #[cfg(feature = "cuda")]
    Cuda,
}

#[cfg(not(any(feature = "ndarray", feature = "flex", feature = "wgpu", feature = "cuda")))]
compile_error!("trainer needs a backend: enable one of the features ndarray, flex, wgpu and cuda");

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
            #[cfg(feature = "flex")]
            Self::Flex => "flex",
            #[cfg(feature = "wgpu")]
            Self::Wgpu => "wgpu",
            #[cfg(feature = "cuda")]
            Self::Cuda => "cuda",
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
            Self::Ndarray => processor(),
            #[cfg(feature = "flex")]
            Self::Flex => processor(),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => gpu::open()?,
            #[cfg(feature = "cuda")]
            Self::Cuda => cuda::open()?,
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
            #[cfg(feature = "flex")]
            BackendKind::Flex => job.run::<burn_flex::Flex>(&burn_flex::FlexDevice),
            #[cfg(feature = "wgpu")]
            BackendKind::Wgpu => job.run::<burn_wgpu::Wgpu<f32>>(&burn_wgpu::WgpuDevice::default()),
            #[cfg(feature = "cuda")]
            BackendKind::Cuda => job.run::<burn_cuda::Cuda<f32>>(&cuda::device()),
        }
    }
}

/// What both CPU backends run on.
#[cfg(any(feature = "ndarray", feature = "flex"))]
fn processor() -> String {
    let threads = rayon::current_num_threads();
    format!("CPU, {threads} thread{}", if threads == 1 { "" } else { "s" })
}

#[cfg(feature = "cuda")]
mod cuda {
    use crate::ranks;
    use anyhow::{Result, bail};
    use burn_cuda::CudaDevice;
    use cudarc::driver::CudaContext;

    /// The GPUs that CUDA sees; none without its driver, which cudarc looks for with a panic.
    fn count() -> usize {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let found = std::panic::catch_unwind(|| CudaContext::device_count().unwrap_or(0));
        std::panic::set_hook(hook);
        usize::try_from(found.unwrap_or(0)).unwrap_or(0)
    }

    /// The GPU of this process: each rank of a host has one of its own, while there are as many.
    pub(super) fn device() -> CudaDevice {
        CudaDevice::new(ranks::on_this_host().rank % count().max(1))
    }

    /// Opens it and returns its name.
    pub(super) fn open() -> Result<String> {
        if count() == 0 {
            bail!(
                "--backend cuda: no NVIDIA GPU found, or no driver for it (libcuda.so.1; nvidia-smi shows both); use another --backend"
            );
        }
        let number = device().index;
        match CudaContext::new(number).and_then(|context| context.name()) {
            Ok(name) => Ok(format!("{name} (CUDA {number})")),
            Err(error) => {
                bail!("--backend cuda: GPU {number} cannot be opened: {error}; nvidia-smi says what uses it")
            }
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
