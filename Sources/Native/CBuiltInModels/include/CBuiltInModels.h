// Models that come with Sluice: files that stand in the programs themselves, so that they are found wherever those are.
#ifndef SLUICE_CBUILTINMODELS_H
#define SLUICE_CBUILTINMODELS_H
#include <stddef.h>

// The linear classifier `kind` (a safetensors file), as `Examples/kind` has it made.
const unsigned char *sluice_kind_model(void);
extern const size_t sluice_kind_model_bytes;

#endif
