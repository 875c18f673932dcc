#include "Convolution.h"
#include <algorithm>
#include <cstring>
#include <limits>

using cv::Mat;
using cv::Ptr;
namespace dnn = cv::dnn;

namespace {

/// Larger numbers than any network has; sums of a few stay far below what an int holds.
constexpr int most_of_parameter = 4096;
/// In floats.
constexpr size_t most_scratch = 1 << 26;

sluice_convolution_pair pair(const dnn::LayerParams &params, const char *name, int otherwise) {
    if (!params.has(name)) return {otherwise, otherwise};
    const dnn::DictValue &value = params.get(name);
    return {value.get<int>(0), value.get<int>(value.size() > 1 ? 1 : 0)};
}

/// Whether a parameter amounts to a pair of numbers; four do, if they are a pair twice.
bool is_pair(const dnn::LayerParams &params, const char *name, int least) {
    if (!params.has(name)) return true;
    const dnn::DictValue &value = params.get(name);
    for (int i = 0; i < value.size(); i++)
        if (value.get<int>(i) < least || value.get<int>(i) > most_of_parameter) return false;
    if (value.size() == 4) return value.get<int>(0) == value.get<int>(2) && value.get<int>(1) == value.get<int>(3);
    return value.size() == 1 || value.size() == 2;
}

/// How many come out, along rows or columns. While the importer reads a network for pictures of any size, it has
/// pictures of none: nothing is wrong yet with what comes out then.
int length(int size, int kernel, int stride, int dilation, int padding) {
    return (size + padding - (kernel - 1) * dilation - 1) / stride + 1;
}

/// Zeros before a picture, such that as much comes out as goes in, divided by the stride.
int padding_to_keep(int size, int kernel, int stride, int dilation) {
    return std::max(0, (size - 1) / stride * stride + (kernel - 1) * dilation + 1 - size) / 2;
}

} // namespace

bool Convolution::takes(const dnn::LayerParams &params) {
    const std::vector<Mat> &blobs = params.blobs;
    if (blobs.empty() || blobs.size() > 2 || blobs[0].dims != 4 || blobs[0].type() != CV_32F || blobs[0].total() == 0)
        return false;
    int outputs = blobs[0].size[0], groups = params.get<int>("group", 1);
    if (groups < 1 || outputs % groups != 0 || params.get<int>("num_output", outputs) != outputs) return false;
    if (blobs.size() == 2 && (blobs[1].type() != CV_32F || (int) blobs[1].total() != outputs)) return false;
    Stub stub;
    const int *size = Stub::read(blobs[0], stub) ? stub.shape : blobs[0].size.p;
    if (size[2] > most_of_parameter || size[3] > most_of_parameter) return false;
    // Of the two ways to say sizes, the importer of ONNX uses lists.
    for (const char *other : {"kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w", "pad_t", "pad_l",
                              "dilation_h", "dilation_w"})
        if (params.has(other)) return false;
    cv::String mode = params.get<cv::String>("pad_mode", "");
    return (mode.empty() || mode == "SAME" || mode == "VALID") && is_pair(params, "stride", 1) &&
           is_pair(params, "dilation", 1) && is_pair(params, "pad", 0);
}

Convolution::Convolution(dnn::LayerParams &params) {
    setParamsFrom(params);
    params.blobs.clear();
    padMode = params.get<cv::String>("pad_mode", "");
    numOutput = blobs[0].size[0];
    shape.groups = params.get<int>("group", 1);
    shape.outputs = numOutput;
    Stub stub;
    bool elsewhere = Stub::read(blobs[0], stub);
    const int *size = elsewhere ? stub.shape : blobs[0].size.p;
    if (elsewhere) wanted = stub.index;
    shape.inputs = size[1] * shape.groups;
    shape.kernel = {size[2], size[3]};
    shape.stride = pair(params, "stride", 1);
    shape.dilation = pair(params, "dilation", 1);
    shape.padding = {0, 0};
    if (padMode.empty()) shape.padding = pair(params, "pad", 0);
    after = shape.padding;
    bias.assign((size_t) numOutput, 0);
    if (blobs.size() > 1) blobs[1].reshape(1, 1).copyTo(Mat(1, numOutput, CV_32F, bias.data()));
}

void Convolution::pack(const float *weights) {
    packed.create(1, (int) sluice_convolution_packed(&shape), CV_32F);
    sluice_convolution_pack(&shape, weights, packed.ptr<float>());
    blobs.clear();
    wanted = -1;
}

void Convolution::load(const Weights &weights) {
    Mat copy(4, weights.shape, CV_32F);
    if (copy.size[0] != numOutput || copy.size[1] * shape.groups != shape.inputs ||
        copy.size[2] != shape.kernel.down || copy.size[3] != shape.kernel.across)
        CV_Error(cv::Error::StsBadSize, "a convolution's weights are another's");
    std::memcpy(copy.data, weights.values, copy.total() * sizeof(float));
    pack(copy.ptr<float>());
}

bool Convolution::absorb(const Padding &padding) {
    if (padMode == "SAME") return false;
    shape.padding.down += padding.before.down;
    shape.padding.across += padding.before.across;
    after.down += padding.after.down;
    after.across += padding.after.across;
    return true;
}

bool Convolution::supportBackend(int backend) { return backend == dnn::DNN_BACKEND_OPENCV; }

