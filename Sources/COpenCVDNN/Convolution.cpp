// A layer of OpenCV's, on our kernels. OpenCV 4.6 keeps two copies of a convolution's weights, and takes two to four times
// as long. Here the first copy goes as soon as the second, laid out for the processor, is there.
#include "Convolution.h"
#include "CConvolution.h"
#include <limits>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <opencv2/dnn/layer.hpp>

namespace {

using cv::Mat;
using cv::Ptr;
namespace dnn = cv::dnn;

sluice_convolution_pair pair(const dnn::LayerParams &params, const char *name, int otherwise) {
    if (!params.has(name)) return {otherwise, otherwise};
    const dnn::DictValue &value = params.get(name);
    int last = value.size() - 1;
    return {value.get<int>(0), value.get<int>(last)};
}

/// At most two numbers that are positive, as far as the parameter is there.
bool plain(const dnn::LayerParams &params, const char *name, int least) {
    if (!params.has(name)) return true;
    const dnn::DictValue &value = params.get(name);
    for (int i = 0; i < value.size(); i++)
        if (value.get<int>(i) < least || value.get<int>(i) > 4096) return false;
    return value.size() == 1 || value.size() == 2;
}

class Convolution final : public dnn::BaseConvolutionLayer {
public:
    explicit Convolution(dnn::LayerParams &params) {
        setParamsFrom(params);
        padMode = params.get<cv::String>("pad_mode", "");
        numOutput = blobs[0].size[0];
        shape.groups = params.get<int>("group", 1);
        shape.inputs = blobs[0].size[1] * shape.groups;
        shape.outputs = numOutput;
        shape.kernel = {blobs[0].size[2], blobs[0].size[3]};
        shape.stride = pair(params, "stride", 1);
        shape.dilation = pair(params, "dilation", 1);
        shape.padding = pair(params, "pad", 0);
        // The network's description keeps its parameters for good, and the weights have to go.
        params.blobs.clear();
        bias.assign((size_t) numOutput, 0);
        if (blobs.size() > 1) blobs[1].reshape(1, 1).copyTo(Mat(1, numOutput, CV_32F, bias.data()));
    }

    /// Whether it is a convolution as we have it; all others stay OpenCV's.
    static bool takes(const dnn::LayerParams &params) {
        const std::vector<Mat> &blobs = params.blobs;
        if (blobs.empty() || blobs.size() > 2 || blobs[0].dims != 4 || blobs[0].type() != CV_32F) return false;
        if (blobs.size() == 2 && (blobs[1].type() != CV_32F || (int) blobs[1].total() != blobs[0].size[0])) return false;
        int groups = params.get<int>("group", 1);
        if (groups < 1 || blobs[0].total() == 0 || blobs[0].size[0] % groups != 0) return false;
        cv::String mode = params.get<cv::String>("pad_mode", "");
        // Of the two ways to say it, the importer of ONNX uses the list.
        for (const char *other : {"kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w", "pad_l", "adj_h", "dilation_h"})
            if (params.has(other)) return false;
        return (mode.empty() || mode == "SAME" || mode == "VALID") && plain(params, "stride", 1) &&
               plain(params, "dilation", 1) && even(params) && params.get<int>("num_output", blobs[0].size[0]) == blobs[0].size[0];
    }

    /// As many zeros behind as before: two numbers, or four that are twice two.
    static bool even(const dnn::LayerParams &params) {
        if (!params.has("pad")) return true;
        const dnn::DictValue &value = params.get("pad");
        for (int i = 0; i < value.size(); i++)
            if (value.get<int>(i) < 0 || value.get<int>(i) > 4096) return false;
        if (value.size() != 4) return value.size() == 1 || value.size() == 2;
        return value.get<int>(0) == value.get<int>(2) && value.get<int>(1) == value.get<int>(3);
    }

    bool supportBackend(int backend) override { return backend == dnn::DNN_BACKEND_OPENCV; }

    bool getMemoryShapes(
        const std::vector<dnn::MatShape> &inputs, const int, std::vector<dnn::MatShape> &outputs,
        std::vector<dnn::MatShape> &internals) const override {
        CV_Assert(inputs.size() == 1 && inputs[0].size() == 4);
        if (inputs[0][1] != shape.inputs) {
            CV_Error(cv::Error::StsBadSize, cv::format("A convolution wants %d planes and gets %d", shape.inputs, inputs[0][1]));
        }
        int down = length(inputs[0][2], shape.kernel.down, shape.stride.down, shape.dilation.down, shape.padding.down);
        int across = length(inputs[0][3], shape.kernel.across, shape.stride.across, shape.dilation.across, shape.padding.across);
        outputs.assign(1, {inputs[0][0], numOutput, down, across});
        internals.assign(1, {(int) sluice_convolution_scratch(&shape)});
        return false;
    }

