// libjxl's functions, found in the process: linking it would make it a dependency.
#ifndef SLUICE_JXL_LIBRARY_H
#define SLUICE_JXL_LIBRARY_H
#include <jxl/decode.h>
#include <jxl/version.h>

#define SLUICE_JXL_FUNCTIONS(X)                                                                                          \
    X(JxlDecoderCreate)                                                                                                  \
    X(JxlDecoderDestroy)                                                                                                 \
    X(JxlDecoderSubscribeEvents)                                                                                         \
    X(JxlDecoderSetUnpremultiplyAlpha)                                                                                   \
    X(JxlDecoderProcessInput)                                                                                            \
    X(JxlDecoderSetInput)                                                                                                \
    X(JxlDecoderReleaseInput)                                                                                            \
    X(JxlDecoderCloseInput)                                                                                              \
    X(JxlDecoderGetBasicInfo)                                                                                            \
    X(JxlDecoderGetExtraChannelInfo)                                                                                     \
    X(JxlDecoderGetColorAsEncodedProfile)                                                                                \
    X(JxlDecoderGetICCProfileSize)                                                                                       \
    X(JxlDecoderGetColorAsICCProfile)                                                                                    \
    X(JxlDecoderGetFrameHeader)                                                                                          \
    X(JxlDecoderImageOutBufferSize)                                                                                      \
    X(JxlDecoderSetImageOutBuffer)                                                                                       \
    X(JxlDecoderFlushImage)

typedef struct {
#define SLUICE_JXL_MEMBER(name) __typeof__(&name) name;
    SLUICE_JXL_FUNCTIONS(SLUICE_JXL_MEMBER)
#undef SLUICE_JXL_MEMBER
} jxl_library;

// NULL where it is not there.
const jxl_library *sluice_jxl_library(void);

// From 0.9 on these are not given a pixel format.
#if JPEGXL_NUMERIC_VERSION < JPEGXL_COMPUTE_NUMERIC_VERSION(0, 9, 0)
#define SLUICE_JXL_UNUSED_FORMAT NULL,
#else
#define SLUICE_JXL_UNUSED_FORMAT
#endif

#endif
