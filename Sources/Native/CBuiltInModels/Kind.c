#include "CBuiltInModels.h"

// The compiler's, of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char kind[] = {
#embed "kind.safetensors"
};

const unsigned char *sluice_kind_model(void) { return kind; }

const size_t sluice_kind_model_bytes = sizeof kind;