    void finalize(cv::InputArrayOfArrays, cv::OutputArrayOfArrays) override {
        if (packed.empty()) {
            packed.create(1, (int) sluice_convolution_packed(&shape), CV_32F);
            Mat weights = blobs[0].isContinuous() ? blobs[0] : blobs[0].clone();
            sluice_convolution_pack(&shape, weights.ptr<float>(), packed.ptr<float>());
            blobs.clear();
        }
        scales.assign((size_t) numOutput, 1);
        offsets = bias;
    }

    /// Layers that scale and shift planes.
    bool tryFuse(Ptr<dnn::Layer> &next) override {
        if (activation) return false;
        if (next.dynamicCast<dnn::BlankLayer>()) return true;
        Mat scale, shift;
        next->getScaleShift(scale, shift);
        if (scale.empty() && shift.empty()) return false;
        if (!fits(scale) || !fits(shift)) return false;
        for (int i = 0; i < numOutput; i++) {
            float factor = scale.empty() ? 1 : scale.ptr<float>()[scale.total() == 1 ? 0 : i];
            float summand = shift.empty() ? 0 : shift.ptr<float>()[shift.total() == 1 ? 0 : i];
            scales[(size_t) i] *= factor;
            offsets[(size_t) i] = offsets[(size_t) i] * factor + summand;
        }
        return true;
    }

    bool setActivation(const Ptr<dnn::ActivationLayer> &layer) override {
        if (activation && layer) return false;
        activation = layer;
        return (bool) layer;
    }

    void forward(cv::InputArrayOfArrays ins, cv::OutputArrayOfArrays outs, cv::OutputArrayOfArrays rests) override {
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
            whole.padding = {
                before(size.down, result.down, shape.kernel.down, shape.stride.down, shape.dilation.down),
                before(size.across, result.across, shape.kernel.across, shape.stride.across, shape.dilation.across)};
        }
        sluice_convolution_finish finish = {
            scales.data(), offsets.data(), -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
        bool bounds = bounded(finish);
        for (int i = 0; i < from.size[0]; i++) {
            float *values = to.ptr<float>(i);
            sluice_convolve(
                &whole, packed.ptr<float>(), &finish, from.ptr<float>(i), size, values, result, internals.at(0).ptr<float>());
            int area = result.down * result.across;
            if (activation && !bounds) activation->forwardSlice(values, values, area, (size_t) area, 0, numOutput);
        }
    }

private:
    /// Of what comes out.
    int length(int size, int kernel, int stride, int dilation, int padding) const {
        int extent = (kernel - 1) * dilation + 1;
        if (padMode == "SAME") return (size - 1 + stride) / stride;
        int left = size + (padMode == "VALID" ? 0 : 2 * padding) - extent;
        if (left < 0) CV_Error(cv::Error::StsBadSize, "A convolution's kernel is larger than its picture");
        return left / stride + 1;
    }

    static int before(int size, int result, int kernel, int stride, int dilation) {
        return std::max(0, (result - 1) * stride + (kernel - 1) * dilation + 1 - size) / 2;
    }

    bool fits(const Mat &values) const {
        return values.empty() ||
               (values.type() == CV_32F && values.isContinuous() && (values.total() == 1 || (int) values.total() == numOutput));
    }

    /// Whether the activation is a pair of bounds; these are set then.
    bool bounded(sluice_convolution_finish &finish) const {
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

    sluice_convolution shape;
    Mat packed;
    std::vector<float> bias, scales, offsets;
    Ptr<dnn::ActivationLayer> activation;
};

Ptr<dnn::Layer> make(dnn::LayerParams &params) {
    if (!Convolution::takes(params)) return dnn::ConvolutionLayer::create(params);
    return Ptr<dnn::Layer>(new Convolution(params));
}

} // namespace

void sluice_register_convolution() {
    // A second time is a fault to OpenCV.
    static const bool registered = (dnn::LayerFactory::registerLayer("Convolution", make), true);
    (void) registered;
}
