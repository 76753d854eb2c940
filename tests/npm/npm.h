// Trained networks, and ONNX Runtime, from npm's packages, for tests alone. They are fetched by the
// npm client, by name and version, checked by SHA-256, and kept in the cache's folder `npm`.
#pragma once

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/onnx/model.h"

namespace rowcast::test {

// npm, node or the registry is not there: a reason to skip a test. A file that is another than it
// has to be is no such reason, it is a std::runtime_error.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NpmModel {
  const char* name;     // how tests and tables call it
  const char* package;  // NAME@VERSION
  const char* path;     // in the package
  const char* sha256;   // of the file
};

// All networks that tests use.
const std::vector<NpmModel>& npm_models();
const NpmModel& npm_model(const std::string& name);
// The file. Throws Unavailable.
std::filesystem::path npm_file(const NpmModel& model);

// Runs a script of this folder by node with these arguments. Throws Unavailable, and
// std::runtime_error with the script's messages where it fails.
std::string run_node(const std::string& script, const std::vector<std::string>& arguments,
                     const std::string& environment = "");

// What ONNX Runtime is given, and what it answers; elements as raw bytes.
struct RuntimeJob {
  std::filesystem::path model;
  std::string type;  // "float32", "uint8"
  onnx::Dims dims;
  std::vector<std::string> inputs;  // one run for each
};
struct RuntimeOutput {
  std::string name, type;
  onnx::Dims dims;
  std::string bytes;
  template <class T>
  std::vector<T> values() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
};
template <class T>
std::string raw_bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}
// The outputs of all jobs' inputs, one after the other, by one process.
std::vector<std::vector<RuntimeOutput>> run_onnx_runtime(const std::vector<RuntimeJob>& jobs);

}  // namespace rowcast::test

// Skips a test where `statement` needs what is not there.
#define ROWCAST_SKIP_IF_UNAVAILABLE(statement)          \
  try {                                                 \
    statement;                                          \
  } catch (const rowcast::test::Unavailable& missing) { \
    GTEST_SKIP() << missing.what();                     \
  }
