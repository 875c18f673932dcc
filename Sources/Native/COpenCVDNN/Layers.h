// Our layers in OpenCV's networks. All throw what OpenCV throws.
#ifndef SLUICE_OPENCV_LAYERS_H
#define SLUICE_OPENCV_LAYERS_H
#include "Weights.h"
#include <opencv2/dnn.hpp>

/// Networks that are read from here on have them.
void sluice_register_layers();

/// Gives weights to the convolutions that have stubs.
void sluice_load_weights(cv::dnn::Net &net, const std::vector<Weights> &weights);

/// Gives the padding before a convolution to the convolution, where nothing else needs it.
void sluice_join_layers(cv::dnn::Net &net);

#endif
