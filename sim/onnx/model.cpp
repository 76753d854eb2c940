#include "sim/onnx/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/parse.h"
#include "sim/onnx/wire.h"

namespace rowcast::onnx {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;
constexpr size_t kMaxName = 1000;

// What can be wrong behind the wire format; the reader adds the file's name.
struct ModelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct TypeRow {
  Type type;
  std::string_view name;
  int bytes;  // of an element in raw data
};
constexpr TypeRow kTypes[] = {
    {Type::kFloat, "float", 4},     {Type::kUint8, "uint8", 1},      {Type::kInt8, "int8", 1},
    {Type::kUint16, "uint16", 2},   {Type::kInt16, "int16", 2},      {Type::kInt32, "int32", 4},
    {Type::kInt64, "int64", 8},     {Type::kString, "string", 0},    {Type::kBool, "bool", 1},
    {Type::kFloat16, "float16", 2}, {Type::kDouble, "double", 8},    {Type::kUint32, "uint32", 4},
    {Type::kUint64, "uint64", 8},   {Type::kBfloat16, "bfloat16", 2}};

const TypeRow* find_type(Type type) {
  const auto it = std::ranges::find(kTypes, type, &TypeRow::type);
  return it == std::end(kTypes) ? nullptr : &*it;
}

// Names go into messages, tables and file names: printable, on one line.
std::string name_of(std::string_view bytes) {
  if (bytes.size() > kMaxName)
    throw ModelError(
        fmt::format("a name of {} bytes, allowed are up to {}", bytes.size(), kMaxName));
  std::string name;
  for (const char c : bytes)
    if (c >= ' ' && c <= '~')
      name += c;
    else
      name += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return name;
}

float from_half(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float fraction = static_cast<float>(bits & 1023);
  const float magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                          : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                           : std::ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

float from_bfloat(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

// A TensorProto as it stands in the file; bytes are the file's.
struct TensorFields {
  std::string name;
  int64_t type = 0;
  Dims dims;
  std::string_view raw;
  bool has_raw = false, has_segment = false;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<int64_t> integers;  // int32_data, int64_data or uint64_data
  bool external = false;
  std::map<std::string, std::string> external_data;  // location, offset, length
};

std::pair<std::string, std::string> read_pair(std::string_view bytes) {
  std::pair<std::string, std::string> pair;
  Message message(bytes);
  while (const auto field = message.next()) {
    if (field->number == 1) pair.first = field->text();
    if (field->number == 2) pair.second = field->text();
  }
  return pair;
}

TensorFields read_fields(std::string_view bytes) {
  TensorFields tensor;
  Message message(bytes);
  while (const auto field = message.next()) switch (field->number) {
      case 1:
        field->append_integers(tensor.dims);
        break;
      case 2:
        tensor.type = field->integer();
        break;
      case 3:
        tensor.has_segment = true;
        break;
      case 4:
        field->append_fixed(tensor.floats);
        break;
      case 5:
      case 7:
      case 11:
        field->append_integers(tensor.integers);
        break;
      case 8:
        tensor.name = name_of(field->text());
        break;
      case 9:
        tensor.raw = field->text();
        tensor.has_raw = true;
        break;
      case 10:
        field->append_fixed(tensor.doubles);
        break;
      case 13:
        tensor.external_data.insert(read_pair(field->text()));
        break;
      case 14:
        tensor.external = field->integer() == 1;
        break;
    }
  return tensor;
}

template <class T>
void append_raw(Tensor& tensor, std::string_view raw) {
  const size_t count = raw.size() / sizeof(T);
  const auto at = [&](size_t i) { return Field::load<T>(raw.substr(i * sizeof(T), sizeof(T))); };
  if (is_real(tensor.type)) {
    tensor.reals.reserve(count);
    for (size_t i = 0; i < count; ++i)
      if constexpr (std::is_same_v<T, uint16_t>)
        tensor.reals.push_back(tensor.type == Type::kFloat16 ? from_half(at(i))
                                                             : from_bfloat(at(i)));
      else
        tensor.reals.push_back(static_cast<float>(at(i)));
  } else {
    tensor.integers.reserve(count);
    for (size_t i = 0; i < count; ++i) tensor.integers.push_back(static_cast<int64_t>(at(i)));
  }
}

void append_raw(Tensor& tensor, std::string_view raw) {
  switch (tensor.type) {
    case Type::kFloat:
      return append_raw<float>(tensor, raw);
    case Type::kDouble:
      return append_raw<double>(tensor, raw);
    case Type::kFloat16:
    case Type::kBfloat16:
    case Type::kUint16:
      return append_raw<uint16_t>(tensor, raw);
    case Type::kUint8:
    case Type::kBool:
      return append_raw<uint8_t>(tensor, raw);
    case Type::kInt8:
      return append_raw<int8_t>(tensor, raw);
    case Type::kInt16:
      return append_raw<int16_t>(tensor, raw);
    case Type::kInt32:
      return append_raw<int32_t>(tensor, raw);
    case Type::kUint32:
      return append_raw<uint32_t>(tensor, raw);
    default:
      return append_raw<int64_t>(tensor, raw);
  }
}

class Reader {
 public:
  explicit Reader(fs::path folder) : folder_(std::move(folder)) {}

  std::map<std::string, std::string> take_files() { return std::move(files_); }

  Model model(std::string_view bytes) {
    Model model;
    std::optional<std::string_view> graph;
    bool has_opset = false;
    Message message(bytes);
    while (const auto field = message.next()) switch (field->number) {
        case 1:
          model.ir_version = field->integer();
          break;
        case 2:
          model.producer = name_of(field->text());
          break;
        case 7:
          graph = field->text();
          break;
        case 8: {
          const auto [domain, version] = opset(field->text());
          if (domain != "" && domain != "ai.onnx") break;
          if (version < kFirstOpset || version > kLastOpset)
            throw ModelError(fmt::format("opset: {} is not supported, allowed are {} to {}",
                                         version, kFirstOpset, kLastOpset));
          model.opset = static_cast<int>(version);
          has_opset = true;
          break;
        }
        case 25:
          throw ModelError("functions of the model's own are not supported");
      }
    if (!graph) throw ModelError("there is no graph in it, an ONNX model is needed");
    if (!has_opset)
      throw ModelError(
          fmt::format("opset: there is none of the default domain, allowed are {} to {}",
                      kFirstOpset, kLastOpset));
    read_graph(*graph, model);
    return model;
  }

 private:
  static std::pair<std::string, int64_t> opset(std::string_view bytes) {
    std::pair<std::string, int64_t> result;
    Message message(bytes);
    while (const auto field = message.next()) {
      if (field->number == 1) result.first = field->text();
      if (field->number == 2) result.second = field->integer();
    }
    return result;
  }

  void read_graph(std::string_view bytes, Model& model) {
    std::vector<ValueInfo> inputs;
    Message message(bytes);
    while (const auto field = message.next()) switch (field->number) {
        case 1:
          model.nodes.push_back(node(field->text()));
          break;
        case 2:
          model.graph_name = name_of(field->text());
          break;
        case 5: {
          TensorFields fields = read_fields(field->text());
          const std::string name = fields.name;
          if (!model.initialisers.emplace(name, tensor(std::move(fields))).second)
            throw ModelError(fmt::format("initialiser '{}' is there twice", name));
          break;
        }
        case 11:
          inputs.push_back(value_info(field->text()));
          break;
        case 12:
          model.outputs.push_back(value_info(field->text()));
          break;
        case 15:
          throw ModelError("sparse initialisers are not supported, dense ones are");
      }
    for (ValueInfo& input : inputs)
      if (!model.initialisers.contains(input.name)) model.inputs.push_back(std::move(input));
  }

  Node node(std::string_view bytes) {
    Node node;
    std::vector<std::string_view> attributes;
    Message message(bytes);
    while (const auto field = message.next()) switch (field->number) {
        case 1:
          node.inputs.push_back(name_of(field->text()));
          break;
        case 2:
          node.outputs.push_back(name_of(field->text()));
          break;
        case 3:
          node.name = name_of(field->text());
          break;
        case 4:
          node.op = name_of(field->text());
          break;
        case 5:
          attributes.push_back(field->text());
          break;
        case 7:
          node.domain = name_of(field->text());
          break;
      }
    if (node.domain == "ai.onnx") node.domain.clear();
    for (const std::string_view text : attributes) {
      try {
        auto [name, attribute] = read_attribute(text);
        if (!node.attributes.emplace(name, std::move(attribute)).second)
          throw ModelError(fmt::format("attribute '{}' is there twice", name));
      } catch (const ModelError& error) {
        throw ModelError(fmt::format("{}: {}", described(node), error.what()));
      }
    }
    return node;
  }

  std::pair<std::string, Attribute> read_attribute(std::string_view bytes) {
    std::string name;
    int64_t type = 0;
    float real = 0;
    int64_t integer = 0;
    std::string text;
    std::optional<std::string_view> tensor_bytes;
    std::vector<float> reals;
    std::vector<int64_t> integers;
    std::vector<std::string> texts;
    Message message(bytes);
    while (const auto field = message.next()) switch (field->number) {
        case 1:
          name = name_of(field->text());
          break;
        case 2:
          real = field->real();
          break;
        case 3:
          integer = field->integer();
          break;
        case 4:
          text = name_of(field->text());
          break;
        case 5:
          tensor_bytes = field->text();
          break;
        case 7:
          field->append_fixed(reals);
          break;
        case 8:
          field->append_integers(integers);
          break;
        case 9:
          texts.push_back(name_of(field->text()));
          break;
        case 20:
          type = field->integer();
          break;
      }
    switch (type) {  // AttributeProto.AttributeType
      case 1:
        return {name, real};
      case 2:
        return {name, integer};
      case 3:
        return {name, text};
      case 4:
        if (!tensor_bytes) throw ModelError(fmt::format("attribute '{}': no tensor in it", name));
        return {name, tensor(read_fields(*tensor_bytes))};
      case 5:
        return {name, Unsupported{"a graph"}};
      case 6:
        return {name, reals};
      case 7:
        return {name, integers};
      case 8:
        return {name, texts};
      default:
        return {name, Unsupported{fmt::format("an attribute of type {}", type)}};
    }
  }

  ValueInfo value_info(std::string_view bytes) {
    ValueInfo info;
    Message message(bytes);
    while (const auto field = message.next()) {
      if (field->number == 1) info.name = name_of(field->text());
      if (field->number != 2) continue;
      Message type(field->text());
      while (const auto kind = type.next())
        if (kind->number == 1) read_tensor_type(kind->text(), info);
    }
    return info;
  }

  static void read_tensor_type(std::string_view bytes, ValueInfo& info) {
    Message message(bytes);
    while (const auto field = message.next()) {
      if (field->number == 1) info.type = static_cast<Type>(field->integer());
      if (field->number != 2) continue;
      info.has_dims = true;
      Message shape(field->text());
      while (const auto dimension = shape.next()) {
        if (dimension->number != 1) continue;
        int64_t size = -1;
        Message parts(dimension->text());
        while (const auto part = parts.next())
          if (part->number == 1) size = part->integer();
        info.dims.push_back(size > 0 ? size : -1);
      }
    }
  }

  Tensor tensor(TensorFields fields) {
    const auto fail = [&](const std::string& what) {
      throw ModelError(fmt::format("tensor '{}': {}", fields.name, what));
    };
    Tensor tensor;
    tensor.type = static_cast<Type>(fields.type);
    tensor.dims = fields.dims;
    const TypeRow* row = find_type(tensor.type);
    if (!row || tensor.type == Type::kString)
      fail(fmt::format("elements of {} are not supported", to_string(tensor.type)));
    if (fields.has_segment) fail("segments are not supported");
    const int64_t count = element_count(tensor.dims);
    if (count < 0) fail(fmt::format("a shape of {} can not be", to_string(tensor.dims)));

    std::string data;  // external
    if (fields.external) {
      data = external(fields, fail);
      fields.raw = data;
      fields.has_raw = true;
    }
    if (fields.has_raw) {
      if (fields.raw.size() % row->bytes != 0 ||
          static_cast<int64_t>(fields.raw.size() / row->bytes) != count)
        fail(fmt::format("{} bytes of data, {} of {} need {}", fields.raw.size(),
                         to_string(tensor.dims), row->name, count * row->bytes));
      append_raw(tensor, fields.raw);
    } else {
      typed_data(fields, tensor);
    }
    if (tensor.size() != count)
      fail(fmt::format("{} elements, its shape {} needs {}", tensor.size(), to_string(tensor.dims),
                       count));
    return tensor;
  }

  // The data of the type's own field.
  static void typed_data(TensorFields& fields, Tensor& tensor) {
    switch (tensor.type) {
      case Type::kFloat:
        tensor.reals = std::move(fields.floats);
        break;
      case Type::kDouble:
        for (const double value : fields.doubles) tensor.reals.push_back(static_cast<float>(value));
        break;
      case Type::kFloat16:
      case Type::kBfloat16:
        for (const int64_t bits : fields.integers)
          tensor.reals.push_back(tensor.type == Type::kFloat16
                                     ? from_half(static_cast<uint16_t>(bits))
                                     : from_bfloat(static_cast<uint16_t>(bits)));
        break;
      default:
        tensor.integers = std::move(fields.integers);
    }
  }

  // Data in a file of its own, beside the model.
  template <class Fail>
  std::string external(const TensorFields& fields, const Fail& fail) {
    const auto value = [&](const char* key) {
      const auto it = fields.external_data.find(key);
      return it == fields.external_data.end() ? std::string() : it->second;
    };
    const std::string location = value("location");
    const fs::path relative = fs::path(location).lexically_normal();
    if (location.empty() || relative.is_absolute() || *relative.begin() == "..")
      fail(fmt::format("external data: '{}' is no file beside the model", name_of(location)));
    if (folder_.empty()) fail("external data: the model is not read from a folder");
    auto it = files_.find(location);
    if (it == files_.end()) it = files_.emplace(location, read_file(folder_ / relative)).first;
    const std::string& text = it->second;
    uint64_t offset = 0, length = 0;
    if (!value("offset").empty() && !parse_number(value("offset"), offset))
      fail("external data: its offset is no number");
    if (offset > text.size())
      fail(fmt::format("external data: offset {} is behind the file's end", offset));
    length = text.size() - offset;
    if (!value("length").empty() && !parse_number(value("length"), length))
      fail("external data: its length is no number");
    if (length > text.size() - offset)
      fail(fmt::format("external data: {} bytes from {} on end behind the file", length, offset));
    return text.substr(offset, length);
  }

  fs::path folder_;
  std::map<std::string, std::string> files_;
};

}  // namespace

std::string to_string(Type type) {
  const TypeRow* row = find_type(type);
  return row ? std::string(row->name) : fmt::format("type {}", static_cast<int>(type));
}

bool is_real(Type type) {
  return type == Type::kFloat || type == Type::kDouble || type == Type::kFloat16 ||
         type == Type::kBfloat16;
}

int64_t element_count(const Dims& dims) {
  int64_t count = 1;
  for (const int64_t size : dims) {
    if (size < 0) return -1;
    if (size != 0 && count > kMaxElements / size) return -1;
    count *= size;
  }
  return count;
}

std::string to_string(const Dims& dims) {
  if (dims.empty()) return "scalar";
  std::string text;
  for (const int64_t size : dims) text += fmt::format("{}{}", text.empty() ? "" : "x", size);
  return text;
}

std::string described(const Node& node) {
  const std::string& name =
      !node.name.empty() || node.outputs.empty() ? node.name : node.outputs[0];
  return fmt::format("node '{}' ({}{}{})", name, node.domain, node.domain.empty() ? "" : ".",
                     node.op);
}

Model parse_model(std::string_view bytes, const std::string& file, const fs::path& folder) {
  try {
    Reader reader(folder);
    Model model = reader.model(bytes);
    model.files = reader.take_files();
    return model;
  } catch (const WireError& error) {
    throw InputError(fmt::format("{}: byte {}: {}, an ONNX model is needed", file,
                                 error.at - bytes.data(), error.what()));
  } catch (const ModelError& error) {
    throw InputError(fmt::format("{}: {}", file, error.what()));
  }
}

Model read_model(const fs::path& path) {
  fs::path folder = path.parent_path();
  if (folder.empty()) folder = ".";
  return parse_model(read_file(path), path.string(), folder);
}

}  // namespace rowcast::onnx
