#include "Layers.h"
#include "Convolution.h"
#include "Padding.h"
#include <map>
#include <opencv2/dnn/layer.hpp>

using cv::Ptr;
namespace dnn = cv::dnn;

namespace {

// What we do not take stays OpenCV's.
Ptr<dnn::Layer> make_convolution(dnn::LayerParams &params) {
    if (!Convolution::takes(params)) {
        Stub stub;
        for (const cv::Mat &blob : params.blobs)
            if (Stub::read(blob, stub)) CV_Error(cv::Error::StsNotImplemented, "weights are wanted here");
        return dnn::ConvolutionLayer::create(params);
    }
    return Ptr<dnn::Layer>(new Convolution(params));
}

Ptr<dnn::Layer> make_padding(dnn::LayerParams &params) {
    if (!Padding::takes(params)) return dnn::PaddingLayer::create(params);
    return Ptr<dnn::Layer>(new Padding(params));
}

bool register_all() {
    dnn::LayerFactory::registerLayer("Convolution", make_convolution);
    dnn::LayerFactory::registerLayer("Padding", make_padding);
    return true;
}

} // namespace

void sluice_register_layers() {
    // A second time is a fault to OpenCV.
    static const bool registered = register_all();
    (void) registered;
}

void sluice_load_weights(dnn::Net &net, const std::vector<Weights> &weights) {
    for (const cv::String &name : net.getLayerNames()) {
        Ptr<Convolution> convolution = net.getLayer(net.getLayerId(name)).dynamicCast<Convolution>();
        if (convolution && convolution->weights_wanted() >= 0)
            convolution->load(weights.at((size_t) convolution->weights_wanted()));
    }
}

void sluice_join_layers(dnn::Net &net) {
    std::map<Ptr<Convolution>, Ptr<Padding>> pairs;
    std::map<dnn::Layer *, int> uses;
    for (const cv::String &name : net.getLayerNames()) {
        int id = net.getLayerId(name);
        std::vector<Ptr<dnn::Layer>> inputs = net.getLayerInputs(id);
        for (const Ptr<dnn::Layer> &input : inputs) uses[input.get()]++;
        Ptr<Convolution> convolution = net.getLayer(id).dynamicCast<Convolution>();
        if (!convolution || inputs.size() != 1) continue;
        // The importer's name for what it puts there: its output is not used.
        Ptr<Padding> padding = inputs[0].dynamicCast<Padding>();
        if (padding && padding->name == name + "/pad") pairs[convolution] = padding;
    }
    for (auto &[convolution, padding] : pairs)
        if (uses[padding.get()] == 1 && convolution->absorb(*padding)) padding->idle = true;
}
