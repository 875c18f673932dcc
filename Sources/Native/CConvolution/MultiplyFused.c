// With AVX2 and FMA: 16 registers of eight numbers.
#if defined(__x86_64__)
#define LANES 8
#define FEW 4
#define VECTORS 3
#define ROWS 4
#define TARGET __attribute__((target("avx2,fma")))
#define PROCESSOR sluice_convolution_fused
#include "Multiply.h"
#endif
