// ONNX files of models and graphs: the way back from model.h and graph.h.
#pragma once

#include <string>

#include "sim/onnx/graph.h"

namespace rowcast::onnx {

// The file's bytes, the same for equal models. parse_model() of them is the model again, but that
// what lay beside a file lies in it, and that float16 and bfloat16 keep the nearest number of
// theirs. Throws InputError naming a node with an attribute that the reader did not keep.
std::string write_model(const Model& model);

// The graph as a file's contents, with the shapes that it was resolved for: resolve() makes the
// same operations of the same values again, without those that nothing reads.
Model model_of(const Graph& graph);

}  // namespace rowcast::onnx
