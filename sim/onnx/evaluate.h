// The operators' results, in float where they are numbers. Each function takes operands that are
// all constant, and infer()'s results (see operators.h). Plain loops over the definitions: they
// fold constants, and they are the float network that quantisation is measured against.
#pragma once

#include <vector>

#include "sim/onnx/operators.h"

namespace rowcast::onnx {

using Tensors = std::vector<Tensor>;

// elements.cpp: what moves elements or takes one at a time.
Tensors evaluate_constant(const Operands& operands, const std::vector<Result>&);
Tensors evaluate_shape(const Operands& operands, const std::vector<Result>&);
Tensors evaluate_size(const Operands& operands, const std::vector<Result>&);
Tensors evaluate_same_elements(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_cast(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_constant_of_shape(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_unary(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_binary(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_where(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_expand(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_gather(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_concat(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_slice(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_split(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_tile(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_transpose(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_pad(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_activation(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_prelu(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_range(const Operands& operands, const std::vector<Result>& results);

// layers.cpp: what sums, or looks at many elements. Images have one or two axes behind N and C.
Tensors evaluate_conv(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_conv_transpose(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_pool(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_global_pool(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_batch_normalization(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_gemm(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_matmul(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_softmax(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_reduce(const Operands& operands, const std::vector<Result>& results);
Tensors evaluate_resize(const Operands& operands, const std::vector<Result>& results);

// What shapes and values both need. All throw NodeError.

// Of Transpose: result axis i is the operand's axis [i].
std::vector<int> permutation_of(const Operands& operands);

// Along one axis: elements first, first + step, ... of the operand; outside of it lies a pad.
struct Slice {
  int64_t first = 0, step = 1, count = 0;
};
std::vector<Slice> slices_of(const Operands& operands);  // of Slice, one for each axis
std::vector<Slice> pads_of(const Operands& operands);    // of Pad

// Of Split: sizes along the axis.
std::vector<int64_t> parts_of(const Operands& operands, int axis);

// Indices and strides of row-major tensors.
Dims strides_of(const Dims& dims);
// Of an operand broadcast to `rank` dimensions: 0 along what is repeated.
Dims broadcast_strides(const Dims& dims, size_t rank);

int64_t range_count(const Operands& operands);

}  // namespace rowcast::onnx
