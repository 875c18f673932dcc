// A layer of OpenCV's, on our kernels. OpenCV 4.6 takes two to three times as long, and keeps another copy of weights
// whose rows do not lie as its vectors like them. Here they are laid out once, and the copy that they were made of goes.
#ifndef SLUICE_OPENCV_CONVOLUTION_H
#define SLUICE_OPENCV_CONVOLUTION_H
#include "CConvolution.h"
#include "Padding.h"
#include "Weights.h"
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <vector>

class Convolution final : public cv::dnn::BaseConvolutionLayer {
public:
    /// Whether it is a convolution as we have it: pictures, floating-point numbers, weights that are known.
    static bool takes(const cv::dnn::LayerParams &params);

    /// Takes the weights away from the parameters: OpenCV keeps these as long as the network.
    explicit Convolution(cv::dnn::LayerParams &params);

    /// The weights' place among those that the model was split from; -1: it has them.
    int64_t weights_wanted() const { return wanted; }
    void load(const Weights &weights);

    /// Does what a layer before it did.
    bool absorb(const Padding &padding);

    bool supportBackend(int backend) override;
    bool getMemoryShapes(
        const std::vector<cv::dnn::MatShape> &inputs, const int count, std::vector<cv::dnn::MatShape> &outputs,
        std::vector<cv::dnn::MatShape> &internals) const override;
    void finalize(cv::InputArrayOfArrays inputs, cv::OutputArrayOfArrays outputs) override;
    bool tryFuse(cv::Ptr<cv::dnn::Layer> &next) override;
    bool setActivation(const cv::Ptr<cv::dnn::ActivationLayer> &layer) override;
    void forward(
        cv::InputArrayOfArrays inputs, cv::OutputArrayOfArrays outputs, cv::OutputArrayOfArrays internals) override;

private:
    bool bounded(sluice_convolution_finish &finish) const;
    bool fits(const cv::Mat &values) const;
    void pack(const float *weights);

    sluice_convolution shape;
    /// Rows and columns of zeros behind the picture.
    sluice_convolution_pair after;
    cv::Mat packed;
    int64_t wanted = -1;
    std::vector<float> bias, scales, offsets;
    cv::Ptr<cv::dnn::ActivationLayer> activation;
};

#endif
