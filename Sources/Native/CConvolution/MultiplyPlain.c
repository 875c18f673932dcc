// Vectors of four numbers, which every 64-bit processor has: 32 registers on arm64, 16 otherwise.
#define LANES 4
#define FEW 4
#define TARGET
#if defined(__aarch64__)
#define VECTORS 3
#define ROWS 8
#else
#define VECTORS 2
#define ROWS 4
#endif
#define PROCESSOR sluice_convolution_plain
#include "Multiply.h"
