// The engine of `Inference.h` upon OpenCV's DNN module: all that `libsluice-inference.so` exports.
#ifndef SLUICE_OPENCV_DNN_H
#define SLUICE_OPENCV_DNN_H

#ifdef __cplusplus
extern "C" {
#endif

struct sluice_inference;

__attribute__((visibility("default"))) const struct sluice_inference *sluice_inference_engine(void);

#ifdef __cplusplus
}
#endif
#endif
