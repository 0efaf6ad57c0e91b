//! ONNX Runtime's shared library: which builds are known and where they lie.
//!
//! Nothing here loads the library. It is taken out of the Python package Microsoft releases
//! it in, since that is what package mirrors carry.

use std::env::consts::{ARCH, OS};
use std::fmt;
use std::path::PathBuf;

use super::{FileState, ModelStore, Package, PinnedFile};

/// A build of ONNX Runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuntimeKind {
    /// For processors.
    Cpu,
    /// With the CUDA and TensorRT providers, for NVIDIA's graphics processors.
    Gpu,
}

impl RuntimeKind {
    /// Both, the better one first.
    pub const ALL: [Self; 2] = [Self::Gpu, Self::Cpu];

    /// The package's name, which is also what a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "onnxruntime",
            Self::Gpu => "onnxruntime-gpu",
        }
    }

    /// The kind of a name.
    ///
    /// ```
    /// use overnight_ocr::models::RuntimeKind;
    /// assert_eq!(RuntimeKind::named("onnxruntime"), Some(RuntimeKind::Cpu));
    /// assert_eq!(RuntimeKind::named("directml"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RuntimeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The files of a runtime for one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeBuild {
    /// The operating system, as [`std::env::consts::OS`] names it.
    pub os: &'static str,
    /// The processor, as [`std::env::consts::ARCH`] names it.
    pub arch: &'static str,
    /// The package with the size of this platform's archive.
    pub package: Package,
    /// The shared library first, then what it loads from its own folder.
    pub files: &'static [PinnedFile],
}

/// A runtime that `overnight models pull --runtime` can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRuntime {
    /// Which one.
    pub kind: RuntimeKind,
    /// What it runs on, in words.
    pub description: &'static str,
    /// Its version.
    pub version: &'static str,
    /// SPDX id of its licence.
    pub licence: &'static str,
    /// The platforms it is known for.
    pub builds: &'static [RuntimeBuild],
}

impl KnownRuntime {
    /// The build for the machine this program was made for.
    pub fn build(&self) -> Option<&'static RuntimeBuild> {
        self.build_for(OS, ARCH)
    }

    /// The build for a platform.
    pub fn build_for(&self, os: &str, arch: &str) -> Option<&'static RuntimeBuild> {
        let mut builds = self.builds.iter();
        builds.find(|build| build.os == os && build.arch == arch)
    }

    /// Name of its folder in the store.
    fn folder(&self) -> String {
        format!("{}-{}", self.kind, self.version)
    }
}

/// The machine this program was made for, such as `linux x86_64`.
pub(super) fn platform() -> String {
    format!("{OS} {ARCH}")
}

/// A shared library of ONNX Runtime that is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeLibrary {
    /// The file to load.
    pub path: PathBuf,
    /// Its version, such as `1.32.0`.
    pub version: &'static str,
    /// What it can run on.
    pub kind: RuntimeKind,
}

impl ModelStore {
    /// The best runtime in the store: the one with providers for graphics processors, else
    /// the one without. Its files are there with their known sizes; they are not hashed.
    pub fn runtime_library(&self) -> Option<RuntimeLibrary> {
        let mut kinds = RuntimeKind::ALL.into_iter();
        kinds.find_map(|kind| self.runtime_library_of(kind))
    }

    /// The library of one kind, when its files are in the store with their known sizes.
    pub fn runtime_library_of(&self, kind: RuntimeKind) -> Option<RuntimeLibrary> {
        let runtime = known_runtime(kind);
        let files = self.runtime_files(runtime);
        let (_, path) = files.first()?;
        let is_whole = files.iter().all(|(file, path)| file.is_at(path));
        is_whole.then(|| RuntimeLibrary {
            path: path.clone(),
            version: runtime.version,
            kind,
        })
    }

    /// The files of a runtime for this machine and where they belong; none when it is not
    /// known for this machine.
    pub fn runtime_files(&self, runtime: &KnownRuntime) -> Vec<(&'static PinnedFile, PathBuf)> {
        let folder = self.root().join("runtimes").join(runtime.folder());
        let files = runtime.build().map_or(&[][..], |build| build.files);
        let placed = files.iter().map(|file| (file, folder.join(file.name)));
        placed.collect()
    }

    /// Reads and hashes the files of a runtime.
    pub fn verify_runtime(&self, runtime: &KnownRuntime) -> Vec<FileState> {
        let files = self.runtime_files(runtime);
        files.iter().map(|(file, path)| file.verify(path)).collect()
    }
}

/// The pinned runtime of a kind.
pub fn known_runtime(kind: RuntimeKind) -> &'static KnownRuntime {
    match kind {
        RuntimeKind::Cpu => &CPU,
        RuntimeKind::Gpu => &GPU,
    }
}

/// The package's archive for one platform.
const fn archive(name: &'static str, version: &'static str, download_bytes: u64) -> Package {
    Package {
        name,
        version,
        download_bytes,
    }
}

