#include "sim/training/module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "generator/error.h"

namespace rowcast::training {

const Module& module() {
  std::error_code code;
  const std::filesystem::path file =
      std::filesystem::read_symlink("/proc/self/exe", code).parent_path() / "rowcast_torch.so";
  if (code || !std::filesystem::exists(file, code))
    throw InputError(fmt::format(
        "train: {} is not there: call it as ./rowcast train, which installs libtorch and builds "
        "it; or configure with -DROWCAST_TRAIN=ON",
        file.string()));
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const found = library ? dlsym(library, kModuleSymbol) : nullptr;
  if (!found) throw InputError(fmt::format("train: {}", dlerror()));
  return *static_cast<const Module*>(found);
}

}  // namespace rowcast::training
