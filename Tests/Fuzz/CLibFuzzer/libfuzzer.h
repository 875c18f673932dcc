// libFuzzer as a library, as compiler-rt documents it but declares it nowhere.
#ifndef SLUICE_LIBFUZZER_H
#define SLUICE_LIBFUZZER_H
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*test)(const uint8_t *bytes, size_t count));

#endif
