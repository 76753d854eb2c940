#include "sim/torch/checkpoint.h"

#include <fmt/format.h>
#include <torch/serialize/archive.h>
#include <torch/serialize/tensor.h>

#include <sstream>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "generator/text.h"

namespace rowcast::training {
namespace {

using torch::Tensor;

constexpr int64_t kFormat = 1;
constexpr int64_t kFigures = 6;  // of an epoch

// The first line in which the two differ, of each.
std::pair<std::string, std::string> difference(const std::string& a, const std::string& b) {
  const std::vector<std::string_view> x = split(a, '\n'), y = split(b, '\n');
  for (size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
    const std::string_view left = i < x.size() ? x[i] : "", right = i < y.size() ? y[i] : "";
    if (left != right) return {std::string(left), std::string(right)};
  }
  return {};
}

Tensor bytes_of(const std::string& text) {
  Tensor bytes = torch::empty({static_cast<int64_t>(text.size())}, torch::kByte);
  std::copy(text.begin(), text.end(), bytes.data_ptr<uint8_t>());
  return bytes;
}

std::string text_of(const Tensor& bytes) {
  const uint8_t* data = bytes.data_ptr<uint8_t>();
  return {data, data + bytes.numel()};
}

Tensor figures_of(const std::vector<Epoch>& curve) {
  Tensor figures = torch::empty({static_cast<int64_t>(curve.size()), kFigures}, torch::kDouble);
  double* to = figures.data_ptr<double>();
  for (const Epoch& e : curve)
    for (const double figure : {static_cast<double>(e.number), e.loss, e.rate, e.training_accuracy,
                                e.test_accuracy, e.seconds})
      *to++ = figure;
  return figures;
}

std::vector<Epoch> curve_of(const Tensor& figures) {
  std::vector<Epoch> curve;
  const double* from = figures.data_ptr<double>();
  for (int64_t i = 0; i < figures.size(0); ++i, from += kFigures)
    curve.push_back({static_cast<int>(from[0]), from[1], from[2], from[3], from[4], from[5]});
  return curve;
}

}  // namespace

std::vector<Epoch> read_checkpoint(const std::filesystem::path& path, const std::string& settings,
                                   const CheckpointState& state) {
  std::error_code code;
  if (path.empty() || !std::filesystem::exists(path, code)) return {};
  const std::string bytes = read_file(path);
  try {
    torch::serialize::InputArchive archive;
    std::istringstream stream(bytes);
    archive.load_from(stream);
    Tensor format, made, figures;
    archive.read("format", format);
    archive.read("settings", made);
    archive.read("curve", figures);
    if (format.item<int64_t>() != kFormat)
      throw InputError(fmt::format("{}: is a checkpoint of format {}, allowed is {}", path.string(),
                                   format.item<int64_t>(), kFormat));
    if (const std::string other = text_of(made); other != settings) {
      const auto [was, is] = difference(other, settings);
      throw InputError(
          fmt::format("{}: is a checkpoint of a run with '{}', not '{}': the same settings, or "
                      "another folder, are "
                      "allowed",
                      path.string(), printable(was), printable(is)));
    }
    const torch::NoGradGuard none;
    for (const auto* tensors : {&state.parameters, &state.statistics})
      for (const auto& [name, tensor] : *tensors) {
        Tensor kept;
        archive.read("tensor." + name, kept);
        tensor.copy_(kept);
      }
    torch::serialize::InputArchive optimiser;
    archive.read("optimiser", optimiser);
    state.optimiser.load(optimiser);
    return curve_of(figures);
  } catch (const InputError&) {
    throw;
  } catch (const std::exception&) {  // of several kinds: the archive has a language of its own
    throw InputError(
        fmt::format("{}: is no checkpoint, or a part of one: without the file training begins anew",
                    path.string()));
  }
}

void write_checkpoint(const std::filesystem::path& path, const std::string& settings,
                      const CheckpointState& state, const std::vector<Epoch>& curve) {
  if (path.empty()) return;
  torch::serialize::OutputArchive archive;
  archive.write("format", torch::tensor({kFormat}));
  archive.write("settings", bytes_of(settings));
  archive.write("curve", figures_of(curve));
  for (const auto* tensors : {&state.parameters, &state.statistics})
    for (const auto& [name, tensor] : *tensors) archive.write("tensor." + name, tensor.detach());
  torch::serialize::OutputArchive optimiser;
  state.optimiser.save(optimiser);
  archive.write("optimiser", optimiser);
  std::ostringstream stream;
  archive.save_to(stream);
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::absolute(path).parent_path(), code);
  write_file(path, stream.view());  // says what can not be
}

}  // namespace rowcast::training
