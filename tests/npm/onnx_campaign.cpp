#include "tests/npm/onnx_campaign.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string_view>

#include "generator/error.h"
#include "sim/import/lower.h"

namespace rowcast::test {
namespace {

// Fields of a protocol buffers message, as far as they can be read: where each begins and ends.
struct Field {
  uint64_t number = 0;
  size_t begin = 0, content = 0, end = 0;  // the tag, what has a length, behind it
};
std::vector<Field> fields_of(std::string_view bytes, size_t begin, size_t end) {
  std::vector<Field> fields;
  size_t at = begin;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes[at++]);
      value |= uint64_t{byte & 127u} << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < end) {
    Field field{.begin = at};
    const uint64_t tag = varint();
    field.number = tag >> 3;
    if ((tag & 7) == 2) {
      const uint64_t size = varint();
      field.content = at;
      at += std::min<uint64_t>(size, end - at);
    } else if ((tag & 7) == 0) {
      varint();
    } else {
      at = std::min(end, at + ((tag & 7) == 5 ? 4 : 8));
    }
    field.end = at;
    fields.push_back(field);
  }
  return fields;
}

// Bytes that are no weights: of everything in the graph (field 7 of the model) the first 256.
std::vector<uint32_t> structure_of(std::string_view bytes) {
  constexpr size_t kHead = 256;
  std::vector<uint32_t> places;
  const auto add = [&](size_t begin, size_t end) {
    for (size_t at = begin; at < std::min(end, begin + kHead); ++at)
      places.push_back(static_cast<uint32_t>(at));
  };
  for (const Field& field : fields_of(bytes, 0, bytes.size()))
    if (field.number != 7) {
      add(field.begin, field.end);
    } else {
      add(field.begin, field.content);
      for (const Field& part : fields_of(bytes, field.content, field.end))
        add(part.begin, part.end);
    }
  return places;
}

// One to three damages: bytes changed, cut off, removed, doubled; half of them where the graph's
// structure is, not the weights.
std::string damaged(std::string bytes, const std::vector<uint32_t>& structure,
                    std::mt19937_64& random) {
  const size_t changes = 1 + random() % 3;
  for (size_t k = 0; k < changes && !bytes.empty(); ++k) {
    const size_t at =
        (random() % 2 ? structure[random() % structure.size()] : random()) % bytes.size();
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
      case 2:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4:
        bytes.erase(at, random() % 8);
        break;
      case 5:
        bytes.insert(at, bytes.substr(at, random() % 16));
        break;
    }
  }
  return bytes;
}

struct Shared {
  int64_t networks, refused, file, most_memory, slowest_file;
  double slowest;
  char what[1000];  // of an exception that should not be
};

// By the processor: other programs may keep a file waiting.
double seconds_used() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Reads files until all are read, or the process ends.
void read_files(const std::vector<CampaignModel>& models,
                const std::vector<std::vector<uint32_t>>& structures, int64_t end, uint64_t seed,
                int seconds, Shared& shared) {
  while (shared.file < end) {
    const double start = seconds_used();
    ::alarm(static_cast<unsigned>(seconds));
    std::mt19937_64 random(seed + static_cast<uint64_t>(shared.file));
    const size_t number = shared.file % models.size();
    const CampaignModel& model = models[number];
    try {
      const std::string bytes = damaged(model.bytes, structures[number], random);
      const onnx::Graph graph =
          onnx::resolve(onnx::parse_model(bytes, model.name), model.name, model.shapes);
      lower(graph, model.name);
      ++shared.networks;
    } catch (const InputError&) {
      ++shared.refused;
    } catch (const std::exception& error) {
      fmt::format_to_n(shared.what, sizeof shared.what - 1, "{}", error.what());
      ::_exit(3);
    }
    if (const double used = seconds_used() - start; used > shared.slowest) {
      shared.slowest = used;
      shared.slowest_file = shared.file;
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    shared.most_memory = std::max<int64_t>(shared.most_memory, usage.ru_maxrss * int64_t{1024});
    ++shared.file;
  }
}

}  // namespace

OnnxCampaign run_onnx_campaign(const std::vector<CampaignModel>& models, int files, uint64_t seed,
                               int seconds, int64_t memory) {
  void* page =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared memory");
  Shared& shared = *new (page) Shared{};
  std::vector<std::vector<uint32_t>> structures;
  for (const CampaignModel& model : models) structures.push_back(structure_of(model.bytes));
  OnnxCampaign result;
  const auto fault = [&](const std::string& what) {
    result.faults.push_back(fmt::format("seed {} ({}): {}",
                                        seed + static_cast<uint64_t>(shared.file),
                                        models[shared.file % models.size()].name, what));
  };
  while (shared.file < files) {
    shared.what[0] = 0;
    const int64_t before = shared.most_memory;
    // A process for some files: a crash is one file's, and memory does not add up.
    const int64_t end = std::min<int64_t>(files, shared.file + 1000);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be started");
    if (child == 0) {
      read_files(models, structures, end, seed, seconds, shared);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (before <= memory && shared.most_memory > memory)
      fault(fmt::format("or up to 1000 before it: {} bytes of memory", shared.most_memory));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    fault(WIFSIGNALED(status) ? fmt::format("killed by signal {}", WTERMSIG(status))
          : shared.what[0]    ? fmt::format("throws '{}'", shared.what)
                              : fmt::format("ends with status {}", WEXITSTATUS(status)));
    ++shared.file;
  }
  result.networks = shared.networks;
  result.refused = shared.refused;
  result.slowest_seconds = shared.slowest;
  result.slowest_seed = seed + static_cast<uint64_t>(shared.slowest_file);
  result.most_memory = shared.most_memory;
  ::munmap(page, sizeof(Shared));
  return result;
}

}  // namespace rowcast::test
