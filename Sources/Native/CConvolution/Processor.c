#include "Processor.h"

const struct processor *sluice_convolution_processor(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        return &sluice_convolution_wide;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &sluice_convolution_fused;
#endif
    return &sluice_convolution_plain;
}
