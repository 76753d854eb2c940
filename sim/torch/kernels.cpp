#include "sim/torch/kernels.h"

namespace rowcast::training {

namespace baseline {
extern const Kernels kKernels;
}
#ifdef __x86_64__
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}
#endif

const Kernels& kernels() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return avx512::kKernels;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::kKernels;
#endif
  return baseline::kKernels;
}

int64_t scratch_floats(const Branch& b) {
  constexpr int kLanes = 16;
  const int64_t height = (b.out_height - 1) * b.stride_h + (b.kernel_h - 1) * b.dilation_h + 1;
  const int64_t width = (b.out_width - 1) * b.stride_w + (b.kernel_w - 1) * b.dilation_w + 1;
  return height * width * kLanes;
}

}  // namespace rowcast::training
