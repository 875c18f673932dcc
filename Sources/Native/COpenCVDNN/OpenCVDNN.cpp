// OpenCV's DNN module behind a plain C interface. Every exception ends here.
#include "OpenCVDNN.h"
#include "Inference.h"
#include "Layers.h"
#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/ocl.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <string>
#include <vector>

struct sluice_network {
    cv::dnn::Net net;
    std::mutex held;
    // Of the last run: what the caller's outputs point into.
    std::vector<cv::Mat> outputs;
};

namespace {

void say(sluice_inference_error *error, const char *text) {
    if (!error) return;
    size_t length = std::min(std::strlen(text), sizeof error->text - 1);
    // One line, whatever OpenCV made of it.
    for (size_t i = 0; i < length; i++) error->text[i] = text[i] == '\n' ? ' ' : text[i];
    error->text[length] = 0;
}

/// What OpenCV says, without the places in its own source that it wraps around each other.
const char *innermost(const cv::Exception &exception) {
    const char *text = exception.err.c_str();
    for (const char *next = text; (next = std::strstr(next, "error: (")); next++) {
        const char *end = std::strchr(next, ')');
        text = end && end[1] == ' ' ? end + 2 : next;
    }
    return *text ? text : exception.what();
}

template <typename Body> sluice_inference_result guarded(sluice_inference_error *error, Body body) noexcept {
    try {
        body();
        return sluice_inference_done;
    } catch (const std::bad_alloc &) {
        say(error, "out of memory");
        return sluice_inference_no_memory;
    } catch (const cv::Exception &exception) {
        say(error, innermost(exception));
        return exception.code == cv::Error::StsNoMem ? sluice_inference_no_memory : sluice_inference_failed;
    } catch (const std::exception &exception) {
        say(error, exception.what());
    } catch (...) {
        say(error, "it failed without a word");
    }
    return sluice_inference_failed;
}

/// Without the weights of convolutions first, as that takes half the memory; as it is, when OpenCV wants to see them.
cv::dnn::Net read_network(const void *bytes, size_t count) {
    SplitModel model = split_model(bytes, count);
    if (!model.rest.empty()) {
        try {
            cv::dnn::Net net = cv::dnn::readNetFromONNX(model.rest.data(), model.rest.size());
            sluice_load_weights(net, model.weights);
            return net;
        } catch (const cv::Exception &exception) {
            if (exception.code == cv::Error::StsNoMem) throw;
        }
        model = {};
    }
    return cv::dnn::readNetFromONNX(static_cast<const char *>(bytes), count);
}

sluice_inference_result open_network(
    const void *bytes, size_t count, sluice_network **network, sluice_inference_error *error) {
    *network = nullptr;
    return guarded(error, [&] {
        auto made = new sluice_network();
        // It goes when the rest fails.
        std::unique_ptr<sluice_network> owned(made);
        made->net = read_network(bytes, count);
        if (made->net.empty()) CV_Error(cv::Error::StsParseError, "it has no layers");
        sluice_join_layers(made->net);
        made->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        made->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        *network = owned.release();
    });
}

/// OpenCV reads what it is given, and never writes to it.
cv::Mat view(const sluice_tensor &tensor) {
    return cv::Mat(tensor.dimensions, tensor.shape, CV_32F, const_cast<float *>(tensor.values));
}

void describe(const cv::Mat &values, sluice_tensor &output) {
    if (values.depth() != CV_32F || values.dims > SLUICE_MOST_DIMENSIONS || !values.isContinuous())
        CV_Error(cv::Error::StsBadArg, "an output is no plain tensor of floating-point numbers");
    output.dimensions = values.dims;
    for (int i = 0; i < values.dims; i++) output.shape[i] = values.size[i];
    output.values = values.ptr<float>();
}

sluice_inference_result run_network(
    sluice_network *network, const sluice_tensor *inputs, int input_count, sluice_tensor *outputs, int output_count,
    sluice_inference_error *error) {
    return guarded(error, [&] {
        for (int i = 0; i < input_count; i++) network->net.setInput(view(inputs[i]), inputs[i].name);
        std::vector<cv::String> names;
        for (int i = 0; i < output_count; i++) names.push_back(outputs[i].name);
        network->net.forward(network->outputs, names);
        for (int i = 0; i < output_count; i++) describe(network->outputs.at((size_t) i), outputs[i]);
    });
}

void hold_network(sluice_network *network) { network->held.lock(); }

void let_network_go(sluice_network *network) { network->held.unlock(); }

void free_network(sluice_network *network) {
    guarded(nullptr, [&] { delete network; });
}

/// What it says goes into the exception's text, and nowhere else.
int stay_silent(int, const char *, const char *, const char *, int, void *) { return 0; }

const sluice_inference table = {
    SLUICE_INFERENCE_VERSION, "OpenCV " CV_VERSION, open_network, run_network, hold_network, let_network_go, free_network,
};

} // namespace

const sluice_inference *sluice_inference_engine(void) {
    sluice_inference_result result = guarded(nullptr, [] {
        cv::setNumThreads(1);
        cv::ocl::setUseOpenCL(false);
        cv::redirectError(stay_silent);
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        sluice_register_layers();
    });
    return result == sluice_inference_done ? &table : nullptr;
}
