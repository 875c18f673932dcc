// The library, and how its answers are taken.
#ifndef SLUICE_RUNTIME_H
#define SLUICE_RUNTIME_H
#include "Api.h"
#include "COnnxRuntime.h"

struct sluice_runtime {
    const OrtApi *api;
    const OrtEnv *environment;
    const OrtMemoryInfo *memory;
    OrtAllocator *allocator;
    const char *version;
    /// Whether files of weights can be taken from memory.
    bool takes_files;
};

enum sluice_inference_result sluice_runtime_say(
    enum sluice_inference_result result, struct sluice_inference_error *error, const char *text);

/// What a call came to; frees its status.
enum sluice_inference_result sluice_runtime_check(
    const OrtApi *api, OrtStatus *status, struct sluice_inference_error *error);

#endif
