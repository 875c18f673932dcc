// Zeros around pictures: OpenCV puts them before a convolution whose padding is not even.
#ifndef SLUICE_OPENCV_PADDING_H
#define SLUICE_OPENCV_PADDING_H
#include "CConvolution.h"
#include <opencv2/dnn.hpp>

/// A picture's padding with zeros, at its four sides. Once it is `idle` it passes the picture on as it is.
class Padding final : public cv::dnn::Layer {
public:
    explicit Padding(const cv::dnn::LayerParams &params);
    static bool takes(const cv::dnn::LayerParams &params);

    bool getMemoryShapes(
        const std::vector<cv::dnn::MatShape> &inputs, const int count, std::vector<cv::dnn::MatShape> &outputs,
        std::vector<cv::dnn::MatShape> &internals) const override;
    void forward(
        cv::InputArrayOfArrays inputs, cv::OutputArrayOfArrays outputs, cv::OutputArrayOfArrays internals) override;

    bool idle = false;
    /// Rows and columns before the picture, and after it.
    sluice_convolution_pair before, after;
};

#endif
