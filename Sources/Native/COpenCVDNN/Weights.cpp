#include "Weights.h"
#include "Messages.h"
#include <cstring>
#include <limits>
#include <map>
#include <set>

namespace {

/// One of the many ways to write "not a number", as no file's weights have it.
constexpr uint32_t stub_mark = 0x7fd5c0ed;
/// Smaller weights stay where they are.
constexpr size_t worth_it = 16384;

// Numbers of fields, as ONNX has them.
namespace model { constexpr uint32_t graph = 7; }
namespace graph { constexpr uint32_t node = 1, initializer = 5, output = 12; }
namespace node { constexpr uint32_t input = 1, kind = 4, attribute = 5, domain = 7; }
namespace attribute { constexpr uint32_t graph = 6, graphs = 11; }
namespace tensor { constexpr uint32_t dimensions = 1, type = 2, name = 8, raw = 9; constexpr uint64_t float_type = 1; }
namespace value { constexpr uint32_t name = 1; }

/// Names of tensors, by what they are good for.
struct Uses {
    std::set<std::string> weights, others;
};

bool has_graph(Bytes message) {
    Field field;
    for (Fields fields(message); fields.next(field);)
        if (field.number == attribute::graph || field.number == attribute::graphs) return true;
    return false;
}

/// False when it has a graph of its own, which may use any tensor.
bool look_at_node(Bytes message, Uses &uses) {
    std::vector<std::string> inputs;
    std::string kind, domain;
    Field field;
    Fields fields(message);
    while (fields.next(field)) {
        if (field.number == node::input) inputs.push_back(field.bytes.text());
        if (field.number == node::kind) kind = field.bytes.text();
        if (field.number == node::domain) domain = field.bytes.text();
        if (field.number == node::attribute && has_graph(field.bytes)) return false;
    }
    for (size_t i = 0; i < inputs.size(); i++)
        (i == 1 && kind == "Conv" && domain.empty() ? uses.weights : uses.others).insert(inputs[i]);
    return !fields.failed;
}

bool look_at_graph(Bytes message, Uses &uses) {
    Field field;
    Fields fields(message);
    while (fields.next(field)) {
        if (field.number == graph::node && !look_at_node(field.bytes, uses)) return false;
        if (field.number != graph::output) continue;
        Field inner;
        for (Fields output(field.bytes); output.next(inner);)
            if (inner.number == value::name) uses.others.insert(inner.bytes.text());
    }
    return !fields.failed;
}

/// Whether a tensor is weights of convolutions, and worth the trouble.
bool look_at_tensor(Bytes message, const Uses &uses, Weights &weights, std::string &name) {
    std::vector<uint64_t> shape;
    Bytes raw = {};
    uint64_t type = 0;
    Field field;
    Fields fields(message);
    while (fields.next(field)) {
        switch (field.number) {
        case tensor::dimensions:
            if (field.kind == 0) {
                shape.push_back(field.value);
            } else {
                uint64_t dimension;
                for (Bytes rest = field.bytes; take_number(rest, dimension);) shape.push_back(dimension);
            }
            break;
        case tensor::type: type = field.value; break;
        case tensor::name: name = field.bytes.text(); break;
        case tensor::raw: raw = field.bytes; break;
        // Numbers in another form, or in another file.
        default: return false;
        }
    }
    if (fields.failed || type != tensor::float_type || shape.size() != 4 || raw.size() < worth_it) return false;
    uint64_t total = sizeof(float);
    for (int i = 0; i < 4; i++) {
        if (shape[(size_t) i] == 0 || shape[(size_t) i] > (1 << 20) / sizeof(float)) return false;
        weights.shape[i] = (int) shape[(size_t) i];
        total *= shape[(size_t) i];
        if (total > std::numeric_limits<int32_t>::max()) return false;
    }
    weights.values = raw.begin;
    return total == raw.size() && shape[0] * sizeof(float) >= sizeof(Stub) && uses.weights.count(name) > 0 &&
           uses.others.count(name) == 0;
}

std::string stub_for(const Weights &weights, size_t index, const std::string &name) {
    Stub stub = {stub_mark, (uint32_t) index, {}};
    std::memcpy(stub.shape, weights.shape, sizeof stub.shape);
    std::string values((size_t) weights.shape[0] * sizeof(float), 0), message;
    std::memcpy(values.data(), &stub, sizeof stub);
    for (uint64_t dimension : {(uint64_t) weights.shape[0], (uint64_t) 1, (uint64_t) 1, (uint64_t) 1}) {
        append_number(message, tensor::dimensions << 3);
        append_number(message, dimension);
    }
    append_number(message, tensor::type << 3);
    append_number(message, tensor::float_type);
    append_bytes(message, tensor::name, name);
    append_bytes(message, tensor::raw, values);
    return message;
}

/// The graph with stubs.
std::string split_graph(Bytes message, const Uses &uses, std::vector<Weights> &all) {
    std::string rest;
    Field field;
    for (Fields fields(message); fields.next(field);) {
        Weights weights;
        std::string name;
        if (field.number == graph::initializer && look_at_tensor(field.bytes, uses, weights, name)) {
            append_bytes(rest, graph::initializer, stub_for(weights, all.size(), name));
            all.push_back(weights);
        } else {
            rest.append(field.whole.begin, field.whole.end);
        }
    }
    return rest;
}

} // namespace

bool Stub::read(const cv::Mat &tensor, Stub &stub) {
    if (tensor.dims != 4 || tensor.type() != CV_32F || !tensor.isContinuous()) return false;
    if (tensor.total() != (size_t) tensor.size[0] || tensor.total() * sizeof(float) < sizeof stub) return false;
    std::memcpy(&stub, tensor.data, sizeof stub);
    int64_t total = 1;
    for (int32_t dimension : stub.shape) {
        if (dimension <= 0 || total * dimension > std::numeric_limits<int32_t>::max()) return false;
        total *= dimension;
    }
    return stub.mark == stub_mark && stub.shape[0] == tensor.size[0];
}

SplitModel split_model(const void *bytes, size_t count) {
    const uint8_t *begin = static_cast<const uint8_t *>(bytes);
    SplitModel result;
    Uses uses;
    Field field;
    Fields fields({begin, begin + count});
    int graphs = 0;
    while (fields.next(field)) {
        if (field.number != model::graph) {
            result.rest.append(field.whole.begin, field.whole.end);
        } else if (graphs++ > 0 || !look_at_graph(field.bytes, uses)) {
            return {};
        } else {
            append_bytes(result.rest, model::graph, split_graph(field.bytes, uses, result.weights));
        }
    }
    if (fields.failed || result.weights.empty()) return {};
    return result;
}