bool Convolution::getMemoryShapes(
    const std::vector<dnn::MatShape> &inputs, const int, std::vector<dnn::MatShape> &outputs,
    std::vector<dnn::MatShape> &internals) const {
    if (inputs.size() != 1 || inputs[0].size() != 4)
        CV_Error(cv::Error::StsBadSize, "a convolution of pictures gets something else");
    const dnn::MatShape &input = inputs[0];
    if (input[1] != shape.inputs)
        CV_Error(cv::Error::StsBadSize, cv::format("a convolution of %d planes gets %d", shape.inputs, input[1]));
    int down = (input[2] - 1) / shape.stride.down + 1, across = (input[3] - 1) / shape.stride.across + 1;
    if (padMode != "SAME") {
        down = length(
            input[2], shape.kernel.down, shape.stride.down, shape.dilation.down, shape.padding.down + after.down);
        across = length(
            input[3], shape.kernel.across, shape.stride.across, shape.dilation.across,
            shape.padding.across + after.across);
    }
    outputs.assign(1, {input[0], numOutput, down, across});
    size_t scratch = sluice_convolution_scratch(&shape);
    if (scratch > most_scratch) CV_Error(cv::Error::StsNoMem, "a convolution's kernel is too large");
    internals.assign(1, {(int) scratch});
    return false;
}

/// Before the first run with inputs of a shape.
void Convolution::finalize(cv::InputArrayOfArrays ins, cv::OutputArrayOfArrays) {
    std::vector<Mat> inputs;
    ins.getMatVector(inputs);
    CV_Assert(wanted < 0 && inputs.size() == 1 && inputs[0].dims == 4);
    int down = inputs[0].size[2] + shape.padding.down + after.down;
    int across = inputs[0].size[3] + shape.padding.across + after.across;
    if (padMode != "SAME" && (down <= (shape.kernel.down - 1) * shape.dilation.down ||
                              across <= (shape.kernel.across - 1) * shape.dilation.across))
        CV_Error(cv::Error::StsBadSize, "a convolution's kernel is larger than its picture");
    if (packed.empty()) {
        Mat weights = blobs[0].isContinuous() ? blobs[0] : blobs[0].clone();
        pack(weights.ptr<float>());
    }
    scales.assign((size_t) numOutput, 1);
    offsets = bias;
}

bool Convolution::fits(const Mat &values) const {
    return values.empty() || (values.type() == CV_32F && values.isContinuous() &&
                              (values.total() == 1 || (int) values.total() == numOutput));
}

/// Layers that scale and shift planes.
bool Convolution::tryFuse(Ptr<dnn::Layer> &next) {
    if (activation) return false;
    if (next.dynamicCast<dnn::BlankLayer>()) return true;
    Mat scale, shift;
    next->getScaleShift(scale, shift);
    if ((scale.empty() && shift.empty()) || !fits(scale) || !fits(shift)) return false;
    for (int i = 0; i < numOutput; i++) {
        float factor = scale.empty() ? 1 : scale.ptr<float>()[scale.total() == 1 ? 0 : i];
        float summand = shift.empty() ? 0 : shift.ptr<float>()[shift.total() == 1 ? 0 : i];
        scales[(size_t) i] *= factor;
        offsets[(size_t) i] = offsets[(size_t) i] * factor + summand;
    }
    return true;
}

/// None takes the last one away.
bool Convolution::setActivation(const Ptr<dnn::ActivationLayer> &layer) {
    if (activation && layer) return false;
    activation = layer;
    return (bool) layer;
}

/// Whether the activation is a pair of bounds; these are set then.
bool Convolution::bounded(sluice_convolution_finish &finish) const {
    if (auto rectified = activation.dynamicCast<dnn::ReLULayer>()) {
        if (rectified->negativeSlope != 0) return false;
        finish.least = 0;
        return true;
    }
    if (auto clipped = activation.dynamicCast<dnn::ReLU6Layer>()) {
        finish.least = clipped->minValue;
        finish.most = clipped->maxValue;
        return true;
    }
    return false;
}

void Convolution::forward(cv::InputArrayOfArrays ins, cv::OutputArrayOfArrays outs, cv::OutputArrayOfArrays rests) {
    std::vector<Mat> inputs, outputs, internals;
    ins.getMatVector(inputs);
    outs.getMatVector(outputs);
    rests.getMatVector(internals);
    const Mat &from = inputs.at(0);
    Mat &to = outputs.at(0);
    CV_Assert(from.type() == CV_32F && to.type() == CV_32F && from.dims == 4 && to.dims == 4);
    sluice_convolution_pair size = {from.size[2], from.size[3]}, result = {to.size[2], to.size[3]};
    sluice_convolution whole = shape;
    if (padMode == "SAME") {
        whole.padding = {padding_to_keep(size.down, shape.kernel.down, shape.stride.down, shape.dilation.down),
                         padding_to_keep(size.across, shape.kernel.across, shape.stride.across, shape.dilation.across)};
    }
    constexpr float infinity = std::numeric_limits<float>::infinity();
    sluice_convolution_finish finish = {scales.data(), offsets.data(), -infinity, infinity};
    bool rest = activation && !bounded(finish);
    int area = result.down * result.across;
    for (int i = 0; i < from.size[0]; i++) {
        float *values = to.ptr<float>(i);
        sluice_convolve(
            &whole, packed.ptr<float>(), &finish, from.ptr<float>(i), size, values, result,
            internals.at(0).ptr<float>());
        if (rest) activation->forwardSlice(values, values, area, (size_t) area, 0, numOutput);
    }
}