/// Three archives of Linux x86_64, for CPython 3.11, 3.12 and 3.14, were compared: the
/// libraries in them are the same.
const CPU: KnownRuntime = KnownRuntime {
    kind: RuntimeKind::Cpu,
    description: "CPUs",
    version: "1.32.0",
    licence: "MIT",
    builds: &[
        RuntimeBuild {
            os: "linux",
            arch: "x86_64",
            package: archive("onnxruntime", "1.32.0", 27_780_211),
            files: &[
                PinnedFile {
                    name: "libonnxruntime.so",
                    member: "onnxruntime/capi/libonnxruntime.so.1.32.0",
                    sha256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
                    bytes: 34_824_680,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_shared.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_shared.so",
                    sha256: "8ef51f6bf2c621fc129f625b22241fa6f9a5870bc08eaf2fdd279169ec40d09a",
                    bytes: 14_632,
                },
            ],
        },
        RuntimeBuild {
            os: "linux",
            arch: "aarch64",
            package: archive("onnxruntime", "1.32.0", 23_196_724),
            files: &[
                PinnedFile {
                    name: "libonnxruntime.so",
                    member: "onnxruntime/capi/libonnxruntime.so.1.32.0",
                    sha256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
                    bytes: 27_165_936,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_shared.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_shared.so",
                    sha256: "f91fa2b0a2b8dba9cbc319254d342fa8201fd94b5912b9ce717f82e2207ee3d5",
                    bytes: 198_792,
                },
            ],
        },
        RuntimeBuild {
            os: "macos",
            arch: "aarch64",
            package: archive("onnxruntime", "1.32.0", 22_519_308),
            files: &[PinnedFile {
                name: "libonnxruntime.dylib",
                member: "onnxruntime/capi/libonnxruntime.1.32.0.dylib",
                sha256: "fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7",
                bytes: 35_272_344,
            }],
        },
    ],
};

const GPU: KnownRuntime = KnownRuntime {
    kind: RuntimeKind::Gpu,
    description: "NVIDIA GPUs (CUDA 13, cuDNN 9)",
    version: "1.31.1",
    licence: "MIT",
    builds: &[
        RuntimeBuild {
            os: "linux",
            arch: "x86_64",
            package: archive("onnxruntime-gpu", "1.31.1", 255_569_273),
            files: &[
                PinnedFile {
                    name: "libonnxruntime.so",
                    member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
                    sha256: "5104254339ecadae808da771bd0b63b240f0dbd466514234905e54372435c303",
                    bytes: 29_421_832,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_shared.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_shared.so",
                    sha256: "086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d",
                    bytes: 14_632,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_cuda.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_cuda.so",
                    sha256: "8387867e857499e045caff5d13ac6a5de29571c801562fa2dde0e45f1f31de52",
                    bytes: 284_014_752,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_tensorrt.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_tensorrt.so",
                    sha256: "1882ee49fdb0e6fc2d272b00cfaf9a3310bf8580a34385c0eec4d82014ea172e",
                    bytes: 994_968,
                },
            ],
        },
        RuntimeBuild {
            os: "linux",
            arch: "aarch64",
            package: archive("onnxruntime-gpu", "1.31.1", 212_341_829),
            files: &[
                PinnedFile {
                    name: "libonnxruntime.so",
                    member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
                    sha256: "25430c15445a74ea480116a0da41533d83e59bceb1a18004c97e4873334afc90",
                    bytes: 25_002_552,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_shared.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_shared.so",
                    sha256: "1fc9a38c51a15164ae7d126f4e89447e718e47bd0a934eaa1a86bb60a6ec4955",
                    bytes: 198_792,
                },
                PinnedFile {
                    name: "libonnxruntime_providers_cuda.so",
                    member: "onnxruntime/capi/libonnxruntime_providers_cuda.so",
                    sha256: "bf506a34897f3bdbd9c162f4fd697d0073d2ed1e2a32b3d654b34f2e3bda04c2",
                    bytes: 237_857_264,
                },
            ],
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_build_begins_with_the_library_and_is_of_its_version() {
        for kind in RuntimeKind::ALL {
            let runtime = known_runtime(kind);
            assert_eq!(
                (runtime.kind, RuntimeKind::named(kind.name())),
                (kind, Some(kind))
            );
            let platforms: BTreeSet<_> = runtime.builds.iter().map(|b| (b.os, b.arch)).collect();
            assert_eq!(platforms.len(), runtime.builds.len());
            for build in runtime.builds {
                assert_eq!(build.package.version, runtime.version);
                assert_eq!(build.package.name, kind.name());
                let library = build.files[0];
                assert!(library.name.starts_with("libonnxruntime."), "{library:?}");
                assert!(library.member.contains(runtime.version), "{library:?}");
                assert!(build.files.iter().all(|file| file.sha256.len() == 64));
            }
        }
    }

    #[test]
    fn a_runtime_that_is_only_half_there_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let store = ModelStore::new(dir.path());
        assert_eq!(store.runtime_library(), None);
        let Some(build) = CPU.build() else {
            assert!(store.runtime_files(&CPU).is_empty());
            return;
        };
        let files = store.runtime_files(&CPU);
        std::fs::create_dir_all(files[0].1.parent().unwrap()).unwrap();
        for (file, path) in &files {
            assert_eq!(store.runtime_library(), None);
            // Holes: the size is what counts here, and 35 MB need not be written for it.
            let sparse = std::fs::File::create(path).unwrap();
            sparse.set_len(file.bytes).unwrap();
        }
        let library = store.runtime_library().unwrap();
        assert_eq!(
            (library.kind, library.version),
            (RuntimeKind::Cpu, "1.32.0")
        );
        assert!(library.path.ends_with(format!(
            "runtimes/onnxruntime-1.32.0/{}",
            build.files[0].name
        )));
        let states = store.verify_runtime(&CPU);
        assert!(
            states
                .iter()
                .all(|s| matches!(s, FileState::Corrupt { sha256: Some(_) }))
        );
        // The other kind goes before it.
        for (file, path) in store.runtime_files(&GPU) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(&path)
                .unwrap()
                .set_len(file.bytes)
                .unwrap();
        }
        if GPU.build().is_some() {
            assert_eq!(store.runtime_library().unwrap().kind, RuntimeKind::Gpu);
        }
    }
}
