// A model's file in two parts. OpenCV's importer holds all weights twice while it reads. Those of convolutions, which
// are most, it need not see at all: they go from the file straight to where the kernels have them.
#ifndef SLUICE_OPENCV_WEIGHTS_H
#define SLUICE_OPENCV_WEIGHTS_H
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

/// Four-dimensional weights: outputs, inputs of a group, kernel rows, kernel columns.
struct Weights {
    int shape[4];
    /// In the model's file: little-endian floats, anywhere.
    const uint8_t *values;
};

/// What stands in the rest of a model for weights that are elsewhere: as many outputs, and nearly nothing else.
struct Stub {
    uint32_t mark, index;
    int32_t shape[4];

    /// False: the tensor is no stub, but what it seems to be.
    static bool read(const cv::Mat &tensor, Stub &stub);
};

struct SplitModel {
    /// An ONNX file with stubs. Empty when there is nothing to be gained, or nothing to be understood.
    std::string rest;
    /// By the index in the stubs; valid as long as the file's bytes are.
    std::vector<Weights> weights;
};

/// Throws only when memory is short.
SplitModel split_model(const void *bytes, size_t count);

#endif
