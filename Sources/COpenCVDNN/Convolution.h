// Convolutions that OpenCV's networks run on our kernels.
#ifndef SLUICE_OPENCV_CONVOLUTION_H
#define SLUICE_OPENCV_CONVOLUTION_H

/// Networks that are read from here on take them, once for all of the process; throws what OpenCV throws.
void sluice_register_convolution();

#endif
