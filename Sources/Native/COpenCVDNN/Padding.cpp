#include "Padding.h"
#include <algorithm>
#include <opencv2/dnn/layer.hpp>

namespace dnn = cv::dnn;

// Pairs, dimension by dimension: how many before, how many after.
Padding::Padding(const dnn::LayerParams &params) : dnn::Layer(params) {
    const dnn::DictValue &sides = params.get("paddings");
    before = {sides.get<int>(4), sides.get<int>(6)};
    after = {sides.get<int>(5), sides.get<int>(7)};
}

bool Padding::takes(const dnn::LayerParams &params) {
    if (!params.has("paddings") || params.get<cv::String>("type", "constant") != "constant" ||
        params.get<float>("value", 0) != 0 || params.get<int>("input_dims", -1) != -1)
        return false;
    const dnn::DictValue &sides = params.get("paddings");
    if (sides.size() != 8) return false;
    for (int i = 0; i < 8; i++)
        if (sides.get<int>(i) < 0 || (i < 4 && sides.get<int>(i) > 0)) return false;
    return true;
}

bool Padding::getMemoryShapes(
    const std::vector<dnn::MatShape> &inputs, const int, std::vector<dnn::MatShape> &outputs,
    std::vector<dnn::MatShape> &) const {
    CV_Assert(inputs.size() == 1 && inputs[0].size() == 4);
    outputs = inputs;
    if (idle) return true;
    outputs[0][2] += before.down + after.down;
    outputs[0][3] += before.across + after.across;
    return false;
}

void Padding::forward(cv::InputArrayOfArrays ins, cv::OutputArrayOfArrays outs, cv::OutputArrayOfArrays) {
    std::vector<cv::Mat> inputs, outputs;
    ins.getMatVector(inputs);
    outs.getMatVector(outputs);
    const cv::Mat &from = inputs.at(0);
    cv::Mat &to = outputs.at(0);
    if (from.data == to.data) return;
    sluice_convolution_pair size = {from.size[2], from.size[3]};
    int top = idle ? 0 : before.down, left = idle ? 0 : before.across;
    for (int n = 0; n < from.size[0]; n++) {
        for (int plane = 0; plane < from.size[1]; plane++) {
            float *values = to.ptr<float>(n, plane);
            if (!idle) std::fill_n(values, (size_t) to.size[2] * (size_t) to.size[3], 0.0f);
            for (int y = 0; y < size.down; y++)
                std::copy_n(from.ptr<float>(n, plane) + (size_t) y * (size_t) size.across, size.across,
                    values + (size_t) (top + y) * (size_t) to.size[3] + left);
        }
    }
}
