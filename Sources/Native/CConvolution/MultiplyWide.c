// With AVX-512: 32 registers of sixteen numbers.
#if defined(__x86_64__)
#define LANES 16
#define FEW 8
#define VECTORS 3
#define ROWS 8
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"), min_vector_width(512)))
#define PROCESSOR sluice_convolution_wide
#include "Multiply.h"
#endif
